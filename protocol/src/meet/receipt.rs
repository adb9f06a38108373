//! Where a meet's log stands, and the core's seal on that: what lets a core believe its own log when a desk brings it back.
//!
//! How a chain's hash is computed and a receipt sealed is in the crate `meets`.

use core::fmt;

use super::ids::{MeetEpoch, MeetSeq, MeetUid};
use crate::codec::{Decode, Encode};

/// The hash of a log up to a line.
#[derive(Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct ChainHash(pub [u8; 32]);

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a meet's log stood when the core sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// Which meet.
    pub uid: MeetUid,
    /// The core's epoch.
    pub epoch: MeetEpoch,
    /// The last line.
    pub seq: MeetSeq,
    /// The hash up to it.
    pub hash: ChainHash,
}

/// A head with the core's seal on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// What is sealed.
    pub head: Head,
    /// The seal: HMAC-SHA-256 over the head's bytes.
    pub mac: [u8; 32],
}
