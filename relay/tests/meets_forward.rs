//! Questions about meets on their way through relays, without sockets: whose they are, what is lost with a link, what
//! is refused, and that answers do not wait for boards. What a core makes of them is in `meet_core/`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod link_model;
mod meet_core;

use link_model::at;
use link_model::relays::{accepted, hub, take};
use meet_core::MeetCore;
use scorelay_protocol::client::Response;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::frame;
use scorelay_protocol::ids::{NodeId, RequestId};
use scorelay_protocol::limits::{
    CLIENT_FRAME_BYTES, MEET_CLIENT_BYTES, MEET_LINK_BYTES, MEET_LINK_REQUESTS, MEET_REQUEST_MS,
};
use scorelay_protocol::link::{LinkDown, LinkUp, MeetAsk};
use scorelay_relay::core::hub::Hub;
use scorelay_relay::core::outgoing::{Outgoing, Wire};
use scorelay_relay::core::outlet::{About, LinkId, Outlet};
use scorelay_relay::core::published::{Answer, ConnId, FeedCommand, ShardNo};
use scorelay_relay::core::shard::{Shard, ShardConfig, Walk};

const ADDRESS: [u8; 16] = [7; 16];

/// A wire that swallows everything.
struct Deaf;

impl Wire for Deaf {
    fn ready(&mut self) -> bool {
        true
    }
    fn send(&mut self, _: &mut Outgoing) {}
    fn address(&self) -> [u8; 16] {
        ADDRESS
    }
}

fn shard() -> Shard<Deaf> {
    let epoch = scorelay_protocol::ids::RelayEpoch(1);
    Shard::new(ShardConfig { no: ShardNo(0), epoch, tick_ms: 50, software: String::new() })
}

/// A shard's connections, who have said hello.
fn conns(shard: &mut Shard<Deaf>, count: usize) -> Vec<ConnId> {
    let open = |_| {
        let conn = shard.open(at(0).at, Deaf, Vec::new());
        let hello = scorelay_protocol::client::ClientMessage::Hello { resume: None, agent: String::new() };
        shard.receive(at(0).at, conn, hello).unwrap();
        conn
    };
    (0..count).map(open).collect()
}

fn client_asks(hub: &mut Hub, conn: ConnId, id: u32, body: &[u8]) {
    let (shard, id) = (ShardNo(0), RequestId(id));
    hub.command(FeedCommand::Meet { shard, conn, id, address: ADDRESS, body: body.to_vec() });
}

fn asks(hub: &mut Hub) -> Vec<MeetAsk> {
    let mut asks = Vec::new();
    while let Some(frame) = hub.poll_upstream() {
        hub.upstream_sent(frame.len());
        match frame::decode(&frame).unwrap() {
            LinkUp::Meet(ask) => asks.push(ask),
            other => panic!("a relay says {other:?}"),
        }
    }
    asks
}

fn answers(hub: &mut Hub) -> Vec<(ConnId, u32, Result<Vec<u8>, ErrorCode>)> {
    let mut answers = Vec::new();
    while let Some(Answer { conn, id, result, .. }) = hub.poll_answer() {
        let result = result.map_err(|error| error.code).map(|response| match response {
            Response::Meet(bytes) => bytes,
            other => panic!("{other:?} is no answer about meets"),
        });
        answers.push((conn, id.0, result));
    }
    answers
}

fn linked(node: u64) -> Hub {
    let mut hub = hub(node, at(0));
    take(&mut hub, at(1), &accepted(&[9])).unwrap();
    hub
}

fn give(hub: &mut Hub, id: u64, result: Result<Vec<u8>, WireError>) {
    take(hub, at(2), &LinkDown::Meet { id, result }).unwrap();
}

/// T1, L5: each client gets the answer to its own question, in whatever order answers come, with no tick between.
#[test]
fn answers_find_who_asked() {
    let (mut hub, mut shard) = (linked(1), shard());
    let conns = conns(&mut shard, 2);
    client_asks(&mut hub, conns[0], 1, b"one");
    client_asks(&mut hub, conns[1], 1, b"two");
    client_asks(&mut hub, conns[0], 2, b"three");
    let asked = asks(&mut hub);
    let said: Vec<_> = asked.iter().map(|ask| (ask.full, ask.address, ask.body.as_slice())).collect();
    assert_eq!(said, [(true, ADDRESS, b"one".as_slice()), (true, ADDRESS, b"two"), (true, ADDRESS, b"three")]);
    give(&mut hub, asked[2].id, Ok(b"c".to_vec()));
    give(&mut hub, asked[0].id, Err(WireError::new(ErrorCode::BadSession, "no")));
    assert_eq!(answers(&mut hub), [(conns[0], 2, Ok(b"c".to_vec())), (conns[0], 1, Err(ErrorCode::BadSession))]);
    give(&mut hub, asked[2].id, Ok(b"again".to_vec()));
    give(&mut hub, 77, Ok(b"nobody's".to_vec()));
    assert_eq!(answers(&mut hub), [], "nobody waits for these");
    give(&mut hub, asked[1].id, Ok(b"b".to_vec()));
    assert_eq!(answers(&mut hub), [(conns[1], 1, Ok(b"b".to_vec()))]);
    assert_eq!(hub.meets_asked(), 0);
}

