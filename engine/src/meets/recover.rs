//! What desks bring back: the end of a log that the core lost, or a whole meet.
//!
//! Nothing is believed but what this core sealed: the receipt on the log's end, to which its lines must lead. How two
//! logs become one is decided in `scorelay_meets::recover`.

use scorelay_meets::log::MeetLog;
use scorelay_meets::recover::Relation;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::MEET_LOG_BYTES;
use scorelay_protocol::meet::answer::{Claimed, MeetAnswer, Recovered};
use scorelay_protocol::meet::ids::{MeetEpoch, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::{Line, What};
use scorelay_protocol::meet::receipt::{Receipt, SealedRecord};
use scorelay_protocol::meet::request::Part;

use super::machine::{Meets, Random, Reply, Used};
use super::meet::{Begun, Meet, bad_log, bytes_of, log_full};
use super::steps::StepWhat;
use super::uploads::{Taken, UploadKey};

/// The longest log that is taken back: what two full ones come to.
const LONGEST: usize = 2 * MEET_LOG_BYTES;

fn bad_receipt(text: &str) -> WireError {
    WireError::new(ErrorCode::BadReceipt, text)
}

impl Meets {
    pub(super) fn claim(&mut self, sealed: &SealedRecord) -> Result<Claimed, WireError> {
        let record = self.believed(sealed)?;
        if self.tombstones.contains_key(&record.record.uid) {
            return Ok(Claimed::Finished);
        }
        match self.meets.get(&record.record.meet) {
            Some(meet) if meet.uid == record.record.uid => Ok(Claimed::Known),
            Some(_) => Err(bad_receipt("another meet has this id now")),
            None => Ok(Claimed::Wanted),
        }
    }

    fn believed<'a>(&self, sealed: &'a SealedRecord) -> Result<&'a SealedRecord, WireError> {
        if self.key.verify_record(sealed) {
            Ok(sealed)
        } else {
            Err(bad_receipt("the record was not sealed by this core"))
        }
    }

    fn check_receipt(&self, uid: MeetUid, receipt: &Receipt) -> Result<(), WireError> {
        if !self.key.verify(receipt) {
            Err(bad_receipt("the receipt was not sealed by this core"))
        } else if receipt.head.uid != uid {
            Err(bad_receipt("the receipt is another meet's"))
        } else {
            Ok(())
        }
    }

    pub(super) fn restore(
        &mut self,
        now: UnixMillis,
        record: SealedRecord,
        receipt: Receipt,
        part: Part,
        random: Random,
    ) -> Result<Reply, WireError> {
        let known = match self.claim(&record)? {
            Claimed::Known => true,
            Claimed::Wanted => false,
            Claimed::Finished => {
                return Err(WireError::new(ErrorCode::MeetFinished, "the meet is finished and was cleared away"));
            }
        };
        let (id, uid) = (record.record.meet, record.record.uid);
        self.check_receipt(uid, &receipt)?;
        if known {
            self.check_replaceable(id)?;
        } else {
            self.check_room()?;
        }
        let key = UploadKey::Restore(uid, part.sha256);
        let bytes = match self.uploads.take(now, key, &part, LONGEST)? {
            Taken::More(offset) => return Ok(Reply::Now(MeetAnswer::More { offset })),
            Taken::Whole(bytes) => bytes,
        };
        let mut log = log_of(&bytes, id, &receipt)?;
        if known {
            // Brought before its desk joins again, so that it finds itself there, with its entry ids.
            self.merge(now, id, &log, random)?;
            return Ok(Reply::Written(MeetAnswer::Restored));
        }
        let epoch = drawn(random);
        if !log.is_finished() {
            log.push(Line { at: now, what: What::Epoch(epoch) }).map_err(|error| bad_log(&error))?;
        }
        let lines = log.head();
        let begun = Begun { sealed: record, log, sessions: Vec::new(), epoch, durable: MeetSeq(0), there: false };
        let mut meet = Meet::new(begun);
        meet.steps.push(StepWhat::Create);
        self.unusable.remove(&id);
        self.meets.insert(id, meet);
        self.gate.came_back(id);
        self.out.note(id, format!("restored from a desk, with {lines} lines"));
        Ok(Reply::Written(MeetAnswer::Restored))
    }

    pub(super) fn recover(
        &mut self,
        now: UnixMillis,
        used: Used,
        receipt: Receipt,
        part: Part,
        random: Random,
    ) -> Result<Reply, WireError> {
        let uid = self.used(used.meet)?.uid;
        self.check_replaceable(used.meet)?;
        self.check_receipt(uid, &receipt)?;
        let key = UploadKey::Log(used.meet, used.session);
        let bytes = match self.uploads.take(now, key, &part, LONGEST)? {
            Taken::More(offset) => return Ok(Reply::Now(MeetAnswer::More { offset })),
            Taken::Whole(bytes) => bytes,
        };
        let other = log_of(&bytes, used.meet, &receipt)?;
        let recovered = self.merge(now, used.meet, &other, random)?;
        Ok(Reply::Written(MeetAnswer::Recovered(recovered)))
    }

    /// Only one log at a time takes the place of a meet's.
    fn check_replaceable(&mut self, id: MeetId) -> Result<(), WireError> {
        if self.used(id)?.steps.replaces_log() {
            Err(WireError::new(ErrorCode::MeetBusy, "another desk brings a log: try again shortly"))
        } else {
            Ok(())
        }
    }

    /// Makes one log of a meet's and of one that is believed.
    fn merge(&mut self, now: UnixMillis, id: MeetId, other: &MeetLog, random: Random) -> Result<Recovered, WireError> {
        let meet = self.used(id)?;
        let relation = meet.log.relation(other);
        let (updates, rejected) = match relation {
            Relation::Stranger => return Err(bad_receipt("the log is another meet's")),
            Relation::Known => (0, 0),
            Relation::Extends { .. } | Relation::Forks { .. } => {
                let epoch = drawn(random);
                let (log, recovered) = meet.log.recovered(other, epoch, now).map_err(|error| bad_log(&error))?;
                // Merged before, a log that forks brings nothing but the epoch that would begin with it.
                let forks = matches!(relation, Relation::Forks { .. });
                if !(forks && log.head().0 == meet.log.head().0 + 1) {
                    if bytes_of(log.lines_after(MeetSeq(0))) > LONGEST {
                        return Err(log_full());
                    }
                    meet.epoch = epoch;
                    meet.replace(log);
                }
                (recovered.updates, recovered.rejected)
            }
        };
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (updates, rejected) = (count(updates), count(rejected));
        let fork = common(&meet.log, other);
        meet.sessions.forget_sent(fork);
        if meet.steps.replaces_log() {
            self.out.note(id, format!("recovered from a desk: {updates} updates, {rejected} of them rejected"));
        }
        Ok(Recovered { fork, updates, rejected })
    }
}

