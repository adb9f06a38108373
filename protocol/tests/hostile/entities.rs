//! Each entity has one form as text and one on the wire; every other is refused.

use proptest::prelude::*;
use scorelay_protocol::codec;
use scorelay_protocol::entity::{Entity, EntityError, EntityId, WireEntity};
use scorelay_protocol::ids::PlatformNo;

use crate::strategies;

fn short(head: u32, id: &str) -> Vec<u8> {
    [codec::encode(&head), codec::encode(&id.to_owned())].concat()
}

fn refused(bytes: &[u8], why: &str) {
    let error = codec::decode_client::<WireEntity>(bytes).expect_err("another form").to_string();
    assert!(error.contains(why), "{bytes:?}: {error}");
}

/// E10: entities of every platform, emotes and words among them, are parsed, printed and kept apart.
#[test]
fn entities_are_written_one_way() {
    let cases = [
        ("twitch:1234", "twitch", EntityId::Number(1234)),
        ("twitch:0", "twitch", EntityId::Number(0)),
        ("x:18446744073709551615", "x", EntityId::Number(u64::MAX)),
        ("x:18446744073709551616", "x", EntityId::Text("18446744073709551616".into())),
        ("x:007", "x", EntityId::Text("007".into())),
        ("x:00", "x", EntityId::Text("00".into())),
        ("x:+7", "x", EntityId::Text("+7".into())),
        ("x:-7", "x", EntityId::Text("-7".into())),
        ("x: 7", "x", EntityId::Text(" 7".into())),
        ("x:١٢", "x", EntityId::Text("١٢".into())),
        ("emote:7tv:01F6MZ", "emote", EntityId::Text("7tv:01F6MZ".into())),
        ("word::", "word", EntityId::Text(":".into())),
        ("bili-bili_2:é", "bili-bili_2", EntityId::Text("é".into())),
    ];
    for (text, platform, id) in cases {
        let entity: Entity = text.parse().unwrap();
        assert_eq!((entity.platform(), entity.id()), (platform, &id), "{text}");
        assert_eq!(entity.to_string(), text);
    }
}

#[test]
fn texts_that_are_no_entity_are_refused() {
    let long_platform = format!("{}:1", "p".repeat(33));
    let long_id = format!("x:{}", "i".repeat(129));
    let cases = [
        ("", EntityError::NoColon),
        ("twitch", EntityError::NoColon),
        (":1", EntityError::Platform),
        ("Twitch:1", EntityError::Platform),
        ("twi tch:1", EntityError::Platform),
        ("é:1", EntityError::Platform),
        (long_platform.as_str(), EntityError::Platform),
        ("x:", EntityError::Id),
        ("x:a\nb", EntityError::Id),
        ("x:\u{7f}", EntityError::Id),
        ("x:\u{85}", EntityError::Id),
        (long_id.as_str(), EntityError::Id),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<Entity>(), Err(error), "{text}");
        assert!(codec::decode_client::<Entity>(&codec::encode(&text.to_owned())).is_err(), "{text}");
    }
}

/// E10: an entity has one form on the wire: numbers as numbers, all else as text.
#[test]
fn other_short_forms_are_refused() {
    for id in ["7", "0", "18446744073709551615"] {
        refused(&short(1, id), "a numeric entity id sent as text");
    }
    let long = "i".repeat(129);
    for id in ["", "a\0", "\u{9f}", long.as_str()] {
        refused(&short(1, id), "not an entity id");
    }
    refused(&short(65_536 * 2 + 1, "a"), "a platform number past 65535");
    refused(&[&codec::encode(&u32::MAX)[..], &[1]].concat(), "a platform number past 65535");
    let last: WireEntity = codec::decode_client(&short(65_535 * 2 + 1, "a")).unwrap();
    assert_eq!(last.platform, PlatformNo(u16::MAX));
}

proptest! {
    /// E10: whatever is parsed is printed as it was, and keeps its meaning over both of its forms.
    #[test]
    fn entities_round_trip(platform in "[a-z0-9_-]{0,34}", id in ".{0,12}|[0-9]{0,22}") {
        let text = format!("{platform}:{id}");
        let Ok(entity) = text.parse::<Entity>() else { return Ok(()) };
        prop_assert_eq!(entity.to_string(), text);
        prop_assert_eq!(&codec::decode_client::<Entity>(&codec::encode(&entity)).unwrap(), &entity);
        let wire = WireEntity { platform: PlatformNo(3), id: entity.id().clone() };
        prop_assert_eq!(&codec::decode_client::<WireEntity>(&codec::encode(&wire)).unwrap(), &wire);
        prop_assert_eq!(Entity::from_parts(&platform, wire.id).unwrap(), entity);
    }

    /// E10: two ids are the same exactly if their bytes are.
    #[test]
    fn different_ids_have_different_bytes(a in strategies::id(), b in strategies::id()) {
        let bytes = |id: &EntityId| codec::encode(&WireEntity { platform: PlatformNo(0), id: id.clone() });
        prop_assert_eq!(a == b, bytes(&a) == bytes(&b));
        prop_assert_eq!(a == b, a.to_string() == b.to_string());
    }
}
