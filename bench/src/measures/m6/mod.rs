//! M6: a board of a million rows kept in order, and asked for ranks, beside Redis and counted trees of the registry.
//!
//! Work is drawn beforehand (`load.rs`) and the same for all. Structures of this process (`local.rs`) are timed by
//! their thread's processor time, Redis (`redis.rs`) by its own, so that writing commands and reading answers is not
//! charged to it. `check.rs` compares each with a sorted list before anything is timed; `memory.rs` weighs them in
//! children.

mod check;
mod load;
mod local;
pub(crate) mod memory;
mod redis;

use crate::Options;
use crate::failure::{Result, fail};
use crate::report::{Bound, Report};

use load::{Load, Work};
use local::{Counted, Indexset, Local, Named, Scorelay, Wabi};

/// What is asked of each structure, in the order of [`Timing`]'s kinds.
pub(crate) const OPERATIONS: [&str; 4] =
    ["update, with old and new rank", "rank of an entity", "row at a rank", "page of 32"];

/// Processor time of some work, and a sum of all its answers, the same for whoever orders rows the same way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Timing {
    /// Of all the work.
    pub(crate) seconds: f64,
    /// Of ranks and handles that were answered.
    pub(crate) sum: u64,
}

/// A structure under measure; `None` where it has no such operation.
pub(crate) trait Subject {
    /// Like `Redis`.
    fn name(&self) -> &'static str;
    /// Does one of [`OPERATIONS`].
    ///
    /// # Errors
    /// It lives elsewhere and is gone.
    fn run(&mut self, operation: usize, work: &Work) -> Result<Option<Timing>>;
    /// The scores of ranks `from..from + 32` of a board.
    ///
    /// # Errors
    /// As `run`.
    fn scores(&mut self, board: u32, from: u32) -> Result<Vec<i64>>;
    /// Its ranks are exactly those of score, then of time; others order equal scores by name.
    fn exact(&self) -> bool {
        true
    }
}

/// Takes the measure.
///
/// # Errors
/// Redis is not there, or a structure answers wrongly.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    let folder = tempfile::tempdir()?;
    for draws in load::DRAWS {
        let mut load = Load::new(draws, options.quick);
        let mut subjects: Vec<Box<dyn Subject>> = vec![
            Box::new(Scorelay::new(&load)?),
            Box::new(Named::new(&load)?),
            Box::new(redis::Redis::start(&load, folder.path())?),
            Box::new(Local::<Indexset>::new(&load)),
            Box::new(Local::<Wabi>::new(&load)),
            Box::new(Local::<Plain>::new(&load)),
        ];
        check::check(&mut load, &mut subjects)?;
        for _ in 0..options.rounds {
            let work = load.draw(if options.quick { 5_000 } else { 100_000 });
            for (operation, what) in OPERATIONS.into_iter().enumerate() {
                let mut sum = None;
                for subject in &mut subjects {
                    let Some(timing) = subject.run(operation, &work)? else { continue };
                    let count = work.count(operation) as f64;
                    report.sample(draws.name, subject.name(), what, "1,000/s", count / timing.seconds / 1000.0);
                    if subject.exact() && *sum.get_or_insert(timing.sum) != timing.sum {
                        return fail(format!("{}: {} answered otherwise at {what}", draws.name, subject.name()));
                    }
                }
            }
        }
        aims(draws.name, report);
    }
    memory::weigh(options, report)?;
    notes(report);
    Ok(())
}

type Plain = std::collections::BTreeSet<local::Entry>;

fn aims(case: &str, report: &mut Report) {
    for what in OPERATIONS {
        report.aim_ratio(case, what, Scorelay::NAME, redis::NAME, Bound::AtLeast(5.0));
        report.aim_ratio(case, what, Named::NAME, redis::NAME, Bound::AtLeast(5.0));
        for other in [Indexset::NAME, Wabi::NAME] {
            report.aim_ratio(case, what, Scorelay::NAME, other, Bound::AtLeast(1.0));
        }
    }
}

fn notes(report: &mut Report) {
    report.peers.push(redis::version());
    report.peers.extend(["indexset 0.16", "wabi_tree 0.1"].map(str::to_owned));
    report.note(
        "Operations a second of processor time, in thousands, with 1,000,000 rows; for twelve boards 250,000 rows \
         each, updated in turn.",
    );
    report.note(
        "Scorelay is a BoardSet, as core and relay use it, by handle; \"by name\" it is given entities, as Redis is, \
         and finds their handles first.",
    );
    report.note(
        "Redis: one thread, nothing persisted, Unix socket, commands made beforehand and pipelined in hundreds; an \
         update is ZREVRANK, ZADD, ZREVRANK. Charged is what its main thread took, not what its client took.",
    );
    report.note(
        "indexset and wabi_tree: a set of (score, stamp, handle) with a table of keys by handle beside it, as Scorelay \
         has one inside. indexset has nodes of 512: of 128, 256, 512 and 1,024 none is best at everything; 128 updated \
         twelve boards a quarter faster, and 1,024 read pages a quarter faster, which changed no comparison here.",
    );
    report.note(
        "std's BTreeSet cannot tell ranks: it is measured at the update alone, without them, and does less than the \
         others then, so no aim is taken from it.",
    );
}
