//! What a run comes to: counts that show that it was worth running, and the first thing that was wrong with all that is
//! needed to see it again. How runs are started is `run.rs`.

use std::fmt;

use crate::clock::Moment;

/// What is held against what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oracle {
    /// The engine's boards against a naive model of its batches, and against the rules of batches.
    Engine,
    /// What a core starts with against what was durable.
    Store,
    /// Scores on the exact board against all events of the replaying source.
    Tally,
    /// A relay's replica against the states the core showed.
    Replica,
    /// Nobody shows who is kept off; archives are boards at their end.
    Moderation,
    /// What a client shows after a message against the board at that tick.
    View,
    /// A tracked entity's standing against the board at that tick.
    Track,
    /// A client's directory against the boards at that tick.
    Directory,
    /// Stale where and only where the way to the core is down.
    Freshness,
    /// Requests have exactly one answer, and it is right.
    Answers,
    /// Nobody is told anything that does not follow the protocol.
    Conduct,
    /// No connection owns a queue; links stay within their bounds.
    Memory,
    /// Nobody waits forever.
    Progress,
    /// After rest everyone shows the boards as they are.
    Rest,
    /// The same seed makes the same run.
    Repeat,
}

impl fmt::Display for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", format!("{self:?}").to_lowercase())
    }
}

/// The first thing that was wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The run's seed.
    pub seed: u64,
    /// When.
    pub at: Moment,
    /// What it was held against.
    pub oracle: Oracle,
    /// What differed.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, at, oracle, what } = self;
        writeln!(f, "seed {seed} failed at {} of virtual time, oracle {oracle}:", at.to_string().trim())?;
        writeln!(f, "  {}", what.replace('\n', "\n  "))?;
        write!(f, "again: cargo run -p scorelay-sim --release -- --from {seed} --seeds 1 --trace")
    }
}

macro_rules! counts {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// What happened in a run, or in many.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Counts {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Counts {
            /// Adds another run's.
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)+
            }
        }

        impl fmt::Display for Counts {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let all = [$((stringify!($name), self.$name)),+];
                let texts = all.map(|(name, count)| format!("{count} {}", name.replace('_', " ")));
                f.write_str(&texts.join(", "))
            }
        }
    };
}

counts! {
    /// Events that the engine applied.
    events,
    /// Link batches.
    batches,
    /// Commits that became durable.
    commits,
    /// Rows imported.
    imported_rows,
    /// Things that operators did about rows.
    moderated,
    /// Boards put aside, by operators or at a season's end.
    archived,
    /// Rows that left a board because it was full or by an operator.
    removals,
    /// Starts of the core after the first.
    core_restarts,
    /// Deaths of the core by a failed sync of the meets' files.
    failed_syncs,
    /// Starts of relays after the first.
    relay_restarts,
    /// Times a relay found itself in a loop.
    loops,
    /// Links broken.
    link_cuts,
    /// Times a relay joined and became level.
    joins,
    /// Times a relay lagged and became level again.
    lags,
    /// Ticks that relays published.
    ticks,
    /// Messages that clients applied.
    messages,
    /// Bytes of them.
    message_bytes,
    /// Edits at desks.
    edits,
    /// Changes of the meet that displays were sent.
    displayed,
    /// Connections of clients.
    connections,
    /// Of these, resumed where they were.
    resumed,
    /// Watches sent.
    watches,
    /// Complete views compared with a state.
    views_checked,
    /// Tracked entities compared with a state.
    tracks_checked,
    /// Requests answered.
    answers,
    /// Times a client was shown that the core is out of reach.
    stale_shown,
    /// Events of the replaying source that were sent again.
    repeats,
}
