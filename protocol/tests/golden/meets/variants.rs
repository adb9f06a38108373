//! Which variants of the types of meets the vectors have, and by which tag; as in `crate::variants`, a new one does not
//! compile until it stands here, and then needs a vector and a row in `docs/protocol.md`.

use std::collections::BTreeMap;

use scorelay_protocol::codec;
use scorelay_protocol::meet::answer::{Claimed, MeetAnswer, PublicChange};
use scorelay_protocol::meet::line::{Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::{Lift, Path};
use scorelay_protocol::meet::request::{Claim, DeskAsk, MeetRequest};
use scorelay_protocol::meet::value::{AttemptResult, LeafValue, Value};

macro_rules! variants {
    ($names:ident, $method:ident, $type:ident, { $($pattern:pat => $name:ident,)+ }) => {
        const $names: &[&str] = &[$(concat!(stringify!($type), "::", stringify!($name))),+];

        impl SeenMeets {
            fn $method(&mut self, value: &$type) {
                let name = match value {
                    $($pattern => concat!(stringify!($type), "::", stringify!($name)),)+
                };
                self.0.insert(name, codec::encode(value)[0]);
            }
        }
    };
}

variants!(REQUESTS, request_tag, MeetRequest, {
    MeetRequest::Create(_) => Create,
    MeetRequest::Join(_) => Join,
    MeetRequest::Desk { .. } => Desk,
    MeetRequest::Public { .. } => Public,
    MeetRequest::Claim(_) => Claim,
    MeetRequest::Restore { .. } => Restore,
});
variants!(ASKS, ask_tag, DeskAsk, {
    DeskAsk::Pull { .. } => Pull,
    DeskAsk::Update(_) => Update,
    DeskAsk::AddLocation(_) => AddLocation,
    DeskAsk::Drive { .. } => Drive,
    DeskAsk::Sessions => Sessions,
    DeskAsk::Revoke(_) => Revoke,
    DeskAsk::Password { .. } => Password,
    DeskAsk::Record => Record,
    DeskAsk::Display { .. } => Display,
    DeskAsk::Publish { .. } => Publish,
    DeskAsk::Recover { .. } => Recover,
});
variants!(CLAIMS, claim_tag, Claim, {
    Claim::Take => Take,
    Claim::TakeOver => TakeOver,
    Claim::Leave => Leave,
});
variants!(ANSWERS, answer_tag, MeetAnswer, {
    MeetAnswer::Opened(_) => Opened,
    MeetAnswer::Lines(_) => Lines,
    MeetAnswer::Diverged => Diverged,
    MeetAnswer::Updated(_) => Updated,
    MeetAnswer::Done(_) => Done,
    MeetAnswer::Sessions(_) => Sessions,
    MeetAnswer::Ended => Ended,
    MeetAnswer::Record(_) => Record,
    MeetAnswer::Display(_) => Display,
    MeetAnswer::More { .. } => More,
    MeetAnswer::Published { .. } => Published,
    MeetAnswer::Recovered(_) => Recovered,
    MeetAnswer::Public(_) => Public,
    MeetAnswer::Claimed(_) => Claimed,
    MeetAnswer::Restored => Restored,
});
variants!(CLAIMED, claimed_tag, Claimed, {
    Claimed::Known => Known,
    Claimed::Wanted => Wanted,
    Claimed::Finished => Finished,
});
variants!(WHATS, what_tag, What, {
    What::Created { .. } => Created,
    What::Epoch(_) => Epoch,
    What::Location(_) => Location,
    What::Joined(_) => Joined,
    What::Update(_) => Update,
    What::Driver { .. } => Driver,
    What::Published { .. } => Published,
    What::Finished => Finished,
    What::Reopened => Reopened,
});
variants!(VERDICTS, verdict_tag, Verdict, {
    Verdict::Accepted { .. } => Accepted,
    Verdict::Rejected(_) => Rejected,
});
variants!(REJECTIONS, rejection_tag, Rejection, {
    Rejection::Conflict { .. } => Conflict,
    Rejection::NoSuchEntry => NoSuchEntry,
    Rejection::EntryExists => EntryExists,
    Rejection::NotYourBlock => NotYourBlock,
    Rejection::NotDriver => NotDriver,
    Rejection::Late => Late,
});
variants!(PATHS, path_tag, Path, {
    Path::Meet(_) => Meet,
    Path::Entry(_) => Entry,
    Path::EntryLeaf(..) => EntryLeaf,
    Path::Attempt(..) => Attempt,
    Path::Stage(_) => Stage,
});
variants!(LIFTS, lift_tag, Lift, {
    Lift::Squat => Squat,
    Lift::Bench => Bench,
    Lift::Deadlift => Deadlift,
});
variants!(VALUES, value_tag, Value, {
    Value::Absent => Absent,
    Value::Leaf(_) => Leaf,
    Value::Attempt(_) => Attempt,
    Value::Entry(_) => Entry,
    Value::Stage(_) => Stage,
});
variants!(LEAVES, leaf_tag, LeafValue, {
    LeafValue::Null => Null,
    LeafValue::Flag(_) => Flag,
    LeafValue::Number(_) => Number,
    LeafValue::Text(_) => Text,
    LeafValue::Texts(_) => Texts,
    LeafValue::Numbers(_) => Numbers,
    LeafValue::Plates(_) => Plates,
});
variants!(RESULTS, result_tag, AttemptResult, {
    AttemptResult::Open => Open,
    AttemptResult::Good => Good,
    AttemptResult::NoLift => NoLift,
});

/// Names of all variants.
const ALL: &[&[&str]] =
    &[REQUESTS, ASKS, CLAIMS, ANSWERS, CLAIMED, WHATS, VERDICTS, REJECTIONS, PATHS, LIFTS, VALUES, LEAVES, RESULTS];

/// Variants of the types of meets seen so far, with their tags.
#[derive(Default)]
pub(crate) struct SeenMeets(BTreeMap<&'static str, u8>);

impl SeenMeets {
    /// Variants and tags.
    pub(crate) fn tags(&self) -> &BTreeMap<&'static str, u8> {
        &self.0
    }

    /// What was not seen.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        ALL.iter().copied().flatten().copied().filter(|name| !self.0.contains_key(name)).collect()
    }

    pub(crate) fn request(&mut self, request: &MeetRequest) {
        self.request_tag(request);
        match request {
            MeetRequest::Desk { ask, .. } => self.ask(ask),
            MeetRequest::Public { from, .. } => from.iter().for_each(|path| self.path(path)),
            MeetRequest::Create(_) | MeetRequest::Join(_) | MeetRequest::Claim(_) | MeetRequest::Restore { .. } => {}
        }
    }

    fn ask(&mut self, ask: &DeskAsk) {
        self.ask_tag(ask);
        match ask {
            DeskAsk::Update(proposals) => {
                for proposal in proposals {
                    self.path(&proposal.path);
                    self.value(&proposal.value);
                }
            }
            DeskAsk::Drive { claim, .. } => self.claim_tag(claim),
            DeskAsk::Pull { .. } | DeskAsk::AddLocation(_) | DeskAsk::Sessions | DeskAsk::Revoke(_) => {}
            DeskAsk::Password { .. } | DeskAsk::Record | DeskAsk::Display { .. } => {}
            DeskAsk::Publish { .. } | DeskAsk::Recover { .. } => {}
        }
    }

    pub(crate) fn answer(&mut self, answer: &MeetAnswer) {
        self.answer_tag(answer);
        match answer {
            MeetAnswer::Lines(chunk) => chunk.lines.iter().for_each(|line| self.line(line)),
            MeetAnswer::Updated(updated) => updated.acks.iter().for_each(|ack| self.verdict(&ack.verdict)),
            MeetAnswer::Public(public) => self.changes(&public.changes),
            MeetAnswer::Claimed(claimed) => self.claimed_tag(claimed),
            MeetAnswer::Opened(_) | MeetAnswer::Diverged | MeetAnswer::Done(_) | MeetAnswer::Sessions(_) => {}
            MeetAnswer::Ended | MeetAnswer::Record(_) | MeetAnswer::Display(_) | MeetAnswer::More { .. } => {}
            MeetAnswer::Published { .. } | MeetAnswer::Recovered(_) | MeetAnswer::Restored => {}
        }
    }

    pub(crate) fn line(&mut self, line: &Line) {
        self.what_tag(&line.what);
        if let What::Update(Update { path, value, verdict, .. }) = &line.what {
            self.path(path);
            self.value(value);
            self.verdict(verdict);
        }
    }

    pub(crate) fn changes(&mut self, changes: &[PublicChange]) {
        for change in changes {
            self.path(&change.path);
            self.value(&change.value);
        }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        self.verdict_tag(verdict);
        if let Verdict::Rejected(rejection) = verdict {
            self.rejection_tag(rejection);
        }
    }

    fn path(&mut self, path: &Path) {
        self.path_tag(path);
        if let Path::Attempt(_, lift, _) = path {
            self.lift_tag(lift);
        }
    }

    fn value(&mut self, value: &Value) {
        self.value_tag(value);
        match value {
            Value::Leaf(leaf) => self.leaf_tag(leaf),
            Value::Attempt(attempt) => self.result_tag(&attempt.result),
            Value::Entry(entry) => entry.leaves.values().for_each(|leaf| self.leaf_tag(leaf)),
            Value::Absent | Value::Stage(_) => {}
        }
    }
}
