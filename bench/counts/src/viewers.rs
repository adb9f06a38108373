//! The client's paths: first pages, and ticks.

use crate::counted::counted;
use crate::relay::House;

/// First messages with whole pages, to rows that a program can draw.
pub(crate) fn fill() -> usize {
    let mut house = House::full();
    // Everybody looks elsewhere.
    house.look_away();
    let came = house.came();
    counted(|| house.give(&came));
    house.rows()
}

/// Ticks of what everybody looks at.
pub(crate) fn apply() -> usize {
    let mut house = House::full();
    house.run(20, true);
    let came = house.came();
    counted(|| house.give(&came));
    came.iter().map(Vec::len).sum()
}
