//! Paths: everything of a meet's state that an update can set, in a closed, canonical grammar.
//!
//! A path is also the *object* of conflicts: the weight and the result of an attempt have one path between them. The
//! text form is the one that stands in log files; the same path never has two.

use core::fmt;
use core::str::FromStr;

use super::leaf::{Audience, EntryLeaf, MeetLeaf};
use crate::codec::{self, Decode, DecodeError, Decoder, Encode};

/// An entry's id: given by a desk out of the block it got when it joined, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct EntryNo(pub u32);

/// One of the three lifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Lift {
    /// `squat`.
    Squat,
    /// `bench`.
    Bench,
    /// `deadlift`.
    Deadlift,
}

/// Which attempt at a lift: 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct AttemptNo(u8);

/// A stage, which OpenLifter calls a platform: 1 to 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct StageNo(u8);

/// Something that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Path {
    /// `meet.name`.
    Meet(MeetLeaf),
    /// `registration.entries[5027]`: set whole, once, when the entry is made.
    Entry(EntryNo),
    /// `registration.entries[5027].bodyweightKg`.
    EntryLeaf(EntryNo, EntryLeaf),
    /// `registration.entries[5027].squat[2]`: the second squat, weight and result.
    Attempt(EntryNo, Lift, AttemptNo),
    /// `live[1]`: what goes on on the first stage.
    Stage(StageNo),
}

/// Not a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a path of a meet's state, like meet.name or registration.entries[5027].squat[2]")]
pub struct NotAPath;

impl Lift {
    /// All, in the order they are lifted.
    pub const ALL: [Self; 3] = [Self::Squat, Self::Bench, Self::Deadlift];

    /// Its name in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Squat => "squat",
            Self::Bench => "bench",
            Self::Deadlift => "deadlift",
        }
    }

    /// The lift of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lift| lift.name() == name)
    }
}

macro_rules! ranged {
    ($name:ident $first:literal $last:literal) => {
        impl $name {
            #[doc = concat!("The one of this number; `None` outside ", $first, " to ", $last, ".")]
            pub fn new(number: u8) -> Option<Self> {
                ($first..=$last).contains(&number).then_some(Self(number))
            }

            /// As a number.
            pub fn get(self) -> u8 {
                self.0
            }

            /// All of them.
            pub fn all() -> impl Iterator<Item = Self> {
                ($first..=$last).map(Self)
            }
        }

        impl<C> Decode<C> for $name {
            fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
                Self::new(u8::decode(decoder)?).ok_or(codec::invalid(concat!("no such ", stringify!($name))))
            }
        }
        codec::impl_borrow_decode!($name);
    };
}
ranged!(AttemptNo 1 5);
ranged!(StageNo 1 99);

impl Path {
    /// Who may see it. An entry set whole is shown to displays without its private leaves.
    pub fn audience(self) -> Audience {
        match self {
            Self::Meet(leaf) => leaf.audience(),
            Self::EntryLeaf(_, leaf) => leaf.audience(),
            Self::Entry(_) | Self::Attempt(..) | Self::Stage(_) => Audience::Public,
        }
    }

    /// The entry it belongs to.
    pub fn entry(self) -> Option<EntryNo> {
        match self {
            Self::Entry(entry) | Self::EntryLeaf(entry, _) | Self::Attempt(entry, ..) => Some(entry),
            Self::Meet(_) | Self::Stage(_) => None,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meet(leaf) => write!(f, "meet.{}", leaf.name()),
            Self::Entry(EntryNo(entry)) => write!(f, "registration.entries[{entry}]"),
            Self::EntryLeaf(EntryNo(entry), leaf) => write!(f, "registration.entries[{entry}].{}", leaf.name()),
            Self::Attempt(EntryNo(entry), lift, AttemptNo(attempt)) => {
                write!(f, "registration.entries[{entry}].{}[{attempt}]", lift.name())
            }
            Self::Stage(StageNo(stage)) => write!(f, "live[{stage}]"),
        }
    }
}

impl FromStr for Path {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        parse(text).ok_or(NotAPath)
    }
}

fn parse(text: &str) -> Option<Path> {
    if let Some(leaf) = text.strip_prefix("meet.") {
        return MeetLeaf::from_name(leaf).map(Path::Meet);
    }
    if let Some(rest) = text.strip_prefix("live") {
        let (stage, rest) = index(rest)?;
        return rest.is_empty().then_some(Path::Stage(StageNo::new(u8::try_from(stage).ok()?)?));
    }
    let (entry, rest) = index(text.strip_prefix("registration.entries")?)?;
    let entry = EntryNo(entry);
    if rest.is_empty() {
        return Some(Path::Entry(entry));
    }
    let leaf = rest.strip_prefix('.')?;
    if let Some(leaf) = EntryLeaf::from_name(leaf) {
        return Some(Path::EntryLeaf(entry, leaf));
    }
    let (lift, rest) = leaf.split_at(leaf.find('[')?);
    let (attempt, rest) = index(rest)?;
    let attempt = AttemptNo::new(u8::try_from(attempt).ok()?)?;
    rest.is_empty().then_some(Path::Attempt(entry, Lift::from_name(lift)?, attempt))
}

/// `[number]` at the start of `text`, and what follows it. A number has one form only: no sign, no leading zeros.
fn index(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.strip_prefix('[')?.split_once(']')?;
    let canonical = digits == "0" || !digits.starts_with('0');
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok()?;
    (canonical && plain).then_some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Path> {
        let entry = EntryNo(5_027);
        let attempts =
            Lift::ALL.into_iter().flat_map(move |lift| AttemptNo::all().map(move |no| Path::Attempt(entry, lift, no)));
        let leaves = EntryLeaf::ALL.iter().map(move |leaf| Path::EntryLeaf(entry, *leaf));
        let meet = MeetLeaf::ALL.iter().copied().map(Path::Meet);
        let stages = StageNo::all().map(Path::Stage);
        meet.chain([Path::Entry(EntryNo(0)), Path::Entry(EntryNo(u32::MAX))])
            .chain(leaves)
            .chain(attempts)
            .chain(stages)
    }

    /// L4: each path has one text, and one run of bytes.
    #[test]
    fn every_path_is_read_back() {
        for path in all() {
            assert_eq!(path.to_string().parse(), Ok(path));
            let bytes = codec::encode(&path);
            assert_eq!(codec::decode_client::<Path>(&bytes).unwrap(), path);
        }
        assert_eq!("registration.entries[5027].squat[2]".parse::<Path>().unwrap().to_string().len(), 35);
    }

    /// L12: nothing else is a path.
    #[test]
    fn other_texts_are_no_paths() {
        for text in [
            "",
            "meet",
            "meet.",
            "meet.Name",
            "meet.name ",
            "meet.password",
            "registration.entries[05].name",
            "registration.entries[+5].name",
            "registration.entries[4294967296]",
            "registration.entries[]",
            "registration.entries[5]x",
            "registration.entries[5].lookup",
            "registration.entries[5].squat",
            "registration.entries[5].squat[0]",
            "registration.entries[5].squat[6]",
            "registration.entries[5].squat[1].kg",
            "registration.entries[5].name[1]",
            "live[0]",
            "live[100]",
            "live[1].flight",
            "lifting.flight",
        ] {
            assert_eq!(text.parse::<Path>(), Err(NotAPath), "{text}");
        }
    }
}
