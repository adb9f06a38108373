//! Which variants the vectors have, and by which tag. Each `match` below names every variant of its enum without a
//! wildcard, so a new variant does not compile until it stands here, and then needs a vector and a row in
//! `docs/protocol.md`.

use std::collections::BTreeMap;

use scorelay_protocol::client::{ClientMessage, GoAway, RelayMessage, Request, Response};
use scorelay_protocol::codec;
use scorelay_protocol::entity::{EntityId, WireEntity};
use scorelay_protocol::error::WireError;
use scorelay_protocol::event::{Cleared, Done, Event};
use scorelay_protocol::feed::{Body, DirectoryChange, Feed};
use scorelay_protocol::link::{ChunkRow, DefChange, LinkDown, LinkUp, Role, RowChange};
use scorelay_protocol::page::PageOp;
use scorelay_protocol::people::{PeopleAnswer, PeopleRequest};
use scorelay_protocol::tick::Freshness;

/// A method that notes a variant with the tag in its first byte, and the list of all names.
macro_rules! variants {
    ($names:ident, $method:ident, $type:ty, $tag:expr, { $($pattern:pat => $name:literal,)+ }) => {
        const $names: &[&str] = &[$($name),+];

        impl Seen {
            pub(crate) fn $method(&mut self, value: &$type) {
                let tag: fn(u8) -> u8 = $tag;
                let name = match value {
                    $($pattern => $name,)+
                };
                self.0.insert(name, tag(codec::encode(value)[0]));
            }
        }
    };
}

fn whole(byte: u8) -> u8 {
    byte
}

