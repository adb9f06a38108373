//! What comes in parts: results, and logs that desks bring back.
//!
//! A part that came already is answered as it was; what does not follow is refused. Few are taken in at once, and a
//! quiet one is dropped: whoever brings it begins anew.

use std::collections::BTreeMap;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{MEET_CHUNK_BYTES, MEET_UPLOAD_MS, MEET_UPLOADS};
use scorelay_protocol::meet::ids::{MeetId, MeetUid};
use scorelay_protocol::meet::request::{Part, SessionNo};
use sha2::{Digest, Sha256};

/// Whose an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UploadKey {
    Results(MeetId, SessionNo),
    Log(MeetId, SessionNo),
    /// Of a meet that is not known here, so without a session.
    Restore(MeetUid, [u8; 32]),
}

#[derive(Debug)]
struct Upload {
    sha256: [u8; 32],
    total: usize,
    bytes: Vec<u8>,
    quiet_from: UnixMillis,
}

/// How far an upload is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The next part begins here.
    More(u32),
    /// This is the whole.
    Whole(Vec<u8>),
}

#[derive(Debug, Default)]
pub(super) struct Uploads(BTreeMap<UploadKey, Upload>);

fn bad(text: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadPart, text)
}

impl Uploads {
    /// Takes a part of something of at most so many bytes.
    ///
    /// # Errors
    /// `bad-part` when it does not follow or the whole is not what it should be, `meet-busy` when too many are under
    /// way.
    pub(super) fn take(
        &mut self,
        now: UnixMillis,
        key: UploadKey,
        part: &Part,
        most: usize,
    ) -> Result<Taken, WireError> {
        let Part { sha256, total, offset, bytes } = part;
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let (total, offset) = (at(*total), at(*offset));
        if total == 0 || total > most {
            return Err(bad(format!("the whole has 1 to {most} bytes")));
        }
        if bytes.is_empty() || bytes.len() > MEET_CHUNK_BYTES || offset.saturating_add(bytes.len()) > total {
            return Err(bad(format!("a part has 1 to {MEET_CHUNK_BYTES} bytes, and none past the whole")));
        }
        let same = self.0.get(&key).is_some_and(|known| known.sha256 == *sha256 && known.total == total);
        if !same {
            self.0.remove(&key);
            if offset > 0 {
                return Err(bad("the parts before it are not here"));
            }
            if self.0.len() >= MEET_UPLOADS {
                return Err(WireError::new(ErrorCode::MeetBusy, "too much is being uploaded: try again shortly"));
            }
        }
        let upload = self.0.entry(key).or_insert(Upload { sha256: *sha256, total, bytes: Vec::new(), quiet_from: now });
        upload.quiet_from = now;
        let held = upload.bytes.len();
        if offset > held {
            return Err(bad("the parts before it are not here"));
        }
        let again = &upload.bytes[offset..held.min(offset + bytes.len())];
        if bytes.get(..again.len()) != Some(again) {
            self.0.remove(&key);
            return Err(bad("the part was another one before"));
        }
        let new = again.len();
        upload.bytes.extend_from_slice(&bytes[new..]);
        if upload.bytes.len() < total {
            return Ok(Taken::More(u32::try_from(upload.bytes.len()).unwrap_or(u32::MAX)));
        }
        let whole = self.0.remove(&key).map(|upload| upload.bytes).unwrap_or_default();
        if <[u8; 32]>::from(Sha256::digest(&whole)) == *sha256 {
            Ok(Taken::Whole(whole))
        } else {
            Err(bad("the whole is not what its hash says"))
        }
    }

    pub(super) fn drop_quiet(&mut self, now: UnixMillis) {
        self.0.retain(|_, upload| upload.quiet_from.0.saturating_add(MEET_UPLOAD_MS) > now.0);
    }

    pub(super) fn next_at(&self) -> Option<UnixMillis> {
        let ends = self.0.values().map(|upload| UnixMillis(upload.quiet_from.0.saturating_add(MEET_UPLOAD_MS)));
        ends.min()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
