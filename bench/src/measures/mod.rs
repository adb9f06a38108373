//! The measures, one file each. Each takes all its rounds, interleaved, and fills in its report.

mod m10;
mod m11;

use crate::Options;
use crate::failure::Result;
use crate::report::Report;

/// Id, title, and what takes the measure.
pub type Measure = (&'static str, &'static str, fn(&Options, &mut Report) -> Result);

/// All of them, in their order.
pub const MEASURES: &[Measure] = &[
    ("M10", "acknowledging updates of meets", m10::take),
    ("M11", "a core's start, and a relay joining it", m11::take),
];
