//! Values of a meet's state: a closed set, bit-exact, and which path takes which.
//!
//! Equality is that of bytes: a number equals itself only, down to the sign of zero. What is null was set to null; what
//! is [`Value::Absent`] was never set or is no more.

use std::collections::BTreeMap;

use super::leaf::{EntryLeaf, Kind};
use super::path::{AttemptNo, EntryNo, Lift, Path};
use crate::codec::{self, Decode, DecodeError, Decoder, Encode, EncodeError, Encoder};
use crate::limits::{MEET_LIST_ITEMS, MEET_PLATES};

/// A finite number, kept bit by bit: pounds become kilograms without rounding, and must come back as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Real(u64);

impl Real {
    /// `number`, if it is finite.
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then(|| Self(number.to_bits()))
    }

    /// As a float.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// Eight bytes, little endian.
impl Encode for Real {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.get().encode(encoder)
    }
}

impl<C> Decode<C> for Real {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::new(f64::decode(decoder)?).ok_or(codec::invalid("a number that is not finite"))
    }
}
codec::impl_borrow_decode!(Real);

/// What a leaf is set to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum LeafValue {
    /// Set to null.
    Null,
    /// True or false.
    Flag(bool),
    /// A number.
    Number(Real),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A list of numbers.
    Numbers(Vec<Real>),
    /// The plates there are.
    Plates(Vec<Plate>),
}

/// Plates of one weight.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Plate {
    /// Weight of one, in kilograms.
    pub kg: Real,
    /// Pairs of them.
    pub pairs: u32,
    /// A CSS colour.
    pub color: String,
}

/// An attempt: what is on the bar and what came of it, never one without the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Attempt {
    /// Weight in kilograms; 0 where none is declared.
    pub kg: Real,
    /// What came of it.
    pub result: AttemptResult,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum AttemptResult {
    /// Not yet lifted.
    Open,
    /// A good lift.
    Good,
    /// No lift.
    NoLift,
}

/// An entry as a whole: what is set of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryState {
    /// Leaves that are set.
    pub leaves: BTreeMap<EntryLeaf, LeafValue>,
    /// Attempts that are set.
    pub attempts: BTreeMap<(Lift, AttemptNo), Attempt>,
}

/// As two lists, each in rising order, which decoding insists on: an entry has one run of bytes.
impl Encode for EntryState {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.leaves.encode(encoder)?;
        self.attempts.encode(encoder)
    }
}

impl<C> Decode<C> for EntryState {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let leaves = Vec::<(EntryLeaf, LeafValue)>::decode(decoder)?;
        let attempts = Vec::<((Lift, AttemptNo), Attempt)>::decode(decoder)?;
        let rising = leaves.is_sorted_by(|a, b| a.0 < b.0) && attempts.is_sorted_by(|a, b| a.0 < b.0);
        if rising {
            Ok(Self { leaves: leaves.into_iter().collect(), attempts: attempts.into_iter().collect() })
        } else {
            Err(codec::invalid("an entry whose leaves are not in order"))
        }
    }
}
codec::impl_borrow_decode!(EntryState);

/// What goes on on a stage.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Stage {
    /// The flight that lifts.
    pub flight: String,
    /// The lift, once one has begun.
    pub lift: Option<Lift>,
    /// The attempt of the one whose turn it is.
    pub attempt: Option<AttemptNo>,
    /// Whose turn it is.
    pub lifter: Option<EntryNo>,
}

/// What an update sets a path to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Value {
    /// Nothing is set there any more.
    Absent,
    /// Of a leaf.
    Leaf(LeafValue),
    /// Of an attempt.
    Attempt(Attempt),
    /// Of an entry as a whole.
    Entry(EntryState),
    /// Of a stage.
    Stage(Stage),
}

/// Why a path does not take a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// It is of another kind.
    #[error("{0} does not hold a value of this kind")]
    Kind(Path),
    /// A text is longer than the leaf takes.
    #[error("{path} takes at most {most} bytes of text")]
    TooLong {
        /// Where.
        path: Path,
        /// Most bytes.
        most: usize,
    },
    /// A list has more items than the leaf takes.
    #[error("{path} takes at most {most} items")]
    TooMany {
        /// Where.
        path: Path,
        /// Most items.
        most: usize,
    },
}

impl Value {
    /// Checks that `path` takes this value.
    ///
    /// # Errors
    /// [`ValueError`] when it is of another kind or too large.
    pub fn check(&self, path: Path) -> Result<(), ValueError> {
        match (path, self) {
            (Path::Meet(_) | Path::EntryLeaf(..) | Path::Attempt(..) | Path::Stage(_), Self::Absent) => Ok(()),
            (Path::Meet(leaf), Self::Leaf(value)) => check_leaf(path, leaf.kind(), value),
            (Path::EntryLeaf(_, leaf), Self::Leaf(value)) => check_leaf(path, leaf.kind(), value),
            (Path::Attempt(..), Self::Attempt(_)) => Ok(()),
            (Path::Stage(_), Self::Stage(stage)) => check_text(path, SHORT, &stage.flight),
            (Path::Entry(entry), Self::Entry(state)) => {
                let mut leaves = state.leaves.iter();
                leaves.try_for_each(|(leaf, value)| check_leaf(Path::EntryLeaf(entry, *leaf), leaf.kind(), value))
            }
            _ => Err(ValueError::Kind(path)),
        }
    }
}

