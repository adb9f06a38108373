//! The engine beside a naive model: random events, cuts, commits and kills on boards full of ties and short of rows.
//! The model keeps rows in a map and sorts them when asked; it knows no handles, batches or records.

use std::collections::BTreeMap;

use crate::support::*;
use proptest::prelude::*;
use scorelay_engine::{Input, Reply, Scorer};
use scorelay_protocol::score::{self, Units};

/// Entities by their text: score, and when it was reached.
type Rows = BTreeMap<String, (Units, u64)>;

#[derive(Clone)]
struct ModelBoard {
    id: &'static str,
    max_rows: usize,
    /// Points for a message, where messages score.
    points: Option<Units>,
    rows: Rows,
    at_cut: Rows,
}

impl ModelBoard {
    fn give(&mut self, to: &str, units: Units, time: u64) {
        let before = self.rows.get(to).map(|row| row.0);
        let after = score::add(before.unwrap_or(0), units);
        if before != Some(after) {
            self.rows.insert(to.to_owned(), (after, time));
        }
    }

    fn cut(&mut self) {
        for (entity, row) in &mut self.rows {
            match self.at_cut.get(entity) {
                Some(before) if before.0 == row.0 => *row = *before,
                _ => {}
            }
        }
        while self.rows.len() > self.max_rows {
            let lowest = self.rows.iter().min_by_key(|(_, row)| **row).map(|(entity, _)| entity.clone());
            self.rows.remove(&lowest.unwrap());
        }
        self.at_cut = self.rows.clone();
    }

    /// The rows at the last cut, as the rig shows them.
    fn ranking(&self) -> Vec<String> {
        let mut rows: Vec<_> = self.at_cut.iter().collect();
        rows.sort_by_key(|(_, (score, reached))| (-score, *reached));
        rows.into_iter().map(|(entity, (score, _))| format!("{entity} {score}")).collect()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Message(u8),
    Points(usize, u8, Units),
    Cut,
    Commit,
    /// A commit that the store does not get to see, and the end of the process.
    LostCommit,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0u8..16).prop_map(Step::Message),
        12 => (0usize..2, 0u8..16, -2i64..4).prop_map(|(board, who, units)| Step::Points(board, who, units)),
        5 => Just(Step::Cut),
        2 => Just(Step::Commit),
        1 => Just(Step::LostCommit),
        1 => Just(Step::Kill),
    ]
}

fn who(n: u8) -> String {
    let platform = ["twitch", "word", "emote", "irc"][usize::from(n % 4)];
    if n < 8 { format!("{platform}:{n}") } else { format!("{platform}:n{n}") }
}

const EXTERNAL: [&str; 2] = ["pxls", "bits"];

fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let board = |id, max_rows, points| ModelBoard { id, max_rows, points, rows: Rows::new(), at_cut: Rows::new() };
    let mut model =
        [board("all", 1_000, Some(1)), board("few", 3, Some(2)), board("pxls", 5, None), board("bits", 100, None)];
    let configs = model.iter().map(|board| {
        let scorer = board.points.map_or(Scorer::External, Scorer::messages);
        crate::support::board(board.id, scorer, board.max_rows as u32)
    });
    let mut rig = Rig::new(configs.collect());
    let mut stored = model.clone();
    for (time, step) in steps.iter().enumerate() {
        let time = time as u64;
        match step {
            Step::Message(n) => {
                prop_assert_eq!(rig.reply(live(message(&who(*n)))), Reply::Applied);
                for board in &mut model {
                    if let Some(points) = board.points {
                        board.give(&who(*n), points, time);
                    }
                }
            }
            Step::Points(at, n, units) => {
                prop_assert_eq!(rig.reply(live(points(EXTERNAL[*at], &who(*n), *units))), Reply::Applied);
                model[2 + at].give(&who(*n), *units, time);
            }
            Step::Cut => {
                rig.cut();
                model.iter_mut().for_each(ModelBoard::cut);
            }
            Step::Commit => {
                rig.commit();
                model.iter_mut().for_each(ModelBoard::cut);
                stored = model.clone();
            }
            Step::LostCommit => {
                rig.give(Input::Commit);
                rig.kill();
                model = stored.clone();
            }
            Step::Kill => {
                rig.kill();
                model = stored.clone();
            }
        }
        for board in &model {
            prop_assert_eq!(rig.ranking(board.id), board.ranking(), "board {} after step {}", board.id, time);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// E2, E11, E16: boards rank as a sorted list does, messages score on several boards, new rows and rows that leave
    /// reach a relay as changes, and after a kill everything is as at the last stored commit.
    #[test]
    fn boards_rank_as_a_sorted_list(steps in prop::collection::vec(step(), 0..120)) {
        check(&steps)?;
    }
}

#[test]
fn equal_scores_rank_by_who_was_there_first() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    for (to, units) in [("t:b", 2), ("t:a", 2), ("t:c", 1), ("t:c", 1), ("t:b", 1), ("t:b", -1)] {
        rig.give(live(points("pxls", to, units)));
    }
    rig.cut();
    assert_eq!(rig.ranking("pxls"), ["t:a 2", "t:c 2", "t:b 2"]);
}

#[test]
fn a_score_that_ends_a_batch_where_it_began_keeps_its_place_and_makes_no_change() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    for to in ["t:a", "t:b"] {
        rig.give(live(points("pxls", to, 5)));
    }
    rig.cut();
    for units in [3, -3] {
        rig.give(live(points("pxls", "t:a", units)));
    }
    assert!(rig.engine.is_open());
    assert_eq!(rig.give(Input::Cut).batches, []);
    assert!(!rig.engine.is_open());
    assert_eq!(rig.ranking("pxls"), ["t:a 5", "t:b 5"]);
}

/// E16: on a full board the lowest leaves, and the one that has stood there longest if several are lowest, so that
/// newcomers always get on.
#[test]
fn a_full_board_takes_newcomers() {
    let mut rig = Rig::new(vec![messages("chat", 3)]);
    for author in ["t:a", "t:b", "t:c", "t:a"] {
        rig.give(live(message(author)));
    }
    rig.cut();
    rig.give(live(message("t:d")));
    rig.cut();
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:c 1", "t:d 1"]);
    for author in ["t:e", "t:f", "t:g"] {
        rig.give(live(message(author)));
    }
    rig.cut();
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:f 1", "t:g 1"]);
    assert!(rig.engine.boards().find(&entity("t:e")).is_none());
}

/// E10, E11: one message gives points on every board that scores messages, and users, emotes and words can all stand on
/// boards.
#[test]
fn one_message_scores_on_several_boards() {
    let double = crate::support::board("double", Scorer::messages(2), 10);
    let mut rig = Rig::new(vec![messages("single", 10), double, external("emotes", 10)]);
    rig.give(live(message("twitch:1234")));
    rig.give(live(points("emotes", "emote:7tv:01ABC", 4)));
    let effects = rig.give(Input::Cut);
    assert_eq!(effects.batches.len(), 1);
    assert_eq!(effects.batches[0].boards.len(), 3);
    assert_eq!(effects.batches[0].binds.len(), 2);
    assert_eq!(rig.ranking("single"), ["twitch:1234 1"]);
    assert_eq!(rig.ranking("double"), ["twitch:1234 2"]);
    assert_eq!(rig.ranking("emotes"), ["emote:7tv:01ABC 4"]);
}
