//! The measures, one file each. Each takes all its rounds, interleaved, and fills in its report.

pub mod m5;

use crate::Options;
use crate::failure::Result;
use crate::report::Report;

/// Id, title, and what takes the measure.
pub type Measure = (&'static str, &'static str, fn(&Options, &mut Report) -> Result);

/// All of them, in their order.
pub const MEASURES: &[Measure] = &[("M5", "memory of an idle connection", m5::take)];
