//! Whether a chat message repeats somebody else's: the longest run of characters that it has in common with one of the
//! latest messages, as a share of the longer of the two. Who gets what for it is the scorer's.
//!
//! Messages are compared without regard to case, to how much white space stands between words, and to characters that
//! are not drawn. The longer message is the measure, so a phrase that happens to stand in a wall of text copies
//! nothing, and a wall of text does not make copies of all that is said after it.
//!
//! Only a share above a half can matter, and a run that long goes through the middle of the longer message. So it is
//! enough to see, at each place of the shorter one, how far both agree from there on and back from there, which two
//! passes find: the time is linear in the length whatever is sent.

use std::collections::VecDeque;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::limits::{COPYPASTA_CHARS, COPYPASTA_PERCENT, COPYPASTA_WINDOW, MESSAGE_BYTES};
use scorelay_protocol::score::Units;

use super::text::is_invisible;

const _: () = assert!(COPYPASTA_PERCENT >= 50, "a shorter run need not go through the middle");

/// The latest messages, to compare new ones with. Those shorter than [`COPYPASTA_CHARS`] characters are neither
/// compared nor kept. A restart begins with none.
#[derive(Debug)]
pub struct Copypasta {
    window: usize,
    latest: VecDeque<Seen>,
}

#[derive(Debug)]
struct Seen {
    author: Entity,
    text: Vec<char>,
}

/// How much of a message is a copy: [`Self::NONE`], or more than [`COPYPASTA_PERCENT`] percent up to all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    common: u32,
    length: u32,
}

impl Ratio {
    /// Not a copy.
    pub const NONE: Self = Self { common: 0, length: 1 };

    /// This share of `points`, rounded to units, halves away from zero.
    pub fn of(self, points: Units) -> Units {
        let (common, length) = (i128::from(self.common), i128::from(self.length));
        let twice = 2 * i128::from(points) * common + i128::from(points.signum()) * length;
        // A share of `points` is no larger than they are.
        (twice / (2 * length)) as Units
    }

    fn new(common: usize, length: usize) -> Self {
        // Both are at most MESSAGE_BYTES.
        Self { common: common as u32, length: length as u32 }
    }

    fn is_above(self, other: Self) -> bool {
        u64::from(self.common) * u64::from(other.length) > u64::from(other.common) * u64::from(self.length)
    }
}

impl Default for Copypasta {
    fn default() -> Self {
        Self::new(COPYPASTA_WINDOW)
    }
}

impl Copypasta {
    /// Compares with the latest `window` messages that are long enough.
    pub fn new(window: usize) -> Self {
        Self { window, latest: VecDeque::new() }
    }

    /// How much of `text` copies what somebody other than `author` wrote lately; then keeps it for those that follow.
    /// Of several the one that is copied most counts.
    pub fn see(&mut self, author: &Entity, text: &str) -> Ratio {
        let text = essence(text);
        if text.len() < COPYPASTA_CHARS {
            return Ratio::NONE;
        }
        let least = Ratio { common: COPYPASTA_PERCENT, length: 100 };
        let mut most = Ratio::NONE;
        for seen in self.latest.iter().filter(|seen| seen.author != *author) {
            let length = seen.text.len().max(text.len());
            // What they have in common is no longer than the shorter one.
            let bound = Ratio::new(seen.text.len().min(text.len()), length);
            if bound.is_above(least) && bound.is_above(most) {
                let ratio = Ratio::new(longest_through_middle(&seen.text, &text), length);
                if ratio.is_above(least) && ratio.is_above(most) {
                    most = ratio;
                }
            }
        }
        self.latest.push_back(Seen { author: author.clone(), text });
        if self.latest.len() > self.window {
            self.latest.pop_front();
        }
        most
    }
}

/// What of a text is compared.
fn essence(text: &str) -> Vec<char> {
    let mut chars = Vec::new();
    let mut gap = false;
    for c in text.chars().filter(|&c| !is_invisible(c)) {
        if c.is_whitespace() {
            gap = !chars.is_empty();
            continue;
        }
        if gap {
            chars.push(' ');
            gap = false;
        }
        chars.extend(c.to_lowercase());
    }
    chars.truncate(MESSAGE_BYTES);
    chars
}

/// The length of the longest run in both that touches the middle of the longer: the longest of all where that is longer
/// than half of the longer.
fn longest_through_middle(one: &[char], other: &[char]) -> usize {
    let (long, short) = if one.len() < other.len() { (other, one) } else { (one, other) };
    let (head, tail) = long.split_at(long.len() / 2);
    let onwards = agreements(tail.iter(), short.iter());
    let back = agreements(head.iter().rev(), short.iter().rev());
    let places = onwards.iter().zip(back.iter().rev());
    places.map(|(onwards, back)| onwards + back).max().unwrap_or(0)
}

/// How many characters from the start of `pattern` stand at each place of `text`, its end included: the Z algorithm.
fn agreements<'c>(
    pattern: impl ExactSizeIterator<Item = &'c char>,
    text: impl Iterator<Item = &'c char>,
) -> Vec<usize> {
    let most = pattern.len();
    let joined: Vec<char> = pattern.chain(text).copied().collect();
    let mut lengths = vec![0; joined.len() + 1];
    // The stretch of what is known to agree with the beginning that reaches furthest.
    let (mut from, mut to) = (0, 0);
    for at in 1..joined.len() {
        let mut length = if at < to { lengths[at - from].min(to - at) } else { 0 };
        while at + length < joined.len() && joined[length] == joined[at + length] {
            length += 1;
        }
        if at + length > to {
            (from, to) = (at, at + length);
        }
        lengths[at] = length;
    }
    lengths[most..].iter().map(|&length| length.min(most)).collect()
}

#[cfg(test)]
mod tests;