variants!(CLIENT, client_tag, ClientMessage, whole, {
    ClientMessage::Hello { .. } => "ClientMessage::Hello",
    ClientMessage::Watch { .. } => "ClientMessage::Watch",
    ClientMessage::Request { .. } => "ClientMessage::Request",
    ClientMessage::Pace { .. } => "ClientMessage::Pace",
});
variants!(REQUESTS, request_tag, Request, whole, {
    Request::Find { .. } => "Request::Find",
    Request::Around { .. } => "Request::Around",
    Request::Meet(_) => "Request::Meet",
});
variants!(FEEDS, feed_tag, Feed, whole, {
    Feed::Directory => "Feed::Directory",
    Feed::Page { .. } => "Feed::Page",
    Feed::Track { .. } => "Feed::Track",
    Feed::Meet { .. } => "Feed::Meet",
});
variants!(RELAY, relay_tag, RelayMessage, whole, {
    RelayMessage::Tick(_) => "RelayMessage::Tick",
    RelayMessage::Welcome(_) => "RelayMessage::Welcome",
    RelayMessage::Response { .. } => "RelayMessage::Response",
    RelayMessage::Error(_) => "RelayMessage::Error",
    RelayMessage::GoAway { .. } => "RelayMessage::GoAway",
});
variants!(RESULTS, result_tag, Result<Response, WireError>, whole, {
    Ok(_) => "Result::Ok",
    Err(_) => "Result::Err",
});
variants!(RESPONSES, response_tag, Response, whole, {
    Response::Found(_) => "Response::Found",
    Response::Around { .. } => "Response::Around",
    Response::Meet(_) => "Response::Meet",
});
variants!(REASONS, reason_tag, GoAway, whole, {
    GoAway::ShuttingDown => "GoAway::ShuttingDown",
    GoAway::Overloaded => "GoAway::Overloaded",
});
variants!(FRESHNESS, freshness_tag, Freshness, whole, {
    Freshness::Live => "Freshness::Live",
    Freshness::Stale { .. } => "Freshness::Stale",
});
variants!(BODIES, body_tag, Body, whole, {
    Body::PageDelta { .. } => "Body::PageDelta",
    Body::PageSnapshot { .. } => "Body::PageSnapshot",
    Body::Track { .. } => "Body::Track",
    Body::TrackNowhere { .. } => "Body::TrackNowhere",
    Body::Directory { .. } => "Body::Directory",
    Body::Gone { .. } => "Body::Gone",
    Body::Meet { .. } => "Body::Meet",
    Body::MeetGone { .. } => "Body::MeetGone",
});
variants!(OPS, op_tag, PageOp, |byte| byte >> 5, {
    PageOp::Score { .. } => "PageOp::Score",
    PageOp::Move { .. } => "PageOp::Move",
    PageOp::Insert { .. } => "PageOp::Insert",
    PageOp::Remove { .. } => "PageOp::Remove",
});
variants!(EDITS, edit_tag, DirectoryChange, whole, {
    DirectoryChange::Put(_) => "DirectoryChange::Put",
    DirectoryChange::Rows { .. } => "DirectoryChange::Rows",
    DirectoryChange::Gone(_) => "DirectoryChange::Gone",
});
variants!(IDS, id_tag, WireEntity, |byte| byte & 1, {
    WireEntity { id: EntityId::Number(_), .. } => "EntityId::Number",
    WireEntity { id: EntityId::Text(_), .. } => "EntityId::Text",
});
variants!(UP, up_tag, LinkUp, whole, {
    LinkUp::Hello(_) => "LinkUp::Hello",
    LinkUp::Publish { .. } => "LinkUp::Publish",
    LinkUp::Ping(_) => "LinkUp::Ping",
    LinkUp::Pong(_) => "LinkUp::Pong",
    LinkUp::Meet(_) => "LinkUp::Meet",
    LinkUp::People { .. } => "LinkUp::People",
});
variants!(ROLES, role_tag, Role, whole, {
    Role::Relay => "Role::Relay",
    Role::Source { .. } => "Role::Source",
});
variants!(EVENTS, event_tag, Event, whole, {
    Event::Message(_) => "Event::Message",
    Event::Points(_) => "Event::Points",
    Event::Notice(_) => "Event::Notice",
    Event::Clear(_) => "Event::Clear",
    Event::Profile(_) => "Event::Profile",
});
variants!(DONE, done_tag, Done, whole, {
    Done::GiftedSubs(_) => "Done::GiftedSubs",
    Done::Raid(_) => "Done::Raid",
});
variants!(CLEARED, cleared_tag, Cleared, whole, {
    Cleared::All => "Cleared::All",
    Cleared::Of(_) => "Cleared::Of",
    Cleared::One(_) => "Cleared::One",
});
variants!(DOWN, down_tag, LinkDown, whole, {
    LinkDown::Accepted(_) => "LinkDown::Accepted",
    LinkDown::Refused(_) => "LinkDown::Refused",
    LinkDown::Begin(_) => "LinkDown::Begin",
    LinkDown::Chunk(_) => "LinkDown::Chunk",
    LinkDown::CaughtUp(_) => "LinkDown::CaughtUp",
    LinkDown::Batch(_) => "LinkDown::Batch",
    LinkDown::Stale(_) => "LinkDown::Stale",
    LinkDown::Path(_) => "LinkDown::Path",
    LinkDown::Ack { .. } => "LinkDown::Ack",
    LinkDown::Ping(_) => "LinkDown::Ping",
    LinkDown::Pong(_) => "LinkDown::Pong",
    LinkDown::GoAway { .. } => "LinkDown::GoAway",
    LinkDown::Meet { .. } => "LinkDown::Meet",
    LinkDown::People { .. } => "LinkDown::People",
});
variants!(PEOPLE_ASKS, people_ask, PeopleRequest, whole, {
    PeopleRequest::Profiles(_) => "PeopleRequest::Profiles",
    PeopleRequest::Search { .. } => "PeopleRequest::Search",
});
variants!(PEOPLE_ANSWERS, people_answer, PeopleAnswer, whole, {
    PeopleAnswer::Profiles(_) => "PeopleAnswer::Profiles",
    PeopleAnswer::Found { .. } => "PeopleAnswer::Found",
});
variants!(CHUNK_ROWS, chunk_row_tag, ChunkRow, whole, {
    ChunkRow::Row { .. } => "ChunkRow::Row",
    ChunkRow::Gone { .. } => "ChunkRow::Gone",
});
variants!(DEFS, def_tag, DefChange, whole, {
    DefChange::Put(_) => "DefChange::Put",
    DefChange::Gone(_) => "DefChange::Gone",
});
variants!(CHANGES, change_tag, RowChange, whole, {
    RowChange::Set { .. } => "RowChange::Set",
    RowChange::Remove { .. } => "RowChange::Remove",
});

