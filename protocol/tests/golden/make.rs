//! Short ways to write the values of the vectors. Nothing here knows bytes.

use scorelay_protocol::entity::{Entity, EntityId, WireEntity};
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::ids::{BoardNo, PageNo, PlatformNo};
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::page::Row;
use scorelay_protocol::score::Units;
use scorelay_protocol::tick::{Tick, TickHead};

pub(crate) fn entity(text: &str) -> Entity {
    text.parse().expect("an entity")
}

pub(crate) fn wire(platform: u16, id: &str) -> WireEntity {
    WireEntity { platform: PlatformNo(platform), id: EntityId::parse(id).expect("an id") }
}

pub(crate) fn row(platform: u16, id: &str, score: Units) -> Row {
    Row { entity: wire(platform, id), score }
}

pub(crate) fn page(board: u32, page: u32) -> Feed {
    Feed::Page { board: BoardNo(board), page: PageNo(page) }
}

pub(crate) fn track(text: &str) -> Feed {
    Feed::Track { entity: entity(text) }
}

pub(crate) fn meet_id(number: u32) -> MeetId {
    MeetId::new(number).expect("a meet's id")
}

/// A feed of a meet whose token is this byte 32 times.
pub(crate) fn meet(number: u32, token: u8) -> Feed {
    Feed::Meet { meet: meet_id(number), display: Token([token; 32]) }
}

pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// A tick with nothing in its head.
pub(crate) fn tick(bodies: Vec<Body>) -> Tick {
    Tick { head: TickHead::default(), bodies }
}

/// Bytes as the documents write them.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}
