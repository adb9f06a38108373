//! What a message's words are: what stands between white space, in any script, as it was written. Neither stemmed nor
//! folded; punctuation is part of the word. Comparing whole messages is `copypasta.rs`.

use scorelay_protocol::limits::ENTITY_ID_BYTES;

/// The words of `text` in order, repeats included.
///
/// Left out is what could not be the id of a `word:` entity (longer than [`ENTITY_ID_BYTES`] bytes, or with a control
/// character in it), so that one bad word does not cost a message its others, and what nobody can see (only
/// characters that are not drawn, which chat clients append so that a repeated message is not refused).
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| fits_id(word) && !word.chars().all(is_invisible))
}

/// Whether `text` can be an entity's id.
pub(super) fn fits_id(text: &str) -> bool {
    (1..=ENTITY_ID_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Whether `c` is drawn as nothing by itself: zero-width characters, joiners, variation selectors and tags.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use scorelay_protocol::entity::{Entity, EntityId};

    fn split(text: &str) -> Vec<&str> {
        words(text).collect()
    }

    /// S5: split on white space, case kept, any script, empty parts ignored.
    #[test]
    fn words_are_what_stands_between_white_space() {
        assert_eq!(split("  Hello hello\tHELLO,\n{brace}  "), ["Hello", "hello", "HELLO,", "{brace}"]);
        assert_eq!(split("你好 мир\u{3000}नमस्ते\u{a0}🎉🎉"), ["你好", "мир", "नमस्ते", "🎉🎉"]);
        assert_eq!(split(" \t\u{2003}\r\n"), [""; 0]);
        assert_eq!(split(""), [""; 0]);
    }

    #[test]
    fn a_word_that_can_be_no_entity_costs_the_others_nothing() {
        let longest = "x".repeat(ENTITY_ID_BYTES);
        let text = format!("a {longest}x {longest} b\u{1}c \u{e0000} \u{200b} d");
        assert_eq!(split(&text), ["a", &longest, "d"]);
        // Two bytes each: the limit is in bytes.
        assert_eq!(split(&"ü".repeat(ENTITY_ID_BYTES / 2 + 1)), [""; 0]);
    }

    #[test]
    fn what_is_not_drawn_stays_inside_a_word_that_is() {
        assert_eq!(split("👨\u{200d}👩 a\u{e0000}"), ["👨\u{200d}👩", "a\u{e0000}"]);
    }

    proptest! {
        /// Every word is one of the naive split that is a valid entity, in order, and nothing visible is left out.
        #[test]
        fn agrees_with_the_entity_rules(text in "([a-z]|\\PC|[ \\t\\n]|[\\x00-\\x1f]|\u{200b}|\u{e0000}){0,200}") {
            let naive: Vec<&str> = text
                .split(char::is_whitespace)
                .filter(|part| Entity::new("word", part).is_ok())
                .filter(|part| part.chars().any(|c| !is_invisible(c)))
                .collect();
            prop_assert_eq!(split(&text), naive);
        }

        #[test]
        fn an_id_fits_just_when_it_parses(text in "(a|ß|\\x07|[0-9]){0,140}") {
            prop_assert_eq!(fits_id(&text), EntityId::parse(&text).is_ok());
        }
    }
}