/// All names.
const ALL: &[&[&str]] = &[
    CLIENT,
    REQUESTS,
    FEEDS,
    RELAY,
    RESULTS,
    RESPONSES,
    REASONS,
    FRESHNESS,
    BODIES,
    OPS,
    EDITS,
    IDS,
    UP,
    ROLES,
    EVENTS,
    DONE,
    CLEARED,
    DOWN,
    PEOPLE_ASKS,
    PEOPLE_ANSWERS,
    CHUNK_ROWS,
    DEFS,
    CHANGES,
];

/// Variants seen so far, with their tags.
#[derive(Default)]
pub(crate) struct Seen(BTreeMap<&'static str, u8>);

impl Seen {
    /// Variants and tags.
    pub(crate) fn tags(&self) -> &BTreeMap<&'static str, u8> {
        &self.0
    }

    /// What was not seen.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        ALL.iter().copied().flatten().copied().filter(|name| !self.0.contains_key(name)).collect()
    }

    pub(crate) fn client(&mut self, message: &ClientMessage) {
        self.client_tag(message);
        match message {
            ClientMessage::Hello { .. } | ClientMessage::Pace { .. } => {}
            ClientMessage::Watch { remove, add, .. } => {
                let feeds = remove.iter().chain(add.iter().map(|add| &add.feed));
                feeds.for_each(|feed| self.feed_tag(feed));
            }
            ClientMessage::Request { body, .. } => self.request_tag(body),
        }
    }

    pub(crate) fn relay(&mut self, message: &RelayMessage) {
        self.relay_tag(message);
        match message {
            RelayMessage::Welcome(_) | RelayMessage::Error(_) => {}
            RelayMessage::Tick(tick) => {
                tick.head.freshness.iter().for_each(|freshness| self.freshness_tag(freshness));
                tick.bodies.iter().for_each(|body| self.body(body));
            }
            RelayMessage::Response { result, .. } => {
                self.result_tag(result);
                result.iter().for_each(|response| self.response_tag(response));
            }
            RelayMessage::GoAway { reason, .. } => self.reason_tag(reason),
        }
    }

    fn body(&mut self, body: &Body) {
        self.body_tag(body);
        match body {
            Body::PageDelta { ops, .. } => ops.iter().for_each(|op| self.op_tag(op)),
            Body::PageSnapshot { rows, .. } => rows.0.iter().for_each(|row| self.id_tag(&row.entity)),
            Body::Directory { changes, .. } => changes.iter().for_each(|edit| self.edit_tag(edit)),
            Body::Track { .. } | Body::TrackNowhere { .. } | Body::Gone { .. } => {}
            Body::Meet { .. } | Body::MeetGone { .. } => {}
        }
    }

    pub(crate) fn up(&mut self, message: &LinkUp) {
        self.up_tag(message);
        match message {
            LinkUp::Hello(hello) => self.role_tag(&hello.role),
            LinkUp::Publish { event, .. } => self.event(event),
            LinkUp::Ping(_) | LinkUp::Pong(_) | LinkUp::Meet(_) | LinkUp::People { .. } => {}
        }
    }

    fn event(&mut self, event: &Event) {
        self.event_tag(event);
        match event {
            Event::Notice(notice) => self.done_tag(&notice.done),
            Event::Clear(clear) => self.cleared_tag(&clear.what),
            Event::Message(_) | Event::Points(_) | Event::Profile(_) => {}
        }
    }

    pub(crate) fn down(&mut self, message: &LinkDown) {
        self.down_tag(message);
        match message {
            LinkDown::Chunk(chunk) => chunk.rows.iter().for_each(|row| self.chunk_row_tag(row)),
            LinkDown::Batch(batch) => {
                batch.defs.iter().for_each(|def| self.def_tag(def));
                batch.boards.iter().flat_map(|board| &board.changes).for_each(|change| self.change_tag(change));
            }
            LinkDown::Accepted(_) | LinkDown::Refused(_) | LinkDown::Begin(_) | LinkDown::CaughtUp(_) => {}
            LinkDown::Stale(_) | LinkDown::Path(_) | LinkDown::Ack { .. } | LinkDown::Ping(_) => {}
            LinkDown::Pong(_) | LinkDown::GoAway { .. } | LinkDown::Meet { .. } | LinkDown::People { .. } => {}
        }
    }
}
