//! What the vectors `client.*` say.

use scorelay_protocol::client::{Add, ClientMessage, Request};
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{BoardNo, Generation, Position, RelayEpoch, RequestId, TickNo};

use crate::Message;
use crate::make::{entity, meet, page, track};

pub(crate) fn values() -> Vec<(&'static str, Message)> {
    let agent = || "example/1.0".to_owned();
    let position = Position { epoch: RelayEpoch(0x0123_4567_89ab_cdef), tick: TickNo(300) };
    let values = [
        ("client.hello.first", ClientMessage::Hello { resume: None, agent: agent() }),
        ("client.hello.resume", ClientMessage::Hello { resume: Some(position), agent: agent() }),
        (
            "client.watch.directory",
            ClientMessage::Watch {
                generation: Generation(1),
                remove: vec![],
                add: vec![Add { feed: Feed::Directory, known: None }],
            },
        ),
        (
            "client.watch.scroll",
            ClientMessage::Watch {
                generation: Generation(3),
                remove: vec![page(0, 1), track("twitch:7")],
                add: vec![
                    Add { feed: page(2, 0), known: None },
                    Add { feed: page(2, 31_249), known: Some(TickNo(900)) },
                    Add { feed: track("emote:7tv:01F6MZGCNG000255K4X1K7NTHR"), known: None },
                ],
            },
        ),
        (
            "client.request.find",
            ClientMessage::Request {
                id: RequestId(1),
                body: Request::Find { board: BoardNo(0), entity: entity("twitch:1234") },
            },
        ),
        (
            "client.request.around",
            ClientMessage::Request {
                id: RequestId(300),
                body: Request::Around { board: BoardNo(0), entity: entity("word:héllo"), rows: 5 },
            },
        ),
        (
            "client.watch.meet",
            ClientMessage::Watch {
                generation: Generation(2),
                remove: vec![],
                add: vec![Add { feed: meet(123_456_789, 0xA0), known: None }],
            },
        ),
        (
            "client.request.meet",
            ClientMessage::Request { id: RequestId(2), body: Request::Meet(vec![0xC0, 0xFF, 0xEE]) },
        ),
        ("client.pace", ClientMessage::Pace { every_ms: 2000 }),
    ];
    values.into_iter().map(|(name, message)| (name, Message::Client(message))).collect()
}
