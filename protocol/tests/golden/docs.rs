//! What `docs/protocol.md` quotes in tables is true: tags as in the vectors, limits as in `limits.rs`. What it says of
//! fields and of behaviour is for readers to check, its bytes are checked in `main.rs`.

use std::collections::BTreeMap;

use scorelay_protocol::limits;

use crate::vectors::PROTOCOL;

/// Rows of tables in the page whose first two cells are of these forms.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    PROTOCOL.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?.trim(), cells.next()?.trim()))
    })
}

fn name(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// E5: the page lists every variant with the tag that the vectors have.
#[test]
fn the_page_lists_every_tag() {
    let variant = |(tag, cell): (&str, &'static str)| Some((name(cell)?, tag.parse::<u8>().ok()?));
    let listed: BTreeMap<_, _> = rows().filter_map(variant).filter(|(name, _)| name.contains("::")).collect();
    let mut tags = crate::seen().tags().clone();
    tags.extend(crate::seen_of_meets().tags());
    assert_eq!(listed, tags);
}

macro_rules! limits {
    ($($name:ident)+) => {
        [$((stringify!($name), i128::try_from(limits::$name).expect("a limit is small"))),+]
    };
}

/// The page quotes the limits that a peer meets, and quotes them rightly.
#[test]
fn the_page_quotes_limits_rightly() {
    let ours: BTreeMap<&str, i128> = limits![
        CLIENT_PROTOCOL LINK_PROTOCOL MAX_SCORE MAX_DECIMALS PLATFORM_BYTES ENTITY_ID_BYTES PLATFORMS BOARD_ID_BYTES
        BOARD_TEXT_BYTES BOARDS MAX_ROWS HANDLES MESSAGE_BYTES NAME_BYTES BADGES EMOTES URL_BYTES CLIENT_FRAME_BYTES RELAY_FRAME_BYTES
        CLIENT_DECODE_BYTES AGENT_BYTES MASK_FEEDS MASK_TRACKS MASK_MEET_FEEDS AROUND_ROWS UNANSWERED_REQUESTS ADMIT_BYTES DELTA_BYTES TICK_MS MAX_PACE_MS
        SHALLOW_PAGES DEEP_EVERY TRACK_RANK_MS TOTALS_ALONE_MS DIRECTORY_COUNTS_MS HANDSHAKE_MS FIRST_MESSAGE_MS PING_AFTER_MS
        GONE_AFTER_MS STUCK_MS CONNECTIONS CONNECTIONS_PER_ADDRESS CLIENT_MESSAGES_PER_SECOND CLOSE_MS HTTP_HEAD_BYTES
        LINK_DECODE_BYTES LINK_FRAME_BYTES LINK_HELLO_BYTES BATCH_CHANGES CHUNK_ROWS HOPS LINKS LINK_HANDSHAKE_MS
        LINK_PING_AFTER_MS LINK_GONE_AFTER_MS LINK_SEND_MS SOURCE_WINDOW
        PROFILES_ASKED PROFILES_WAITING SEARCH_BYTES SEARCH_ROWS
        MEET_LIST_ITEMS MEET_PLATES MEET_VALUE_BYTES MEET_PASSWORD_BYTES MEET_LOCATIONS MEET_LOCATION_BYTES MEET_BATCH MEET_CHUNK_BYTES
        MEET_LOG_BYTES MEET_LOG_SPARE_BYTES MEET_LOG_DECODE_BYTES MEET_PUBLIC_BYTES MEET_RESULTS_BYTES MEET_ADDRESS_BYTES MEETS MEET_DESKS
        MEET_SESSIONS MEET_UPLOADS MEET_UPLOAD_MS MEET_SESSION_MS MEET_PULL_MS MEET_PULLS MEET_REQUEST_MS MEET_LOGIN_MS
    ]
    .into();
    let number = |cell: &str| cell.replace(['_', ','], "").parse::<i128>().ok();
    let quoted: BTreeMap<&str, i128> = rows().filter_map(|(cell, value)| Some((name(cell)?, number(value)?))).collect();
    assert_eq!(quoted, ours);
    assert!(PROTOCOL.contains(limits::SUBPROTOCOL), "the subprotocol's name");
}
