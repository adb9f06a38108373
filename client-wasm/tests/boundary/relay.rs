//! A relay's messages, encoded as on the wire, and a `Core` that has been greeted by it.

use scorelay_client::protocol::client::{ClientMessage, RelayMessage, Welcome};
use scorelay_client::protocol::codec;
use scorelay_client::protocol::entity::{EntityId, WireEntity};
use scorelay_client::protocol::feed::{BoardInfo, Body, DirectoryChange};
use scorelay_client::protocol::ids::{BoardNo, Generation, PlatformNo, Position, RelayEpoch, TickNo};
use scorelay_client::protocol::limits::{CLIENT_PROTOCOL, MASK_FEEDS};
use scorelay_client::protocol::page::Row;
use scorelay_client::protocol::tick::{Tick, TickHead};
use scorelay_client_wasm::Core;

use crate::reader::{Record, read};

/// Some date.
pub(crate) const NOW: f64 = 1_800_000_000_000.0;

/// The number of the board `messages`.
pub(crate) const BOARD: BoardNo = BoardNo(3);

pub(crate) fn welcome() -> RelayMessage {
    RelayMessage::Welcome(Welcome {
        protocol: CLIENT_PROTOCOL,
        position: Position { epoch: RelayEpoch(u64::MAX), tick: TickNo(5) },
        resumed: false,
        tick_ms: 50,
        mask_feeds: MASK_FEEDS as u32,
        tracked: Vec::new(),
        software: "test".to_owned(),
    })
}

pub(crate) fn tick(head: TickHead, bodies: Vec<Body>) -> RelayMessage {
    RelayMessage::Tick(Tick { head, bodies })
}

/// The head of a tick that has taken in this `Watch`.
pub(crate) fn echo(generation: u32) -> TickHead {
    TickHead { generation: Some(Generation(generation)), ..TickHead::default() }
}

pub(crate) fn board() -> BoardInfo {
    BoardInfo {
        board: BOARD,
        id: "messages".to_owned(),
        title: "Messages — 投稿 🎉".to_owned(),
        unit: "messages".to_owned(),
        decimals: 2,
        synthetic: true,
        rows: 3,
    }
}

pub(crate) fn directory() -> RelayMessage {
    let body = Body::Directory { reset: true, changes: vec![DirectoryChange::Put(board())] };
    let platforms = vec!["twitch".to_owned(), "word".to_owned()];
    tick(TickHead { platforms, ..echo(1) }, vec![body])
}

pub(crate) fn number(id: u64) -> WireEntity {
    WireEntity { platform: PlatformNo(0), id: EntityId::Number(id) }
}

pub(crate) fn word(text: &str) -> WireEntity {
    WireEntity { platform: PlatformNo(1), id: EntityId::parse(text).expect("an id") }
}

pub(crate) fn row(entity: WireEntity, score: i64) -> Row {
    Row { entity, score }
}

pub(crate) fn receive(core: &mut Core, message: &RelayMessage) -> Vec<Record> {
    read(&core.message(NOW, &codec::encode(message)))
}

/// What an output sends.
pub(crate) fn sent(records: &[Record]) -> Vec<ClientMessage> {
    let bytes = records.iter().filter_map(|record| if let Record::Send(bytes) = record { Some(bytes) } else { None });
    bytes.map(|bytes| codec::decode_client(bytes).expect("the core sends messages")).collect()
}

/// An output without what it says about the transport.
pub(crate) fn shown(records: Vec<Record>) -> Vec<Record> {
    let transport = |record: &Record| matches!(record, Record::Send(_) | Record::Timer(_));
    records.into_iter().filter(|record| !transport(record)).collect()
}

pub(crate) fn new() -> Core {
    Core::new("test".to_owned(), 9_007_199_254_740_991.0, NOW)
}

/// Greeted, and told of the board.
pub(crate) fn live() -> Core {
    let mut core = new();
    core.connected(NOW);
    receive(&mut core, &welcome());
    receive(&mut core, &directory());
    core
}
