//! What displays are told: all of it in parts, then what changed.
//!
//! What may be told at all is decided in `shown.rs`; nothing undurable is in there.

use scorelay_protocol::codec;
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::MEET_PUBLIC_BYTES;
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChanges};
use scorelay_protocol::meet::ids::MeetEpoch;
use scorelay_protocol::meet::line::What;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::{PublicAt, Session};

use super::machine::{Asked, Meets, Reply};
use super::meet::Meet;
use super::pulls::WaitsFor;

/// What an answer has besides its changes, at most.
const REST_BYTES: usize = 64;

impl Meets {
    pub(super) fn public(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        session: Session,
        have: Option<PublicAt>,
        from: Option<Path>,
        wait: bool,
    ) -> Result<Reply, WireError> {
        let (no, _) = self.session(now, session)?;
        let meet = self.used(session.meet)?;
        if meet.there
            && let Some(from) = from
        {
            return Ok(Reply::Now(MeetAnswer::Public(part(meet, Some(from)))));
        }
        self.wait_for(now, asked, (session.meet, no), WaitsFor::Public(have), wait)
    }
}

fn at(meet: &Meet) -> PublicAt {
    let epoch = meet.durable_log().epoch_of(meet.durable).unwrap_or(MeetEpoch(0));
    PublicAt { epoch, seq: meet.durable }
}

/// What there is to tell somebody who holds that; `anyway`: if need be that there is nothing.
pub(super) fn told(meet: &Meet, have: Option<PublicAt>, anyway: bool) -> Option<PublicChanges> {
    let at = at(meet);
    let Some(have) = have.filter(|have| have.epoch == at.epoch && have.seq <= at.seq) else {
        return Some(part(meet, None));
    };
    let lines = meet.durable_after(have.seq);
    let changes = meet.shown.changes(lines);
    let turned = lines.iter().any(|line| matches!(line.what, What::Finished | What::Reopened));
    if changes.is_empty() && !turned && !anyway {
        return None;
    }
    if changes.iter().map(codec::encoded_len).sum::<usize>() + REST_BYTES > MEET_PUBLIC_BYTES {
        return Some(part(meet, None));
    }
    Some(PublicChanges { at, reset: false, finished: meet.shown.finished(), changes, next: None })
}

/// The part of everything that begins at a path.
fn part(meet: &Meet, from: Option<Path>) -> PublicChanges {
    let (mut bytes, mut changes, mut next) = (REST_BYTES, Vec::new(), None);
    for change in meet.shown.all().filter(|change| from.is_none_or(|from| change.path >= from)) {
        bytes += codec::encoded_len(&change);
        if bytes > MEET_PUBLIC_BYTES && !changes.is_empty() {
            next = Some(change.path);
            break;
        }
        changes.push(change);
    }
    PublicChanges { at: at(meet), reset: from.is_none(), finished: meet.shown.finished(), changes, next }
}
