//! What an address says: the parts of its path that a route leaves open and the keys of its query, each checked. What a
//! route takes is in the table (`routes.rs`); what it does with it too.

use hyper::StatusCode;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits;

use super::super::problem::{Refusal, refusal};
use super::super::query::percent_decode;

/// What was given, by name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Args(Vec<(&'static str, String)>);

impl Args {
    /// Reads what a route leaves open; `path` are the parts as they came, `query` is what may be asked for.
    ///
    /// # Errors
    /// [`ErrorCode::BadAddress`] for what cannot be decoded, a key that is not among them, or one that comes twice.
    pub(super) fn read(
        path: &[(&'static str, &str)],
        known: impl Iterator<Item = &'static str> + Clone,
        query: Option<&str>,
    ) -> Result<Self, Refusal> {
        let mut args = Vec::new();
        for &(name, text) in path {
            let text = percent_decode(text, b'+').ok_or_else(|| bad(format!("{name} is not percent-encoded UTF-8")))?;
            args.push((name, text));
        }
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = percent_decode(key, b' ').zip(percent_decode(value, b' '));
            let (key, value) = decoded.ok_or_else(|| bad("the query is not percent-encoded UTF-8"))?;
            let Some(name) = known.clone().find(|name| *name == key) else {
                let mut names: Vec<_> = known.collect();
                names.sort_unstable();
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(bad(format!("`{}` is not asked for here; known keys: {known}", brief(&key))));
            };
            if args.iter().any(|(there, _)| *there == name) {
                return Err(bad(format!("{name} is given twice")));
            }
            args.push((name, value));
        }
        Ok(Self(args))
    }

    /// A text, if it was given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(there, _)| *there == name).map(|(_, text)| text.as_str())
    }

    /// The board of a path.
    pub(super) fn board(&self) -> String {
        self.text("board").unwrap_or_default().to_owned()
    }

    /// The entity of a path.
    ///
    /// # Errors
    /// [`ErrorCode::BadEntity`] for a text that is none.
    pub(super) fn entity(&self) -> Result<Entity, Refusal> {
        let entity = self.text("entity").unwrap_or_default().parse();
        entity.map_err(|error: scorelay_protocol::entity::EntityError| {
            refusal(StatusCode::BAD_REQUEST, ErrorCode::BadEntity, error.to_string())
        })
    }

    /// The entities of `ids`, without repeats: separated by commas, each percent-encoded for itself, so that one with a
    /// comma in it is encoded twice.
    ///
    /// # Errors
    /// [`ErrorCode::BadAddress`] where none are given, [`ErrorCode::BadEntity`] for a text that is none,
    /// [`ErrorCode::BadRange`] for too many.
    pub(super) fn entities(&self) -> Result<Vec<Entity>, Refusal> {
        let text = self.text("ids").ok_or_else(|| bad("ids is missing: entities, separated by commas"))?;
        if text.split(',').nth(limits::PROFILES_ASKED).is_some() {
            return Err(out_of_range(format!("at most {} entities are asked for at once", limits::PROFILES_ASKED)));
        }
        let mut entities: Vec<Entity> = Vec::new();
        for id in text.split(',') {
            let id = percent_decode(id, b'+').ok_or_else(|| bad("ids is not percent-encoded UTF-8"))?;
            let entity = id.parse().map_err(|error: scorelay_protocol::entity::EntityError| {
                refusal(StatusCode::BAD_REQUEST, ErrorCode::BadEntity, error.to_string())
            })?;
            if !entities.contains(&entity) {
                entities.push(entity);
            }
        }
        Ok(entities)
    }

    /// The `name` that is searched for, as it is compared.
    ///
    /// # Errors
    /// [`ErrorCode::BadAddress`] where there is none, [`ErrorCode::BadRange`] where it is too long.
    pub(super) fn name(&self) -> Result<String, Refusal> {
        let name = self.text("name").unwrap_or_default();
        if name.chars().count() > limits::SEARCH_CHARS {
            return Err(out_of_range(format!("a name of more than {} characters", limits::SEARCH_CHARS)));
        }
        // So that those who ask alike share an answer.
        let name = name.trim().to_lowercase();
        if name.is_empty() {
            return Err(bad("name is missing: how the names begin that are looked for"));
        }
        Ok(name)
    }

