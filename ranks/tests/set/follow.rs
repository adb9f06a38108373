//! A replica follows a writer: whatever the writer does, and however much of it the replica is told late and at once,
//! it ends up equal, and its events tell all there is to know.

use proptest::collection::vec;
use proptest::prelude::*;
use scorelay_protocol::ids::{BoardNo, CoreEpoch, Handle, Stamp};
use scorelay_protocol::link::{Bind, Chunk, ChunkRow};
use scorelay_ranks::{BoardSet, SetEvent};

use crate::lists::Lists;
use crate::walk::{Walk, begin};
use crate::writer::{Cut, Writer, cut, def, name};
use crate::{check, image};

/// A replica with what an observer makes of its events.
struct Replica {
    set: BoardSet,
    lists: Lists,
}

impl Replica {
    /// Joins a writer, in chunks of at most `most` rows.
    fn join(writer: &BoardSet, most: usize) -> Self {
        let mut walk = Walk::joining(writer);
        let begin = walk.begin(writer, true).expect("joining begins");
        let set = BoardSet::begun(&begin).expect("a good beginning");
        let mut replica = Self { lists: Lists::of(&set), set };
        replica.catch_up(writer, walk, most);
        replica
    }

    /// Takes the rest of a walk in.
    fn catch_up(&mut self, writer: &BoardSet, mut walk: Walk, most: usize) {
        while let Some(chunk) = walk.chunk(writer, most) {
            self.chunk(&chunk);
        }
        let end = walk.end(writer);
        self.set.caught_up(&end, &mut |event| self.lists.observe(event)).expect("a good end");
    }

    fn chunk(&mut self, chunk: &Chunk) {
        self.set.chunk(chunk, &mut |event| self.lists.observe(event)).expect("a good chunk");
        check(&self.set).expect("sound between two chunks");
    }

    fn equals(&self, writer: &BoardSet) -> Result<(), TestCaseError> {
        prop_assert_eq!(image(&self.set), image(writer));
        prop_assert_eq!(&self.lists, &Lists::of(writer), "as told by events");
        Ok(())
    }
}

proptest! {
    /// E6: a relay that is sent every batch holds the core's boards, rows, ranks and entities at each of them.
    #[test]
    fn a_replica_equals_the_writer_after_every_batch(cuts in vec(cut(), 1..12)) {
        let mut writer = Writer::new();
        let mut replica = Replica::join(&writer.set, 1);
        for cut in cuts {
            let batch = writer.cut(&cut);
            let Replica { set, lists } = &mut replica;
            set.apply(&batch, &mut |event| lists.observe(event)).expect("the next batch");
            replica.equals(&writer.set)?;
        }
    }

    /// E6: one that joins late, in chunks of any size while changes go on, holds the same in the end.
    #[test]
    fn joining_at_any_time_gives_the_same(before in vec(cut(), 0..8), during in vec(cut(), 0..6), most in 1usize..9) {
        let mut writer = Writer::new();
        for cut in &before {
            writer.cut(cut);
        }
        let mut walk = Walk::joining(&writer.set);
        let set = BoardSet::begun(&walk.begin(&writer.set, true).expect("joining begins")).expect("a beginning");
        let mut replica = Replica { lists: Lists::of(&set), set };
        lag(&mut writer, &mut replica, &mut walk, &during, most);
        replica.catch_up(&writer.set, walk, most);
        replica.equals(&writer.set)?;
    }

    /// E6: one that misses any batches and is brought level by chunks, while changes go on, holds the same in the end,
    /// and follows batch by batch from there. Handles stand for others by then, and entities have other handles.
    #[test]
    fn lagging_and_catching_up_gives_the_same(
        before in vec(cut(), 0..8),
        missed in vec(cut(), 1..8),
        during in vec(cut(), 0..6),
        after in vec(cut(), 0..4),
        most in 1usize..9,
    ) {
        let mut writer = Writer::new();
        for cut in &before {
            writer.cut(cut);
        }
        let mut replica = Replica::join(&writer.set, 4);
        replica.equals(&writer.set)?;
        let mut walk = Walk::default();
        for cut in &missed {
            walk.note(&writer.cut(cut));
        }
        lag(&mut writer, &mut replica, &mut walk, &during, most);
        replica.catch_up(&writer.set, walk, most);
        replica.equals(&writer.set)?;
        for cut in &after {
            let batch = writer.cut(cut);
            let Replica { set, lists } = &mut replica;
            set.apply(&batch, &mut |event| lists.observe(event)).expect("the next batch");
        }
        replica.equals(&writer.set)?;
    }

    /// Filling a board at once is the same as row by row, also over rows that were there.
    #[test]
    fn loading_rows_is_setting_them(
        first in vec((0u8..20, -3i64..4), 0..20),
        second in vec((0u8..20, -3i64..4), 0..20),
    ) {
        let [mut at_once, mut one_by_one] = [(); 2].map(|()| BoardSet::new(CoreEpoch(1)));
        for set in [&mut at_once, &mut one_by_one] {
            set.put_board(def(1)).unwrap();
            for n in 0..20 {
                set.intern(&name(n)).unwrap();
            }
        }
        let board = BoardNo(1);
        for rows in [first, second] {
            let stamped = rows.iter().zip(1..).map(|(&(who, score), stamp)| {
                (Handle(u32::from(who)), score, Stamp(stamp))
            });
            let stamped: Vec<_> = stamped.collect();
            at_once.load_rows(board, &stamped).unwrap();
            for handle in (0..20).map(Handle) {
                one_by_one.remove_row(board, handle);
            }
            for &(handle, score, stamp) in &stamped {
                one_by_one.set_row(board, handle, score, stamp).unwrap();
            }
            prop_assert_eq!(image(&at_once), image(&one_by_one));
        }
    }
}

