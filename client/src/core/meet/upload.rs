//! Something too long for one message, on its way to the core part by part.
//!
//! The core says where the next part begins, so that whatever was lost on the way is sent again and nothing else.

use scorelay_meets::chain::sha256;
use scorelay_protocol::limits::MEET_CHUNK_BYTES;
use scorelay_protocol::meet::request::Part;

/// Bytes that are sent in parts.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    bytes: Vec<u8>,
    sha256: [u8; 32],
    offset: usize,
}

impl Upload {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { sha256: sha256(&bytes), bytes, offset: 0 }
    }

    /// The part to send now.
    pub(super) fn part(&self) -> Part {
        let end = self.bytes.len().min(self.offset + MEET_CHUNK_BYTES);
        let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Part {
            sha256: self.sha256,
            total: whole(self.bytes.len()),
            offset: whole(self.offset),
            bytes: self.bytes[self.offset..end].to_vec(),
        }
    }

    /// The core has got all up to there. One that names a place past the end begins anew.
    pub(super) fn has(&mut self, offset: u32) {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.offset = if offset < self.bytes.len() { offset } else { 0 };
    }

    /// From the start.
    pub(super) fn restart(&mut self) {
        self.offset = 0;
    }

    /// Bytes the core has got, and all there are.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.offset, self.bytes.len())
    }
}
