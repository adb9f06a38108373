//! Entities: what a row ranks, written `platform:id`, and their short form on the wire.
//!
//! An id that is a canonical decimal number travels as a varint, any other as text. Which number stands
//! for which platform is said by the messages that carry platform names.

use std::fmt;
use std::str::FromStr;

use crate::codec::{self, BorrowDecode, BorrowDecoder, Decode, DecodeError, Decoder, Encode, EncodeError, Encoder};
use crate::ids::PlatformNo;
use crate::limits::{ENTITY_ID_BYTES, PLATFORM_BYTES};

/// What a row ranks: a user, an emote, a word. Printed and parsed as `platform:id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    platform: String,
    id: EntityId,
}

/// The part of an entity after its platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityId {
    /// A decimal number without sign, spaces or leading zeros.
    Number(u64),
    /// Anything else.
    Text(Box<str>),
}

/// An entity as it travels: the platform by number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WireEntity {
    /// Index into the platform names of this hop.
    pub platform: PlatformNo,
    /// The id on that platform.
    pub id: EntityId,
}

/// Why a text is not an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntityError {
    /// No colon.
    #[error("an entity is written platform:id, like twitch:1234")]
    NoColon,
    /// The platform is empty, too long, or has a character outside `a-z 0-9 _ -`.
    #[error("a platform is 1 to {PLATFORM_BYTES} of the characters a-z 0-9 _ -")]
    Platform,
    /// The id is empty, too long, or has a control character.
    #[error("an entity's id is 1 to {ENTITY_ID_BYTES} bytes of text without control characters")]
    Id,
}

impl Entity {
    /// An entity of its parts.
    ///
    /// # Errors
    /// [`EntityError`] when a part is empty, too long or has characters it may not have.
    pub fn new(platform: &str, id: &str) -> Result<Self, EntityError> {
        check_platform(platform)?;
        Ok(Self { platform: platform.to_owned(), id: EntityId::parse(id)? })
    }

    /// An entity of a platform's name and an id that is already valid.
    ///
    /// # Errors
    /// [`EntityError::Platform`] when the name is not a platform's.
    pub fn from_parts(platform: &str, id: EntityId) -> Result<Self, EntityError> {
        check_platform(platform)?;
        Ok(Self { platform: platform.to_owned(), id })
    }

    /// The part before the first colon.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// The part after the first colon.
    pub fn id(&self) -> &EntityId {
        &self.id
    }
}

/// Checks that `name` can be a platform's.
///
/// # Errors
/// [`EntityError::Platform`] when it cannot.
pub fn check_platform(name: &str) -> Result<(), EntityError> {
    let fits = (1..=PLATFORM_BYTES).contains(&name.len());
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    if fits && name.bytes().all(allowed) { Ok(()) } else { Err(EntityError::Platform) }
}

impl EntityId {
    /// The shortest form of `text`.
    ///
    /// # Errors
    /// [`EntityError::Id`] when it is empty, too long or has a control character.
    pub fn parse(text: &str) -> Result<Self, EntityError> {
        if let Some(number) = canonical(text) {
            return Ok(Self::Number(number));
        }
        if !(1..=ENTITY_ID_BYTES).contains(&text.len()) || text.chars().any(char::is_control) {
            return Err(EntityError::Id);
        }
        Ok(Self::Text(text.into()))
    }
}

/// The number whose canonical decimal form this is. One pass, as a start reads a million of them.
fn canonical(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || (bytes[0] == b'0' && bytes.len() > 1) {
        return None;
    }
    bytes.iter().try_fold(0u64, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => n.fmt(f),
            Self::Text(t) => f.write_str(t),
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.id)
    }
}

impl FromStr for Entity {
    type Err = EntityError;

    fn from_str(text: &str) -> Result<Self, EntityError> {
        let (platform, id) = text.split_once(':').ok_or(EntityError::NoColon)?;
        Self::new(platform, id)
    }
}

/// As text: `platform:id` in one string.
impl Encode for Entity {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.to_string().encode(encoder)
    }
}

impl<C> Decode<C> for Entity {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let text = String::decode(decoder)?;
        text.parse().map_err(|_| codec::invalid("not an entity of the form platform:id"))
    }
}
codec::impl_borrow_decode!(Entity);

/// A varint of twice the platform's number, plus one where text follows; then a varint or a string.
impl Encode for WireEntity {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let code = u32::from(self.platform.0) << 1;
        match &self.id {
            EntityId::Number(n) => {
                code.encode(encoder)?;
                n.encode(encoder)
            }
            EntityId::Text(t) => {
                (code | 1).encode(encoder)?;
                t.encode(encoder)
            }
        }
    }
}

impl WireEntity {
    fn read<D: Decoder>(decoder: &mut D) -> Result<Self, DecodeError> {
        let code = u32::decode(decoder)?;
        let platform = u16::try_from(code >> 1).map_err(|_| codec::invalid("a platform number past 65535"))?;
        let id = if code & 1 == 0 {
            EntityId::Number(u64::decode(decoder)?)
        } else {
            let text = String::decode(decoder)?;
            match EntityId::parse(&text) {
                Ok(id @ EntityId::Text(_)) => id,
                Ok(EntityId::Number(_)) => return Err(codec::invalid("a numeric entity id sent as text")),
                Err(_) => return Err(codec::invalid("not an entity id")),
            }
        };
        Ok(Self { platform: PlatformNo(platform), id })
    }
}

impl<C> Decode<C> for WireEntity {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::read(decoder)
    }
}

impl<'de, C> BorrowDecode<'de, C> for WireEntity {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::read(decoder)
    }
}
