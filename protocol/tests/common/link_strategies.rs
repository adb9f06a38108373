//! Any message of a link. Its parts that the client hop has too are in `strategies.rs`.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use scorelay_protocol::event::{ChatMessage, Clear, Cleared, Done, EmoteUse, Event, Notice, Points, Profile};
use scorelay_protocol::ids::{BatchSeq, CoreEpoch, Handle, NodeId, Stamp, UnixMillis};
use scorelay_protocol::link::{
    Accepted, Batch, Begin, Bind, BoardChanges, BoardDef, CaughtUp, Chunk, ChunkRow, DefChange, LinkDown, LinkHello,
    LinkUp, Role, RowChange,
};

use crate::strategies::{board, entity, error, number, score, small, text, wire_entity};

fn handle() -> impl Strategy<Value = Handle> {
    small().prop_map(Handle)
}

fn nodes() -> impl Strategy<Value = Vec<NodeId>> {
    vec(any::<u64>().prop_map(NodeId), 0..9)
}

fn bind() -> impl Strategy<Value = Bind> {
    (handle(), wire_entity()).prop_map(|(handle, entity)| Bind { handle, entity })
}

fn def() -> impl Strategy<Value = BoardDef> {
    let def = (board(), any::<u64>(), text(), text(), text(), any::<u8>(), any::<bool>());
    def.prop_map(|(board, uid, id, title, unit, decimals, synthetic)| BoardDef {
        board,
        uid,
        id,
        title,
        unit,
        decimals,
        synthetic,
    })
}

fn event() -> impl Strategy<Value = Event> {
    let emote = (entity(), text(), any::<u16>()).prop_map(|(emote, name, count)| EmoteUse { emote, name, count });
    let who = || (entity(), text(), text(), option::of(text()), vec(text(), 0..3));
    let message = (who(), text(), vec(emote, 0..3), small());
    let message = message.prop_map(|((author, name, room, id, badges), text, emotes, bits)| {
        Event::Message(ChatMessage { author, name, room, text, id, badges, emotes, bits })
    });
    let points = (text(), entity(), score());
    let points = points.prop_map(|(board, entity, units)| Event::Points(Points { board, entity, units }));
    let done = prop_oneof![small().prop_map(Done::GiftedSubs), small().prop_map(Done::Raid)];
    let notice = (who(), done).prop_map(|((author, name, room, id, badges), done)| {
        Event::Notice(Notice { author, name, room, id, badges, done })
    });
    let what = prop_oneof![Just(Cleared::All), entity().prop_map(Cleared::Of), text().prop_map(Cleared::One)];
    let clear = (text(), what).prop_map(|(room, what)| Event::Clear(Clear { room, what }));
    let profile = (entity(), text(), option::of(text()), vec(text(), 0..3));
    let profile =
        profile.prop_map(|(entity, name, avatar, badges)| Event::Profile(Profile { entity, name, avatar, badges }));
    prop_oneof![message, points, notice, clear, profile]
}

pub(crate) fn up() -> impl Strategy<Value = LinkUp> {
    let source = prop_oneof![any::<u128>(), number().prop_map(u128::from)];
    let role = prop_oneof![Just(Role::Relay), source.prop_map(|incarnation| Role::Source { incarnation })];
    let hello = (any::<u16>(), role, option::of(text()), any::<u64>().prop_map(NodeId), text());
    let hello = hello.prop_map(|(protocol, role, token, node, name)| LinkHello { protocol, role, token, node, name });
    prop_oneof![
        hello.prop_map(LinkUp::Hello),
        (number(), event()).prop_map(|(seq, event)| LinkUp::Publish { seq, event }),
        number().prop_map(LinkUp::Ping),
        number().prop_map(LinkUp::Pong),
        (number(), vec(any::<u8>(), 0..9)).prop_map(|(id, body)| LinkUp::People { id, body }),
    ]
}

fn chunk() -> impl Strategy<Value = Chunk> {
    let row = (handle(), score(), number().prop_map(Stamp));
    let row = prop_oneof![
        row.prop_map(|(handle, score, stamp)| ChunkRow::Row { handle, score, stamp }),
        handle().prop_map(|handle| ChunkRow::Gone { handle }),
    ];
    (board(), vec(bind(), 0..4), vec(row, 0..4)).prop_map(|(board, binds, rows)| Chunk { board, binds, rows })
}

fn batch() -> impl Strategy<Value = Batch> {
    let defs = prop_oneof![def().prop_map(DefChange::Put), board().prop_map(DefChange::Gone)];
    let set = (handle(), score()).prop_map(|(handle, score)| RowChange::Set { handle, score });
    let change = prop_oneof![set, handle().prop_map(|handle| RowChange::Remove { handle })];
    let boards = (board(), vec(change, 0..4)).prop_map(|(board, changes)| BoardChanges { board, changes });
    let parts =
        (number(), vec(text(), 0..3), vec(bind(), 0..3), vec(defs, 0..3), vec(boards, 0..3), vec(handle(), 0..3));
    parts.prop_map(|(seq, platforms, binds, defs, boards, frees)| Batch {
        seq: BatchSeq(seq),
        platforms,
        binds,
        defs,
        boards,
        frees,
    })
}

pub(crate) fn down() -> impl Strategy<Value = LinkDown> {
    let accepted = (any::<u16>(), nodes(), number());
    let accepted = accepted.prop_map(|(protocol, path, watermark)| Accepted { protocol, path, watermark });
    let begin = (any::<u64>(), any::<bool>(), vec(text(), 0..3), vec(def(), 0..3));
    let begin =
        begin.prop_map(|(core, reset, platforms, boards)| Begin { core: CoreEpoch(core), reset, platforms, boards });
    let caught_up = (number(), vec(handle(), 0..4));
    let caught_up = caught_up.prop_map(|(seq, frees)| CaughtUp { seq: BatchSeq(seq), frees });
    prop_oneof![
        accepted.prop_map(LinkDown::Accepted),
        error().prop_map(LinkDown::Refused),
        begin.prop_map(LinkDown::Begin),
        chunk().prop_map(LinkDown::Chunk),
        caught_up.prop_map(LinkDown::CaughtUp),
        batch().prop_map(LinkDown::Batch),
        option::of(number().prop_map(UnixMillis)).prop_map(LinkDown::Stale),
        nodes().prop_map(LinkDown::Path),
        number().prop_map(|up_to| LinkDown::Ack { up_to }),
        number().prop_map(LinkDown::Ping),
        number().prop_map(LinkDown::Pong),
        (number(), vec(any::<u8>(), 0..9)).prop_map(|(id, body)| LinkDown::People { id, result: Ok(body) }),
        small().prop_map(|retry_after_ms| LinkDown::GoAway { retry_after_ms }),
    ]
}
