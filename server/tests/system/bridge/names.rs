//! Who a bridge is: reinstalled, back again, several at once, with tokens.

use super::house::{House, Kind, python_tests, totals};
use crate::process::path;

fn reinstalled(kind: Kind) {
    let house = House::open();
    let link = house.tcp();
    let mut first = house.bridge(kind, &link, "s", &[]);
    first.give(1..=100);
    first.done();
    let (journal, old) = (house.file("s.journal"), house.file("old"));
    std::fs::rename(&journal, &old).expect("it is there");

    let mut second = house.bridge(kind, &link, "s", &[]);
    assert_eq!(second.kept, 0, "it begins anew");
    second.give(1..=40);
    second.done();
    assert_eq!(house.scores("b"), totals((1..=100).chain(1..=40)), "all of the new one counts");

    std::fs::rename(&old, &journal).expect("it is there");
    let mut third = house.bridge(kind, &link, "s", &[]);
    assert_eq!(third.kept, 100, "the old one goes on");
    third.give(101..=130);
    third.done();
    assert_eq!(house.scores("b"), totals((1..=130).chain(1..=40)));
}

/// B3: a source that is reinstalled under its name is not taken for the old one, and the old one may come back.
#[test]
fn a_reinstalled_python_bridge_is_a_new_one() {
    reinstalled(Kind::Python);
}

/// B3: the same in Rust.
#[test]
fn a_reinstalled_rust_bridge_is_a_new_one() {
    reinstalled(Kind::Rust);
}

/// B1: many senders, one receiver, over TCP on loopback and a UNIX socket; one of a name that is taken waits its turn.
#[test]
fn bridges_of_several_names_at_once() {
    let house = House::open();
    let (tcp, unix) = (house.tcp(), house.unix());
    let mut bridges = [
        house.bridge(Kind::Python, &tcp, "one", &[]),
        house.bridge(Kind::Python, &unix, "two", &[]),
        house.bridge(Kind::Rust, &tcp, "three", &[]),
        house.bridge(Kind::Rust, &unix, "four", &[]),
    ];
    for batch in 0..20 {
        for bridge in &mut bridges {
            bridge.give(batch * 50 + 1..=batch * 50 + 50);
        }
    }
    for bridge in &mut bridges {
        bridge.reaches("all of them are durable", |bridge| bridge.durable == 1_000);
    }
    // Another of the first one's name, with a journal of its own.
    let mut busy = house.spawn_at(Kind::Rust, &unix, "one", &house.file("other.journal"), &[]);
    busy.give(1..=10);
    busy.reaches("it is told that its name is taken", |busy| busy.log().contains("source-busy"));
    assert_eq!(busy.durable, 0);
    bridges.into_iter().for_each(|bridge| bridge.done());
    busy.reaches("it is let in", |busy| busy.durable == 10);
    busy.done();
    assert_eq!(house.scores("b"), totals((0..4).flat_map(|_| 1..=1_000).chain(1..=10)));
}

/// B1: a wrong token ends a bridge with a clear error and keeps what it was given, which a right one then sends.
#[test]
fn a_wrong_token_is_said_and_loses_nothing() {
    let house = House::with(Some("source pxls 0123456789abcdef\nrelay edge fedcba9876543210\n"));
    let link = house.tcp();
    let (right, wrong) = (house.file("right"), house.file("wrong"));
    std::fs::write(&right, "0123456789abcdef\n").expect("it can be written");
    std::fs::write(&wrong, "fedcba9876543210\n").expect("it can be written");
    let mut given = 0;
    for kind in [Kind::Python, Kind::Rust] {
        let name = if kind == Kind::Python { "python" } else { "rust" };
        for more in [&["--token-file", path(&wrong)][..], &[]] {
            let mut bridge = house.spawn(kind, &link, name, more);
            bridge.line("{\"points\":{\"board\":\"b\",\"entity\":\"t:1\",\"units\":1}}");
            assert_eq!(bridge.finish(), Some(1), "{}", bridge.log());
            assert!(bridge.log().contains("bad-token"), "{}", bridge.log());
        }
        let mut bridge = house.bridge(kind, &link, name, &["--token-file", path(&right)]);
        bridge.line("{\"points\":{\"board\":\"b\",\"entity\":\"t:1\",\"units\":1}}");
        // How much it had kept before it heard of the refusal is a matter of moments; what it said it had is there.
        given += bridge.kept + 1;
        bridge.done();
    }
    assert_eq!(house.scores("b")["t:1"], given as i64);
}

/// What the program in Python does by itself, its bytes against the golden vectors among it.
#[test]
fn the_python_bridge_passes_its_own_tests() {
    let output = python_tests();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("OK") && !text.contains("Ran 0 tests"), "{text}");
}
