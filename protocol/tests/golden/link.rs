//! What the vectors `up.*`, `down.*` and `frame.*` say.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::{ChatMessage, Clear, Cleared, Done, EmoteUse, Event, Notice, Points, Profile};
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, NodeId, Stamp, UnixMillis};
use scorelay_protocol::link::{
    Accepted, Batch, Begin, Bind, BoardChanges, BoardDef, CaughtUp, Chunk, ChunkRow, DefChange, LinkDown, LinkHello,
    LinkUp, MeetAsk, Role, RowChange,
};
use scorelay_protocol::people::{Known, Named, PeopleAnswer, PeopleRequest};
use scorelay_protocol::score::Units;

use crate::Message;
use crate::make::{entity, texts, wire};

type Values = Vec<(&'static str, Message)>;

pub(crate) fn up_values() -> Values {
    let hello = |role, token: Option<&str>, node, name: &str| {
        let (token, name) = (token.map(str::to_owned), name.to_owned());
        LinkUp::Hello(LinkHello { protocol: 1, role, token, node: NodeId(node), name })
    };
    let publish = |seq, event| LinkUp::Publish { seq, event };
    let message = |author, name: &str, text: &str, id: Option<&str>, badges: &[&str]| {
        Event::Message(ChatMessage {
            author: entity(author),
            name: name.to_owned(),
            room: "#chat".to_owned(),
            text: text.to_owned(),
            id: id.map(str::to_owned),
            badges: texts(badges),
            emotes: vec![],
            bits: 0,
        })
    };
    let cheer = Event::Message(ChatMessage {
        author: entity("twitch:77"),
        name: "Bo".to_owned(),
        room: "#chat".to_owned(),
        text: "Cheer100 Kappa Kappa".to_owned(),
        id: None,
        badges: vec![],
        emotes: vec![EmoteUse { emote: entity("emote:twitch:25"), name: "Kappa".to_owned(), count: 2 }],
        bits: 100,
    });
    let notice = |id: Option<&str>, badges: &[&str], done| {
        Event::Notice(Notice {
            author: entity("twitch:1234"),
            name: "Alice".to_owned(),
            room: "#chat".to_owned(),
            id: id.map(str::to_owned),
            badges: texts(badges),
            done,
        })
    };
    let clear = |what| Event::Clear(Clear { room: "#chat".to_owned(), what });
    let profile = Event::Profile(Profile {
        entity: entity("discord:5"),
        name: "Zoë".to_owned(),
        avatar: Some("https://cdn.example/5.png".to_owned()),
        badges: texts(&["staff"]),
    });
    let points = Event::Points(Points { board: "pxls".to_owned(), entity: entity("pxls:alice"), units: -250 });
    let token = "0123456789abcdef0123456789abcdef";
    let source = Role::Source { incarnation: 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff };
    let address = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 7];
    let values = [
        ("up.hello.relay", hello(Role::Relay, Some(token), 0x1122_3344_5566_7788, "edge-1")),
        ("up.hello.source", hello(source, None, 5, "chat")),
        (
            "up.publish.message",
            publish(1, message("twitch:1234", "Alice", "hello", Some("b34ccfc7"), &["vip", "partner"])),
        ),
        ("up.publish.plain", publish(251, message("irc:bob", "bob", "hi", None, &[]))),
        ("up.publish.points", publish(70_000, points)),
        ("up.publish.cheer", publish(3, cheer)),
        ("up.publish.gifts", publish(4, notice(Some("n1"), &["vip"], Done::GiftedSubs(5)))),
        ("up.publish.raid", publish(5, notice(None, &[], Done::Raid(300)))),
        ("up.publish.clear.all", publish(6, clear(Cleared::All))),
        ("up.publish.clear.of", publish(7, clear(Cleared::Of(entity("twitch:1234"))))),
        ("up.publish.clear.one", publish(8, clear(Cleared::One("b34ccfc7".to_owned())))),
        ("up.publish.profile", publish(9, profile)),
        ("up.ping", LinkUp::Ping(1)),
        ("up.pong", LinkUp::Pong(1)),
        ("up.meet", LinkUp::Meet(MeetAsk { id: 300, full: true, address, body: vec![0xC0, 0xFF, 0xEE] })),
        ("up.people", LinkUp::People { id: 301, body: vec![0xC0, 0xFF, 0xEE] }),
    ];
    let frame = ("frame.up.ping", Message::FrameUp(LinkUp::Ping(300)));
    values.into_iter().map(|(name, message)| (name, Message::Up(message))).chain([frame]).collect()
}

pub(crate) fn people_values() -> Values {
    let known = |text: &str, name: &str, avatar: Option<&str>, badges: &[&str], ranks: &[(u32, u32)]| Known {
        entity: entity(text),
        name: name.to_owned(),
        avatar: avatar.map(str::to_owned),
        badges: texts(badges),
        ranks: ranks.iter().map(|&(board, rank)| (BoardNo(board), rank)).collect(),
    };
    let ada = known("twitch:1234", "Ada", Some("https://a.example/1"), &["vip"], &[(3, 300)]);
    let search = PeopleRequest::Search { board: "chat".to_owned(), name: "ad".to_owned() };
    let named = Named { entity: entity("twitch:1234"), name: "Ada".to_owned() };
    vec![
        (
            "people.ask.profiles",
            Message::PeopleAsk(PeopleRequest::Profiles(vec![entity("twitch:1234"), entity("irc:bob")])),
        ),
        ("people.ask.search", Message::PeopleAsk(search)),
        (
            "people.answer.profiles",
            Message::PeopleAnswer(PeopleAnswer::Profiles(vec![ada, known("irc:bob", "", None, &[], &[])])),
        ),
        ("people.answer.found", Message::PeopleAnswer(PeopleAnswer::Found { people: vec![named], more: true })),
    ]
}

