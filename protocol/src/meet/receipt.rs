//! Where a meet's log stands, and the core's seal on that: what lets a core believe its own log when a desk brings it
//! back.
//!
//! How a chain's hash is computed and a receipt sealed is in the crate `meets`.

use core::fmt;

use super::ids::{MeetEpoch, MeetId, MeetSeq, MeetUid};
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

/// What lets a desk join, and what a desk keeps of it: with a log it is a whole meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AuthRecord {
    /// The meet's id.
    pub meet: MeetId,
    /// What stands behind it.
    pub uid: MeetUid,
    /// Counts changes of the password, from 0.
    pub number: u32,
    /// The password's hash.
    pub password: PasswordHash,
}

/// A password's hash by scrypt, with what it was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PasswordHash {
    /// Binary logarithm of the cost N.
    pub log_n: u8,
    /// Block size.
    pub r: u32,
    /// Parallelization.
    pub p: u32,
    /// Drawn at random for each password.
    pub salt: [u8; 16],
    /// The hash.
    pub hash: [u8; 32],
}

/// A record with the core's seal on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct SealedRecord {
    /// What is sealed.
    pub record: AuthRecord,
    /// The seal: HMAC-SHA-256 over the record's bytes.
    pub mac: [u8; 32],
}
