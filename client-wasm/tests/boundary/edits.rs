//! Windows that change: whatever becomes of a board, edits come to what the board then is.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use scorelay_client::protocol::feed::Body;
use scorelay_client::protocol::ids::PageNo;
use scorelay_client::protocol::page::{PageRows, Row};
use scorelay_client::protocol::tick::{TickHead, Total};

use crate::reader::{Record, ViewEdits};
use crate::relay::{BOARD, NOW, echo, live, number, receive, row, tick, word};

/// The window, in ranks: it begins and ends within a page.
const WINDOW: (u32, u32) = (7, 70);

/// A fixed sequence of well-mixed numbers (splitmix64).
struct Mixed(u64);

impl Mixed {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed >> 33) % end as u64) as usize
    }
}

/// Rows climb, come, go and change their scores; sometimes the board empties.
fn change(rows: &mut Vec<Row>, mixed: &mut Mixed, turn: usize) {
    for _ in 0..1 + mixed.below(6) {
        let at = mixed.below(rows.len() + 1);
        match mixed.below(10) {
            0..4 if at < rows.len() => {
                let row = rows.remove(at);
                rows.insert(mixed.below(at + 1), row);
            }
            4..6 if at < rows.len() => drop(rows.remove(at)),
            6 => rows.insert(at, row(word(&format!("w{turn}é")), 0)),
            7 if turn.is_multiple_of(50) => rows.truncate(at),
            _ => rows.insert(at, row(number(turn as u64 * 1_000 + at as u64), 0)),
        }
    }
    rows.truncate(100);
    let mut score = 10_000 + mixed.below(3) as i64;
    for row in rows {
        // Most keep their score, as far as the order lets them.
        score -= i64::from(mixed.below(3) == 0);
        row.score = if row.score < score && row.score > score - 20 { row.score } else { score };
        score = row.score;
    }
}

fn message(rows: &[Row], before: &[Row], head: TickHead) -> scorelay_client::protocol::client::RelayMessage {
    let page = |rows: &[Row], page: usize| rows.chunks(32).nth(page).unwrap_or_default().to_vec();
    let differs = |number: &usize| head.generation.is_some() || page(rows, *number) != page(before, *number);
    let body = |number: usize| {
        let rows = PageRows(page(rows, number));
        Body::PageSnapshot { board: BOARD, page: PageNo(number as u32), rows }
    };
    let bodies = (0..3).filter(differs).map(body).collect();
    tick(TickHead { totals: vec![Total { board: BOARD, rows: rows.len() as u32 }], ..head }, bodies)
}

/// E13: what JavaScript makes of the edits is the window of the board as the relay has it, after every message.
#[test]
fn edits_come_to_the_board() {
    let mut core = live();
    core.watch("messages", WINDOW.0, WINDOW.1).expect("a window");
    core.poll(NOW);
    let mut mixed = Mixed(3);
    let (mut rows, mut shown): (Vec<Row>, Vec<(String, f64)>) = (Vec::new(), Vec::new());
    let (mut whole, mut edited, mut moved) = (0, 0, 0);
    for turn in 0..1_500 {
        let before = rows.clone();
        change(&mut rows, &mut mixed, turn);
        let head = if turn == 0 { echo(2) } else { TickHead::default() };
        for record in receive(&mut core, &message(&rows, &before, head)) {
            match record {
                Record::View(view) => {
                    whole += 1;
                    shown = view.rows.into_iter().map(|row| row.expect("a window that is complete")).collect();
                }
                Record::ViewEdits(ViewEdits { total, length, edits, .. }) => {
                    assert_eq!(total as usize, rows.len());
                    edited += 1;
                    let old = shown.clone();
                    shown.truncate(length as usize);
                    for (at, who, score) in edits {
                        moved += usize::from(who.as_ref().is_ok_and(|stood| *stood != at));
                        let entity = who.map_or_else(|entity| entity, |stood| old[stood as usize].0.clone());
                        let row = (entity, score);
                        match shown.get_mut(at as usize) {
                            Some(place) => *place = row,
                            None => shown.push(row),
                        }
                    }
                    assert_eq!(shown.len(), length as usize);
                }
                _ => {}
            }
        }
        let text = |row: &Row| {
            let platform = ["twitch", "word"][usize::from(row.entity.platform.0)];
            (format!("{platform}:{}", row.entity.id), row.score as f64)
        };
        let window = rows.iter().take(WINDOW.1 as usize).skip(WINDOW.0 as usize - 1);
        assert!(shown.iter().cloned().eq(window.map(text)), "turn {turn}");
    }
    assert!(whole == 1 && edited > 1_000 && moved > 1_000, "{whole} whole, {edited} edited, {moved} rows moved");
}
