//! Frames of a link from a byte stream, as [`scorelay_protocol::frame`] finds them. What is in them is decoded by
//! `links.rs` and `upstream.rs`.

use std::io;

use bytes::Bytes;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::frame::{FrameError, Frames};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::link_io::LinkEnd;

/// Bytes asked of the stream at once.
const READ_BYTES: usize = 16 * 1024;

/// Reads frames.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    io: R,
    frames: Frames,
    buf: Box<[u8]>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(io: R) -> Self {
        Self { io, frames: Frames::new(), buf: vec![0; READ_BYTES].into() }
    }

    /// The next frame, length included. May be dropped at any point and called again without loss.
    ///
    /// # Errors
    /// [`LinkEnd::Closed`] at the end of the stream, [`LinkEnd::Failed`] when it ends within a frame or breaks,
    /// [`LinkEnd::Refused`] when a frame is too long.
    pub(crate) async fn next(&mut self) -> Result<Bytes, LinkEnd> {
        self.next_within(usize::MAX).await
    }

    /// The same, and refused as soon as the frame's head claims a message of more than `most` bytes, however many of
    /// them have come.
    pub(crate) async fn next_within(&mut self, most: usize) -> Result<Bytes, LinkEnd> {
        loop {
            if self.frames.claimed().is_some_and(|claimed| claimed > most) {
                let text = format!("a first message of more than {most} bytes");
                return Err(LinkEnd::Refused(WireError::new(ErrorCode::TooLarge, text)));
            }
            if let Some(frame) = self.buffered()? {
                return Ok(frame);
            }
            match self.io.read(&mut self.buf).await {
                Ok(0) if self.frames.pending() == 0 => return Err(LinkEnd::Closed),
                Ok(0) => return Err(LinkEnd::Failed(io::Error::from(io::ErrorKind::UnexpectedEof).to_string())),
                Ok(bytes) => self.frames.push(&self.buf[..bytes]),
                Err(error) => return Err(LinkEnd::Failed(error.to_string())),
            }
        }
    }

    /// A frame that has been read already, if there is a whole one.
    pub(crate) fn buffered(&mut self) -> Result<Option<Bytes>, LinkEnd> {
        match self.frames.take() {
            Ok(frame) => Ok(frame.map(Bytes::from)),
            Err(error) => Err(LinkEnd::Refused(refusal(&error))),
        }
    }

    /// The stream, without what was read ahead.
    pub(crate) fn into_inner(self) -> R {
        self.io
    }
}

/// The wire's word for a frame that cannot be taken.
pub(crate) fn refusal(error: &FrameError) -> WireError {
    let code = match error {
        FrameError::TooLong(_) => ErrorCode::TooLarge,
        FrameError::Length(_) | FrameError::Codec(_) => ErrorCode::Malformed,
    };
    WireError::new(code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::frame;
    use scorelay_protocol::link::LinkUp;

    #[tokio::test]
    async fn a_stream_ends_between_frames_or_breaks_within_one() {
        let whole = frame::encode(&LinkUp::Ping(1));
        let mut reader = FrameReader::new(&whole[..]);
        assert_eq!(reader.next().await.unwrap(), whole);
        assert_eq!(reader.next().await, Err(LinkEnd::Closed));
        let cut = &whole[..5];
        assert!(matches!(FrameReader::new(cut).next().await, Err(LinkEnd::Failed(_))));
    }

    #[tokio::test]
    async fn a_long_frame_is_refused_before_it_is_there() {
        let huge = [0xFF; 5];
        let refused = FrameReader::new(&huge[..]).next().await.unwrap_err();
        assert!(matches!(refused, LinkEnd::Refused(e) if e.code == ErrorCode::TooLarge));
        let mut whole = vec![0; 4 + 501];
        whole[..4].copy_from_slice(&501u32.to_be_bytes());
        for part in [&whole[..4], &whole[..100], &whole] {
            let refused = FrameReader::new(part).next_within(500).await.unwrap_err();
            assert!(matches!(refused, LinkEnd::Refused(e) if e.code == ErrorCode::TooLarge), "{}", part.len());
            let within = FrameReader::new(part).next_within(501).await;
            assert_eq!(within.is_ok(), part.len() == whole.len(), "{}", part.len());
        }
    }
}
