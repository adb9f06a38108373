//! A server's own emojis in a message: Discord sends `<:name:id>` for what its writer sees as a picture. They are
//! counted by their ids, and the text keeps `:name:`, as it was typed.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::EmoteUse;
use scorelay_protocol::limits;

/// The text with names for emojis, and each emoji with how often it stands there.
pub(super) fn read(text: &str) -> (String, Vec<EmoteUse>) {
    let (mut plain, mut uses) = (String::with_capacity(text.len()), Vec::<EmoteUse>::new());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        rest = match emoji(from) {
            Some((name, id, after)) => {
                plain.extend([":", name, ":"]);
                note(&mut uses, name, id);
                after
            }
            None => {
                plain.push('<');
                &from[1..]
            }
        };
    }
    plain.push_str(rest);
    (plain, uses)
}

/// The name and the id of the emoji that `text` begins with, and what comes after it.
fn emoji(text: &str) -> Option<(&str, &str, &str)> {
    let inner = text.strip_prefix("<a:").or_else(|| text.strip_prefix("<:"))?;
    let (name, inner) = inner.split_once(':')?;
    let (id, after) = inner.split_once('>')?;
    let named = !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let numbered = !id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit());
    (named && numbered).then_some((name, id, after))
}

fn note(uses: &mut Vec<EmoteUse>, name: &str, id: &str) {
    let Ok(emote) = Entity::new("emote", &format!("discord:{id}")) else { return };
    match uses.iter().position(|known| known.emote == emote) {
        Some(known) => uses[known].count = uses[known].count.saturating_add(1),
        None if uses.len() < limits::EMOTES => uses.push(EmoteUse { emote, name: name.to_owned(), count: 1 }),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (String, Vec<String>) {
        let (plain, uses) = read(text);
        (plain, uses.iter().map(|one| format!("{} {} {}", one.emote, one.name, one.count)).collect())
    }

    #[test]
    fn emojis_are_counted_and_named() {
        assert_eq!(
            found("hi <:Pog:12> <a:Pog:12><:sad_1:9> жук"),
            (
                "hi :Pog: :Pog::sad_1: жук".into(),
                vec!["emote:discord:12 Pog 2".into(), "emote:discord:9 sad_1 1".into()],
            )
        );
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        for text in
            ["<", "<<", "a < b", "<:>", "<::1>", "<:a:>", "<:a:x>", "<@12>", "<t:1:R>", "<:a:1", "<:ä:1>", "<:a b:1>"]
        {
            assert_eq!(found(text), (text.to_owned(), vec![]));
        }
        assert_eq!(found("<<:a:1>>").0, "<:a:>");
    }

    #[test]
    fn their_number_is_bounded() {
        let text: String = (1..=2 * limits::EMOTES).map(|n| format!("<:e:{n}>")).collect();
        assert_eq!(read(&text).1.len(), limits::EMOTES);
    }
}
