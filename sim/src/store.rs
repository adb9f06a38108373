//! A simulated store: commits are written in order, become durable some time later, and are lost in a crash if they
//! were not. What a commit means is [`Image`]'s affair. Files, torn writes and failing syncs belong here once something
//! is stored that is not one atomic commit.

use std::collections::VecDeque;

use scorelay_engine::{Commit, Image};

use crate::random::Random;

/// A store under one core.
#[derive(Debug, Default)]
pub struct Store {
    durable: Image,
    written: VecDeque<(u64, Commit)>,
    count: u64,
}

impl Store {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a commit; gives its number. It is not durable yet.
    pub fn write(&mut self, commit: Commit) -> u64 {
        self.count += 1;
        self.written.push_back((self.count, commit));
        self.count
    }

    /// Everything up to this commit is durable now; gives those commits that were not before.
    pub fn synced(&mut self, up_to: u64) -> Vec<Commit> {
        let mut synced = Vec::new();
        while let Some((_, commit)) = self.written.pop_front_if(|(nth, _)| *nth <= up_to) {
            self.durable.store(&commit);
            synced.push(commit);
        }
        synced
    }

    /// The process or the machine dies: of what was not durable, any number of the oldest commits may have made it all
    /// the same; the others are gone. Gives those that made it.
    pub fn crash(&mut self, random: &mut Random) -> Vec<Commit> {
        let lucky = random.below(self.written.len() as u64 + 1) as usize;
        let last = lucky.checked_sub(1).and_then(|last| self.written.get(last)).map(|(nth, _)| *nth);
        let survived = last.map_or_else(Vec::new, |last| self.synced(last));
        self.written.clear();
        survived
    }

    /// Commits that are not durable yet.
    pub fn pending(&self) -> usize {
        self.written.len()
    }

    /// What a start reads.
    pub fn image(&self) -> &Image {
        &self.durable
    }
}
