//! What `Core` shows of a relay's messages: directory, windows, followed entities, answers.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use scorelay_client::protocol::client::{RankedRow, RelayMessage, Response};
use scorelay_client::protocol::error::{ErrorCode, WireError};
use scorelay_client::protocol::feed::{BoardStanding, Body, DirectoryChange, Standing};
use scorelay_client::protocol::ids::{BoardNo, PageNo, RequestId, Slot};
use scorelay_client::protocol::limits::MAX_SCORE;
use scorelay_client::protocol::page::{PageOp, PageRows};
use scorelay_client::protocol::tick::{TickHead, Total};

use crate::reader::{Board, Record, View, ViewEdits, read};
use crate::relay::{BOARD, NOW, board, directory, echo, live, new, number, receive, row, shown, tick, welcome, word};

const LARGEST: f64 = 9_007_199_254_740_991.0;

/// Texts of any script come out as they went in, whatever their lengths in UTF-8 and UTF-16.
#[test]
fn a_directory() {
    let mut core = new();
    core.connected(NOW);
    receive(&mut core, &welcome());
    let described = board();
    let expected =
        Board { id: described.id, title: described.title, unit: described.unit, decimals: 2, synthetic: 1, rows: 3 };
    assert!(receive(&mut core, &directory()).contains(&Record::Directory(vec![expected.clone()])));

    let mut other = board();
    (other.board, other.id, other.title, other.rows) = (BoardNo(9), "b".to_owned(), "\u{feff}é".to_owned(), u32::MAX);
    let (id, title) = (other.id.clone(), other.title.clone());
    let changes = vec![DirectoryChange::Put(other)];
    let next = receive(&mut core, &tick(TickHead::default(), vec![Body::Directory { reset: false, changes }]));
    let second = Board { id, title, rows: u32::MAX, ..expected.clone() };
    assert_eq!(shown(next), [Record::Directory(vec![expected, second])]);
}

/// E13: a window fills from a page, follows its changes, and keeps what it showed when the connection is lost.
#[test]
fn a_window() {
    let mut core = live();
    let number_of_view = core.watch("messages", 2, 40).expect("a window");
    let empty = View {
        number: number_of_view,
        presence: 2,
        flags: 1,
        decimals: 2,
        title: board().title,
        unit: board().unit,
        total: 3,
        from: 2,
        rows: vec![None, None],
    };
    assert_eq!(shown(read(&core.poll(NOW))), [Record::View(empty.clone())]);

    let rows = vec![row(number(7), MAX_SCORE), row(word("né 🎉"), 0), row(number(u64::MAX), -MAX_SCORE)];
    let page = Body::PageSnapshot { board: BOARD, page: PageNo(0), rows: PageRows(rows) };
    let rest = Body::PageSnapshot { board: BOARD, page: PageNo(1), rows: PageRows::default() };
    let largest = format!("twitch:{}", u64::MAX);
    let rows = vec![Some(("word:né 🎉".to_owned(), 0.0)), Some((largest.clone(), -LARGEST))];
    let filled = View { flags: 1 | 2, rows, ..empty };
    assert_eq!(shown(receive(&mut core, &tick(echo(2), vec![page, rest]))), [Record::View(filled.clone())]);

    let ops = vec![PageOp::Move { from: Slot(2), to: Slot(1), by: MAX_SCORE }, PageOp::Remove { slot: Slot(2) }];
    let delta = Body::PageDelta { board: BOARD, page: PageNo(0), ops };
    let totals = TickHead { totals: vec![Total { board: BOARD, rows: 2 }], ..TickHead::default() };
    let changed = View { total: 2, rows: vec![Some((largest, 0.0))], ..filled };
    // The row that stood second in the window stands first, with another score.
    let edits = ViewEdits { number: number_of_view, total: 2, length: 1, edits: vec![(0, Ok(1), 0.0)] };
    assert_eq!(shown(receive(&mut core, &tick(totals, vec![delta]))), [Record::ViewEdits(edits)]);

    let lost = shown(read(&core.disconnected(NOW, false, "gone".to_owned())));
    assert_eq!(lost[1..], [Record::View(View { flags: 1 | 4, ..changed })]);

    core.set_window(number_of_view, 1, 1).expect("a window");
    assert!(matches!(&shown(read(&core.poll(NOW)))[..], [Record::View(View { from: 1, .. })]));
    core.unwatch(number_of_view);
    assert_eq!(shown(read(&core.poll(NOW))), []);
}

/// E16: a board that is not there is told apart from one nobody has told of.
#[test]
fn presence() {
    let mut core = new();
    core.watch("nothing", 1, 10).expect("a window");
    core.poll(NOW);
    core.connected(NOW);
    let presence = |records: Vec<Record>| {
        records.into_iter().find_map(|record| if let Record::View(view) = record { Some(view.presence) } else { None })
    };
    assert_eq!(presence(receive(&mut core, &welcome())), Some(0));
    assert_eq!(presence(receive(&mut core, &directory())), Some(1));
}

