//! Everything that can be on the agenda, as closed enums, and who can be at the end of a connection. What each means is
//! said by the part that handles it; `world.rs` hands them out.

use crate::net::{ConnNo, End};

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Look at what arrived at an end of a connection.
    Arrive(ConnNo, End),
    /// An end learns that the connection broke; with `last` nobody else is to be told.
    Broken {
        /// The connection.
        conn: ConnNo,
        /// Who learns it.
        end: End,
        /// Whether the connection can be forgotten.
        last: bool,
    },
    /// An attempt to connect reaches its target.
    Dial {
        /// Who connects.
        from: Party,
        /// To whom.
        to: Party,
        /// The opener's count of its attempts: an abandoned one comes to nothing.
        attempt: u32,
    },
    /// For the core.
    Core(CoreEvent),
    /// For the meets of the core, if it still is the same run of it.
    Meets(Run, MeetEvent),
    /// For a relay, if it still is the same run of it.
    Relay(usize, Run, RelayEvent),
    /// For a client.
    Client(usize, ClientEvent),
    /// For a desk of the meet.
    Desk(usize, DeskEvent),
    /// For the replaying source.
    Source(SourceEvent),
    /// For the workload.
    Work(WorkEvent),
    /// Something breaks.
    Fault(Fault),
    /// The oracles look at everything.
    Look,
}

/// Counts the runs of a relay or of the core: what was meant for an earlier one is dropped.
pub type Run = u32;

/// Who is at an end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The core's listener for relays and sources.
    Core,
    /// A relay's listener for relays below it.
    RelayLinks(usize),
    /// A relay's listener for clients.
    RelayClients(usize),
    /// A relay as it connects upstream.
    RelayUp(usize),
    /// A client.
    Client(usize),
    /// A desk of the meet.
    Desk(usize),
    /// The replaying source.
    Source,
}

/// For the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreEvent {
    /// Time to end a link batch.
    Cut(Run),
    /// Time to write a commit.
    Commit(Run),
    /// The store has synced a commit of this number.
    Synced(Run, u64),
    /// Time to see whether links are alive.
    Pings(Run),
    /// It starts again.
    Start,
}

/// For the meets of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetEvent {
    /// Their timer.
    Time,
    /// Writes up to this one are synced.
    Synced(u64),
    /// The password of this job is hashed.
    Hashed(u64),
    /// The publisher has tried to hand over the publication of this number.
    HandedOver(u64),
}

/// For a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayEvent {
    /// The feed thread's timer.
    Tick,
    /// Something waits in a shard's inbox.
    Publish(usize),
    /// A shard's walk.
    Walk(usize),
    /// Shards' commands wait for the feed thread.
    Commands,
    /// Time to connect upstream.
    Redial,
    /// Time to see whether upstream and links are alive.
    Pings,
    /// Time to see whether clients are alive.
    ClientPings,
    /// It starts again.
    Start,
}

/// For a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientEvent {
    /// Its own timer.
    Timeout,
    /// Its user does something.
    Act,
    /// It reads again after having stopped.
    ReadAgain,
}

/// For a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskEvent {
    /// A timer of its own.
    Timeout,
    /// The oldest save of this program is done.
    Saved(Run),
    /// Its people do something.
    Act,
}

/// For the replaying source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceEvent {
    /// Something happened.
    Happen,
    /// Time to connect.
    Redial,
}

/// For the workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkEvent {
    /// Live events happen.
    Live,
    /// An operator imports rows.
    Import,
    /// An operator moderates.
    Moderate,
    /// Everything heals and nothing new happens from here on.
    Rest,
}

/// What can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The core dies.
    Core,
    /// A relay dies or is restarted.
    Relay,
    /// A link between core and relays breaks.
    LinkCut,
    /// A link stalls or becomes slow.
    LinkSlow,
    /// A client's connection breaks.
    ClientCut,
    /// A client stops reading, or its connection becomes slow.
    ClientSlow,
    /// The replaying source's link breaks.
    SourceCut,
    /// A desk loses its connection, goes to another relay, or is closed and opened again.
    Desk,
    /// The disk under the meets is full, or not any more.
    Disk,
    /// A sync of the meets' files fails, and the core ends with it.
    Sync,
}
