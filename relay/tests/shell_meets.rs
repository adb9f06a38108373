//! Meets over real sockets: questions through relays to a core and back, over links that may carry them and links that
//! may not, answers lost with the core, and displays. What is asked and answered is tested without sockets in
//! `meets_*.rs`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use scorelay_protocol::client::{ClientMessage, RelayMessage, Request, Response};
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::RequestId;
use scorelay_protocol::meet::ids::{MeetEpoch, MeetSeq};
use scorelay_protocol::meet::leaf::MeetLeaf;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::{MeetRequest, PublicAt};
use scorelay_protocol::meet::value::{LeafValue, Value};
use scorelay_relay::shell::links::LinkRules;
use scorelay_relay::shell::tokens::Tokens;
use scorelay_relay::shell::transport::LinkAddr;
use shell_kit::client::{Came, TestClient};
use shell_kit::core::TestCore;
use shell_kit::meet_core::{Shown, feed, session};
use shell_kit::{TestRelay, config, until};

fn any_port() -> LinkAddr {
    LinkAddr::Tcp("127.0.0.1:0".into())
}

async fn ask(client: &mut TestClient, id: u32, body: &[u8]) {
    client.send(&ClientMessage::Request { id: RequestId(id), body: Request::Meet(body.to_vec()) }).await;
}

/// The next answer about meets: its number, and its bytes or why there are none.
async fn answer(client: &mut TestClient) -> (u32, Result<Vec<u8>, ErrorCode>) {
    match client.next_but_ticks().await {
        Came::Message(RelayMessage::Response { id, result }) => match result {
            Ok(Response::Meet(bytes)) => (id.0, Ok(bytes)),
            Ok(other) => panic!("{other:?} is not about meets"),
            Err(error) => (id.0, Err(error.code)),
        },
        other => panic!("instead of an answer: {other:?}"),
    }
}

fn name(text: &str) -> Option<(Path, Value)> {
    Some((Path::Meet(MeetLeaf::Name), Value::Leaf(LeafValue::Text(text.to_owned()))))
}

/// T1, L5: through two relays a question reaches the core as it was asked, with the address of who asked, and its
/// answer comes back.
#[tokio::test(flavor = "multi_thread")]
async fn questions_go_up_and_answers_come_back() {
    let proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let (core, upper, _) = TestRelay::with_core(|config| config.links = vec![any_port()]).await;
    let mut below = config(&upper.running.relay.links[0]);
    below.trusted_proxies = proxies;
    let lower = TestRelay::start(below).await;
    lower.ready().await;
    let mut near = upper.client().await;
    let mut far = TestClient::forwarded(lower.addr(), "2001:db8:1:2:3:4:5:6").await;
    near.greet().await;
    far.greet().await;
    ask(&mut near, 7, b"near").await;
    assert_eq!(answer(&mut near).await, (7, Ok(b"raen".to_vec())));
    ask(&mut far, 7, b"far").await;
    assert_eq!(answer(&mut far).await, (7, Ok(b"raf".to_vec())));
    let asked = core.with(|state| std::mem::take(&mut state.meets.asked)).await;
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1];
    let cut = [0x20, 0x01, 0x0D, 0xB8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0];
    let said: Vec<_> = asked.iter().map(|ask| (ask.full, ask.address)).collect();
    assert_eq!(said, [(true, mapped), (true, cut)], "a household, not a machine of it");
}