/// T1: what a shard is asked of meets goes to the core with the client's address, and the answer back to it at once.
#[test]
fn a_shard_hands_questions_over() {
    use scorelay_protocol::client::{ClientMessage, Request};
    let (mut hub, mut shard) = (linked(1), shard());
    let conn = conns(&mut shard, 1)[0];
    let body = Request::Meet(b"body".to_vec());
    shard.receive(at(1).at, conn, ClientMessage::Request { id: RequestId(5), body }).unwrap();
    shard.drain_commands().into_iter().for_each(|command| hub.command(command));
    let asked = asks(&mut hub);
    assert_eq!((asked.len(), asked[0].address), (1, ADDRESS));
    give(&mut hub, asked[0].id, Ok(b"answer".to_vec()));
    while shard.walk(at(2).at, 10) == Walk::More {}
    let messages = shard.counts().messages;
    shard.answer(hub.poll_answer().unwrap());
    while shard.walk(at(2).at, 10) == Walk::More {}
    assert_eq!(shard.counts().messages, messages + 1);
}

/// T3: a client that takes none of its answers is soon given short ones.
#[test]
fn answers_for_a_slow_client_are_bounded() {
    let mut shard = shard();
    let conn = conns(&mut shard, 1)[0];
    while shard.walk(at(1).at, 10) == Walk::More {}
    let before = shard.counts().bytes;
    let (no, most) = (ShardNo(0), 512 * 1024);
    for id in 0..60 {
        let result = Ok(Response::Meet(vec![0; most]));
        shard.answer(Answer { shard: no, conn, id: RequestId(id), result });
    }
    while shard.walk(at(2).at, 10) == Walk::More {}
    let bytes = shard.counts().bytes - before;
    assert!((most as u64..MEET_CLIENT_BYTES as u64 + 60 * 200).contains(&bytes), "{bytes}");
}

/// T3: a client that leaves takes its questions with it; one that had none leaves without a word.
#[test]
fn a_client_that_is_gone_waits_for_nothing() {
    use scorelay_protocol::client::{ClientMessage, Request};
    let (mut hub, mut shard) = (linked(1), shard());
    let conns = conns(&mut shard, 2);
    let body = Request::Meet(b"body".to_vec());
    shard.receive(at(1).at, conns[0], ClientMessage::Request { id: RequestId(5), body }).unwrap();
    shard.closed(conns[0]);
    shard.closed(conns[1]);
    let commands = shard.drain_commands();
    assert_eq!(commands.len(), 2, "{commands:?}");
    commands.into_iter().for_each(|command| hub.command(command));
    let asked = asks(&mut hub);
    assert_eq!(hub.meets_asked(), 0);
    give(&mut hub, asked[0].id, Ok(b"late".to_vec()));
    assert_eq!(answers(&mut hub), []);
}

/// T3: a core that cannot be asked is said to be away, before and after; so is one whose answer is lost or never comes.
#[test]
fn without_the_core_there_is_an_answer_too() {
    let mut hub = hub(1, at(0));
    let conn = conns(&mut shard(), 1)[0];
    let away = |id| [(conn, id, Err(ErrorCode::CoreAway))];
    client_asks(&mut hub, conn, 1, b"early");
    assert_eq!(answers(&mut hub), away(1));
    take(&mut hub, at(1), &accepted(&[9])).unwrap();
    client_asks(&mut hub, conn, 2, b"lost");
    let lost = asks(&mut hub);
    client_asks(&mut hub, conn, 3, b"not even sent");
    hub.upstream_lost(at(2));
    assert_eq!(answers(&mut hub), [away(2), away(3)].concat());
    take(&mut hub, at(3), &accepted(&[9])).unwrap();
    assert_eq!(asks(&mut hub), [], "what was answered is not asked any more");
    give(&mut hub, lost[0].id, Ok(b"of another link".to_vec()));
    client_asks(&mut hub, conn, 4, b"never answered");
    assert_ne!(asks(&mut hub)[0].id, lost[0].id);
    assert_eq!(answers(&mut hub), []);
    assert!(hub.next_tick_at().unwrap().0 <= 3 + 2 * MEET_REQUEST_MS);
    hub.tick(at(1 + 2 * MEET_REQUEST_MS));
    assert_eq!(answers(&mut hub), []);
    hub.tick(at(4 + 2 * MEET_REQUEST_MS));
    assert_eq!(answers(&mut hub), away(4));
}

