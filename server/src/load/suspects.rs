//! Whether what a client holds is what the relay says over HTTP, decided so that a change under way is never taken for
//! an error. It is pure; asking and waiting are `compare`'s affair.
//!
//! An answer is as of some moment in the last seconds, and nothing says which. So a place that differs is only a
//! suspect. It is cleared when the client's row there changes, at whatever message, or when another answer says
//! something else than the first did. It is wrong when neither has happened through [`LOOKS`] answers, which the asker
//! gets [`LOOK_MS`] apart: then the relay has said the same for 20 seconds, and no client is behind for so long.

use scorelay_client::core::RankedRow;

use super::agree::shown;

/// Answers that must say the same, the first included.
pub(super) const LOOKS: u32 = 9;
/// From one answer to the next of the same comparison: a relay keeps answers for up to two seconds.
pub(super) const LOOK_MS: u64 = 2_500;

/// Consecutive places of a board from some rank on, or the one place of a tracked entity; `None` where nobody stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    /// Key of the first: its rank, or 0 for that of an entity.
    pub(super) from: u32,
    pub(super) rows: Vec<Option<RankedRow>>,
}

impl Places {
    fn get(&self, key: u32) -> Option<&Option<RankedRow>> {
        self.rows.get(usize::try_from(key.checked_sub(self.from)?).ok()?)
    }

    fn iter(&self) -> impl Iterator<Item = (u32, &Option<RankedRow>)> {
        (self.from..).zip(&self.rows)
    }
}

/// Places of one client that differ from what the relay said.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    open: Vec<Suspect>,
    looks: u32,
    counts: Compared,
}

#[derive(Debug)]
struct Suspect {
    key: u32,
    held: Option<RankedRow>,
    said: Option<RankedRow>,
}

/// What became of places that were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// Held as the relay said.
    pub same: u64,
    /// Changed while they were looked at, so that nothing can be said.
    pub moving: u64,
    /// Still differing when the load ended, but not for long enough to be sure.
    pub unsettled: u64,
    /// Not as the relay said, for so long that it is no change under way.
    pub wrong: u64,
}

impl Compared {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.same += other.same;
        self.moving += other.moving;
        self.unsettled += other.unsettled;
        self.wrong += other.wrong;
    }
}

impl Suspects {
    /// Compares what a client held just before and just after the relay `said` something.
    pub(super) fn begin(before: &Places, said: &Places, after: &Places) -> Self {
        let mut suspects = Self { looks: 1, ..Self::default() };
        for (key, said) in said.iter() {
            let (Some(before), Some(after)) = (before.get(key), after.get(key)) else { continue };
            if said == before || said == after {
                suspects.counts.same += 1;
            } else if before != after {
                suspects.counts.moving += 1;
            } else {
                suspects.open.push(Suspect { key, held: after.clone(), said: said.clone() });
            }
        }
        suspects
    }

    /// The client may hold something else now; `None` if it holds no whole window.
    pub(super) fn held(&mut self, held: Option<&Places>) {
        let still = |suspect: &Suspect| held.and_then(|held| held.get(suspect.key)) == Some(&suspect.held);
        self.keep(still);
    }

    /// The relay said something again.
    pub(super) fn said(&mut self, said: &Places) {
        self.looks += 1;
        self.keep(|suspect| said.get(suspect.key) == Some(&suspect.said));
    }

    fn keep(&mut self, still: impl Fn(&Suspect) -> bool) {
        let before = self.open.len();
        self.open.retain(still);
        self.counts.moving += (before - self.open.len()) as u64;
    }

    /// Whether there is nothing more to find out.
    pub(super) fn is_settled(&self) -> bool {
        self.open.is_empty() || self.looks >= LOOKS
    }

    /// What became of all, and what is wrong in words.
    pub(super) fn end(self) -> (Compared, Vec<String>) {
        let (mut counts, left) = (self.counts, self.open.len() as u64);
        if self.looks < LOOKS {
            counts.unsettled += left;
            return (counts, Vec::new());
        }
        counts.wrong += left;
        let place = |row: &Option<RankedRow>| match row {
            Some(row) => format!("rank {} is {}", row.rank, shown(row)),
            None => "nobody".to_owned(),
        };
        let words = |suspect: &Suspect| {
            let (held, said) = (place(&suspect.held), place(&suspect.said));
            let what = if suspect.key == 0 { "its entity".to_owned() } else { format!("rank {}", suspect.key) };
            format!("for {what} it holds {held}; the relay says {said}")
        };
        (counts, self.open.iter().map(words).collect())
    }
}

