//! What survives a kill: sources that replay get exact totals wherever either side was killed, and a start over stored
//! commits gives the very boards that the commit was made of. The store is an `Image`; real ones are tested with the
//! server.

use std::collections::BTreeMap;

use crate::support::*;
use proptest::prelude::*;
use scorelay_engine::{Commit, Input, Reply, SourceKey};
use scorelay_protocol::event::Event;
use scorelay_protocol::score::Units;

/// A source that keeps what it was not told to be durable.
struct Replayer {
    key: SourceKey,
    events: Vec<(String, Units)>,
    /// Events sent on this connection.
    sent: u64,
}

impl Replayer {
    fn event(&self, seq: u64) -> Event {
        let (to, units) = &self.events[seq as usize - 1];
        points("pxls", to, *units)
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// A source sends the next few events.
    Send(usize, u8),
    /// A source was killed; it goes on from what it knows to be durable.
    Reconnect(usize),
    Cut,
    /// A commit is made; it is stored later.
    Commit,
    /// The store gets done with the oldest commit made.
    Store,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0usize..3, 1u8..6).prop_map(|(source, n)| Step::Send(source, n)),
        2 => (0usize..3).prop_map(Step::Reconnect),
        4 => Just(Step::Cut),
        4 => Just(Step::Commit),
        4 => Just(Step::Store),
        1 => Just(Step::Kill),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// E2, B3: a source that replays has every event counted exactly once, wherever it or the core was killed, and what
    /// it was told to be durable is.
    #[test]
    fn totals_are_exact_over_kills(
        events in prop::collection::vec((0usize..3, 0u8..8, -3i64..5), 1..80),
        steps in prop::collection::vec(step(), 0..100),
    ) {
        let mut sources: Vec<Replayer> = (0..3)
            .map(|i| Replayer { key: key("tracker", i), events: Vec::new(), sent: 0 })
            .collect();
        let mut tally: BTreeMap<String, Units> = BTreeMap::new();
        for (source, to, units) in events {
            let to = format!("user:{to}");
            *tally.entry(to.clone()).or_default() += units;
            sources[source].events.push((to, units));
        }
        let mut rig = Rig::new(vec![external("pxls", 100)]);
        let mut writing: Vec<Commit> = Vec::new();
        for step in steps {
            match step {
                Step::Send(source, n) => {
                    let source = &mut sources[source];
                    for _ in 0..n {
                        if source.sent as usize == source.events.len() {
                            break;
                        }
                        source.sent += 1;
                        let known = rig.engine.watermark(&source.key);
                        let reply = rig.reply(replayed(&source.key, source.sent, source.event(source.sent)));
                        prop_assert_eq!(reply, if source.sent <= known { Reply::Repeated } else { Reply::Applied });
                    }
                }
                Step::Reconnect(source) => sources[source].sent = rig.image.watermark(&sources[source].key),
                Step::Cut => rig.cut(),
                Step::Commit => writing.extend(rig.give(Input::Commit).commit),
                Step::Store => {
                    if !writing.is_empty() {
                        rig.image.store(&writing.remove(0));
                    }
                }
                Step::Kill => {
                    writing.clear();
                    rig.kill();
                    for source in &mut sources {
                        source.sent = rig.engine.watermark(&source.key);
                    }
                }
            }
        }
        for source in &sources {
            for seq in rig.engine.watermark(&source.key)..source.events.len() as u64 {
                prop_assert_eq!(rig.reply(replayed(&source.key, seq + 1, source.event(seq + 1))), Reply::Applied);
            }
        }
        for commit in &writing {
            rig.image.store(commit);
        }
        rig.commit();
        rig.kill();
        let totals: BTreeMap<String, Units> =
            rig.engine.rows("pxls").unwrap().map(|row| (row.entity.to_string(), row.score)).collect();
        prop_assert_eq!(totals, tally);
    }

    /// E1, E2: a start over the store gives the same boards, with ranks and stamps, as the last commit was made of;
    /// also where handles were freed and given to others in between.
    #[test]
    fn a_start_gives_the_boards_of_the_last_commit(
        rounds in prop::collection::vec(prop::collection::vec((0u8..30, 0u8..5, -1i64..3), 0..12), 1..20),
    ) {
        let mut rig = Rig::new(vec![messages("chat", 4), external("pxls", 3), external("bits", 50)]);
        for round in rounds {
            for (n, kind, units) in round {
                let to = format!("user:{n}");
                match kind {
                    0 => rig.cut(),
                    1 | 2 => drop(rig.give(live(message(&to)))),
                    3 => drop(rig.give(live(points("pxls", &to, units)))),
                    _ => drop(rig.give(live(points("bits", &to, units)))),
                }
            }
            rig.commit();
            prop_assert!(!rig.engine.is_uncommitted());
            let (again, report) = Rig::over(rig.configs.clone(), rig.image.clone());
            prop_assert_eq!(report, vec![]);
            prop_assert_eq!(contents(again.engine.boards()), contents(rig.engine.boards()));
            prop_assert_eq!(again.engine.boards().seq(), rig.engine.boards().seq());
            prop_assert!(!again.engine.is_uncommitted());
        }
    }
}

#[test]
fn a_commit_cuts_first_so_that_it_covers_all_that_was_applied() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    rig.commit();
    let source = key("tracker", 1);
    rig.give(replayed(&source, 1, points("pxls", "t:a", 1)));
    rig.cut();
    rig.give(replayed(&source, 2, points("pxls", "t:a", 1)));
    rig.give(replayed(&source, 3, points("pxls", "t:b", 1)));
    assert!(rig.engine.is_uncommitted());
    let effects = rig.give(Input::Commit);
    assert_eq!(effects.batches.len(), 1);
    let commit = effects.commit.unwrap();
    assert_eq!(commit.rows.len(), 2, "each row once");
    assert_eq!(commit.watermarks.len(), 1);
    assert_eq!(commit.watermarks[0].mark.map(|mark| mark.0), Some(3));
    assert_eq!(commit.catalog, None);
    assert!(!rig.engine.is_uncommitted());
    assert_eq!(rig.give(Input::Commit).commit, None, "nothing is committed twice");
}

#[test]
fn events_that_change_no_score_still_move_the_watermark() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    rig.commit();
    let source = key("chat", 1);
    assert_eq!(rig.reply(replayed(&source, 1, message("t:a"))), Reply::Applied);
    rig.commit();
    assert_eq!(rig.image.watermark(&source), 1);
    rig.kill();
    assert_eq!(rig.reply(replayed(&source, 1, message("t:a"))), Reply::Repeated);
}

#[test]
fn time_and_batch_numbers_never_fall() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    rig.give(live(points("pxls", "t:a", 1)));
    rig.commit();
    let (time, seq) = (rig.engine.now(), rig.engine.boards().seq());
    rig.kill();
    assert_eq!(rig.engine.boards().seq(), seq);
    rig.clock = 0;
    rig.give(live(points("pxls", "t:b", 1)));
    assert_eq!(rig.engine.now(), time);
    let effects = rig.give(Input::Cut);
    assert_eq!(effects.batches[0].seq.0, seq.0 + 1);
}
