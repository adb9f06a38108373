//! The shell with a core that is away, and then there: what is kept, what waits, what comes back from the journal. With
//! the real core it is tested in `server/tests/system/bridge`.

use std::time::Duration;

use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::LINK_PROTOCOL;
use scorelay_protocol::link::{Accepted, LinkDown, LinkUp};
use scorelay_source::error::ErrorCode;
use scorelay_source::event::{Event, Points};
use scorelay_source::{Address, Settings, Source, SourceError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

fn event(units: i64) -> Event {
    Event::Points(Points { board: "b".into(), entity: "t:1".parse().expect("an entity"), units })
}

struct Core {
    stream: UnixStream,
    frames: Frames,
}

impl Core {
    async fn next(&mut self) -> LinkUp {
        loop {
            if let Some(frame) = self.frames.take().expect("frames") {
                return frame::decode(&frame).expect("a message");
            }
            let mut bytes = [0; 1024];
            let read = self.stream.read(&mut bytes).await.expect("it is open");
            assert!(read > 0, "it left");
            self.frames.push(&bytes[..read]);
        }
    }

    async fn say(&mut self, message: &LinkDown) {
        self.stream.write_all(&frame::encode(message)).await.expect("it reads");
    }
}

/// B2: a core that is away makes nobody wait before the journal's limit is reached, and costs nothing of what was kept.
#[tokio::test]
async fn what_is_kept_while_the_core_is_away_is_sent_when_it_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, socket) = (dir.path().join("journal"), dir.path().join("core.sock"));
    let settings = Settings { events: 10, ..Settings::new("s") };
    let link = || Address::Unix(socket.clone());

    let source = Source::open(link(), settings.clone(), &journal, false).unwrap();
    assert_eq!(source.publish_all(&[event(1), event(2)]).await.unwrap(), 2);
    for units in 3..=10 {
        source.publish(&event(units)).await.unwrap();
    }
    assert!(timeout(Duration::from_millis(50), source.publish(&event(11))).await.is_err(), "there is no room");
    let wrong = source.publish(&event(i64::MAX)).await.unwrap_err();
    assert!(matches!(&wrong, SourceError::BadEvent(error) if error.code == ErrorCode::BadEvent), "{wrong}");
    assert_eq!((source.kept(), source.durable(), source.is_linked()), (10, 0, false));
    source.close().await;

    let listener = UnixListener::bind(&socket).unwrap();
    let source = Source::open(link(), settings, &journal, true).unwrap();
    assert_eq!((source.kept(), source.durable()), (10, 0));
    let core = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut core = Core { stream, frames: Frames::new() };
        assert!(matches!(core.next().await, LinkUp::Hello(hello) if hello.name == "s"));
        let accepted = Accepted { protocol: LINK_PROTOCOL, path: vec![NodeId(1)], watermark: 4 };
        core.say(&LinkDown::Accepted(accepted)).await;
        for number in 5..=11u64 {
            assert_eq!(core.next().await, LinkUp::Publish { seq: number, event: event(number as i64) });
        }
        core.say(&LinkDown::Ping(7)).await;
        assert_eq!(core.next().await, LinkUp::Pong(7));
        core.say(&LinkDown::Ack { up_to: 11 }).await;
        core
    };
    let publish = async {
        assert_eq!(source.publish(&event(11)).await.unwrap(), 11);
        source.flush().await.unwrap();
    };
    let ((), mut core) = timeout(Duration::from_secs(60), async { tokio::join!(publish, core) }).await.unwrap();
    assert_eq!((source.kept(), source.durable(), source.is_linked()), (11, 11, true));

    core.say(&LinkDown::Refused(scorelay_source::error::WireError::new(ErrorCode::BadToken, "no longer"))).await;
    let end = timeout(Duration::from_secs(60), source.ended()).await.unwrap();
    assert_eq!(end.to_string(), "error[bad-token]: no longer");
    assert!(matches!(source.publish(&event(1)).await, Err(SourceError::Refused(_))));
}
