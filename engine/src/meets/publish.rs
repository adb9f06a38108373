//! The end of a meet: its results go to the publisher, and updates come too late from then on.
//!
//! Results are taken only if they were made from the end of the log, so that nothing is left out of them unseen. How
//! they are handed over is the shell's business; it is told here that they were.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{MEET_ADDRESS_BYTES, MEET_RESULTS_BYTES};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{Author, MeetId, MeetSeq};
use scorelay_protocol::meet::leaf::MeetLeaf;
use scorelay_protocol::meet::line::{Line, What};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::receipt::Head;
use scorelay_protocol::meet::request::{Part, Results};
use scorelay_protocol::meet::value::{LeafValue, Value};

use super::effects::Publication;
use super::machine::{Meets, Reply, Used};
use super::meet::Meet;
use super::steps::StepWhat;
use super::uploads::{Taken, UploadKey};

impl Meets {
    pub(super) fn publish(
        &mut self,
        now: UnixMillis,
        used: Used,
        results: &Results,
        part: Part,
    ) -> Result<Reply, WireError> {
        self.creator(used)?;
        check_address(&results.return_address)?;
        let author = self.author(used)?;
        let meet = self.used(used.meet)?;
        let before = meet.published_before(author, results.head, part.sha256);
        if let Some((seq, number)) = before
            && meet.log.is_finished()
            && meet.holds_publication(number)
        {
            return Ok(Reply::Written(MeetAnswer::Published { seq, number }));
        }
        if before.is_none() {
            meet.check_head(results.head)?;
            if !results.force {
                meet.check_level(now, used)?;
            }
        }
        let key = UploadKey::Results(used.meet, used.session);
        let csv = match self.uploads.take(now, key, &part, MEET_RESULTS_BYTES)? {
            Taken::More(offset) => return Ok(Reply::Now(MeetAnswer::More { offset })),
            Taken::Whole(csv) => csv,
        };
        let meet = self.used(used.meet)?;
        let (seq, number) = match before {
            Some(before) => before,
            None => meet.publish_line(now, author, part.sha256)?,
        };
        // Of both lines, the core may have kept the first only.
        if !meet.log.is_finished() {
            meet.push(now, What::Finished)?;
        }
        let publication = Publication {
            meet: meet.id,
            uid: meet.uid,
            number,
            name: meet.name(),
            return_address: results.return_address.clone(),
            seq: results.head.seq,
            at: now,
            csv,
            handed_over: None,
        };
        meet.steps.push(StepWhat::Publication(Box::new(publication)));
        Ok(Reply::Written(MeetAnswer::Published { seq, number }))
    }

    /// A publication is on the disk.
    pub(super) fn published(&mut self, publication: Publication) {
        let Publication { meet: id, number, .. } = publication;
        let Some(meet) = self.meets.get_mut(&id) else { return };
        match &publication.handed_over {
            None => {
                self.out.note(id, format!("publication {number} taken, made from line {}", publication.seq));
                if meet.shown.finished() {
                    self.out.note(id, "finished");
                }
                self.out.effects.publish.push(publication);
            }
            Some(place) => {
                self.out.note(id, format!("publication {number} is at {place}"));
                // It is on the disk, and nobody asks for it here any more.
                meet.publication.iter_mut().for_each(|publication| publication.csv = Vec::new());
            }
        }
    }

    /// The publisher tells of a publication.
    pub(super) fn handed_over(&mut self, id: MeetId, number: u32, result: Result<String, String>) {
        let Some(meet) = self.meets.get_mut(&id) else { return };
        let current = meet.publication.as_ref();
        let Some(publication) = current.filter(|known| known.number == number && known.handed_over.is_none()) else {
            return;
        };
        match result {
            Ok(place) => {
                let handed_over = Publication { handed_over: Some(place), ..publication.clone() };
                meet.steps.push(StepWhat::Publication(Box::new(handed_over)));
                meet.pump(&mut self.out);
            }
            Err(why) => self.out.note(id, format!("publication {number} could not be handed over: {why}")),
        }
    }
}

