//! Every structure beside a sorted list, before anything is timed.

use super::load::{Load, Work};
use super::local::Entry;
use super::{OPERATIONS, Subject};
use crate::failure::{Result, fail};

/// Updates that are compared one by one; a multiple of the number of boards.
const UPDATES: u32 = 240;
/// Pages whose scores are compared with those of all, also of those who order equal scores otherwise.
const PAGES: usize = 24;

/// Draws some work and compares all answers to it.
///
/// # Errors
/// A structure answers otherwise than the list.
pub(crate) fn check(load: &mut Load, subjects: &mut [Box<dyn Subject>]) -> Result {
    let mut keys = load.keys.clone();
    let mut sorted: Vec<Vec<Entry>> = keys.iter().map(|keys| keys.iter().copied().zip(0..).collect()).collect();
    sorted.iter_mut().for_each(|list| list.sort_unstable());
    let place = |list: &[Entry], entry: Entry| list.partition_point(|there| *there < entry);

    let work = load.draw(UPDATES);
    for update in &work.updates {
        let (board, handle) = (update.board as usize, update.handle);
        let list = &mut sorted[board];
        let old = place(list, (keys[board][handle as usize], handle));
        list.remove(old);
        keys[board][handle as usize] = update.key;
        let new = place(list, (update.key, handle));
        list.insert(new, (update.key, handle));
        let one = Work { updates: vec![*update], handles: vec![], ranks: vec![], pages: vec![] };
        compare(subjects, 0, &one, (old + new) as u64)?;
    }
    for &(board, handle) in &work.handles {
        let rank = place(&sorted[board as usize], (keys[board as usize][handle as usize], handle));
        let one = Work { handles: vec![(board, handle)], updates: vec![], ranks: vec![], pages: vec![] };
        compare(subjects, 1, &one, rank as u64)?;
    }
    for &(board, rank) in &work.ranks {
        let (_, handle) = sorted[board as usize][rank as usize];
        let one = Work { ranks: vec![(board, rank)], updates: vec![], handles: vec![], pages: vec![] };
        compare(subjects, 2, &one, u64::from(handle))?;
    }
    for &(board, from) in work.pages.iter().take(PAGES) {
        let page = &sorted[board as usize][from as usize..from as usize + 32];
        let sum = page.iter().map(|(_, handle)| u64::from(*handle)).sum();
        let one = Work { pages: vec![(board, from)], updates: vec![], handles: vec![], ranks: vec![] };
        compare(subjects, 3, &one, sum)?;
        for subject in &mut *subjects {
            if !subject.scores(board, from)?.into_iter().eq(page.iter().map(|(key, _)| key.score)) {
                return fail(format!("{} has other scores from rank {from} on than a sorted list", subject.name()));
            }
        }
    }
    Ok(())
}

fn compare(subjects: &mut [Box<dyn Subject>], operation: usize, work: &Work, expected: u64) -> Result {
    for subject in subjects {
        match subject.run(operation, work)? {
            Some(timing) if subject.exact() && timing.sum != expected => {
                let (name, what) = (subject.name(), OPERATIONS[operation]);
                return fail(format!("{name}: {what}: {} where a sorted list has {expected}", timing.sum));
            }
            _ => {}
        }
    }
    Ok(())
}
