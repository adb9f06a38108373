//! The truth of a script: boards with rows, changed at random. It knows no relay and no client.

use scorelay_client::protocol::entity::Entity;

use super::random::Random;

/// A board; one made anew under an old id has another `uid`.
pub struct Board {
    pub uid: u64,
    pub id: String,
    pub title: String,
    /// In rank order.
    pub rows: Vec<(Entity, i64)>,
}

/// All boards.
#[derive(Default)]
pub struct World {
    pub boards: Vec<Board>,
    made: u64,
}

pub const IDS: [&str; 3] = ["messages", "bits", "emotes"];
const PLATFORMS: [&str; 4] = ["twitch", "irc", "word", "emote"];

pub fn entity(random: &mut Random) -> Entity {
    let number = random.below(150);
    let platform = PLATFORMS[number as usize % 4];
    let id = if number.is_multiple_of(3) { format!("name{number}") } else { number.to_string() };
    Entity::new(platform, &id).expect("invariant: both parts are valid")
}

impl World {
    pub fn add(&mut self, id: &str, rows: u64, random: &mut Random) {
        self.made += 1;
        let (uid, id) = (self.made, id.to_owned());
        self.boards.push(Board { uid, title: format!("Board {uid}"), id, rows: Vec::new() });
        for _ in 0..rows {
            self.score(self.boards.len() - 1, random);
        }
    }

    fn score(&mut self, board: usize, random: &mut Random) {
        let rows = &mut self.boards[board].rows;
        let entity = entity(random);
        let old = rows.iter().position(|(other, _)| *other == entity).map(|index| rows.remove(index).1);
        let score = old.unwrap_or(0) + random.below(40) as i64 - 5;
        let place = rows.partition_point(|(_, other)| *other >= score);
        rows.insert(place, (entity, score));
    }

    /// One random change; `boards` lets boards come and go.
    pub fn change(&mut self, random: &mut Random, boards: bool) {
        if boards && random.one_in(40) {
            let id = IDS[random.below(3) as usize];
            match self.boards.iter().position(|board| board.id == id) {
                Some(index) => {
                    self.boards.remove(index);
                    if random.one_in(2) {
                        let rows = random.below(90);
                        self.add(id, rows, random);
                    }
                }
                None => {
                    let rows = random.below(90);
                    self.add(id, rows, random);
                }
            }
        }
        if self.boards.is_empty() {
            return;
        }
        let board = random.below(self.boards.len() as u64) as usize;
        match random.below(12) {
            0 => self.boards[board].title = format!("Title {}", random.below(100)),
            1 | 2 if !self.boards[board].rows.is_empty() => {
                let index = random.below(self.boards[board].rows.len() as u64) as usize;
                self.boards[board].rows.remove(index);
            }
            _ => self.score(board, random),
        }
    }
}
