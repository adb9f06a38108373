//! What a desk must never do, whatever the connection brings.

use std::collections::BTreeMap;

use scorelay_client::core::Millis;
use scorelay_client::core::meet::{
    Command, DeskEvent, DeskState, Done, EditRefused, Key, LoggedOut, MeetDesk, SavedMeet,
};
use scorelay_protocol::codec;
use scorelay_protocol::limits::{MEET_BATCH, MEET_CHUNK_BYTES, MEET_LOG_BYTES, MEET_REQUEST_MS};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::path::{EntryNo, Path};
use scorelay_protocol::meet::request::{DeskAsk, MeetRequest};
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::{EntryState, LeafValue, Value};

use crate::hall::{Hall, text};

const NAME: &str = "meet.name";

fn batches(hall: &Hall, seat: usize) -> Vec<usize> {
    let asked = hall.seats[seat].asked.iter();
    asked
        .filter_map(|asked| match asked {
            MeetRequest::Desk { ask: DeskAsk::Update(updates), .. } => {
                assert!(codec::encoded_len(updates) <= MEET_CHUNK_BYTES);
                Some(updates.len())
            }
            _ => None,
        })
        .collect()
}

/// L4: the answer to an update is lost; it is asked again and has one line.
#[test]
fn lost_answers_are_asked_for_again() {
    let mut hall = Hall::new(21);
    let meet = hall.meet(&["platform"]);
    hall.seats[1].deaf = true;
    hall.edit(1, NAME, text("once"));
    hall.settle();
    assert_eq!((hall.lines_with(meet, &text("once")), hall.seats[1].desk.pending()), (1, 1));
    hall.seats[1].deaf = false;
    hall.pass(2 * MEET_REQUEST_MS);
    hall.check_level(meet);
    assert_eq!(hall.lines_with(meet, &text("once")), 1);
    assert!(batches(&hall, 1).len() <= 2);
}

/// L4: acknowledged is not settled: until the line comes the change stays pending, and it is asked again on the next
/// connection.
#[test]
fn acknowledgements_settle_nothing() {
    let mut hall = Hall::new(22);
    let meet = hall.meet(&["platform"]);
    // Lines do not come, acknowledgements do.
    hall.forge = Some(|answer| {
        if let MeetAnswer::Lines(chunk) = answer {
            chunk.after = MeetSeq(u64::MAX);
        }
    });
    hall.edit(1, NAME, text("acknowledged"));
    hall.settle();
    assert_eq!((hall.lines_with(meet, &text("acknowledged")), hall.seats[1].desk.pending()), (1, 1));
    hall.forge = None;
    hall.connect(0);
    hall.connect(1);
    hall.pass(5_000);
    hall.check_level(meet);
    assert_eq!(hall.lines_with(meet, &text("acknowledged")), 1);
}

/// L10: lines that do not follow, or a receipt of something else, change nothing and are told.
#[test]
fn forged_chunks_are_refused() {
    let forgeries: [fn(&mut MeetAnswer); 5] = [
        |answer| {
            if let MeetAnswer::Lines(chunk) = answer {
                chunk.receipt.head.hash.0[0] ^= 1;
            }
        },
        |answer| {
            if let MeetAnswer::Lines(chunk) = answer {
                chunk.lines.pop();
            }
        },
        |answer| {
            if let MeetAnswer::Lines(chunk) = answer
                && let Some(line) = chunk.lines.first_mut()
            {
                line.at.0 += 1;
            }
        },
        |answer| {
            if let MeetAnswer::Lines(chunk) = answer {
                chunk.lines.reverse();
                let twice = chunk.lines.clone();
                chunk.lines.extend(twice);
            }
        },
        |answer| *answer = MeetAnswer::Restored,
    ];
    for (at, forge) in forgeries.into_iter().enumerate() {
        let mut hall = Hall::new(23);
        let meet = hall.meet(&["platform"]);
        hall.disconnect(1);
        hall.edit(1, "meet.city", text("pending"));
        hall.edit(0, NAME, text("one"));
        hall.edit(0, NAME, text("two"));
        hall.settle();
        let before = (hall.seats[1].desk.log().hash(), hall.seats[1].kept.clone());
        hall.disconnect(0);
        hall.forge = Some(forge);
        hall.connect(1);
        hall.settle();
        let seat = &hall.seats[1];
        assert_eq!(seat.bad.len(), 1, "forgery {at}");
        assert_eq!((seat.desk.log().hash(), seat.kept.clone()), before, "forgery {at}");
        assert_eq!((seat.desk.pending(), seat.desk.state()), (1, DeskState::Offline { why: None }));
        hall.forge = None;
        hall.connect(0);
        hall.connect(1);
        hall.pass(5_000);
        hall.check_level(meet);
    }
}