/// The writer goes on while the replica is sent chunks, one for each cut.
fn lag(writer: &mut Writer, replica: &mut Replica, walk: &mut Walk, during: &[Cut], most: usize) {
    // A board may be new since: the first thing to be told. Joining has been told already.
    for cut in during.iter().map(Some).chain([None]) {
        if let Some(begin) = walk.begin(&writer.set, false) {
            let Replica { set, lists } = replica;
            set.rebegin(&begin, &mut |event| lists.observe(event)).expect("a good beginning");
        }
        if let Some(cut) = cut {
            if let Some(chunk) = walk.chunk(&writer.set, most) {
                replica.chunk(&chunk);
            }
            walk.note(&writer.cut(cut));
        }
    }
}

/// A handle that comes to stand for another entity loses the rows of the one before, on every board; an entity that
/// comes under another handle leaves the one before with its rows.
#[test]
fn a_handle_bound_anew_takes_no_rows_along() {
    let mut writer = Writer::new();
    for no in [1, 2] {
        writer.set.put_board(def(no)).unwrap();
    }
    let [a, b] = [0, 1].map(|n| {
        let (handle, new) = writer.set.intern(&name(n)).unwrap();
        assert!(new);
        for no in [1, 2] {
            let stamp = Stamp(u64::from(n));
            writer.set.set_row(BoardNo(no), handle, 5, stamp).unwrap();
        }
        handle
    });
    let mut replica = Replica::join(&writer.set, 100);
    let wire = |handle| writer.set.wire(handle).unwrap().clone();
    let (entity_a, entity_b) = (wire(a), wire(b));

    // `a` now stands for what `b` stood for: both entities' rows of before are gone, one row comes.
    let chunk = Chunk {
        board: BoardNo(1),
        binds: vec![Bind { handle: a, entity: entity_b.clone() }],
        rows: vec![ChunkRow::Row { handle: a, score: 7, stamp: Stamp(9) }],
    };
    let mut events = Vec::new();
    replica.set.chunk(&chunk, &mut |event| events.push(event)).unwrap();
    check(&replica.set).unwrap();
    let freed = events.iter().filter_map(|event| match event {
        SetEvent::Freed { handle, entity } => Some((*handle, entity.clone())),
        _ => None,
    });
    assert_eq!(freed.collect::<Vec<_>>(), [(b, entity_b.clone()), (a, entity_a)]);
    let gone = events.iter().filter(|event| matches!(event, SetEvent::Moved(moved) if moved.new.is_none()));
    assert_eq!(gone.count(), 4);
    let rows = |no| replica.set.board(BoardNo(no)).unwrap().rows().len();
    assert_eq!((rows(1), rows(2), replica.set.uses(a), replica.set.uses(b)), (1, 0, 1, 0));
    assert_eq!((replica.set.find_wire(&entity_b), replica.set.wire(b)), (Some(a), None));

    // Said once more, nothing happens.
    let again = Chunk { rows: vec![], ..chunk };
    replica.set.chunk(&again, &mut |event| panic!("{event:?}")).unwrap();
}

/// A beginning without reset keeps the rows of boards that it names, and drops the others with theirs.
#[test]
fn beginning_again_keeps_rows() {
    let mut writer = Writer::new();
    let mut handles = Vec::new();
    for no in [1, 2] {
        writer.set.put_board(def(no)).unwrap();
        let (handle, _) = writer.set.intern(&name(no as u8)).unwrap();
        let stamp = Stamp(1);
        writer.set.set_row(BoardNo(no), handle, 5, stamp).unwrap();
        handles.push(handle);
    }
    let mut replica = Replica::join(&writer.set, 100);
    let mut again = begin(&writer.set, false);
    again.boards.remove(0);
    again.boards[0].title = "Another title".to_owned();
    again.platforms.push("new".to_owned());
    replica.set.rebegin(&again, &mut |event| replica.lists.observe(event)).unwrap();
    check(&replica.set).unwrap();
    assert_eq!(replica.lists, Lists::of(&replica.set));
    assert_eq!(replica.set.defs().cloned().collect::<Vec<_>>(), again.boards);
    assert_eq!(replica.set.platforms(), again.platforms);
    let uses = handles.iter().map(|handle| replica.set.uses(*handle));
    assert_eq!(uses.collect::<Vec<_>>(), [0, 1], "the handle of the dropped row is bound still, without rows");
}
