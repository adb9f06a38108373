//! Frames of links: a 32-bit big-endian length and that many bytes, which are one message. Making them, taking them
//! apart, and finding them in a stream that splits and merges writes as it likes. What the messages mean is in
//! [`crate::link`]; reading from a socket is the caller's.

use crate::codec::{self, CodecError, Decode, Encode};
use crate::limits::LINK_FRAME_BYTES;

/// Bytes of the length before each message.
pub const HEAD_BYTES: usize = 4;

/// Why bytes are not a frame with a message in it.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length is more than a link allows.
    #[error("a frame of {0} bytes; a link allows {LINK_FRAME_BYTES}")]
    TooLong(usize),
    /// The length does not fit the bytes.
    #[error("a frame whose length does not fit its {0} bytes")]
    Length(usize),
    /// What is in the frame is no message.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// The whole frame of a message, length included. That it is not over [`LINK_FRAME_BYTES`] is the caller's care.
pub fn encode<T: Encode>(message: &T) -> Vec<u8> {
    let mut frame = vec![0; HEAD_BYTES];
    codec::encode_into(message, &mut frame);
    let len = u32::try_from(frame.len() - HEAD_BYTES).unwrap_or(u32::MAX);
    frame[..HEAD_BYTES].copy_from_slice(&len.to_be_bytes());
    frame
}

/// The message of one whole frame, length included.
///
/// # Errors
/// [`FrameError`] when the bytes are not exactly one frame within the limit, or no message is in it.
pub fn decode<T: Decode<()>>(frame: &[u8]) -> Result<T, FrameError> {
    match whole(frame)? {
        Some(len) if len == frame.len() => Ok(codec::decode_link(&frame[HEAD_BYTES..])?),
        _ => Err(FrameError::Length(frame.len())),
    }
}

/// The length, head included, of the frame that `bytes` begin with; `None` while part of it is missing.
fn whole(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    let Some(head) = bytes.first_chunk::<HEAD_BYTES>() else {
        return Ok(None);
    };
    let len = u32::from_be_bytes(*head) as usize;
    if len > LINK_FRAME_BYTES {
        return Err(FrameError::TooLong(len));
    }
    Ok((bytes.len() >= HEAD_BYTES + len).then_some(HEAD_BYTES + len))
}

/// Finds frames in a stream of bytes.
///
/// It holds what was pushed and not yet taken: less than one frame, where every push is followed by taking all
/// that [`Frames::take`] gives.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Where the bytes begin that were not taken yet.
    start: usize,
}

impl Frames {
    /// No bytes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes as they arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        } else if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame, length included; `None` until more bytes are pushed.
    ///
    /// # Errors
    /// [`FrameError::TooLong`], then and ever after: the stream cannot be followed any further.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let rest = &self.bytes[self.start..];
        let Some(len) = whole(rest)? else {
            return Ok(None);
        };
        let frame = rest[..len].to_vec();
        self.start += len;
        Ok(Some(frame))
    }

    /// The length that the next frame claims for its message, as soon as its head is there.
    pub fn claimed(&self) -> Option<usize> {
        let head = self.bytes[self.start..].first_chunk::<HEAD_BYTES>()?;
        Some(u32::from_be_bytes(*head) as usize)
    }

    /// Bytes held that are not a whole frame yet, or were not taken yet.
    pub fn pending(&self) -> usize {
        self.bytes.len() - self.start
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::NodeId;
    use crate::link::{LinkDown, LinkUp};

    proptest! {
        /// B1: however a stream splits and merges writes, the same messages come out in the same order.
        #[test]
        fn splits_and_merges_change_nothing(
            sizes in proptest::collection::vec(0usize..3_000, 0..20),
            cuts in proptest::collection::vec(1usize..5_000, 1..40),
        ) {
            let messages: Vec<LinkDown> = sizes
                .iter()
                .map(|&n| LinkDown::Path((0..n as u64).map(|i| NodeId(i * 7_919)).collect()))
                .collect();
            let stream: Vec<u8> = messages.iter().flat_map(encode).collect();
            let (mut frames, mut got, mut rest) = (Frames::new(), Vec::new(), stream.as_slice());
            let mut cuts = cuts.iter().cycle();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                frames.push(now);
                rest = later;
                while let Some(frame) = frames.take().unwrap() {
                    got.push(decode::<LinkDown>(&frame).unwrap());
                }
            }
            prop_assert_eq!(frames.pending(), 0);
            prop_assert_eq!(got, messages);
        }

        /// B1: whatever bytes come, finding and decoding frames ends in a message or an error.
        #[test]
        fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut frames = Frames::new();
            frames.push(&bytes);
            while let Ok(Some(frame)) = frames.take() {
                let message = decode::<LinkUp>(&frame);
                prop_assert!(message.is_ok() || !message.unwrap_err().to_string().is_empty());
            }
            prop_assert!(frames.pending() <= bytes.len());
        }
    }

    /// B1: messages of any allowed size pass, and the first byte over it is refused without waiting for the rest.
    #[test]
    fn the_longest_frame_passes_and_a_longer_one_is_refused_at_once() {
        let mut longest = vec![0xAB; HEAD_BYTES + LINK_FRAME_BYTES];
        longest[..HEAD_BYTES].copy_from_slice(&(LINK_FRAME_BYTES as u32).to_be_bytes());
        let mut frames = Frames::new();
        for part in longest.chunks(64 * 1024) {
            assert!(frames.take().unwrap().is_none());
            frames.push(part);
        }
        assert_eq!(frames.take().unwrap().as_deref(), Some(longest.as_slice()));

        frames.push(&(LINK_FRAME_BYTES as u32 + 1).to_be_bytes());
        for _ in 0..2 {
            assert!(matches!(frames.take(), Err(FrameError::TooLong(n)) if n == LINK_FRAME_BYTES + 1));
        }
    }

    /// B1: how long a frame will be is known with its head, whatever it claims and however much of it is there.
    #[test]
    fn a_head_tells_the_length() {
        let mut frames = Frames::new();
        frames.push(&[0, 0, 1]);
        assert_eq!(frames.claimed(), None);
        frames.push(&[2]);
        assert_eq!(frames.claimed(), Some(258));
        frames.push(&[[0xAB; 258].as_slice(), &[0xFF; HEAD_BYTES]].concat());
        assert_eq!(frames.claimed(), Some(258));
        assert_eq!(frames.take().unwrap().map(|frame| frame.len()), Some(HEAD_BYTES + 258));
        assert_eq!(frames.claimed(), Some(u32::MAX as usize));
    }

    #[test]
    fn a_length_that_does_not_fit_is_an_error() {
        let frame = encode(&LinkUp::Ping(300));
        assert_eq!(decode::<LinkUp>(&frame).unwrap(), LinkUp::Ping(300));
        assert!(matches!(decode::<LinkUp>(&frame[..frame.len() - 1]), Err(FrameError::Length(_))));
        let two = [frame.clone(), frame].concat();
        assert!(matches!(decode::<LinkUp>(&two), Err(FrameError::Length(_))));
        assert!(matches!(decode::<LinkUp>(&[]), Err(FrameError::Length(0))));
    }
}