/// T3: a question that waits holds up none after it; what waits is answered when the core goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_waits_holds_nothing_up() {
    let (core, relay, _) = TestRelay::with_core(|_| {}).await;
    let shown = session(7, 1);
    core.with(move |state| state.meets.open(shown)).await;
    let mut client = relay.client().await;
    client.greet().await;
    let have = Some(PublicAt { epoch: MeetEpoch(1), seq: MeetSeq(0) });
    let waits = codec::encode(&MeetRequest::Public { session: shown, have, from: None, wait: true });
    ask(&mut client, 1, &waits).await;
    ask(&mut client, 2, b"abc").await;
    assert_eq!(answer(&mut client).await, (2, Ok(b"cba".to_vec())));
    core.with(move |state| {
        let answers = state.meets.line(shown.meet, name("new"));
        state.answer(answers);
    })
    .await;
    let (id, told) = answer(&mut client).await;
    assert!(id == 1 && told.is_ok(), "{id} {told:?}");
    core.with(|state| state.holds = true).await;
    ask(&mut client, 3, b"lost").await;
    until("the question is there", async || core.with(|state| state.meets.asked.len()).await == 3).await;
    core.kill().await;
    assert_eq!(answer(&mut client).await, (3, Err(ErrorCode::CoreAway)));
    ask(&mut client, 4, b"nobody is there").await;
    assert_eq!(answer(&mut client).await, (4, Err(ErrorCode::CoreAway)));
}

/// L17: a link with a token of the role `relay` carries what displays see and nothing else; one of `meets` carries all.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_say_what_a_link_may_carry() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tokens");
    let secrets = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
    std::fs::write(&file, format!("relay edge {}\nmeets hall {}\n", secrets[0], secrets[1])).unwrap();
    let rules = LinkRules { tokens: Tokens::read(&file).unwrap(), ..LinkRules::default() };
    let core = TestCore::start_with(any_port(), rules).await;
    core.board("chat").await;
    let shown = session(7, 1);
    core.with(move |state| {
        state.meets.open(shown);
        state.meets.line(shown.meet, name("for all"));
    })
    .await;
    for (secret, told) in secrets.into_iter().zip([Err(ErrorCode::MeetsNotHere), Ok(b"ll".to_vec())]) {
        let token = dir.path().join("token");
        std::fs::write(&token, secret).unwrap();
        let mut config = config(&core.addr);
        config.upstream_token_file = Some(token);
        let relay = TestRelay::start(config).await;
        relay.ready().await;
        let mut client = relay.client().await;
        client.greet().await;
        ask(&mut client, 1, b"ll").await;
        assert_eq!(answer(&mut client).await, (1, told));
        client.watch(vec![feed(shown)]).await;
        client.until_body(|body| matches!(body, Body::Meet { reset: true, .. })).await;
    }
}

/// L5, T8: a display gets what there is and then what changes, from a relay whose other displays get the same, until
/// its link is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn displays_follow_a_meet() {
    let (core, relay, _) = TestRelay::with_core(|_| {}).await;
    let shown = session(123_456_789, 1);
    core.with(move |state| {
        state.meets.open(shown);
        state.meets.line(shown.meet, name("one"));
    })
    .await;
    let mut screens = Vec::new();
    for _ in 0..3 {
        let mut client = relay.client().await;
        client.greet().await;
        client.watch(vec![feed(shown)]).await;
        screens.push((client, Shown::default()));
    }
    for text in ["one", "two", "three"] {
        let wanted = core
            .with(move |state| {
                let answers = state.meets.line(shown.meet, name(text));
                state.answer(answers);
                state.meets.shown(shown.meet)
            })
            .await;
        for (client, shows) in &mut screens {
            while *shows != wanted {
                for body in client.tick().await.bodies {
                    shows.body(&body);
                }
            }
        }
    }
    let waiting = core.with(|state| (state.meets.waiting(), state.meets.asked.len())).await;
    assert!(waiting.0 <= 1 && waiting.1 <= 6, "one question for three screens, not {waiting:?}");
    core.with(move |state| {
        let answers = state.meets.revoke(shown);
        state.answer(answers);
    })
    .await;
    for (client, _) in &mut screens {
        let revoked = |body: &Body| matches!(body, Body::MeetGone { why, .. } if why.code == ErrorCode::BadSession);
        client.until_body(revoked).await;
    }
}
