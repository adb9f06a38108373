//! The measures, one file each. Each takes all its rounds, interleaved, and fills in its report.

pub(crate) mod m6;
mod m7;

use crate::Options;
use crate::failure::Result;
use crate::report::Report;

/// Id, title, and what takes the measure.
pub type Measure = (&'static str, &'static str, fn(&Options, &mut Report) -> Result);

/// All of them, in their order.
pub const MEASURES: &[Measure] = &[
    ("M6", "A million rows in order, and their ranks", m6::take),
    ("M7", "From a message's bytes to rows that a page can draw", m7::take),
];
