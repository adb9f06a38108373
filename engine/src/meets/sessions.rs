//! The sessions of one meet: who may act in it, and until when.
//!
//! Tokens are kept as SHA-256 only. Use puts a desk's session's end off; a display's has none but the meet's.

use std::collections::BTreeMap;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{MEET_RENEW_MS, MEET_SESSION_MS, MEET_SESSIONS};
use scorelay_protocol::meet::answer::SessionInfo;
use scorelay_protocol::meet::ids::{DeskId, MeetSeq};
use scorelay_protocol::meet::request::SessionNo;
use scorelay_protocol::meet::secret::Token;
use sha2::{Digest, Sha256};

use super::effects::SessionRecord;

/// What a token is kept as.
pub(super) fn hashed(token: &Token) -> [u8; 32] {
    Sha256::digest(token.0).into()
}

/// The error for every token that is not a live session's.
pub(super) fn bad_session() -> WireError {
    WireError::new(ErrorCode::BadSession, "this session is not known here, has expired or was ended")
}

#[derive(Debug, Default)]
pub(super) struct Sessions {
    records: Vec<SessionRecord>,
    /// The last line each has been sent, since the core's start.
    seen: BTreeMap<SessionNo, MeetSeq>,
    next: u32,
}

impl Sessions {
    pub(super) fn new(records: Vec<SessionRecord>) -> Self {
        let next = records.iter().map(|record| record.no.0.saturating_add(1)).max().unwrap_or(1);
        Self { records, seen: BTreeMap::new(), next }
    }

    pub(super) fn records(&self) -> &[SessionRecord] {
        &self.records
    }

    /// Back to these; numbers that were given stay given.
    pub(super) fn restore(&mut self, records: Vec<SessionRecord>) {
        self.records = records;
    }

    /// The session of a token, alive or not.
    pub(super) fn of(&self, token: &[u8; 32]) -> Option<&SessionRecord> {
        self.records.iter().find(|record| record.token == *token)
    }

    pub(super) fn is_alive(record: &SessionRecord, now: UnixMillis) -> bool {
        record.expires.is_none_or(|expires| expires > now)
    }

    /// The live session of a token, and whether its use has put its end off.
    pub(super) fn used(&mut self, token: &[u8; 32], now: UnixMillis) -> Result<(SessionRecord, bool), WireError> {
        let record = self.records.iter_mut().find(|record| record.token == *token).ok_or_else(bad_session)?;
        if !Self::is_alive(record, now) {
            return Err(bad_session());
        }
        let later = UnixMillis(now.0.saturating_add(MEET_SESSION_MS));
        let renewed = record.expires.is_some_and(|expires| expires.0.saturating_add(MEET_RENEW_MS) <= later.0);
        if renewed {
            record.expires = Some(later);
        }
        Ok((record.clone(), renewed))
    }

    /// Opens a session; `desk` is `None` for a display. The same token again is the same session, put off.
    ///
    /// # Errors
    /// When the token is another session's, or there are too many.
    pub(super) fn open(
        &mut self,
        now: UnixMillis,
        token: [u8; 32],
        desk: Option<DeskId>,
        location: &str,
    ) -> Result<SessionRecord, WireError> {
        let expires = desk.map(|_| UnixMillis(now.0.saturating_add(MEET_SESSION_MS)));
        if let Some(record) = self.records.iter_mut().find(|record| record.token == token) {
            if record.desk != desk {
                return Err(WireError::new(ErrorCode::BadSession, "this token is another session's"));
            }
            record.expires = expires;
            return Ok(record.clone());
        }
        self.records.retain(|record| Self::is_alive(record, now));
        if self.records.len() >= MEET_SESSIONS {
            let text = format!("the meet has {MEET_SESSIONS} sessions; end some of them");
            return Err(WireError::new(ErrorCode::MeetFull, text));
        }
        let no = SessionNo(self.next);
        self.next = self.next.saturating_add(1);
        let record = SessionRecord { no, token, desk, location: location.to_owned(), opened: now, expires };
        self.records.push(record.clone());
        Ok(record)
    }

    /// Ends a session; whether there was one.
    ///
    /// # Errors
    /// When there never was one of that number.
    pub(super) fn end(&mut self, no: SessionNo) -> Result<bool, WireError> {
        let before = self.records.len();
        self.records.retain(|record| record.no != no);
        self.seen.remove(&no);
        if no.0 == 0 || no.0 >= self.next {
            return Err(WireError::new(ErrorCode::NoSuchSession, format!("there is no session {}", no.0)));
        }
        Ok(self.records.len() < before)
    }

    /// Ends all of displays; whether there were any.
    pub(super) fn end_displays(&mut self) -> bool {
        let before = self.records.len();
        self.records.retain(|record| record.desk.is_some());
        self.records.len() < before
    }

    pub(super) fn sent(&mut self, no: SessionNo, seq: MeetSeq) {
        let seen = self.seen.entry(no).or_default();
        *seen = seq.max(*seen);
    }

    /// Nothing that was sent counts any more: the log is another one.
    pub(super) fn forget_sent(&mut self, fork: MeetSeq) {
        self.seen.values_mut().for_each(|seen| *seen = fork.min(*seen));
    }

    pub(super) fn seen(&self, no: SessionNo) -> Option<MeetSeq> {
        self.seen.get(&no).copied()
    }

    pub(super) fn alive(&self, now: UnixMillis) -> impl Iterator<Item = &SessionRecord> {
        self.records.iter().filter(move |record| Self::is_alive(record, now))
    }

    pub(super) fn list(&self, now: UnixMillis, own: Option<SessionNo>) -> Vec<SessionInfo> {
        let info = |record: &SessionRecord| SessionInfo {
            no: record.no,
            desk: record.desk,
            location: record.location.clone(),
            opened: record.opened,
            expires: record.expires,
            seen: self.seen(record.no),
            own: own == Some(record.no),
        };
        self.alive(now).map(info).collect()
    }
}
