//! Bytes and arguments that nobody sane would send: nothing panics, commands are refused by name, and a connection over
//! which nonsense came is given up.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use scorelay_client::protocol::codec;
use scorelay_client::protocol::limits::MASK_TRACKS;
use scorelay_client_wasm::Core;

use crate::reader::{Record, read};
use crate::relay::{NOW, directory, live, new, receive, welcome};

/// SplitMix64, for bytes nobody chose.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let byte = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 56) as u8
    };
    std::iter::repeat_with(byte).take(length).collect()
}

/// T2: garbage ends the connection with a reason, and is counted.
#[test]
fn garbage_ends_the_connection() {
    for bytes in [&[][..], &[0xFF], &[0; 4], &noise(1, 5_000)] {
        let mut core = live();
        core.watch("messages", 1, 100).expect("a window");
        core.poll(NOW);
        let records = read(&core.message(NOW, bytes));
        assert!(matches!(&records[0], Record::Close(why) if why.starts_with("the relay sent")), "{records:?}");
        let offline = |record: &Record| matches!(record, Record::Status { kind: 3, error: Some(error), .. } if error.0 == "misfit");
        assert!(records.iter().any(offline), "{records:?}");
        assert_eq!(core.stats()[6], 1.0);
        assert_eq!(read(&core.message(NOW, bytes)).len(), 1, "what still comes is passed over");
    }
}

/// Any bytes, at any stage: outputs stay readable.
#[test]
fn nothing_panics() {
    let good = codec::encode(&directory());
    for seed in 0..2_000 {
        let mut core = new();
        core.watch("messages", 1, 100).expect("a window");
        core.connected(NOW);
        receive(&mut core, &welcome());
        let mut bytes = if seed % 2 == 0 { good.clone() } else { noise(seed, 40) };
        for flip in noise(seed, 3) {
            let at = usize::from(flip) % bytes.len();
            bytes[at] ^= 1 << (flip % 8);
        }
        read(&core.message(NOW, &bytes));
        read(&core.timeout(NOW + 60_000.0));
    }
}

/// Refused commands say why in three lines, and change nothing.
#[test]
fn commands_are_refused() {
    let mut core = live();
    let code = |refused: String| {
        let lines: Vec<&str> = refused.splitn(3, '\n').collect();
        assert!(lines.len() == 3 && lines[1] == "0" && !lines[2].is_empty(), "{refused}");
        lines[0].to_owned()
    };
    for (from, to) in [(0, 0), (0, u32::MAX), (1, u32::MAX), (u32::MAX, 1), (u32::MAX, 0)] {
        assert_eq!(core.watch("messages", from, to).map_err(code), Err("bad-range".to_owned()));
    }
    let view = core.watch("messages", u32::MAX, u32::MAX).expect("a window past the end");
    assert_eq!(core.set_window(view, 5, 4).map_err(code), Err("bad-range".to_owned()));
    assert_eq!(core.set_window(u32::MAX, 1, 2).map_err(code), Err("bad-range".to_owned()));
    core.unwatch(u32::MAX);
    let long = format!("word:{}", "x".repeat(129));
    for entity in ["", ":", "a:", ":b", "twitch", "Twitch:1", "a:\u{0}", &long] {
        assert_eq!(core.track(entity).map_err(code), Err("bad-entity".to_owned()), "{entity:?}");
        assert_eq!(core.find(NOW, String::new(), entity).map_err(code), Err("bad-entity".to_owned()));
        assert_eq!(core.around(NOW, String::new(), entity, 1).map_err(code), Err("bad-entity".to_owned()));
        core.untrack(entity);
    }
    for number in 0..MASK_TRACKS {
        core.track(&format!("twitch:{number}")).expect("room");
    }
    assert_eq!(core.track("twitch:99").map_err(code), Err("mask-full".to_owned()));
    core.watch("", 1, 1).expect("an id no board has");
    core.around(NOW, "messages".to_owned(), "a:b", u32::MAX).expect("the relay's to refuse");
    core.pace(u32::MAX);
    let records = read(&core.poll(NOW));
    assert!(records.iter().all(|record| !matches!(record, Record::Close(_))), "{records:?}");
}

/// Times that are none are taken for the nearest one that is: they are finite again in what comes out.
#[test]
fn times_are_clamped() {
    const LAST: f64 = 8.64e15;
    let times =
        [(f64::NAN, 0.0), (f64::NEG_INFINITY, 0.0), (-1.0, 0.0), (1.9, 1.0), (1e300, LAST), (f64::INFINITY, LAST)];
    for (given, taken) in times {
        let mut core = Core::new(String::new(), given, given);
        let Some(Record::Status { since, .. }) = read(&core.poll(given)).get(1).cloned() else { panic!("no status") };
        assert_eq!(since, taken, "{given}");
        for output in [
            core.connected(given),
            core.hurry(given),
            core.disconnected(given, true, String::new()),
            core.timeout(given),
        ] {
            let Some(Record::Timer(Some(at))) = read(&output).pop() else { panic!("no timer") };
            assert!(at.is_finite() && at >= taken);
        }
        core.find(given, "messages".to_owned(), "a:b").expect("an entity");
        assert_eq!(read(&core.close(given)).last(), Some(&Record::Timer(None)));
    }
    // Backwards, which no caller should do: nothing is due, nothing breaks.
    let mut core = live();
    read(&core.timeout(0.0));
    read(&core.message(1.0, &codec::encode(&welcome())));
    read(&core.hurry(2.0));
}
