//! Whether clients agree: all that stand at the same tick of the same relay hold the same rows, and none holds rows that
//! cannot be together. It is pure: whoever applied a message shows what it holds, and is told what is wrong with that.
//!
//! Whether all of them are wrong in the same way it cannot tell; `suspects` can, from what the relay says over HTTP.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use scorelay_client::core::{Place, RankedRow};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{Position, RelayEpoch, TickNo};

/// Rows that are remembered, about 100 bytes each; the oldest ticks go first.
const MOST_ROWS: usize = 200_000;
/// One of so many ticks is looked at: comparing costs a client about as much as applying a message.
const TICK_IN: u64 = 16;

/// Something that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    /// Two clients hold different rows at the same tick.
    #[error(
        "at tick {tick} of relay {epoch:016x}, rank {rank} of {board:?} is {held} for client {client} and {other_held} for \
         client {other}",
        tick = .at.tick.0, epoch = .at.epoch.0
    )]
    Differ {
        /// Where both stand.
        at: Position,
        /// The board's id.
        board: String,
        /// Which row.
        rank: u32,
        /// Who came second.
        client: u32,
        /// What it holds.
        held: String,
        /// Who came first.
        other: u32,
        /// What that one holds.
        other_held: String,
    },
    /// Two clients hold different places of an entity at the same tick.
    #[error("at tick {tick}, clients {client} and {other} hold different places of {entity}", tick = .at.tick.0)]
    Places {
        /// Where both stand.
        at: Position,
        /// Whose places.
        entity: Entity,
        /// Who came second.
        client: u32,
        /// Who came first.
        other: u32,
    },
    /// A client's window says that somebody stands twice on a board, or below somebody with fewer points.
    #[error("client {client} holds ranks of {board:?} that cannot be together, at rank {rank}: {held}")]
    Disorder {
        /// Who.
        client: u32,
        /// The board's id.
        board: String,
        /// The lower one of two.
        rank: u32,
        /// Who stands there.
        held: String,
    },
}

/// What clients held at the latest ticks.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    ticks: BTreeMap<(RelayEpoch, TickNo), Held>,
    rows: usize,
    most_rows: usize,
    compared: u64,
}

/// By board and rank, or entity: who showed it first, and what it was.
#[derive(Debug, Default)]
struct Held {
    rows: HashMap<(u16, u32), (u32, RankedRow)>,
    places: HashMap<Entity, (u32, Vec<Place>)>,
}

impl Held {
    fn len(&self) -> usize {
        self.rows.len() + self.places.values().map(|(_, places)| places.len()).sum::<usize>()
    }
}

impl Agreement {
    /// Nothing held yet.
    pub(super) fn new() -> Self {
        Self { most_rows: MOST_ROWS, ..Self::default() }
    }

    /// Whether what is held at this tick is looked at: the same ticks for everybody, and of all remainders, since some
    /// clients are served at every fourth tick only.
    pub(super) fn looks_at(tick: TickNo) -> bool {
        tick.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40 & (TICK_IN - 1) == 0
    }

    /// Rows that were compared with another client's.
    pub(super) fn compared(&self) -> u64 {
        self.compared
    }

    /// A client's whole window at `at`. `board` is a number for the id `name`, the same for all clients.
    ///
    /// # Errors
    /// The first thing in it that is wrong.
    pub(super) fn window(
        &mut self,
        client: u32,
        at: Position,
        (board, name): (u16, &str),
        rows: Vec<RankedRow>,
    ) -> Result<(), Wrong> {
        self.check_order(client, name, &rows)?;
        let held = self.ticks.entry((at.epoch, at.tick)).or_default();
        let before = held.len();
        let mut result = Ok(());
        for row in rows {
            match held.rows.entry((board, row.rank)) {
                Entry::Vacant(place) => {
                    place.insert((client, row));
                }
                Entry::Occupied(place) => {
                    let (other, theirs) = place.get();
                    self.compared += 1;
                    if *theirs != row && result.is_ok() {
                        let (board, rank, other) = (name.to_owned(), row.rank, *other);
                        let (held, other_held) = (shown(&row), shown(theirs));
                        result = Err(Wrong::Differ { at, board, rank, client, held, other, other_held });
                    }
                }
            }
        }
        self.rows += held.len() - before;
        self.forget();
        result
    }

    /// Where a client holds `entity` to stand, at `at`.
    ///
    /// # Errors
    /// When another client holds something else.
    pub(super) fn places(
        &mut self,
        client: u32,
        at: Position,
        entity: Entity,
        places: Vec<Place>,
    ) -> Result<(), Wrong> {
        let held = self.ticks.entry((at.epoch, at.tick)).or_default();
        match held.places.entry(entity) {
            Entry::Vacant(place) => {
                self.rows += places.len();
                place.insert((client, places));
            }
            Entry::Occupied(place) => {
                self.compared += places.len() as u64;
                let (other, theirs) = place.get();
                if *theirs != places {
                    return Err(Wrong::Places { at, entity: place.key().clone(), client, other: *other });
                }
            }
        }
        self.forget();
        Ok(())
    }

    fn check_order(&self, client: u32, board: &str, rows: &[RankedRow]) -> Result<(), Wrong> {
        let mut seen = HashSet::with_capacity(rows.len());
        let mut above: Option<&RankedRow> = None;
        for row in rows {
            let follows = above.is_none_or(|above| above.rank + 1 == row.rank && above.score >= row.score);
            if !follows || !seen.insert(&row.entity) {
                return Err(Wrong::Disorder { client, board: board.to_owned(), rank: row.rank, held: shown(row) });
            }
            above = Some(row);
        }
        Ok(())
    }

