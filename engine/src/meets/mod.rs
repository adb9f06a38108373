//! The meets of a core: who may do what, which line an update becomes, who is told what and when.
//!
//! A pure machine beside the boards' [`crate::Engine`]: [`MeetInput`] goes in, [`MeetEffects`] come out, time and
//! random bytes are arguments. A line is shown to nobody before its write is durable. Begin with [`Meets`].

mod desk;
mod effects;
mod gate;
mod input;
mod load;
mod login;
mod machine;
mod meet;
mod operator;
mod public;
mod publish;
mod pulls;
mod recover;
mod sessions;
mod shown;
mod steps;
mod updates;
mod uploads;

pub use effects::{
    Against, HashJob, JobNo, MeetEffects, MeetReport, Note, Publication, Report, SessionRecord, Write, WriteNo,
    WriteWhat,
};
pub use input::{AskId, Asker, Hashed, LinkNo, MeetInput, OperatorAsk};
pub use load::StoredMeet;
pub use machine::{MeetCounts, Meets};
