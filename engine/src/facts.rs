//! What there is to count in an event, found once for all boards, and what it comes to on one of them. It changes
//! nothing but the copypasta's memory of the latest messages; points become scores in `engine.rs`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{ChatMessage, Done, Event};
use scorelay_protocol::limits::{EMOTES, MAX_SCORE, WORDS};
use scorelay_protocol::score::Units;

use crate::board::BoardMachine;
use crate::filter::Filter;
use crate::profiles::Seen;
use crate::scorer::{Counted, RowKind, Scorer};
use crate::scoring::copypasta::{Copypasta, Ratio};
use crate::scoring::emotes::EmoteWords;
use crate::scoring::text;

/// Points for one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given<'f> {
    /// For whom; mostly somebody whom the event names, on many boards.
    pub(crate) entity: Cow<'f, Entity>,
    /// How many, in the board's units.
    pub(crate) units: Units,
}

/// What any board counts, so that nothing is looked for in vain.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    emotes: bool,
    words: bool,
    copypasta: bool,
}

/// What somebody did, ready to be counted.
#[derive(Debug)]
pub(crate) struct Facts<'e> {
    pub(crate) author: &'e Entity,
    pub(crate) room: &'e str,
    pub(crate) id: Option<&'e str>,
    name: &'e str,
    badges: &'e [String],
    messages: u32,
    bits: u32,
    gifted_subs: u32,
    raid: Option<u32>,
    /// How often, and what is written for it.
    emotes: BTreeMap<Entity, (u32, &'e str)>,
    words: BTreeMap<Entity, u32>,
    copypasta: Ratio,
}

impl Wanted {
    /// What these boards count.
    pub(crate) fn of(machines: &[BoardMachine]) -> Self {
        let counts = |counted| machines.iter().any(|machine| machine.config.scorer.counts(counted));
        Self {
            emotes: counts(Counted::Emotes) || counts(Counted::EmoteUses),
            words: counts(Counted::Words),
            copypasta: counts(Counted::Copypasta),
        }
    }
}

impl<'e> Facts<'e> {
    /// What there is to count in `event`; `None` where nobody did anything.
    pub(crate) fn find(
        event: &'e Event,
        wanted: Wanted,
        emotes: &EmoteWords,
        copypasta: &mut Copypasta,
    ) -> Option<Self> {
        match event {
            Event::Message(message) => Some(Self {
                author: &message.author,
                room: &message.room,
                id: message.id.as_deref(),
                name: &message.name,
                badges: &message.badges,
                messages: 1,
                bits: message.bits,
                gifted_subs: 0,
                raid: None,
                emotes: if wanted.emotes { emotes_of(message, emotes) } else { BTreeMap::new() },
                words: if wanted.words { words_of(&message.text) } else { BTreeMap::new() },
                copypasta: if wanted.copypasta { copypasta.see(&message.author, &message.text) } else { Ratio::NONE },
            }),
            Event::Notice(notice) => Some(Self {
                author: &notice.author,
                room: &notice.room,
                id: notice.id.as_deref(),
                name: &notice.name,
                badges: &notice.badges,
                messages: 0,
                bits: 0,
                gifted_subs: if let Done::GiftedSubs(count) = notice.done { count } else { 0 },
                raid: if let Done::Raid(viewers) = notice.done { Some(viewers) } else { None },
                emotes: BTreeMap::new(),
                words: BTreeMap::new(),
                copypasta: Ratio::NONE,
            }),
            Event::Points(_) | Event::Clear(_) | Event::Profile(_) => None,
        }
    }

    /// The author as people see it.
    pub(crate) fn seen(&self) -> Seen<'e> {
        Seen { name: self.name, badges: Some(self.badges), avatar: None }
    }

    /// The message's emotes and what is written for them, where any board counts emotes.
    pub(crate) fn emotes(&self) -> impl Iterator<Item = (&Entity, &'e str)> {
        self.emotes.iter().map(|(emote, (_, name))| (emote, *name))
    }

    /// What it comes to on a board: nothing, or points for each entity, none of them twice.
    pub(crate) fn score(&self, scorer: &Scorer, filter: &Filter) -> Vec<Given<'_>> {
        let Some(rows) = scorer.rows() else { return Vec::new() };
        if !filter.takes(self.author, self.badges, self.room) {
            return Vec::new();
        }
        let one = |entity: Result<Entity, _>| entity.ok().map(|entity| (Cow::Owned(entity), 1)).into_iter().collect();
        let counts: Vec<(Cow<'_, Entity>, u32)> = match rows {
            RowKind::People => {
                let units = scorer.terms().iter().map(|term| self.worth(term.counted, term.points)).sum::<i128>();
                return given(Cow::Borrowed(self.author), units).into_iter().collect();
            }
            RowKind::Emotes => self.emotes.iter().map(|(emote, (count, _))| (Cow::Borrowed(emote), *count)).collect(),
            RowKind::Words => self.words.iter().map(|(word, count)| (Cow::Borrowed(word), *count)).collect(),
            _ if self.messages == 0 => return Vec::new(),
            RowKind::Nicks => one(Entity::new("nick", self.name)),
            RowKind::Rooms => one(Entity::new("room", self.room)),
            RowKind::Total => one(Entity::new("total", "messages")),
        };
        let points = scorer.terms().first().map_or(0, |term| term.points);
        let scored = counts.into_iter().filter(|(entity, _)| !filter.ignores(entity));
        scored.filter_map(|(entity, count)| given(entity, i128::from(count) * i128::from(points))).collect()
    }

    /// What one term gives the author.
    fn worth(&self, counted: Counted, points: Units) -> i128 {
        let count = match counted {
            Counted::Messages => self.messages,
            Counted::EmoteUses => self.emotes.values().map(|(count, _)| count).sum(),
            Counted::Bits => self.bits,
            Counted::GiftedSubs => self.gifted_subs,
            Counted::Raids => u32::from(self.raid.is_some()),
            Counted::Raiders => self.raid.unwrap_or(0),
            Counted::Copypasta => return i128::from(self.copypasta.of(points)),
            Counted::Emotes | Counted::Words | Counted::Nicks | Counted::Rooms | Counted::Total => 0,
        };
        i128::from(count) * i128::from(points)
    }
}

fn given(entity: Cow<'_, Entity>, units: i128) -> Option<Given<'_>> {
    let most = i128::from(MAX_SCORE);
    (units != 0).then(|| Given { entity, units: units.clamp(-most, most) as Units })
}

/// Emotes that the platform marked, and those of the word lists.
fn emotes_of<'e>(message: &'e ChatMessage, lists: &EmoteWords) -> BTreeMap<Entity, (u32, &'e str)> {
    let mut uses = BTreeMap::new();
    let mut marked = BTreeSet::new();
    for emote in &message.emotes {
        uses.entry(emote.emote.clone()).or_insert((0, emote.name.as_str())).0 += u32::from(emote.count);
        marked.insert(emote.name.as_str());
    }
    for word in text::words(&message.text) {
        // A name that the platform marked is its emote, whatever a list says.
        if !marked.contains(word)
            && let Some(emote) = lists.find(word)
            && (uses.len() < EMOTES || uses.contains_key(emote))
        {
            uses.entry(emote.clone()).or_insert((0, word)).0 += 1;
        }
    }
    uses
}

fn words_of(message: &str) -> BTreeMap<Entity, u32> {
    let mut uses = BTreeMap::new();
    for word in text::words(message) {
        let Ok(entity) = Entity::new("word", word) else { continue };
        if uses.len() < WORDS || uses.contains_key(&entity) {
            *uses.entry(entity).or_default() += 1;
        }
    }
    uses
}
