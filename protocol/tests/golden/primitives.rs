//! The table of primitives in `docs/protocol.md`: rows of type, value and bytes, each encoded and decoded here. What
//! decoders do with longer forms than these is in `tests/hostile`.

use std::fmt::Debug;

use scorelay_protocol::codec::{self, Decode, Encode};

use crate::make::to_hex;
use crate::vectors::{PROTOCOL, hex};

const KINDS: &[&str] = &["u8", "u16", "u32", "u64", "u128", "i64", "bool", "text", "option<u32>", "list<u32>"];

fn check<T: Encode + Decode<()> + PartialEq + Debug>(value: T, bytes: &[u8]) {
    assert_eq!(to_hex(&codec::encode(&value)), to_hex(bytes), "{value:?}");
    assert_eq!(codec::decode_client::<T>(bytes).expect("documented bytes"), value);
}

fn number<T: std::str::FromStr<Err: Debug>>(text: &str) -> T {
    text.replace('_', "").parse().unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

/// E5: numbers, texts and options are as the page says.
#[test]
fn primitives_are_as_described() {
    let mut checked = 0;
    for line in PROTOCOL.lines() {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let &["", kind, value, bytes, ""] = cells.as_slice() else { continue };
        if !KINDS.contains(&kind) {
            continue;
        }
        let bytes = hex(bytes);
        match kind {
            "u8" => check::<u8>(number(value), &bytes),
            "u16" => check::<u16>(number(value), &bytes),
            "u32" => check::<u32>(number(value), &bytes),
            "u64" => check::<u64>(number(value), &bytes),
            "u128" => check::<u128>(number(value), &bytes),
            "i64" => check::<i64>(number(value), &bytes),
            "bool" => check(value == "true", &bytes),
            "text" => check(value.to_owned(), &bytes),
            "option<u32>" if value == "none" => check::<Option<u32>>(None, &bytes),
            "option<u32>" => check::<Option<u32>>(Some(number(value)), &bytes),
            "list<u32>" => {
                let inner = value.trim_matches(['[', ']']);
                check::<Vec<u32>>(inner.split_terminator(',').map(|n| number(n.trim())).collect(), &bytes);
            }
            _ => unreachable!("{kind} is none of the kinds"),
        }
        checked += 1;
    }
    assert!(checked >= 30, "the table was not found: {checked} rows");
}