    /// Down to what may be remembered, but for the newest tick.
    fn forget(&mut self) {
        while self.rows > self.most_rows && self.ticks.len() > 1 {
            self.rows -= self.ticks.pop_first().map_or(0, |(_, held)| held.len());
        }
    }
}

/// Who, and with how much.
pub(super) fn shown(row: &RankedRow) -> String {
    format!("{} with {}", row.entity, row.score)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tick: u64) -> Position {
        Position { epoch: RelayEpoch(7), tick: TickNo(tick) }
    }

    fn rows(from: u32, names: &[(&str, i64)]) -> Vec<RankedRow> {
        let row = |(rank, (name, score)): (u32, &(&str, i64))| RankedRow {
            rank,
            entity: Entity::new("twitch", name).unwrap(),
            score: *score,
        };
        (from..).zip(names).map(row).collect()
    }

    const BOARD: (u16, &str) = (0, "chat");

    #[test]
    fn a_row_that_differs_is_found_with_both_who_hold_it() {
        let mut agreement = Agreement::new();
        agreement.window(1, at(5), BOARD, rows(1, &[("a", 9), ("b", 8), ("c", 7)])).unwrap();
        agreement.window(2, at(5), BOARD, rows(2, &[("b", 8), ("c", 7), ("d", 1)])).unwrap();
        assert_eq!(agreement.compared(), 2);
        agreement.window(3, at(6), BOARD, rows(2, &[("b", 9)])).unwrap();
        agreement.window(3, at(5), (1, "other"), rows(2, &[("b", 9)])).unwrap();
        let other_relay = Position { epoch: RelayEpoch(8), ..at(5) };
        agreement.window(3, other_relay, BOARD, rows(2, &[("b", 9)])).unwrap();
        assert_eq!(agreement.compared(), 2, "another tick, board or relay is another row");

        let wrong = agreement.window(4, at(5), BOARD, rows(3, &[("c", 7), ("x", 1)])).unwrap_err();
        let text = wrong.to_string();
        for part in ["rank 4 of \"chat\"", "twitch:x with 1 for client 4", "twitch:d with 1 for client 2", "tick 5"] {
            assert!(text.contains(part), "{text}");
        }
        let score = agreement.window(5, at(5), BOARD, rows(1, &[("a", 10)])).unwrap_err();
        assert!(matches!(score, Wrong::Differ { rank: 1, client: 5, other: 1, .. }), "{score}");
    }

    #[test]
    fn rows_that_cannot_be_together_are_found() {
        let mut agreement = Agreement::new();
        for names in [[("a", 5), ("a", 4)], [("a", 4), ("b", 5)]] {
            let wrong = agreement.window(1, at(1), BOARD, rows(1, &names)).unwrap_err();
            assert!(matches!(wrong, Wrong::Disorder { rank: 2, .. }), "{wrong}");
        }
        let mut gap = rows(1, &[("a", 5), ("b", 4)]);
        gap[1].rank = 3;
        assert!(agreement.window(1, at(1), BOARD, gap).is_err());
        assert!(agreement.window(1, at(1), BOARD, rows(1, &[("a", 5), ("b", 5)])).is_ok(), "ties are in order");
    }

    #[test]
    fn places_of_an_entity_are_the_same_for_all() {
        let entity = || Entity::new("twitch", "1").unwrap();
        let place = |score: Option<i64>| {
            let at = score.map(|score| scorelay_protocol::feed::Standing { rank: 3, score });
            vec![Place { board: "chat".into(), decimals: 0, at }]
        };
        let mut agreement = Agreement::new();
        agreement.places(1, at(1), entity(), place(Some(5))).unwrap();
        agreement.places(2, at(1), entity(), place(Some(5))).unwrap();
        agreement.places(2, at(2), entity(), place(None)).unwrap();
        assert_eq!(agreement.compared(), 1);
        let wrong = agreement.places(3, at(1), entity(), place(Some(6))).unwrap_err();
        assert_eq!(wrong, Wrong::Places { at: at(1), entity: entity(), client: 3, other: 1 });
    }

    #[test]
    fn old_ticks_are_forgotten() {
        let mut agreement = Agreement { most_rows: 5, ..Agreement::default() };
        for tick in 1..=4 {
            agreement.window(1, at(tick), BOARD, rows(1, &[("a", 5), ("b", 4)])).unwrap();
        }
        assert_eq!((agreement.ticks.len(), agreement.rows), (2, 4));
        agreement.window(2, at(4), BOARD, rows(1, &[("a", 5), ("b", 4)])).unwrap();
        assert_eq!((agreement.compared(), agreement.rows), (2, 4));
        agreement.window(2, at(5), BOARD, rows(1, &[("a", 5); 1])).unwrap();
        assert_eq!(agreement.ticks.len(), 3);
    }

    #[test]
    fn ticks_of_every_remainder_are_looked_at() {
        for remainder in 0..4 {
            let looked = (0..4_000).filter(|tick| tick % 4 == remainder && Agreement::looks_at(TickNo(*tick))).count();
            assert!((35..=90).contains(&looked), "{looked} of 1,000");
        }
    }
}
