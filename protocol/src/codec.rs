//! The one place that calls bincode: encode, decode with a limit, and the traits messages derive.
//!
//! bincode's crate is no longer maintained (RUSTSEC-2025-0141), so everything else names these
//! functions and traits only; golden vectors pin the bytes. Messages live in the other modules.

pub use bincode::de::{BorrowDecoder, Decoder};
pub use bincode::enc::Encoder;
pub use bincode::error::{DecodeError, EncodeError};
pub use bincode::{BorrowDecode, Decode, Encode, impl_borrow_decode};

use crate::limits;

const CLIENT: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<{ limits::CLIENT_DECODE_BYTES }>,
> = bincode::config::standard().with_limit();

const LINK: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<{ limits::LINK_DECODE_BYTES }>,
> = bincode::config::standard().with_limit();

const LOG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<{ limits::MEET_LOG_DECODE_BYTES }>,
> = bincode::config::standard().with_limit();

/// Room that [`encode`] begins with.
const USUAL_BYTES: usize = 128;

/// Why bytes were not a message. The text names the cause; the bytes themselves are never echoed.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The bytes do not follow the layout, or would need more memory than the hop's limit.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// A message ended before the bytes did.
    #[error("malformed message: {0} bytes after its end")]
    Trailing(usize),
}

/// The bytes of `value`, in bincode's standard configuration (little endian, variable-length integers).
pub fn encode<T: Encode>(value: &T) -> Vec<u8> {
    // Most messages fit at once: growing byte by byte was a third of encoding a page (callgrind).
    let mut out = Vec::with_capacity(USUAL_BYTES);
    encode_into(value, &mut out);
    out
}

/// Appends the bytes of `value` to `out`.
pub fn encode_into<T: Encode>(value: &T, out: &mut Vec<u8>) {
    bincode::encode_into_writer(value, Appender(out), bincode::config::standard())
        .expect("invariant: writing to memory does not fail and every message type can be encoded");
}

/// The number of bytes [`encode`] would give.
pub fn encoded_len<T: Encode>(value: &T) -> usize {
    encode(value).len()
}

/// Decodes one message of the client hop; `bytes` must hold exactly that message.
///
/// # Errors
/// [`CodecError`] when the bytes are malformed, too large in memory, or followed by more bytes.
pub fn decode_client<T: Decode<()>>(bytes: &[u8]) -> Result<T, CodecError> {
    finish(bincode::decode_from_slice(bytes, CLIENT), bytes)
}

/// Decodes one message of a link; `bytes` must hold exactly that message.
///
/// # Errors
/// [`CodecError`] when the bytes are malformed, too large in memory, or followed by more bytes.
pub fn decode_link<T: Decode<()>>(bytes: &[u8]) -> Result<T, CodecError> {
    finish(bincode::decode_from_slice(bytes, LINK), bytes)
}

/// Decodes a meet's log as a desk brings it; `bytes` must hold exactly that.
///
/// # Errors
/// [`CodecError`] when the bytes are malformed, too large in memory, or followed by more bytes.
pub fn decode_log(bytes: &[u8]) -> Result<Vec<crate::meet::line::Line>, CodecError> {
    finish(bincode::decode_from_slice(bytes, LOG), bytes)
}

fn finish<T>(result: Result<(T, usize), DecodeError>, bytes: &[u8]) -> Result<T, CodecError> {
    // bincode's own texts are its types' debug output, which means nothing to a peer.
    let (value, used) = result.map_err(|error| {
        CodecError::Malformed(match error {
            DecodeError::UnexpectedEnd { .. } => "unexpected end".into(),
            DecodeError::UnexpectedVariant { found, .. } => format!("unknown variant {found}"),
            DecodeError::LimitExceeded => "limit exceeded".into(),
            DecodeError::Utf8 { .. } => "invalid utf-8".into(),
            DecodeError::Other(why) => why.into(),
            DecodeError::OtherString(why) => why,
            _ => "invalid value".into(),
        })
    })?;
    match bytes.len() - used {
        0 => Ok(value),
        rest => Err(CodecError::Trailing(rest)),
    }
}

/// A decode error with this text: for hand-written [`Decode`] implementations.
pub(crate) fn invalid(why: &'static str) -> DecodeError {
    DecodeError::Other(why)
}

struct Appender<'a>(&'a mut Vec<u8>);

impl bincode::enc::write::Writer for Appender<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientMessage;
    use crate::entity::Entity;

    #[test]
    fn what_is_wrong_is_said_for_people() {
        let text = |error: CodecError| error.to_string();
        let message = |bytes: &[u8]| text(decode_client::<ClientMessage>(bytes).unwrap_err());
        assert_eq!(message(&[]), "malformed message: unexpected end");
        assert_eq!(message(&[200]), "malformed message: unknown variant 200");
        let string = |bytes: &[u8]| text(decode_client::<String>(bytes).unwrap_err());
        assert_eq!(string(&[1, 0xFF]), "malformed message: invalid utf-8");
        assert_eq!(string(&[252, 0xFF, 0xFF, 0xFF, 0xFF]), "malformed message: limit exceeded");
        assert_eq!(string(&[1, b'a', 0]), "malformed message: 1 bytes after its end");
        assert_eq!(text(decode_client::<bool>(&[7]).unwrap_err()), "malformed message: invalid value");
        let invalid = text(decode_client::<Entity>(&[0; 40]).unwrap_err());
        assert!(!invalid.contains(['{', '(', '"']), "{invalid}");
    }
}
