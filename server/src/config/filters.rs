//! What boards leave out: a board's own filter, what counts nowhere, and the lists of words that are emotes.

use std::collections::BTreeSet;

use scorelay_engine::Filter;
use scorelay_engine::scoring::emotes::EmoteWords;
use scorelay_protocol::entity::{self, Entity};
use scorelay_protocol::limits;
use toml::Spanned;

use super::file::{EmotesTable, FilterTable, IgnoreTable};
use super::value::{File, Said, text};
use crate::failure::Failure;

/// Entities that count nowhere.
type Ignored = BTreeSet<Entity>;

/// A board's filter.
///
/// # Errors
/// `bad-config` with file, line and key.
pub(super) fn filter(file: &File, table: FilterTable) -> Result<Filter, Failure> {
    let names = |key, said| all(file, key, said, || text(limits::NAME_BYTES));
    Ok(Filter {
        badges: names("badges", table.badges)?,
        not_badges: names("not_badges", table.not_badges)?,
        platforms: all(file, "platforms", table.platforms, || {
            |name: String| entity::check_platform(&name).map(|()| name).map_err(|error| error.to_string())
        })?,
        rooms: names("rooms", table.rooms)?,
        not_rooms: names("not_rooms", table.not_rooms)?,
        ignore: all(file, "ignore", table.ignore, || entity_of)?,
    })
}

/// What counts on no board.
///
/// # Errors
/// `bad-config` with file, line and key.
pub(super) fn ignored(file: &File, table: IgnoreTable) -> Result<Ignored, Failure> {
    let mut ignored = all(file, "entities", table.entities, || entity_of)?;
    ignored.extend(all(file, "words", table.words, || {
        |word: String| Entity::new("word", &word).map_err(|error| error.to_string())
    })?);
    Ok(ignored)
}

/// Words that are emotes.
///
/// # Errors
/// `bad-config` with file, line and key, or with what is wrong in a list.
pub(super) fn emotes(file: &File, tables: Vec<EmotesTable>) -> Result<EmoteWords, Failure> {
    let mut words = EmoteWords::default();
    for table in tables {
        let name = Said::key("name", table.name).checked(file, |name| {
            entity::check_platform(&name).map(|()| name).map_err(|_| "a name is 1 to 32 of a-z 0-9 _ -".to_owned())
        })?;
        Said::key("file", table.file).checked(file, |path| {
            let path = file.path(path);
            let list = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
            words.add(&name, &list).map_err(|error| format!("{}: {error}", path.display()))
        })?;
        if let Some(picture) = table.picture {
            let set = |address: String| words.set_pictures(&name, &address).map_err(str::to_owned);
            Said::key("picture", picture).checked(file, set)?;
        }
    }
    Ok(words)
}

fn entity_of(text: String) -> Result<Entity, String> {
    text.parse().map_err(|error: scorelay_protocol::entity::EntityError| format!("`{text}`: {error}"))
}

/// All values of a list, checked one by one, each complained of where it stands.
fn all<T: Ord, C: FnOnce(String) -> Result<T, String>>(
    file: &File,
    key: &'static str,
    said: Vec<Spanned<String>>,
    check: impl Fn() -> C,
) -> Result<BTreeSet<T>, Failure> {
    said.into_iter().map(|said| Said::key(key, said).checked(file, check())).collect()
}