#[cfg(test)]
mod tests {
    use scorelay_protocol::entity::Entity;

    use super::*;

    fn places(from: u32, names: &[&str]) -> Places {
        let row = |(rank, name): (u32, &&str)| match *name {
            "" => None,
            name => Some(RankedRow { rank, entity: Entity::new("twitch", name).unwrap(), score: 5 }),
        };
        Places { from, rows: (from..).zip(names).map(row).collect() }
    }

    /// Goes on with the same for as long as it takes.
    fn ended(mut suspects: Suspects, held: &Places, said: &Places) -> (Compared, Vec<String>) {
        for _ in 0..LOOKS {
            suspects.held(Some(held));
            if suspects.is_settled() {
                break;
            }
            suspects.said(said);
        }
        suspects.end()
    }

    #[test]
    fn what_stays_different_is_wrong() {
        let (held, said) = (places(3, &["a", "x", "c", ""]), places(3, &["a", "b", "c", "d"]));
        let (counts, words) = ended(Suspects::begin(&held, &said, &held), &held, &said);
        assert_eq!(counts, Compared { same: 2, wrong: 2, ..Compared::default() });
        assert!(
            words[0].contains("rank 4 it holds rank 4 is twitch:x with 5; the relay says rank 4 is twitch:b with 5")
        );
        assert!(words[1].contains("rank 6 it holds nobody"), "{words:?}");
    }

    #[test]
    fn a_client_that_is_behind_or_ahead_is_right() {
        let (old, new) = (places(1, &["a", "b"]), places(1, &["b", "a"]));
        for (before, said, after) in [(&old, &old, &new), (&old, &new, &new), (&new, &new, &new)] {
            let suspects = Suspects::begin(before, said, after);
            assert!(suspects.is_settled());
            assert_eq!(suspects.end().0, Compared { same: 2, ..Compared::default() });
        }
        // An old answer, kept somewhere: the next ones say what the client holds.
        let suspects = Suspects::begin(&new, &old, &new);
        assert!(!suspects.is_settled());
        assert_eq!(ended(suspects, &new, &new).0, Compared { moving: 2, ..Compared::default() });
        // The client gets there at last.
        let suspects = Suspects::begin(&old, &new, &old);
        assert_eq!(ended(suspects, &new, &new).0, Compared { moving: 2, ..Compared::default() });
    }

    #[test]
    fn what_changes_back_and_forth_is_nothing_to_go_by() {
        let (one, two, three) = (places(1, &["a"]), places(1, &["b"]), places(1, &["c"]));
        let mut suspects = Suspects::begin(&one, &two, &one);
        suspects.held(Some(&three));
        suspects.held(Some(&one));
        suspects.said(&two);
        assert_eq!(ended(suspects, &one, &two).0, Compared { moving: 1, ..Compared::default() });
        assert_eq!(Suspects::begin(&one, &two, &three).end().0, Compared { moving: 1, ..Compared::default() });
    }

    #[test]
    fn windows_that_move_or_connections_that_end_prove_nothing() {
        let (held, said) = (places(1, &["a", "b"]), places(1, &["x", "y"]));
        let mut suspects = Suspects::begin(&held, &said, &places(2, &["b", "c"]));
        assert_eq!(suspects.open.len(), 1, "only what it held before and after");
        suspects.held(None);
        assert!(suspects.is_settled());
        assert_eq!(suspects.end().0, Compared { moving: 1, ..Compared::default() });
    }

    #[test]
    fn an_end_in_between_is_said() {
        let (held, said) = (places(0, &["a"]), places(0, &[""]));
        let mut suspects = Suspects::begin(&held, &said, &held);
        suspects.said(&said);
        assert_eq!(suspects.end(), (Compared { unsettled: 1, ..Compared::default() }, Vec::new()));
    }
}
