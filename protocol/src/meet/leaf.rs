//! The leaves of a meet's state: their names, what each may hold, and who may see it.
//!
//! The names are those of OpenLifter's state. Numbers are on the wire and in every log's hash chain: they never change
//! and are never used again. What a value of a [`Kind`] is stands in [`super::value`].

use crate::codec::{self, Decode, DecodeError, Decoder, Encode, EncodeError, Encoder};

/// What a leaf holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of at most so many bytes.
    Text(usize),
    /// True or false.
    Flag,
    /// Any finite number, bit-exact.
    Number,
    /// A list of texts, at most [`crate::limits::MEET_LIST_ITEMS`].
    Texts,
    /// A list of finite numbers, as long.
    Numbers,
    /// The plates there are.
    Plates,
}

/// Who may see a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Displays too.
    Public,
    /// Desks only.
    Desks,
}

macro_rules! leaves {
    ($(#[$doc:meta])* $leaves:ident: $($number:literal $leaf:ident $name:literal $kind:expr, $audience:ident;)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $leaves {
            $(#[doc = concat!("`", $name, "`.")] $leaf = $number,)+
        }

        impl $leaves {
            /// All of them, by number.
            pub const ALL: &[$leaves] = &[$($leaves::$leaf),+];

            /// Its name in paths.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$leaf => $name,)+
                }
            }

            /// What it holds.
            pub fn kind(self) -> Kind {
                match self {
                    $(Self::$leaf => $kind,)+
                }
            }

            /// Who may see it.
            pub fn audience(self) -> Audience {
                match self {
                    $(Self::$leaf => Audience::$audience,)+
                }
            }

            /// The leaf of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|leaf| leaf.name() == name)
            }
        }

        impl Encode for $leaves {
            fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
                (*self as u8).encode(encoder)
            }
        }

        impl<C> Decode<C> for $leaves {
            fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
                match u8::decode(decoder)? {
                    $($number => Ok(Self::$leaf),)+
                    _ => Err(codec::invalid(concat!("no such leaf of ", stringify!($leaves)))),
                }
            }
        }
        codec::impl_borrow_decode!($leaves);
    };
}

const SHORT: Kind = Kind::Text(256);
const LONG: Kind = Kind::Text(4_096);

leaves! {
    /// A leaf of the meet itself.
    MeetLeaf:
    0 Name "name" SHORT, Public;
    1 Country "country" SHORT, Public;
    2 State "state" SHORT, Public;
    3 City "city" SHORT, Public;
    4 Federation "federation" SHORT, Public;
    5 Date "date" SHORT, Public;
    6 Formula "formula" SHORT, Public;
    7 AgeCoefficients "ageCoefficients" SHORT, Public;
    8 LengthDays "lengthDays" Kind::Number, Public;
    9 PlatformsOnDays "platformsOnDays" Kind::Numbers, Public;
    10 Divisions "divisions" Kind::Texts, Public;
    11 WeightClassesKgMen "weightClassesKgMen" Kind::Numbers, Public;
    12 WeightClassesKgWomen "weightClassesKgWomen" Kind::Numbers, Public;
    13 WeightClassesKgMx "weightClassesKgMx" Kind::Numbers, Public;
    14 SquatBarAndCollarsWeightKg "squatBarAndCollarsWeightKg" Kind::Number, Public;
    15 BenchBarAndCollarsWeightKg "benchBarAndCollarsWeightKg" Kind::Number, Public;
    16 DeadliftBarAndCollarsWeightKg "deadliftBarAndCollarsWeightKg" Kind::Number, Public;
    17 Plates "plates" Kind::Plates, Public;
    18 CombineSleevesAndWraps "combineSleevesAndWraps" Kind::Flag, Public;
    19 CombineSingleAndMulti "combineSingleAndMulti" Kind::Flag, Public;
    20 Allow4thAttempts "allow4thAttempts" Kind::Flag, Public;
    21 RoundTotalsDown "roundTotalsDown" Kind::Flag, Public;
    22 InKg "inKg" Kind::Flag, Public;
    23 ShowAlternateUnits "showAlternateUnits" Kind::Flag, Public;
}

leaves! {
    /// A leaf of an entry, attempts aside.
    EntryLeaf:
    0 Day "day" Kind::Number, Public;
    1 Platform "platform" Kind::Number, Public;
    2 Flight "flight" SHORT, Public;
    3 Name "name" SHORT, Public;
    4 Sex "sex" SHORT, Public;
    5 BirthDate "birthDate" SHORT, Desks;
    6 Age "age" Kind::Number, Public;
    7 Country "country" SHORT, Public;
    8 State "state" SHORT, Public;
    9 IntendedWeightClassKg "intendedWeightClassKg" SHORT, Public;
    10 Equipment "equipment" SHORT, Public;
    11 MemberId "memberId" SHORT, Desks;
    12 Team "team" SHORT, Public;
    13 Instagram "instagram" SHORT, Public;
    14 Notes "notes" LONG, Desks;
    15 Lot "lot" Kind::Number, Public;
    16 BodyweightKg "bodyweightKg" Kind::Number, Public;
    17 SquatRackInfo "squatRackInfo" SHORT, Public;
    18 BenchRackInfo "benchRackInfo" SHORT, Public;
    19 Paid "paid" Kind::Flag, Desks;
    20 Guest "guest" Kind::Flag, Public;
    21 Divisions "divisions" Kind::Texts, Public;
    22 Events "events" Kind::Texts, Public;
    23 Email "email" SHORT, Desks;
    24 Deleted "deleted" Kind::Flag, Public;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (at, leaf) in EntryLeaf::ALL.iter().enumerate() {
            assert_eq!((EntryLeaf::from_name(leaf.name()), *leaf as usize), (Some(*leaf), at));
        }
        for (at, leaf) in MeetLeaf::ALL.iter().enumerate() {
            assert_eq!((MeetLeaf::from_name(leaf.name()), *leaf as usize), (Some(*leaf), at));
        }
        assert_eq!(EntryLeaf::from_name("Name"), None);
    }

    /// L17: what no display may see.
    #[test]
    fn private_leaves_are_exactly_these() {
        let private = |leaf: &EntryLeaf| leaf.audience() == Audience::Desks;
        let names: Vec<_> = EntryLeaf::ALL.iter().copied().filter(private).map(EntryLeaf::name).collect();
        assert_eq!(names, ["birthDate", "memberId", "notes", "paid", "email"]);
        assert!(MeetLeaf::ALL.iter().all(|leaf| leaf.audience() == Audience::Public));
    }
}