/// L7: hundreds of changes go out in batches that fit, numbered in their order, and large values in smaller ones.
#[test]
fn batches_fit() {
    let mut hall = Hall::new(24);
    let meet = hall.meet(&["platform"]);
    let author = hall.seats[1].desk.desk().author().unwrap();
    let first = hall.log(meet).desk(author).unwrap().joined.first_entry;
    hall.disconnect(1);
    let now = Millis(hall.now);
    for at in 0..600 {
        let entry = EntryNo(first.0 + at);
        let mut state = EntryState::default();
        state.leaves.insert(EntryLeaf::Name, LeafValue::Text(format!("lifter {at}")));
        if at % 50 == 0 {
            state.leaves.insert(EntryLeaf::Notes, LeafValue::Text("n".repeat(4_000)));
        }
        hall.seats[1].desk.edit(now, Path::Entry(entry), Value::Entry(state)).unwrap();
    }
    let pending = hall.seats[1].desk.pending();
    hall.connect(1);
    hall.pass(5_000);
    hall.check_level(meet);
    let batches = batches(&hall, 1);
    assert_eq!((pending, batches.iter().sum::<usize>()), (600, 600), "{batches:?}");
    assert!(batches.iter().all(|batch| *batch <= MEET_BATCH) && batches.len() < 12, "{batches:?}");
    assert_eq!(hall.log(meet).state().entries().len(), 600);
}

/// L7: where nothing can be saved any more, nothing is sent, and the desk says so.
#[test]
fn what_cannot_be_saved_is_not_sent() {
    let mut hall = Hall::new(25);
    hall.meet(&[]);
    let now = Millis(hall.now);
    let seat = &mut hall.seats[0];
    seat.desk.edit(now, NAME.parse().unwrap(), text("never")).unwrap();
    assert!(seat.desk.poll_request().is_none(), "it is not saved yet");
    assert!(seat.desk.poll_save().is_some());
    assert!(seat.desk.poll_request().is_none(), "it is not saved yet");
    seat.desk.handle_not_saved(now);
    assert_eq!(seat.desk.state(), DeskState::Closed);
    let refused = seat.desk.edit(now, NAME.parse().unwrap(), text("neither"));
    assert_eq!(refused, Err(EditRefused::Closed));
    hall.pass(MEET_REQUEST_MS);
    let seat = &mut hall.seats[0];
    assert!(seat.desk.poll_request().is_none() && seat.desk.poll_save().is_none());
}

/// L3: a session that another desk ends is told as such, commands that wait are answered, and edits stay.
#[test]
fn an_ended_session_keeps_what_waits() {
    let mut hall = Hall::new(26);
    let meet = hall.meet(&["platform"]);
    let other = hall.seats[1].desk.session().and_then(|session| session.member).unwrap().session;
    hall.disconnect(1);
    hall.edit(1, NAME, text("waits"));
    let asked = hall.seats[1].desk.command(Millis(hall.now), Command::Sessions);
    let ended = hall.seats[0].desk.command(Millis(hall.now), Command::Revoke(other));
    hall.settle();
    assert!(hall.seats[0].events.contains(&DeskEvent::Answer(ended, Ok(Done::Nothing))));
    hall.connect(1);
    hall.pass(5_000);
    let seat = &hall.seats[1];
    assert_eq!(seat.desk.state(), DeskState::LoggedOut(LoggedOut::PasswordNeeded { restored: false }));
    assert!(seat.events.iter().any(|event| matches!(event, DeskEvent::Answer(no, Err(_)) if *no == asked)));
    assert_eq!(seat.desk.pending(), 1);
    hall.open(1, crate::hall::join(meet, "platform"));
    hall.pass(5_000);
    hall.check_level(meet);
    assert_eq!(hall.lines_with(meet, &text("waits")), 1);
}

