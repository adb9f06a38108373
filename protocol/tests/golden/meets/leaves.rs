//! The tables of leaves in `docs/protocol.md`: numbers, names, what each holds and who sees it, as in the code.

use std::collections::BTreeSet;

use scorelay_protocol::meet::leaf::{Audience, EntryLeaf, Kind, MeetLeaf};

use crate::vectors::PROTOCOL;

fn row(number: usize, name: &str, kind: Kind, audience: Audience) -> String {
    let kind = match kind {
        Kind::Text(most) => format!("text, {most}"),
        Kind::Flag => "flag".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Texts => "texts".to_owned(),
        Kind::Numbers => "numbers".to_owned(),
        Kind::Plates => "plates".to_owned(),
    };
    let audience = match audience {
        Audience::Public => "all",
        Audience::Desks => "desks",
    };
    format!("| {number} | `{name}` | {kind} | {audience} |")
}

/// L17: the page lists every leaf with its number, its kind and who may see it, and none besides.
#[test]
fn the_page_lists_every_leaf() {
    let meet = MeetLeaf::ALL
        .iter()
        .map(|leaf| row(*leaf as usize, &format!("meet.{}", leaf.name()), leaf.kind(), leaf.audience()));
    let entry = EntryLeaf::ALL.iter().map(|leaf| row(*leaf as usize, leaf.name(), leaf.kind(), leaf.audience()));
    let ours: BTreeSet<String> = meet.chain(entry).collect();
    let listed = PROTOCOL.lines().filter(|line| line.ends_with(" | all |") || line.ends_with(" | desks |"));
    assert_eq!(listed.map(str::to_owned).collect::<BTreeSet<_>>(), ours);
}