impl Meet {
    /// The line and number of these results, if they were published before and the meet has not gone on since.
    fn published_before(&self, author: Author, head: Head, sha256: [u8; 32]) -> Option<(MeetSeq, u32)> {
        let lines = self.log.lines_after(MeetSeq(0));
        let at = lines.iter().rposition(|line| matches!(line.what, What::Published { .. }))?;
        let What::Published { author: by, number, csv } = lines[at].what else { return None };
        let open = !self.log.is_finished();
        let goes_on = |line: &Line| match line.what {
            What::Reopened => true,
            What::Epoch(_) | What::Joined(_) => false,
            _ => open,
        };
        if lines[at + 1..].iter().any(goes_on) {
            return None;
        }
        let from = lines[..at].iter().rposition(|line| !matches!(line.what, What::Epoch(_)))?;
        let known = self.log.hash_at(head.seq) == Some(head.hash) && head.uid == self.uid;
        let same = known && (from as u64 + 1..=at as u64).contains(&head.seq.0);
        (same && by == author && csv == sha256).then_some((MeetSeq(at as u64 + 1), number))
    }

    /// Whether the results of that number are on the disk or on their way there.
    fn holds_publication(&self, number: u32) -> bool {
        let under_way = self.steps.out.iter().map(|out| &out.step).chain(&self.steps.next);
        let mut coming = under_way.filter_map(|step| match &step.what {
            StepWhat::Publication(publication) => Some(&**publication),
            _ => None,
        });
        self.publication.iter().any(|known| known.number >= number) || coming.any(|known| known.number >= number)
    }

    fn check_head(&self, head: Head) -> Result<(), WireError> {
        if (head.uid, head.seq, head.hash) == (self.uid, self.log.head(), self.log.hash()) {
            return Ok(());
        }
        let text = format!("the results were made from line {}, the log is at {}", head.seq, self.log.head());
        Err(WireError::new(ErrorCode::NotHead, text))
    }

    /// Checks that every desk with a live session has been sent everything that matters, and so has had its say.
    fn check_level(&self, now: UnixMillis, own: Used) -> Result<(), WireError> {
        let last = self.last_that_matters();
        let others = self.sessions.alive(now).filter(|record| record.desk.is_some_and(|desk| desk != own.desk));
        let level = |desk| {
            let mut sessions = self.sessions.alive(now).filter(|record| record.desk == desk);
            sessions.any(|record| self.sessions.seen(record.no).is_some_and(|seen| seen >= last))
        };
        let mut behind: Vec<_> =
            others.filter(|record| !level(record.desk)).map(|record| record.location.as_str()).collect();
        behind.sort_unstable();
        behind.dedup();
        if behind.is_empty() {
            return Ok(());
        }
        let text = format!("desks are not level at: {}", behind.join(", "));
        Err(WireError::new(ErrorCode::DesksBehind, text))
    }

    fn publish_line(&mut self, now: UnixMillis, author: Author, csv: [u8; 32]) -> Result<(MeetSeq, u32), WireError> {
        let number = self.log.publications() + 1;
        let seq = self.push(now, What::Published { author, number, csv })?;
        Ok((seq, number))
    }

    /// The meet's name, empty where none is set.
    pub(super) fn name(&self) -> String {
        match self.log.state().get(Path::Meet(MeetLeaf::Name)) {
            Value::Leaf(LeafValue::Text(name)) => name,
            _ => String::new(),
        }
    }
}

fn check_address(address: &str) -> Result<(), WireError> {
    let parts = address.split_once('@').is_some_and(|(who, at)| !who.is_empty() && !at.is_empty());
    let plain = !address.chars().any(|char| char.is_whitespace() || char.is_control());
    if parts && plain && address.len() <= MEET_ADDRESS_BYTES {
        Ok(())
    } else {
        let text = format!("a return address is an e-mail address of at most {MEET_ADDRESS_BYTES} bytes");
        Err(WireError::new(ErrorCode::BadValue, text))
    }
}