/// L3: display links are made and listed; a password that is changed brings each desk another sealed record.
#[test]
fn commands_are_answered() {
    let mut hall = Hall::new(27);
    let meet = hall.meet(&["platform"]);
    let now = Millis(hall.now);
    let link = hall.seats[1].desk.command(now, Command::Display(Token([9; 32])));
    let list = hall.seats[1].desk.command(now, Command::Sessions);
    let new = scorelay_protocol::meet::secret::Typed::new("another password");
    let changed = hall.seats[0].desk.command(now, Command::Password { old: crate::hall::password(), new });
    hall.pass(10_000);
    hall.edit(0, NAME, text("so that there is a line"));
    hall.pass(10_000);
    let answer = |seat: usize, no| {
        let mut events = hall.seats[seat].events.iter();
        events.find_map(|event| match event {
            DeskEvent::Answer(of, answer) if *of == no => Some(answer.clone()),
            _ => None,
        })
    };
    assert!(matches!(answer(1, link), Some(Ok(Done::Display(_)))));
    assert!(matches!(answer(1, list), Some(Ok(Done::Sessions(sessions))) if sessions.len() == 3));
    assert_eq!(answer(0, changed), Some(Ok(Done::Nothing)));
    for seat in &hall.seats {
        let member = seat.desk.session().and_then(|session| session.member).unwrap();
        assert_eq!(member.record.record.number, 1);
    }
    hall.check_level(meet);
}

/// A warning comes once the log is half as long as it may be.
#[test]
fn a_long_log_is_told_of() {
    let mut hall = Hall::new(28);
    let meet = hall.meet(&[]);
    hall.looks = false;
    let author = hall.seats[0].desk.desk().author().unwrap();
    let entry = hall.log(meet).desk(author).unwrap().joined.first_entry;
    let now = Millis(hall.now);
    hall.seats[0].desk.edit(now, Path::Entry(entry), Value::Entry(EntryState::default())).unwrap();
    let notes = Path::EntryLeaf(entry, EntryLeaf::Notes);
    let mut round = 0;
    while hall.seats[0].desk.log_bytes() < MEET_LOG_BYTES / 2 {
        assert!(!hall.seats[0].events.contains(&DeskEvent::LogHalfFull));
        round += 1;
        let value = text(&format!("{round}").repeat(4_000 / format!("{round}").len()));
        hall.seats[0].desk.edit(now, notes, value).unwrap();
        hall.settle();
    }
    let told = hall.seats[0].events.iter().filter(|event| **event == DeskEvent::LogHalfFull).count();
    assert_eq!(told, 1);
}

/// L7: what is kept is refused where it is not what was saved.
#[test]
fn kept_bytes_are_checked() {
    let mut hall = Hall::new(29);
    hall.meet(&["platform"]);
    let kept = hall.seats[1].kept.clone();
    assert!(SavedMeet::load(&BTreeMap::new()).unwrap().is_none());
    for key in kept.keys().filter(|key| !matches!(key, Key::Pending(_) | Key::Overruled(_))) {
        let mut without = kept.clone();
        without.remove(key);
        assert!(SavedMeet::load(&without).is_err(), "{key:?}");
        let mut torn = kept.clone();
        torn.get_mut(key).unwrap().pop();
        assert!(SavedMeet::load(&torn).is_err(), "{key:?}");
        assert_eq!(Key::from_bytes(key.to_bytes()), Some(*key));
    }
    assert!(MeetDesk::load(SavedMeet::load(&kept).unwrap().unwrap(), 1).log().head() > MeetSeq(0));
}