fn def(board: u32, uid: u64, [id, title, unit]: [&str; 3], decimals: u8, synthetic: bool) -> BoardDef {
    let (id, title, unit) = (id.to_owned(), title.to_owned(), unit.to_owned());
    BoardDef { board: BoardNo(board), uid, id, title, unit, decimals, synthetic }
}

fn bind(handle: u32, platform: u16, id: &str) -> Bind {
    Bind { handle: Handle(handle), entity: wire(platform, id) }
}

fn set(handle: u32, score: Units) -> RowChange {
    RowChange::Set { handle: Handle(handle), score }
}

fn path(nodes: &[u64]) -> Vec<NodeId> {
    nodes.iter().map(|&node| NodeId(node)).collect()
}

fn accepted(nodes: &[u64], watermark: u64) -> LinkDown {
    LinkDown::Accepted(Accepted { protocol: 1, path: path(nodes), watermark })
}

pub(crate) fn down_values() -> Values {
    let values = [
        ("down.accepted.relay", accepted(&[0xc0de, 0xe09e], 0)),
        ("down.accepted.source", accepted(&[0xc0de], 41)),
        ("down.refused", LinkDown::Refused(WireError::new(ErrorCode::BadToken, "wrong token"))),
        ("down.begin.reset", LinkDown::Begin(begin_reset())),
        ("down.begin.again", LinkDown::Begin(begin_again())),
        ("down.chunk", LinkDown::Chunk(chunk())),
        ("down.caught-up", LinkDown::CaughtUp(CaughtUp { seq: BatchSeq(900), frees: vec![Handle(9), Handle(300)] })),
        ("down.batch.everything", LinkDown::Batch(batch())),
        (
            "down.batch.one-score",
            LinkDown::Batch(Batch {
                seq: BatchSeq(902),
                boards: vec![BoardChanges { board: BoardNo(0), changes: vec![set(10, 2)] }],
                ..Batch::default()
            }),
        ),
        ("down.stale.since", LinkDown::Stale(Some(UnixMillis(1_790_000_000_000)))),
        ("down.stale.level", LinkDown::Stale(None)),
        ("down.path", LinkDown::Path(path(&[0xc0de, 0x1122_3344_5566_7788]))),
        ("down.ack", LinkDown::Ack { up_to: 42 }),
        ("down.ping", LinkDown::Ping(1)),
        ("down.pong", LinkDown::Pong(1)),
        ("down.people", LinkDown::People { id: 301, result: Ok(vec![0xBE, 0xEF]) }),
        ("down.meet.answered", LinkDown::Meet { id: 300, result: Ok(vec![0xBE, 0xEF]) }),
        (
            "down.meet.refused",
            LinkDown::Meet { id: 1, result: Err(WireError::new(ErrorCode::CoreAway, "no link to the core")) },
        ),
        ("down.go-away", LinkDown::GoAway { retry_after_ms: 200 }),
    ];
    let frame = ("frame.down.accepted", Message::FrameDown(accepted(&[0xc0de], 0)));
    values.into_iter().map(|(name, message)| (name, Message::Down(message))).chain([frame]).collect()
}

fn begin_reset() -> Begin {
    Begin {
        core: CoreEpoch(0xfeed_face_cafe_beef),
        reset: true,
        platforms: texts(&["twitch", "word"]),
        boards: vec![def(0, 0x0102_0304_0506_0708, ["chat", "Chat messages", "messages"], 0, false)],
    }
}

fn begin_again() -> Begin {
    Begin {
        core: CoreEpoch(7),
        reset: false,
        platforms: vec![],
        boards: vec![def(300, 9, ["elo", "Elo (demo)", "points"], 2, true)],
    }
}

fn chunk() -> Chunk {
    let row = |handle, score, seq, index| ChunkRow::Row {
        handle: Handle(handle),
        score,
        stamp: Stamp::new(BatchSeq(seq), index),
    };
    Chunk {
        board: BoardNo(0),
        binds: vec![bind(0, 0, "1234"), bind(70_000, 1, "héllo")],
        rows: vec![row(0, 5, 1, 0), row(70_000, -5, 900, 3), ChunkRow::Gone { handle: Handle(9) }],
    }
}

fn batch() -> Batch {
    Batch {
        seq: BatchSeq(901),
        platforms: texts(&["emote"]),
        binds: vec![bind(9, 2, "7tv:01F6MZ"), bind(10, 0, "77")],
        defs: vec![DefChange::Put(def(1, 0xff, ["emotes", "Emotes", "uses"], 0, false)), DefChange::Gone(BoardNo(300))],
        boards: vec![
            BoardChanges { board: BoardNo(0), changes: vec![set(10, 1), RowChange::Remove { handle: Handle(70_000) }] },
            BoardChanges { board: BoardNo(1), changes: vec![set(9, -3)] },
        ],
        frees: vec![Handle(70_000)],
    }
}