/// A link to a new upstream that was let in before anybody said that the old one is gone.
#[test]
fn a_link_in_place_of_another_answers_what_waited_on_that() {
    let mut hub = linked(1);
    let conn = conns(&mut shard(), 1)[0];
    client_asks(&mut hub, conn, 1, b"old");
    let LinkDown::Accepted(again) = accepted(&[9]) else { panic!("a greeting") };
    hub.upstream_accepted(at(5), again).unwrap();
    assert_eq!(answers(&mut hub), [(conn, 1, Err(ErrorCode::CoreAway))]);
    client_asks(&mut hub, conn, 2, b"new");
    assert_eq!(asks(&mut hub).len(), 1);
}

/// T3: what waits is bounded in count and bytes, and the rest is told so.
#[test]
fn too_much_is_refused() {
    let conn = conns(&mut shard(), 1)[0];
    let mut hub = linked(1);
    for id in 0..MEET_LINK_REQUESTS as u32 {
        client_asks(&mut hub, conn, id, b"");
        assert_eq!(asks(&mut hub).len(), 1);
    }
    client_asks(&mut hub, conn, 70_000, b"");
    assert_eq!(answers(&mut hub), [(conn, 70_000, Err(ErrorCode::MeetBusy))]);

    let mut hub = linked(1);
    client_asks(&mut hub, conn, 0, &vec![0; CLIENT_FRAME_BYTES + 1]);
    assert_eq!(answers(&mut hub), [(conn, 0, Err(ErrorCode::TooLarge))]);
    let mut sent = Vec::new();
    for id in 1.. {
        client_asks(&mut hub, conn, id, &[0; CLIENT_FRAME_BYTES]);
        let Some(frame) = hub.poll_upstream() else { break };
        sent.push(frame.len());
    }
    assert_eq!(sent.len(), MEET_LINK_BYTES / CLIENT_FRAME_BYTES - 1, "frames have a little more than their bodies");
    assert_eq!(answers(&mut hub)[0].2, Err(ErrorCode::MeetBusy));
    hub.upstream_sent(sent[0]);
    client_asks(&mut hub, conn, 2_000, &[0; CLIENT_FRAME_BYTES]);
    assert_eq!((asks(&mut hub).len(), answers(&mut hub)), (1, Vec::new()));
}

/// Two relays in a row below a core.
struct Chain {
    core: MeetCore<u64>,
    upper: Hub,
    link: LinkId,
    lower: Hub,
    /// Whether the link between the two may carry meets.
    meets: bool,
}

impl Chain {
    fn new(meets: bool) -> Self {
        let mut upper = linked(1);
        let link = upper.link_open();
        let mut chain = Self { core: MeetCore::default(), upper, link, lower: hub(2, at(0)), meets };
        chain.carry();
        chain
    }

    fn carry(&mut self) {
        while let Some((_, frame)) = self.upper.poll_link() {
            self.lower.upstream_frame(at(2), frame).unwrap();
        }
        for mut ask in asks(&mut self.lower) {
            ask.full &= self.meets;
            self.upper.link_asks(self.link, ask);
        }
        for ask in asks(&mut self.upper) {
            for (id, result) in self.core.ask(ask.id, ask) {
                give(&mut self.upper, id, result);
            }
        }
        while let Some((_, frame)) = self.upper.poll_link_answer() {
            self.upper.link_answers_sent(self.link, frame.len());
            self.lower.upstream_frame(at(3), frame).unwrap();
        }
    }
}

