//! The gate before passwords: bounded lanes, and delays that lock nobody out.

use scorelay_engine::meets::AskId;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{MEET_LANE_QUEUE, MEET_LANES, MEET_LOGIN_MS, MEET_WRONG_MS, MEET_WRONG_PER_LINK};
use scorelay_protocol::meet::ids::{DeskId, MeetId};
use scorelay_protocol::meet::request::{Create, Join, MeetRequest};
use scorelay_protocol::meet::secret::Token;

use crate::rig::{Rig, create, from, join, typed};

fn wrong(meet: MeetId, desk: u8) -> MeetRequest {
    MeetRequest::Join(Join { password: typed("wrong password"), ..join(meet, desk, "door") })
}

/// L2: strangers fill a lane and are told so; desks that are known, and new meets, go on beside them.
#[test]
fn lanes_are_bounded_and_apart() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let stranger = |at: u8| {
        let desk = DeskId([at; 16]);
        MeetRequest::Join(Join { desk, token: Token([at; 32]), ..join(meet, at, "door") })
    };
    let most = u8::try_from(MEET_LANE_QUEUE + MEET_LANES).unwrap();
    let asks: Vec<_> = (0..most).map(|at| rig.ask(from(100 + at), stranger(100 + at))).collect();
    assert_eq!(rig.hash.len(), MEET_LANES);
    assert!(asks.iter().all(|ask| rig.answer(*ask).is_none()));
    let over = rig.ask(from(99), stranger(99));
    assert_eq!(rig.answer(over).unwrap().unwrap_err().code, ErrorCode::MeetBusy);
    let known = rig.ask(from(1), MeetRequest::Join(join(meet, 1, "table")));
    let made = rig.ask(from(2), MeetRequest::Create(create(2)));
    assert_eq!(rig.meets.counts().passwords, MEET_LANE_QUEUE + 2);
    // Those before them are two, and then it is each lane's turn.
    for _ in 0..2 + 3 {
        assert!(rig.hash());
    }
    while rig.write() {}
    assert!(rig.answer(known).is_some() && rig.answer(made).is_some());
    rig.settle();
    assert!(asks.iter().all(|ask| rig.answer(*ask).unwrap().is_ok()));
}

fn answered_at(rig: &mut Rig, ask: AskId) -> u64 {
    rig.settle();
    for _ in 0..1_000 {
        if rig.answer(ask).is_some() {
            return rig.now;
        }
        rig.pass(100);
    }
    panic!("not answered");
}

/// L3: each wrong password makes the next from that address wait twice as long, up to a ceiling; another address does
/// not wait, and the right one ends it.
#[test]
fn wrong_passwords_delay() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let mut took = Vec::new();
    for _ in 0..9 {
        let begun = rig.now;
        let ask = rig.ask(from(2), wrong(meet, 2));
        took.push(answered_at(&mut rig, ask) - begun);
    }
    assert_eq!(took[0], MEET_LOGIN_MS);
    let (_, ceiling) = MEET_WRONG_MS;
    assert!(took.windows(2).all(|two| two[0] <= two[1]) && took[4] >= 7_000, "{took:?}");
    assert!(took[8] <= ceiling + MEET_LOGIN_MS && took[8] >= ceiling - MEET_LOGIN_MS, "{took:?}");
    let elsewhere = rig.ask(from(3), MeetRequest::Join(join(meet, 3, "door")));
    rig.settle();
    assert!(rig.answer(elsewhere).unwrap().is_ok());
    // The right one waits its turn, and then is in.
    let ask = rig.ask(from(2), MeetRequest::Join(join(meet, 2, "door")));
    rig.settle();
    assert!(rig.answer(ask).is_none());
    rig.pass(ceiling);
    assert!(rig.answer(ask).unwrap().is_ok());
    let ask = rig.ask(from(2), wrong(meet, 2));
    rig.pass(MEET_LOGIN_MS);
    assert!(rig.answer(ask).is_some(), "counted anew");
}

/// Those who wait for one address wait one after the other, and are so many at most.
#[test]
fn delays_are_bounded() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let first = rig.ask(from(2), wrong(meet, 2));
    rig.settle();
    let asks: Vec<_> = (0..40).map(|_| rig.ask(from(2), wrong(meet, 2))).collect();
    rig.settle();
    let busy = asks.iter().filter(|ask| rig.answers.contains_key(ask)).count();
    assert_eq!(busy, 8, "32 wait");
    rig.pass(3_000);
    assert!(rig.answer(first).is_some());
    let done = asks.iter().filter(|ask| rig.answers.contains_key(ask)).count() - busy;
    assert!((1..=2).contains(&done), "{done}: one second, then two");
}

/// A desk that is known waits for one delay at most, however many strangers guess from its address.
#[test]
fn strangers_do_not_keep_a_desk_out() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    for _ in 0..40 {
        rig.ask(from(2), wrong(meet, 2));
    }
    rig.pass(10_000);
    let own = rig.ask(from(2), MeetRequest::Join(join(meet, 1, "table")));
    rig.pass(MEET_WRONG_MS.1);
    assert!(rig.answer(own).unwrap().is_ok());
}

/// Wrong passwords of one link, whatever the address and the id, have a ceiling a minute; then all of its joins wait.
#[test]
fn a_link_has_a_ceiling() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let by = |at: u32| {
        let mut asker = from(50);
        asker.address[..4].copy_from_slice(&at.to_le_bytes());
        asker
    };
    for at in 0..MEET_WRONG_PER_LINK {
        rig.ask(by(at), wrong(MeetId::new(at).unwrap(), 2));
        rig.settle();
    }
    let right = rig.ask(by(10_000), MeetRequest::Join(join(meet, 3, "door")));
    rig.settle();
    assert!(rig.answer(right).is_none(), "it waits");
    let other = rig.ask(from(51), MeetRequest::Join(join(meet, 4, "door")));
    rig.settle();
    assert!(rig.answer(other).unwrap().is_ok(), "other links do not");
    rig.pass(60_000);
    assert!(rig.answer(right).unwrap().is_ok());
}

/// A desk that was never told its meet's id was taken asks again: the create lane is as bounded.
#[test]
fn creates_are_bounded() {
    let mut rig = Rig::new();
    let most = u8::try_from(MEET_LANE_QUEUE + MEET_LANES).unwrap();
    let make = |at: u8| MeetRequest::Create(Create { token: Token([at; 32]), ..create(at) });
    let asks: Vec<_> = (0..=most).map(|at| rig.ask(from(at), make(at))).collect();
    let last = asks[usize::from(most)];
    assert_eq!(rig.answer(last).unwrap().unwrap_err().code, ErrorCode::MeetBusy);
    rig.settle();
    assert_eq!(rig.disk.meets.len(), usize::from(most));
}