const SHORT: usize = 256;

fn check_leaf(path: Path, kind: Kind, value: &LeafValue) -> Result<(), ValueError> {
    match (kind, value) {
        (_, LeafValue::Null) | (Kind::Flag, LeafValue::Flag(_)) | (Kind::Number, LeafValue::Number(_)) => Ok(()),
        (Kind::Text(most), LeafValue::Text(text)) => check_text(path, most, text),
        (Kind::Texts, LeafValue::Texts(texts)) => {
            check_items(path, MEET_LIST_ITEMS, texts.len())?;
            texts.iter().try_for_each(|text| check_text(path, SHORT, text))
        }
        (Kind::Numbers, LeafValue::Numbers(numbers)) => check_items(path, MEET_LIST_ITEMS, numbers.len()),
        (Kind::Plates, LeafValue::Plates(plates)) => {
            check_items(path, MEET_PLATES, plates.len())?;
            plates.iter().try_for_each(|plate| check_text(path, SHORT, &plate.color))
        }
        _ => Err(ValueError::Kind(path)),
    }
}

fn check_text(path: Path, most: usize, text: &str) -> Result<(), ValueError> {
    if text.len() <= most { Ok(()) } else { Err(ValueError::TooLong { path, most }) }
}

fn check_items(path: Path, most: usize, items: usize) -> Result<(), ValueError> {
    if items <= most { Ok(()) } else { Err(ValueError::TooMany { path, most }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meet::leaf::MeetLeaf;

    fn path(text: &str) -> Path {
        text.parse().unwrap()
    }

    fn number(number: f64) -> Value {
        Value::Leaf(LeafValue::Number(Real::new(number).unwrap()))
    }

    /// L19: numbers travel bit by bit.
    #[test]
    fn numbers_are_bit_exact() {
        for bits in [0.1 + 0.2, -0.0, f64::MIN_POSITIVE / 2.0, f64::MAX, 220.46226218487757] {
            let bytes = codec::encode(&number(bits));
            let Value::Leaf(LeafValue::Number(back)) = codec::decode_client(&bytes).unwrap() else { panic!("{bits}") };
            assert_eq!(back.get().to_bits(), bits.to_bits());
        }
        assert_ne!(number(0.0), number(-0.0));
        for bits in [f64::NAN, f64::INFINITY] {
            assert!(codec::decode_client::<Real>(&codec::encode(&bits)).is_err());
        }
    }

    /// L12: a path takes values of its kind and size only.
    #[test]
    fn kinds_and_sizes_are_checked() {
        let text = |len: usize| Value::Leaf(LeafValue::Text("x".repeat(len)));
        let name = path("meet.name");
        assert_eq!(text(256).check(name), Ok(()));
        assert_eq!(text(257).check(name), Err(ValueError::TooLong { path: name, most: 256 }));
        assert_eq!(number(1.0).check(name), Err(ValueError::Kind(name)));
        assert_eq!(Value::Leaf(LeafValue::Null).check(name), Ok(()));
        assert_eq!(Value::Absent.check(name), Ok(()));
        let divisions = Path::Meet(MeetLeaf::Divisions);
        let texts = |len: usize| Value::Leaf(LeafValue::Texts(vec![String::new(); len]));
        assert_eq!(texts(MEET_LIST_ITEMS).check(divisions), Ok(()));
        assert_eq!(
            texts(MEET_LIST_ITEMS + 1).check(divisions),
            Err(ValueError::TooMany { path: divisions, most: MEET_LIST_ITEMS })
        );
        let attempt = Value::Attempt(Attempt { kg: Real::new(1.5).unwrap(), result: AttemptResult::Open });
        assert_eq!(attempt.check(path("registration.entries[1].squat[1]")), Ok(()));
        let leaf = path("registration.entries[1].squatRackInfo");
        assert_eq!(attempt.check(leaf), Err(ValueError::Kind(leaf)));
        let mut entry = EntryState::default();
        entry.leaves.insert(EntryLeaf::Paid, LeafValue::Text(String::new()));
        let paid = path("registration.entries[1].paid");
        assert_eq!(Value::Entry(entry).check(path("registration.entries[1]")), Err(ValueError::Kind(paid)));
        assert!(Value::Absent.check(path("registration.entries[1]")).is_err());
    }

    #[test]
    fn an_entry_has_one_run_of_bytes() {
        let leaf = |leaf: EntryLeaf| (leaf, LeafValue::Null);
        let attempts = Vec::<((Lift, AttemptNo), Attempt)>::new();
        let decoded = |leaves: Vec<(EntryLeaf, LeafValue)>| {
            codec::decode_client::<EntryState>(&codec::encode(&(leaves, attempts.clone())))
        };
        let entry = decoded(vec![leaf(EntryLeaf::Day), leaf(EntryLeaf::Name)]).unwrap();
        assert_eq!(codec::decode_client::<EntryState>(&codec::encode(&entry)).unwrap(), entry);
        assert!(decoded(vec![leaf(EntryLeaf::Name), leaf(EntryLeaf::Day)]).is_err());
        assert!(decoded(vec![leaf(EntryLeaf::Day), leaf(EntryLeaf::Day)]).is_err());
    }
}