/// E14: a followed entity, on boards where it stands and where it does not.
#[test]
fn a_followed_entity() {
    let mut core = live();
    core.track("twitch:5").expect("room");
    core.poll(NOW);
    let track = |at, reset| {
        let standings = vec![BoardStanding { board: BOARD, at }];
        tick(TickHead::default(), vec![Body::Track { entity: number(5), reset, standings }])
    };
    receive(&mut core, &tick(echo(2), Vec::new()));
    let place = |at, flags| {
        let places = vec![("messages".to_owned(), 2, at)];
        [Record::Track { entity: "twitch:5".to_owned(), flags, places }]
    };
    let standing = Some(Standing { rank: 20_000_000, score: -150 });
    assert_eq!(shown(receive(&mut core, &track(standing, true))), place(Some((20_000_000, -150.0)), 1));
    assert_eq!(shown(receive(&mut core, &track(None, false))), place(None, 1));
    let lost = shown(read(&core.disconnected(NOW, false, String::new())));
    assert_eq!(lost[1..], place(None, 1 | 2));
    core.untrack("twitch:5");
    core.untrack("no entity");
    assert_eq!(shown(read(&core.poll(NOW))), []);
}

/// T1: each request has one outcome, with what is needed to show it.
#[test]
fn answers() {
    let mut core = live();
    let mut find = |entity: &str| core.find(NOW, "messages".to_owned(), entity).expect("an entity");
    let (here, nowhere, refused) = (find("twitch:5"), find("twitch:6"), find("twitch:7"));
    let around = core.around(NOW, "messages".to_owned(), "word:x", 1).expect("an entity");
    let unknown = core.find(NOW, "nothing".to_owned(), "twitch:5").expect("an entity");
    let failure = |request, code: &str, retryable, message: &str| Record::Failed {
        request,
        error: (code.to_owned(), retryable, message.to_owned()),
    };
    let no_board = failure(unknown, "no-such-board", false, "no board has the id \"nothing\"");
    assert_eq!(shown(read(&core.poll(NOW))), [no_board]);

    let mut answer = |id, result| shown(receive(&mut core, &RelayMessage::Response { id: RequestId(id), result }));
    let found = Ok(Response::Found(Some(Standing { rank: 12, score: 345 })));
    assert_eq!(answer(here, found), [Record::Found { request: here, at: Some(((12, 345.0), 2)) }]);
    assert_eq!(answer(nowhere, Ok(Response::Found(None))), [Record::Found { request: nowhere, at: None }]);
    let error = Err(WireError::new(ErrorCode::NotReady, "soon"));
    assert_eq!(answer(refused, error), [failure(refused, "not-ready", true, "soon")]);
    let rows = vec![RankedRow { entity: number(5), score: 20 }, RankedRow { entity: number(6), score: -1 }];
    let platforms = vec!["emote".to_owned()];
    let rows = answer(around, Ok(Response::Around { from: 8, rows, platforms }));
    let expected = vec![(8, "emote:5".to_owned(), 20.0), (9, "emote:6".to_owned(), -1.0)];
    assert_eq!(rows, [Record::Around { request: around, decimals: 2, rows: expected }]);

    let ask = |core: &mut scorelay_client_wasm::Core| {
        let id = core.find(NOW, "messages".to_owned(), "twitch:5").expect("an entity");
        (id, read(&core.poll(NOW)))
    };
    let (late, _) = ask(&mut core);
    let outcome = shown(read(&core.timeout(NOW + 10_000.0)));
    assert_eq!(outcome, [failure(late, "timed-out", true, "no answer in time")]);
    let (cut, _) = ask(&mut core);
    let outcome = shown(read(&core.disconnected(NOW, false, "x".to_owned())));
    assert_eq!(outcome[0], failure(cut, "disconnected", true, "no answer: connection lost: x"));
    let (waiting, _) = ask(&mut core);
    assert_eq!(read(&core.close(NOW))[0], failure(waiting, "closed", false, "no answer: closed"));
    let (after, outcome) = ask(&mut core);
    assert_eq!(shown(outcome), [failure(after, "closed", false, "no answer: closed")]);

    let mut core = live();
    let many: Vec<u32> = (0..100).map(|_| core.find(NOW, "messages".to_owned(), "a:b").expect("an entity")).collect();
    let too_many = |record: &Record| matches!(record, Record::Failed { error, .. } if error.0 == "too-many-requests");
    assert_eq!(read(&core.poll(NOW)).iter().filter(|record| too_many(record)).count(), many.len() - 63);
}
