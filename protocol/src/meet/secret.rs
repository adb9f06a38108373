//! What nobody may read in a log or an error: passwords and tokens. They are compared and hashed by the core; their
//! `Debug` says nothing of them, and they have no `Display`.

use core::fmt;

use crate::codec::{self, Decode, DecodeError, Decoder, Encode};
use crate::limits::MEET_PASSWORD_BYTES;

/// Proof of a session: 256 bits drawn by the client itself, so that an answer that was lost can be asked for again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Token(pub [u8; 32]);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// A meet's password as it was typed: 10 to 128 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Not a password for a meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password has 10 to 128 characters, this one has {0}")]
pub struct NotAPassword(pub usize);

impl Password {
    /// `text` as a password.
    ///
    /// # Errors
    /// [`NotAPassword`] when it has fewer characters or more; those are Unicode's scalar values.
    pub fn new(text: impl Into<String>) -> Result<Self, NotAPassword> {
        let text = text.into();
        let characters = text.chars().count();
        if (10..=128).contains(&characters) { Ok(Self(text)) } else { Err(NotAPassword(characters)) }
    }

    /// For hashing.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// Takes any text of up to [`MEET_PASSWORD_BYTES`]: the core answers one that is too short or too long with an error of
/// its own, so [`Typed::check`] is what makes a [`Password`] of it.
#[derive(Clone, PartialEq, Eq, Encode)]
pub struct Typed(String);

impl Typed {
    /// What was typed. Longer than [`MEET_PASSWORD_BYTES`] it would not be decoded.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password it is.
    ///
    /// # Errors
    /// [`NotAPassword`] when it is none.
    pub fn check(self) -> Result<Password, NotAPassword> {
        Password::new(self.0)
    }
}

impl From<Password> for Typed {
    fn from(password: Password) -> Self {
        Self(password.0)
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed")
    }
}

impl<C> Decode<C> for Typed {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let text = String::decode(decoder)?;
        if text.len() <= MEET_PASSWORD_BYTES {
            Ok(Self(text))
        } else {
            Err(codec::invalid("a password of this length"))
        }
    }
}
codec::impl_borrow_decode!(Typed);

#[cfg(test)]
mod tests {
    use super::*;

    /// L1: 10 to 128 characters, however many bytes those take.
    #[test]
    fn passwords_are_counted_in_characters() {
        let of = |count: usize| Password::new("ß".repeat(count)).map_err(|error| error.0);
        assert_eq!([of(9).err(), of(10).err(), of(128).err(), of(129).err()], [Some(9), None, None, Some(129)]);
    }

    /// L12: neither is shown.
    #[test]
    fn secrets_are_not_shown() {
        let typed = Typed::new("correct horse battery");
        let shown = format!("{:?} {:?} {:?}", Token([0xAB; 32]), typed.clone(), typed.check());
        assert_eq!(shown, "Token Typed Ok(Password)");
    }
}
