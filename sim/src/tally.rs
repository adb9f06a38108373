//! The exact board, counted by hand: every event of the replaying source up to the engine's watermark counts once, no
//! other does, whatever died and was sent again in between.

use std::collections::BTreeMap;

use scorelay_engine::Engine;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::Event;
use scorelay_protocol::score::Units;

use crate::plan::EXACT_BOARD;
use crate::source::SourceNode;

/// Holds the engine's exact board against the source's events. What the engine has not cut yet is not on it, so this
/// asks for an engine with nothing open.
///
/// # Errors
/// What differs.
pub fn check(engine: &Engine, source: &SourceNode) -> Result<(), String> {
    let watermark = engine.watermark(&source.key);
    let counted = source.events.get(..watermark as usize);
    let counted = counted.ok_or_else(|| format!("watermark {watermark} of {} events", source.events.len()))?;
    let mut tally: BTreeMap<&Entity, Units> = BTreeMap::new();
    for event in counted {
        if let Event::Points(points) = event {
            *tally.entry(&points.entity).or_default() += points.units;
        }
    }
    let rows = engine.rows(EXACT_BOARD).ok_or("the exact board is missing")?;
    let mut stands = 0;
    for row in rows {
        let counted = tally.get(&row.entity);
        if counted != Some(&row.score) {
            return Err(format!("{} stands with {} where {counted:?} were counted", row.entity, row.score));
        }
        stands += 1;
    }
    if stands != tally.len() {
        return Err(format!("{stands} rows where {} entities were counted", tally.len()));
    }
    Ok(())
}