/// The log of these bytes, if it is what the receipt seals.
fn log_of(bytes: &[u8], meet: MeetId, receipt: &Receipt) -> Result<MeetLog, WireError> {
    let bad = |text: String| WireError::new(ErrorCode::BadLog, text);
    let lines = codec::decode_log(bytes).map_err(|error| bad(error.to_string()))?;
    if !matches!(lines.first(), Some(Line { what: What::Created { id, .. }, .. }) if *id == meet) {
        return Err(bad("the log does not begin with this meet".to_owned()));
    }
    let mut log = MeetLog::new();
    for line in lines {
        log.push(line).map_err(|error| bad_log(&error))?;
    }
    if log.sealed_head() == Some(receipt.head) {
        Ok(log)
    } else {
        Err(bad("the log is not what its receipt says".to_owned()))
    }
}

/// The last line up to which both are the same.
fn common(log: &MeetLog, other: &MeetLog) -> MeetSeq {
    let (mut same, mut differs) = (0, log.head().0.min(other.head().0) + 1);
    while differs - same > 1 {
        let middle = same + (differs - same) / 2;
        if log.hash_at(MeetSeq(middle)) == other.hash_at(MeetSeq(middle)) {
            same = middle;
        } else {
            differs = middle;
        }
    }
    MeetSeq(same)
}

fn drawn(random: Random) -> MeetEpoch {
    let mut bytes = [0; 8];
    random(&mut bytes);
    MeetEpoch(u64::from_le_bytes(bytes))
}