    /// The ranks `from` to `to`, 1-based, both included: the first page where nothing is said.
    ///
    /// # Errors
    /// [`ErrorCode::BadAddress`] for what is no number, [`ErrorCode::BadRange`] for ranks that there cannot be, and for
    /// more of them than are answered.
    pub(super) fn ranks(&self) -> Result<(u32, u32), Refusal> {
        let from = self.rank("from")?.unwrap_or(1);
        let to = self.rank("to")?.unwrap_or(from.saturating_add(limits::API_ROWS_UNASKED - 1));
        if to < from {
            return Err(out_of_range(format!("to is {to}, which comes before from, {from}")));
        }
        if to - from >= limits::API_ROWS {
            return Err(out_of_range(format!("at most {} rows are given at once", limits::API_ROWS)));
        }
        Ok((from, to))
    }

    fn rank(&self, name: &str) -> Result<Option<u32>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad(format!("{name} is a rank, a whole number from 1, not `{}`", brief(text))));
        }
        if text.starts_with('0') {
            return Err(out_of_range(format!("{name}: ranks begin at 1, and are written without zeros before them")));
        }
        let rank = text.parse();
        rank.map(Some).map_err(|_| out_of_range(format!("{name} is past {}, which no rank is", u32::MAX)))
    }
}

fn bad(text: impl Into<String>) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, ErrorCode::BadAddress, text)
}

fn out_of_range(text: String) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, ErrorCode::BadRange, text)
}

/// The beginning of a text, to be shown to whoever sent it.
fn brief(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(u32, u32), ErrorCode> {
        let args = Args::read(&[("board", "a%2Fb+c")], ["from", "to"].into_iter(), Some(query));
        let ranks = args.and_then(|args| {
            assert_eq!(args.board(), "a/b+c");
            args.ranks()
        });
        ranks.map_err(|(status, error)| {
            assert_eq!((status, error.message.is_empty()), (StatusCode::BAD_REQUEST, false));
            error.code
        })
    }

    #[test]
    fn ranks_are_whole_numbers_from_1_in_order_and_not_too_many() {
        for (query, wanted) in [
            ("", Ok((1, 32))),
            ("&", Ok((1, 32))),
            ("from=1&to=100", Ok((1, 100))),
            ("to=7&from=7", Ok((7, 7))),
            ("fro%6d=%31", Ok((1, 32))),
            ("from=4294967295", Ok((u32::MAX, u32::MAX))),
            ("from=1&to=101", Err(ErrorCode::BadRange)),
            ("from=2&to=1", Err(ErrorCode::BadRange)),
            ("from=0", Err(ErrorCode::BadRange)),
            ("from=01", Err(ErrorCode::BadRange)),
            ("from=4294967296", Err(ErrorCode::BadRange)),
            ("to=99999999999999999999999999", Err(ErrorCode::BadRange)),
            ("from", Err(ErrorCode::BadAddress)),
            ("from=", Err(ErrorCode::BadAddress)),
            ("from=-1", Err(ErrorCode::BadAddress)),
            ("from=%2B1", Err(ErrorCode::BadAddress)),
            ("from=1.0", Err(ErrorCode::BadAddress)),
            ("from=%D9%A1", Err(ErrorCode::BadAddress)),
            ("from=1&from=1", Err(ErrorCode::BadAddress)),
            ("From=1", Err(ErrorCode::BadAddress)),
            ("form=1", Err(ErrorCode::BadAddress)),
            ("from=%ff", Err(ErrorCode::BadAddress)),
            ("from=%4", Err(ErrorCode::BadAddress)),
            ("=1", Err(ErrorCode::BadAddress)),
        ] {
            assert_eq!(read(query), wanted, "{query}");
        }
    }

    #[test]
    fn what_is_not_known_is_named_in_brief_with_what_is() {
        let long = format!("{}=1", "x%0a".repeat(2_000));
        let (_, error) = Args::read(&[], ["to", "from"].into_iter(), Some(&long)).unwrap_err();
        assert!(error.message.contains("known keys: from, to") && error.message.len() < 300, "{}", error.message);
        assert!(!error.message.contains('\n'), "{}", error.message);
        let undecoded = Args::read(&[("board", "%ff")], [].into_iter(), None).unwrap_err().1;
        assert_eq!((undecoded.code, undecoded.message.contains("board")), (ErrorCode::BadAddress, true));
    }
}
