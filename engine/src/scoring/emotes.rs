//! Emotes of a message: words that lists say are emotes, and those that Twitch marks by their positions. What each is
//! worth is the scorer's.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use scorelay_protocol::entity::{Entity, EntityId};
use scorelay_protocol::limits::{EMOTE_LIST_NAMES, EMOTE_USES, ENTITY_ID_BYTES, URL_BYTES};

use super::text;

/// Words that are emotes wherever they stand in a message by themselves, as written, from any number of lists.
#[derive(Debug, Clone, Default)]
pub struct EmoteWords {
    emotes: FxHashMap<Box<str>, Entity>,
    /// Where pictures of a list's emotes are.
    pictures: BTreeMap<String, String>,
}

/// What is wrong with a list, and in which line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ListError {
    /// Where.
    pub line: usize,
    /// What.
    pub fault: ListFault,
}

/// What is wrong with a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// The name is no word.
    #[error("`{0}` is not a name: one word of at most {ENTITY_ID_BYTES} bytes, then a tab and an id, or nothing")]
    Name(String),
    /// The id, or the name that stands for it, makes no entity.
    #[error(
        "`{0}` is not an id: without white space and control characters, {ENTITY_ID_BYTES} bytes with the list's name"
    )]
    Id(String),
    /// The name stands in an earlier line.
    #[error("`{name}` stands in line {first} already")]
    Twice {
        /// The name.
        name: String,
        /// The earlier line.
        first: usize,
    },
    /// More names than a list may have.
    #[error("a list has at most {EMOTE_LIST_NAMES} names")]
    TooMany,
}

impl EmoteWords {
    /// The platform of emotes.
    pub const PLATFORM: &str = "emote";

    /// Adds the emotes of a list called `list`, like `7tv`, whose `text` has a name in each line, and after a tab the
    /// id where there is one. Blank lines and those that begin with `#` mean nothing. The emotes are `emote:LIST:ID`,
    /// or `emote:LIST:NAME` without an id. A name that an earlier list has stays that list's.
    ///
    /// # Errors
    /// [`ListError`], and nothing is added, when a line is not of this form, a name stands there twice, or there are
    /// more than [`EMOTE_LIST_NAMES`].
    pub fn add(&mut self, list: &str, text: &str) -> Result<(), ListError> {
        let mut first_lines = BTreeMap::new();
        let mut emotes = Vec::new();
        for (line, entry) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let entry = entry.trim_end();
            if entry.is_empty() || entry.starts_with('#') {
                continue;
            }
            let (name, entity) = parse(list, entry).map_err(|fault| ListError { line, fault })?;
            if let Some(&first) = first_lines.get(name) {
                return Err(ListError { line, fault: ListFault::Twice { name: name.to_owned(), first } });
            }
            if emotes.len() == EMOTE_LIST_NAMES {
                return Err(ListError { line, fault: ListFault::TooMany });
            }
            first_lines.insert(name, line);
            emotes.push((name, entity));
        }
        for (name, entity) in emotes {
            self.emotes.entry(name.into()).or_insert(entity);
        }
        Ok(())
    }

    /// Says where pictures of a list's emotes are: an address with `{id}` in the place of each one's id.
    ///
    /// # Errors
    /// What an address must be.
    pub fn set_pictures(&mut self, list: &str, address: &str) -> Result<(), &'static str> {
        let is_url = address.starts_with("https://") && !address.chars().any(|c| c.is_control() || c.is_whitespace());
        if !is_url || !address.contains("{id}") || address.len() + ENTITY_ID_BYTES > URL_BYTES {
            return Err("it must be an https:// address with {id} where each emote's id stands");
        }
        self.pictures.insert(list.to_owned(), address.to_owned());
        Ok(())
    }

    /// Where the picture of an emote is, if that is known of its platform or list.
    pub fn picture(&self, emote: &Entity) -> Option<String> {
        let EntityId::Text(id) = emote.id() else { return None };
        let (list, id) = id.split_once(':').filter(|_| emote.platform() == Self::PLATFORM)?;
        // Ids that could lead elsewhere in an address are nobody's.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            return None;
        }
        let address = match (self.pictures.get(list), list) {
            (Some(address), _) => address.as_str(),
            (None, "twitch") => "https://static-cdn.jtvnw.net/emoticons/v2/{id}/default/dark/2.0",
            (None, "discord") => "https://cdn.discordapp.com/emojis/{id}.webp?size=64",
            (None, _) => return None,
        };
        Some(address.replace("{id}", id))
    }

    /// The emote that a word of a message is; [`text::words`] gives a message's words.
    pub fn find(&self, word: &str) -> Option<&Entity> {
        self.emotes.get(word)
    }
}

/// The name and the emote of one line.
fn parse<'l>(list: &str, entry: &'l str) -> Result<(&'l str, Entity), ListFault> {
    let (name, id) = entry.split_once('\t').unwrap_or((entry, entry));
    if text::words(name).next() != Some(name) {
        return Err(ListFault::Name(name.to_owned()));
    }
    let bad_id = || ListFault::Id(id.to_owned());
    if id.is_empty() || id.contains(char::is_whitespace) {
        return Err(bad_id());
    }
    let entity = Entity::new(EmoteWords::PLATFORM, &format!("{list}:{id}")).map_err(|_| bad_id())?;
    Ok((name, entity))
}

/// An emote that Twitch marked in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwitchEmote {
    /// Twitch's id for it, printable ASCII.
    pub id: String,
    /// What stands in the text at the first of its positions: a word.
    pub name: String,
    /// How often, at least once.
    pub count: u16,
}

/// The emotes of a message by the value of its `emotes` tag, like `25:0-4,12-16/1902:6-10`, in the order of the tag and
/// each once. Positions count the text's Unicode characters from 0, the last one included.
///
/// What is not of this form is left out, and so are positions past the text's end, backwards, on white space or on more
/// than a name's length, over characters that an earlier one has, and all after the first [`EMOTE_USES`].
pub fn twitch_emotes(tag: &str, text: &str) -> Vec<TwitchEmote> {
    if tag.is_empty() {
        return Vec::new();
    }
    // Where each character begins, and the end.
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut taken = vec![false; starts.len()];
    let mut places = BTreeMap::new();
    let mut found: Vec<TwitchEmote> = Vec::new();
    let groups = tag.split('/').filter_map(|group| group.split_once(':')).filter(|(id, _)| is_twitch_id(id));
    let uses = groups.flat_map(|(id, ranges)| ranges.split(',').map(move |range| (id, range)));
    for (id, range) in uses.take(EMOTE_USES) {
        let Some((first, last)) = parse_range(range) else { continue };
        let Some(&end) = last.checked_add(1).and_then(|end| starts.get(end)) else { continue };
        if first > last || last - first >= ENTITY_ID_BYTES || taken[first..=last].contains(&true) {
            continue;
        }
        let name = &text[starts[first]..end];
        if text::words(name).next() != Some(name) {
            continue;
        }
        taken[first..=last].fill(true);
        let place = *places.entry(id).or_insert_with(|| {
            found.push(TwitchEmote { id: id.to_owned(), name: name.to_owned(), count: 0 });
            found.len() - 1
        });
        found[place].count += 1;
    }
    found
}

fn is_twitch_id(id: &str) -> bool {
    (1..=ENTITY_ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The first and the last position of `FIRST-LAST`.
fn parse_range(range: &str) -> Option<(usize, usize)> {
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

#[cfg(test)]
mod tests;
