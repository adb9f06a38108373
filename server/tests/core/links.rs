//! Sources on links: who is let in, what numbers are taken, and what is refused.

use std::fs;

use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::SOURCE_WINDOW;
use scorelay_protocol::link::Role;

use crate::common::core::Home;
use crate::common::publisher::{Publisher, hello};

const BOARD: &str = "[[board]]\nid = \"b\"\nscorer = \"external\"\n";
const LINK: &[&str] = &["--link", "tcp:127.0.0.1:0"];
const SOURCE: Role = Role::Source { incarnation: 1 };

#[test]
fn a_link_needs_a_token_of_its_role() {
    let home = Home::with(BOARD);
    let (good, relay) = ("0123456789abcdef0123", "fedcba9876543210fedc");
    fs::write(home.path("tokens"), format!("source shop {good}\nrelay edge {relay}\n")).unwrap();
    let tokens = home.path("tokens").to_string_lossy().into_owned();
    let mut core = home.serve(&["--link", "tcp:127.0.0.1:0", "--link-tokens-file", &tokens]);
    let link = core.process.address("link");
    for token in [None, Some(relay), Some("0123456789abcdef0124")] {
        let refused = Publisher::try_connect(&link, hello("s", SOURCE, token)).err().expect("it is refused");
        assert_eq!(refused.code, ErrorCode::BadToken);
    }
    let refused = Publisher::try_connect(&link, hello("s", Role::Relay, Some(good))).err().expect("it is refused");
    assert_eq!(refused.code, ErrorCode::BadToken);
    let mut source = Publisher::try_connect(&link, hello("s", SOURCE, Some(good))).expect("it is let in");
    source.points(1, "b", "t:1", 1);
    source.acknowledged(1);
    core.reaches("scorelay_core_events_total{source=\"shop\",outcome=\"applied\"}", 1.0);
}

#[test]
fn one_source_of_a_name_at_a_time() {
    let home = Home::with(&format!("{BOARD}[[source]]\nname = \"inside\"\nkind = \"demo\"\n"));
    let mut core = home.serve(LINK);
    let link = core.process.address("link");
    let first = Publisher::connect(&link, "s", 1);
    for (name, incarnation) in [("s", 1), ("s", 2), ("inside", 1)] {
        let second = hello(name, Role::Source { incarnation }, None);
        assert_eq!(Publisher::try_connect(&link, second).err().expect("it is refused").code, ErrorCode::SourceBusy);
    }
    let mut other = Publisher::connect(&link, "other", 1);
    other.points(1, "b", "t:1", 1);
    other.acknowledged(1);
    drop(first);
    crate::until::until("the name is free again", crate::until::DEADLINE, || {
        Publisher::try_connect(&link, hello("s", SOURCE, None)).ok()
    });
}

#[test]
fn gaps_end_the_link_and_bad_events_use_up_their_number() {
    let home = Home::with(BOARD);
    let mut core = home.serve(LINK);
    let link = core.process.address("link");
    let mut source = Publisher::connect(&link, "s", 1);
    source.points(1, "b", "t:1", 1);
    source.points(2, "no-such-board", "t:1", 1);
    source.points(3, "b", "t:1", 1);
    source.acknowledged(3);
    source.points(5, "b", "t:1", 1);
    assert_eq!(source.refused().code, ErrorCode::SourceGap);
    assert_eq!(home.rows("b"), [("t:1".to_owned(), "2".to_owned())]);
    core.reaches("scorelay_core_events_total{source=\"s\",outcome=\"refused\"}", 2.0);

    let again = Publisher::connect(&link, "s", 1);
    assert_eq!(again.acked, 3, "it goes on from its watermark");
    drop(again);
    let fresh = crate::until::until("the name is free again", crate::until::DEADLINE, || {
        Publisher::try_connect(&link, hello("s", Role::Source { incarnation: 2 }, None)).ok()
    });
    assert_eq!(fresh.acked, 0, "another numbering starts at its own beginning");
}

#[test]
fn a_source_that_runs_past_its_window_is_cut() {
    let home = Home::with(BOARD);
    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 1);
    source.points(SOURCE_WINDOW + 1, "b", "t:1", 1);
    assert_eq!(source.refused().code, ErrorCode::TooFast);
}
