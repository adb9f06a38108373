//! Relays without sockets for tests of links, and the carrying of frames to them from a naive core or another relay.
//! What the core may do is in `mod.rs`.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::frame;
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits;
use scorelay_protocol::link::{Accepted, LinkDown};
use scorelay_relay::core::hub::{Hub, HubConfig, Upcall};
use scorelay_relay::core::inlet::Now;
use scorelay_relay::core::link_error::LinkError;
use scorelay_relay::core::outlet::{LinkId, LinkLimits};

use super::{Core, DefDraw, Draw, at};

/// A relay of this id, without a link.
pub(crate) fn hub(node: u64, now: Now) -> Hub {
    Hub::new(HubConfig { node: NodeId(node), tick_ms: 50 }, now)
}

/// A core with two boards of some rows.
pub(crate) fn core() -> Core {
    let mut core = Core::new(LinkLimits::default());
    core.batch(DefDraw::Make, &[]);
    core.batch(DefDraw::Make, &[]);
    core.batch(DefDraw::Nothing, &rows(0..40, 5));
    core
}

/// Rows of these entities, of one board each.
pub(crate) fn rows(entities: std::ops::Range<u16>, score: i16) -> Vec<Draw> {
    entities.map(|entity| Draw { board: entity as u8, entity, score: Some(score + entity as i16) }).collect()
}

/// Gives a relay a message from upstream.
pub(crate) fn take(hub: &mut Hub, now: Now, message: &LinkDown) -> Result<Option<Upcall>, LinkError> {
    hub.upstream_frame(now, frame::encode(message).into())
}

/// Why a relay left its upstream.
pub(crate) fn code(result: Result<Option<Upcall>, LinkError>) -> ErrorCode {
    let error = result.expect_err("the relay leaves");
    WireError::from(&error).code
}

/// The greeting of an upstream with this way to the core.
pub(crate) fn accepted(path: &[u64]) -> LinkDown {
    let path = path.iter().map(|&node| NodeId(node)).collect();
    LinkDown::Accepted(Accepted { protocol: limits::LINK_PROTOCOL, path, watermark: 0 })
}

/// Brings all that the core's outlet has to say to these relays.
pub(crate) fn carry(core: &mut Core, links: &[LinkId], hubs: &mut [Hub], now: Now) {
    while let Some((link, frame)) = core.outlet.poll(Some(&core.set)) {
        core.outlet.sent(link, frame.len());
        let to = links.iter().position(|of| *of == link).expect("a link of this test");
        hubs[to].upstream_frame(now, frame).expect("an honest core is understood");
    }
}

/// The same from a relay to one below it.
pub(crate) fn carry_down(above: &mut Hub, below: &mut Hub, now: Now) -> usize {
    let mut frames = 0;
    while let Some((link, frame)) = above.poll_link() {
        above.link_sent(link, frame.len());
        below.upstream_frame(now, frame).expect("an honest relay is understood");
        frames += 1;
    }
    frames
}

/// A relay that is level with `core`.
pub(crate) fn joined(core: &mut Core, node: u64) -> Hub {
    let link = core.outlet.open();
    let mut hubs = [hub(node, at(0))];
    carry(core, &[link], &mut hubs, at(1));
    let [hub] = hubs;
    assert!(hub.level());
    hub
}
