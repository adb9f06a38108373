//! Random scripts against the model relay: after every message a view is the board at one tick, and once all is
//! quiet it is the board now. What happens to bad bytes is in `hostile.rs`.

mod model;

use model::script::{Options, Script};

fn run(name: &str, seeds: u64, steps: u32, options: Options) {
    let mut resumed = 0;
    for seed in 0..seeds {
        // Shown by the test runner when a check fails.
        println!("{name}: seed {seed}");
        let mut script = Script::new(seed, options);
        script.watch("messages", 1, 50);
        for round in 0..3 {
            (0..steps).for_each(|_| script.step());
            script.settle();
            script.check_settled();
            assert!(script.asked.is_empty(), "round {round}: every request is answered");
        }
        let stats = script.client.stats();
        assert_eq!(stats.misfits, 0);
        resumed += stats.resumed;
    }
    assert!(!options.cuts || resumed > 0);
}

/// E12, E13: scrolling over changing boards shows the board at one tick, and only watched pages are asked for.
/// E14: tracked entities are right on every board. T1: every request has exactly one answer.
#[test]
fn scrolling_and_tracking() {
    run("scrolling", 60, 250, Options::default());
}

/// E16: boards appear, vanish and come back under another number while they are watched.
#[test]
fn boards_come_and_go() {
    run("boards", 60, 250, Options { boards: true, ..Options::default() });
}

/// E13, T2: a cut connection is resumed with what is held, whatever was under way.
#[test]
fn cuts_and_resumes() {
    run("cuts", 60, 250, Options { cuts: true, url_tracks: true, ..Options::default() });
}

/// Another relay, with other numbers, takes over at any moment.
#[test]
fn everything_at_once() {
    run("everything", 80, 250, Options { cuts: true, restarts: true, boards: true, url_tracks: true });
}
