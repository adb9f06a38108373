//! Ids and positions of meets, with the forms that people read and type.
//!
//! Random ones are drawn by whoever says so at the type; nothing here draws any.

use core::fmt;
use core::str::FromStr;

use crate::codec::{self, Decode, DecodeError, Decoder, Encode};

/// A meet's id: 9 decimal digits, drawn by the core, shown in groups of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct MeetId(u32);

/// Not a meet's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a meet's id is 9 digits, like 123-456-789")]
pub struct NotAMeetId;

impl MeetId {
    /// Ids there are.
    pub const COUNT: u32 = 1_000_000_000;

    /// The id of this number; `None` from [`Self::COUNT`] on.
    pub fn new(number: u32) -> Option<Self> {
        (number < Self::COUNT).then_some(Self(number))
    }

    /// Its nine digits without separators, as folders are named.
    pub fn digits(self) -> String {
        format!("{:09}", self.0)
    }
}

impl fmt::Display for MeetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = self;
        write!(f, "{:03}-{:03}-{:03}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
    }
}

/// Takes spaces, hyphens and dots between digits, since people write ids in all these ways.
impl FromStr for MeetId {
    type Err = NotAMeetId;

    fn from_str(text: &str) -> Result<Self, NotAMeetId> {
        let mut digits = 0;
        let mut number = 0u32;
        for byte in text.trim().bytes() {
            match byte {
                b'0'..=b'9' if digits < 9 => {
                    number = number * 10 + u32::from(byte - b'0');
                    digits += 1;
                }
                b' ' | b'-' | b'.' if digits > 0 => {}
                _ => return Err(NotAMeetId),
            }
        }
        if digits == 9 { Ok(Self(number)) } else { Err(NotAMeetId) }
    }
}

impl<C> Decode<C> for MeetId {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::new(u32::decode(decoder)?).ok_or(codec::invalid("a meet id of more than 9 digits"))
    }
}
codec::impl_borrow_decode!(MeetId);

/// What stands behind a meet's id for good: 128 bits drawn by the core, never used for another meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct MeetUid(pub [u8; 16]);

/// Drawn at random by every start of a core, for all its meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct MeetEpoch(pub u64);

/// A line's number in its meet's log: the first is 1; 0 stands before all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct MeetSeq(pub u64);

/// How far somebody has seen a meet's log: up to this line of the log that this epoch of the core wrote or took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct MeetPosition {
    /// The core's epoch.
    pub epoch: MeetEpoch,
    /// The last line seen.
    pub seq: MeetSeq,
}

/// A browser or program that takes part in a meet: 128 bits drawn by itself, kept over reloads and new sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct DeskId(pub [u8; 16]);

/// A client's number in one meet's log, in the order of joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Author(pub u16);

/// A client's own count of its updates, given at first send, the first being 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct LocalSeq(pub u64);

/// A location's weight in conflicts, 0 to 1000; the larger wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Priority(u16);

impl Priority {
    /// The priority of this number; `None` above 1000.
    pub fn new(number: u16) -> Option<Self> {
        (number <= 1_000).then_some(Self(number))
    }

    /// As a number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl<C> Decode<C> for Priority {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::new(u16::decode(decoder)?).ok_or(codec::invalid("a priority above 1000"))
    }
}
codec::impl_borrow_decode!(Priority);

macro_rules! numbers {
    ($($name:ident)+) => {
        $(impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        })+
    };
}
numbers!(MeetSeq Author LocalSeq Priority);

macro_rules! hexadecimal {
    ($($name:ident)+) => {
        $(impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        })+
    };
}
hexadecimal!(MeetUid DeskId);

#[cfg(test)]
mod tests {
    use super::*;

    /// L1: an id is shown 3-3-3 and read however people write it.
    #[test]
    fn meet_ids_are_read_as_people_write_them() {
        let id = MeetId::new(7_042_930).unwrap();
        assert_eq!((id.to_string(), id.digits()), ("007-042-930".to_owned(), "007042930".to_owned()));
        for text in ["007-042-930", "007042930", " 007 042 930 ", "007.042.930", "00-70-42-930"] {
            assert_eq!(text.parse(), Ok(id), "{text}");
        }
        for text in ["", "7042930", "0070429300", "-007042930", "007/042/930", "００７042930", "00704293O"] {
            assert_eq!(text.parse::<MeetId>(), Err(NotAMeetId), "{text}");
        }
        assert!(MeetId::new(MeetId::COUNT).is_none());
    }

    #[test]
    fn what_is_out_of_range_is_not_decoded() {
        let decoded = |bytes: &[u8]| codec::decode_client::<MeetId>(bytes).is_ok();
        assert!(decoded(&codec::encode(&(MeetId::COUNT - 1))) && !decoded(&codec::encode(&MeetId::COUNT)));
        let decoded = |number: u16| codec::decode_client::<Priority>(&codec::encode(&number)).is_ok();
        assert!(decoded(1_000) && !decoded(1_001));
    }
}
