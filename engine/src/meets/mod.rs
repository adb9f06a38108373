//! The meets of a core: who may do what, which line an update becomes, who is told what and when.
//!
//! A pure machine beside the boards' [`crate::Engine`]: [`MeetInput`] goes in, [`MeetEffects`] come out, time and random
//! bytes are arguments. A line is shown to nobody before its write is durable.

mod effects;
mod input;

pub use effects::{
    Against, HashJob, JobNo, MeetEffects, MeetReport, Note, Publication, Report, SessionRecord, Write, WriteNo,
    WriteWhat,
};
pub use input::{AskId, Asker, Hashed, LinkNo, MeetInput, OperatorAsk};
