//! What of a meet displays may see: an allow-list of leaves, also inside an entry that is set whole.
//!
//! Whoever serves a display passes everything through [`for_displays`]; nothing else decides what is private.

use scorelay_protocol::meet::leaf::Audience;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::value::Value;

use crate::state::MeetState;

/// What a display gets of a value at a path; `None` where it may not even know that there is one.
pub fn for_displays(path: Path, value: &Value) -> Option<Value> {
    if path.audience() != Audience::Public {
        return None;
    }
    let mut value = value.clone();
    if let Value::Entry(entry) = &mut value {
        entry.leaves.retain(|leaf, _| leaf.audience() == Audience::Public);
    }
    Some(value)
}

/// Everything that a display gets of a state, in the order of paths.
pub fn all_for_displays(state: &MeetState) -> impl Iterator<Item = (Path, Value)> {
    state.all().filter_map(|(path, value)| Some((path, for_displays(path, &value)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::codec;
    use scorelay_protocol::meet::ids::MeetSeq;
    use scorelay_protocol::meet::leaf::{EntryLeaf, Kind, MeetLeaf};
    use scorelay_protocol::meet::path::EntryNo;
    use scorelay_protocol::meet::value::{EntryState, LeafValue, Real};

    const SECRET: &str = "not for displays";

    /// A value of the leaf's kind that can be found in bytes.
    fn marked(kind: Kind, mark: &str) -> LeafValue {
        match kind {
            Kind::Text(_) => LeafValue::Text(mark.to_owned()),
            Kind::Texts => LeafValue::Texts(vec![mark.to_owned()]),
            Kind::Flag => LeafValue::Flag(true),
            Kind::Number => LeafValue::Number(Real::new(1.0).unwrap()),
            Kind::Numbers => LeafValue::Numbers(Vec::new()),
            Kind::Plates => LeafValue::Plates(Vec::new()),
        }
    }

    /// L17: set leaf by leaf or as a whole, no private leaf is in a byte that a display gets, and everything else is.
    #[test]
    fn private_leaves_are_in_no_byte() {
        let mark = |leaf: EntryLeaf| if leaf.audience() == Audience::Public { leaf.name() } else { SECRET };
        let whole = EntryState {
            leaves: EntryLeaf::ALL.iter().map(|leaf| (*leaf, marked(leaf.kind(), mark(*leaf)))).collect(),
            ..EntryState::default()
        };
        let mut state = MeetState::default();
        assert!(state.set(MeetSeq(1), Path::Entry(EntryNo(1)), &Value::Entry(whole)));
        assert!(state.set(MeetSeq(2), Path::Entry(EntryNo(2)), &Value::Entry(EntryState::default())));
        for leaf in EntryLeaf::ALL {
            let value = Value::Leaf(marked(leaf.kind(), mark(*leaf)));
            assert!(state.set(MeetSeq(3), Path::EntryLeaf(EntryNo(2), *leaf), &value));
            let public = leaf.audience() == Audience::Public;
            assert_eq!(for_displays(Path::EntryLeaf(EntryNo(2), *leaf), &value).is_some(), public, "{}", leaf.name());
        }
        for leaf in MeetLeaf::ALL {
            assert!(state.set(MeetSeq(4), Path::Meet(*leaf), &Value::Leaf(marked(leaf.kind(), leaf.name()))));
        }
        let bytes = codec::encode(&all_for_displays(&state).collect::<Vec<_>>());
        let holds = |mark: &str| bytes.windows(mark.len()).filter(|part| *part == mark.as_bytes()).count();
        assert_eq!(holds(SECRET), 0);
        assert_eq!(holds("squatRackInfo"), 2);
        assert_eq!(holds("federation"), 1);
        let paid = |entry| state.get(Path::EntryLeaf(EntryNo(entry), EntryLeaf::Paid));
        assert!((1..3).all(|entry| paid(entry) != Value::Absent), "it is there, for desks");
        let shown = all_for_displays(&state)
            .filter_map(|(_, value)| if let Value::Entry(entry) = value { Some(entry) } else { None });
        assert!(shown.into_iter().all(|entry| entry.leaves.keys().all(|leaf| leaf.audience() == Audience::Public)));
    }
}
