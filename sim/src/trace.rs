//! What happened in a run: a running hash over every event and every byte delivered, and on demand the lines of text
//! that a person reads. Two runs of a seed must have the same hash; where they do not, the first line that differs says
//! where to look.

use std::fmt;

use crate::clock::Moment;

/// What becomes of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// They are not even made.
    None,
    /// They are kept in memory, to be compared.
    Kept,
    /// They are printed as they come.
    Printed,
}

/// The trace of one run.
#[derive(Debug)]
pub struct Trace {
    hash: u64,
    events: u64,
    lines: Lines,
    kept: Vec<String>,
}

impl Trace {
    /// Nothing happened yet.
    pub fn new(lines: Lines) -> Self {
        Self { hash: 0, events: 0, lines, kept: Vec::new() }
    }

    /// Something happened: `words` say exactly what, `text` says it to people.
    pub fn note(&mut self, at: Moment, words: &[u64], text: impl FnOnce() -> String) {
        self.events += 1;
        self.mix(at.0);
        for word in words {
            self.mix(*word);
        }
        if self.lines != Lines::None {
            self.line(at, text());
        }
    }

    /// As [`Trace::note`] where the text itself says exactly what.
    pub fn say(&mut self, at: Moment, text: fmt::Arguments<'_>) {
        self.events += 1;
        self.mix(at.0);
        let text = text.to_string();
        self.bytes(text.as_bytes());
        if self.lines != Lines::None {
            self.line(at, text);
        }
    }

    /// Bytes arrived.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(word.try_into().expect("invariant: chunks of 8")));
        }
        for byte in words.remainder() {
            self.mix(u64::from(*byte));
        }
    }

    /// The hash so far.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How many things happened so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The lines kept.
    pub fn into_lines(self) -> Vec<String> {
        self.kept
    }

    fn line(&mut self, at: Moment, text: String) {
        match self.lines {
            Lines::Printed => println!("{at}  {text}"),
            Lines::Kept => self.kept.push(format!("{at}  {text}  [{:016x}]", self.hash)),
            Lines::None => {}
        }
    }

    fn mix(&mut self, word: u64) {
        self.hash = (self.hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