/// L5, L17: through two relays the question and the answer are what they were; over a link that may carry what displays
/// see and no more, the core is told so.
#[test]
fn chains_pass_on_and_say_what_they_may_carry() {
    for (meets, answer) in [(true, Ok(b"olleh".to_vec())), (false, Err(ErrorCode::MeetsNotHere))] {
        let mut chain = Chain::new(meets);
        let conn = conns(&mut shard(), 1)[0];
        client_asks(&mut chain.upper, conn, 1, b"above");
        client_asks(&mut chain.lower, conn, 8, b"hello");
        chain.carry();
        assert_eq!(answers(&mut chain.lower), [(conn, 8, answer)]);
        assert_eq!(answers(&mut chain.upper), [(conn, 1, Ok(b"evoba".to_vec()))], "its own link may");
        let fulls: Vec<_> = chain.core.asked.iter().map(|ask| (ask.full, ask.address)).collect();
        assert_eq!(fulls, [(true, ADDRESS), (meets, ADDRESS)]);
    }
}

/// T3: a relay below that is gone waits for nothing; one above that loses the core says so down the chain.
#[test]
fn a_chain_that_breaks_answers() {
    let mut chain = Chain::new(true);
    let conn = conns(&mut shard(), 1)[0];
    client_asks(&mut chain.lower, conn, 1, b"x");
    for ask in asks(&mut chain.lower) {
        chain.upper.link_asks(chain.link, ask);
    }
    chain.upper.upstream_lost(at(5));
    chain.carry();
    assert_eq!(answers(&mut chain.lower), [(conn, 1, Err(ErrorCode::CoreAway))]);

    let mut chain = Chain::new(true);
    client_asks(&mut chain.lower, conn, 2, b"x");
    for ask in asks(&mut chain.lower) {
        chain.upper.link_asks(chain.link, ask);
    }
    let asked = asks(&mut chain.upper);
    chain.upper.link_closed(chain.link);
    assert_eq!(chain.upper.meets_asked(), 0);
    give(&mut chain.upper, asked[0].id, Ok(Vec::new()));
    assert_eq!(chain.upper.poll_link_answer(), None);
}

/// T3: answers go out beside the boards, however far a link lags; what a link that takes nothing can hold is bounded.
#[test]
fn answers_wait_for_no_boards_and_are_bounded() {
    let mut outlet = Outlet::new(vec![NodeId(0)]);
    let (slow, other) = (outlet.open(), outlet.open());
    let result = |frame: &[u8]| match frame::decode(frame).unwrap() {
        LinkDown::Meet { result, .. } => result.map_err(|error| error.code),
        other => panic!("{other:?} is no answer"),
    };
    let mut held = 0;
    let mut busy = 0;
    for id in 0..200_000 {
        let bytes = if id < 200 { 32 * 1024 } else { 0 };
        outlet.answer(slow, About::Meets, id, Ok(vec![0; bytes]));
        while let Some((link, frame)) = outlet.poll_answer() {
            assert_eq!(link, slow);
            held += frame.len();
            busy += usize::from(result(&frame) == Err(ErrorCode::MeetBusy));
        }
    }
    assert!(held <= 2 * MEET_LINK_BYTES && busy > 0, "{held} bytes, {busy} refused");
    assert!(outlet.answers_wait(slow) && !outlet.answers_wait(other));
    assert_eq!(outlet.queued(slow), Some(0), "boards have a queue of their own");
    outlet.answer(other, About::Meets, 1, Ok(b"a".to_vec()));
    assert_eq!(result(&outlet.poll_answer().unwrap().1), Ok(b"a".to_vec()));
    outlet.answers_sent(slow, held);
    assert!(!outlet.answers_wait(slow));
    outlet.answer(slow, About::Meets, 3, Ok(vec![0; 2 * 1024 * 1024]));
    assert_eq!(result(&outlet.poll_answer().unwrap().1), Err(ErrorCode::TooLarge));
    outlet.close(slow);
    outlet.answer(slow, About::Meets, 4, Ok(Vec::new()));
    assert_eq!(outlet.poll_answer(), None);
}

/// A link that does not take its answers gets no more questions through.
#[test]
fn a_link_that_takes_no_answers_is_refused() {
    let mut hub = linked(1);
    let link = hub.link_open();
    let mut refused = 0;
    for id in 0..200 {
        hub.link_asks(link, MeetAsk { id, full: true, address: ADDRESS, body: Vec::new() });
        match asks(&mut hub).first() {
            Some(ask) => give(&mut hub, ask.id, Ok(vec![0; 60_000])),
            None => refused += 1,
        }
    }
    assert!(refused > 100, "{refused}");
    let mut codes = Vec::new();
    while let Some((_, frame)) = hub.poll_link_answer() {
        if let LinkDown::Meet { result: Err(error), .. } = frame::decode(&frame).unwrap() {
            codes.push(error.code);
        }
    }
    assert!(codes.len() >= refused && codes.iter().all(|code| *code == ErrorCode::MeetBusy), "{}", codes.len());
}
