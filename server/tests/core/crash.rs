//! `kill -9` and a disk that takes no more: what was promised is there afterwards.

use std::time::{Duration, Instant};

use scorelay_protocol::limits::COMMIT_MS;

use crate::common::core::{Home, Watched, failure};
use crate::common::publisher::Publisher;
use crate::common::stream::{Listener, block};
use crate::process::scorelay;
use crate::until::{DEADLINE, until};

const BOARD: &str = "[[board]]\nid = \"b\"\nscorer = \"external\"\n";
const LINK: &[&str] = &["--link", "tcp:127.0.0.1:0"];

/// E2: nothing of an acknowledged source is lost and nothing counts twice, however often the core is killed.
#[test]
fn an_acknowledged_event_survives_and_none_counts_twice() {
    const ENTITIES: u64 = 7;
    let home = Home::with(BOARD);
    let mut sent = 0;
    let mut promised = 0;
    for round in 1..=6u64 {
        let mut core = home.serve(LINK);
        let mut source = Publisher::connect(&core.process.address("link"), "s", 42);
        assert!(source.acked >= promised, "{} of {promised} promised events are there", source.acked);
        // Where the core never heard of the last ones, they are sent again with the same numbers.
        sent = source.acked;
        let enough = source.acked + 150 * round;
        while source.acked < enough {
            for _ in 0..20 {
                sent += 1;
                assert!(source.points(sent, "b", &format!("t:{}", sent % ENTITIES), 1));
            }
            source.receive(Duration::from_millis(1));
        }
        core.process.kill();
        while source.receive(Duration::from_secs(1)).is_some() {}
        promised = source.acked;
    }
    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 42);
    for seq in source.acked + 1..=sent {
        assert!(source.points(seq, "b", &format!("t:{}", seq % ENTITIES), 1));
    }
    // Asked again for what is durable already, the core says so again.
    source.acknowledged(sent);
    assert!(source.points(1, "b", "t:1", 1));
    assert!(
        until("the repeat is answered", DEADLINE, || source.receive(DEADLINE))
            == scorelay_protocol::link::LinkDown::Ack { up_to: sent }
    );
    core.process.kill();
    let scores = home.scores("b");
    for entity in 0..ENTITIES {
        let expected = (1..=sent).filter(|seq| seq % ENTITIES == entity).count();
        assert_eq!(scores[&format!("t:{entity}")], expected.to_string(), "of {sent} events");
    }
}

/// E2: of a source that cannot send again, everything older than 200 ms is there after `kill -9`.
#[test]
fn a_live_source_loses_at_most_the_last_moment() {
    let listener = Listener::new();
    let config = format!(
        "[[board]]\nid = \"messages\"\n[[source]]\nname = \"live\"\nkind = \"http-stream\"\nurl = \"http://127.0.0.1:{}/\"\n",
        listener.port()
    );
    let home = Home::with(&config);
    for round in 0..4u32 {
        let core = home.serve(&[]);
        let mut peer = listener.accept_http();
        let mut written = Vec::new();
        // What this machine itself takes away from both processes is not the core's to answer for.
        let mut stall = Duration::ZERO;
        let (start, mut last) = (Instant::now(), Instant::now());
        let length = Duration::from_millis(700 + 37 * u64::from(round));
        until("enough was written", DEADLINE, || {
            let nick = format!("r{round}n{}", written.len());
            assert!(peer.write(&block(&nick, "hello")), "the source reads");
            written.push((nick, Instant::now()));
            stall = stall.max(last.elapsed());
            last = Instant::now();
            (start.elapsed() > length).then_some(())
        });
        let killed = Instant::now();
        core.process.kill();
        peer.close();
        let allowed = Duration::from_millis(COMMIT_MS) + stall;
        let scores = home.scores("messages");
        let lost = written.iter().find(|(nick, _)| !scores.contains_key(&format!("irc:{nick}")));
        let age = lost.map_or(Duration::ZERO, |(_, at)| killed - *at);
        assert!(age <= allowed, "lost what was {age:?} old; {} of {} are there", scores.len(), written.len());
        assert!(written.len() > 20, "{} were written", written.len());
    }
}

/// E2: when the disk takes no more the core stops with a clear error, and what it acknowledged is there.
#[test]
fn a_store_that_cannot_be_written_stops_the_core_and_keeps_its_promises() {
    let home = Home::with(BOARD);
    assert!(home.serve(LINK).process.terminate(), "the store is made");
    // Files may grow to 64 KiB from here on; the journal soon wants more.
    let mut arguments = vec!["-c".to_owned(), "trap '' XFSZ; ulimit -f 128; exec \"$@\"".into(), "sh".into()];
    arguments.push(scorelay().to_string_lossy().into_owned());
    arguments.extend(home.arguments(LINK));
    let mut core = Watched::start("sh".as_ref(), &arguments, home.dir.path());
    let mut source = Publisher::connect(&core.address("link "), "s", 1);
    let mut seq = 0;
    until("the core stops", DEADLINE, || {
        for _ in 0..50 {
            seq += 1;
            source.points(seq, "b", &format!("t:{seq}"), 1);
        }
        source.receive(Duration::from_millis(20));
        core.has_ended().then_some(())
    });
    while source.receive(Duration::from_millis(200)).is_some() {}
    let text = failure(&core.output());
    assert!(text.contains("error[store-failed]"), "{text}");
    assert!(source.acked > 0, "some events were acknowledged before");
    let scores = home.scores("b");
    for seq in 1..=source.acked {
        assert!(scores.contains_key(&format!("t:{seq}")), "event {seq} of {} acknowledged", source.acked);
    }
}
