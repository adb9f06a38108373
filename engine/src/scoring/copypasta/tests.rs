//! Copies by example, and the passes against all runs compared naively.

use super::*;
use proptest::prelude::*;

const PASTA: &str = "I would just like to interject for a moment";

fn person(number: u32) -> Entity {
    Entity::new("twitch", &number.to_string()).unwrap()
}

/// What the last of these messages copies; all are of different authors.
fn last_of(messages: &[&str]) -> Ratio {
    let mut copypasta = Copypasta::default();
    let ratios = messages.iter().zip(1..).map(|(text, author)| copypasta.see(&person(author), text));
    ratios.last().unwrap()
}

/// E9: a copy within the last ten messages scores by how much of it is one.
#[test]
fn a_copy_is_recognised() {
    assert_eq!(last_of(&[PASTA]), Ratio::NONE);
    assert_eq!(last_of(&[PASTA, PASTA]).of(300), 300);
    // 43 of 53 characters.
    let longer = format!("{PASTA} my friend");
    assert_eq!(last_of(&[PASTA, &longer]).of(5_300), 4_300);
    assert_eq!(last_of(&[&longer, PASTA]).of(5_300), 4_300);
    assert_eq!(last_of(&[PASTA, "something else entirely, not a copy at all"]), Ratio::NONE);
}

#[test]
fn exactly_the_bound_is_not_above_it() {
    let six_of_ten = ["abcdefghijkl01234567", "abcdefghijklmnopqrst"];
    assert_eq!(last_of(&six_of_ten), Ratio::NONE);
    assert_eq!(last_of(&["abcdefghijklm1234567", six_of_ten[1]]).of(20), 13);
}

#[test]
fn case_white_space_and_what_is_not_drawn_do_not_matter() {
    let disguised = "  i WOULD just\u{3000}like \u{e0000} to\tinter\u{200b}ject for a moment \u{e0000}";
    assert_eq!(last_of(&[PASTA, disguised]).of(1), 1);
    let blank = "\u{e0000} \u{e0000}\u{e0000} \u{200b} \u{200b} \u{200b} \u{200b}";
    assert_eq!(last_of(&[blank, blank]), Ratio::NONE);
}

#[test]
fn short_messages_neither_count_nor_push_others_out() {
    assert_eq!(last_of(&["elevenchars", "elevenchars"]), Ratio::NONE);
    assert_eq!(last_of(&["twelve chars", "twelve chars"]).of(1), 1);
    let mut chat = vec![PASTA];
    chat.extend(["hello"; 20]);
    chat.push(PASTA);
    assert_eq!(last_of(&chat).of(1), 1);
}

#[test]
fn only_the_latest_messages_are_remembered() {
    let others: Vec<String> = (0..10).map(|n| format!("{n}").repeat(20)).collect();
    let chat = |between: usize| {
        let between = others[..between].iter().map(String::as_str);
        [PASTA].into_iter().chain(between).chain([PASTA]).collect::<Vec<_>>()
    };
    assert_eq!(last_of(&chat(9)).of(1), 1);
    assert_eq!(last_of(&chat(10)), Ratio::NONE);
}

/// E20: nobody gains by repeating themselves.
#[test]
fn repeating_oneself_is_no_copy() {
    let mut copypasta = Copypasta::default();
    assert_eq!(copypasta.see(&person(1), PASTA), Ratio::NONE);
    assert_eq!(copypasta.see(&person(1), PASTA), Ratio::NONE);
    assert_eq!(copypasta.see(&person(2), PASTA).of(1), 1);
}

#[test]
fn a_share_is_rounded_to_units() {
    let ratio = Ratio { common: 2, length: 3 };
    assert_eq!([0, 1, 2, 3, -1, -2].map(|points| ratio.of(points)), [0, 1, 1, 2, -1, -1]);
    assert_eq!(Ratio { common: 3, length: 4 }.of(-2), -2);
    assert_eq!(Ratio { common: 1, length: 1 }.of(i64::MIN), i64::MIN);
    assert_eq!(Ratio::NONE.of(i64::MAX), 0);
}

/// The length of the longest run of characters in both, by comparing every two places.
fn naive(one: &[char], other: &[char]) -> usize {
    let run = |from: usize, at: usize| one[from..].iter().zip(&other[at..]).take_while(|(a, b)| a == b).count();
    (0..one.len()).flat_map(|from| (0..other.len()).map(move |at| run(from, at))).max().unwrap_or(0)
}

/// A text of few letters, so that runs come again.
fn letters() -> impl Strategy<Value = Vec<char>> {
    proptest::collection::vec(prop_oneof![4 => Just('a'), 1 => Just('b'), 1 => Just('ß')], 0..60)
}

/// A text and another that is a piece of it between others.
fn copied() -> impl Strategy<Value = (Vec<char>, Vec<char>)> {
    (letters(), letters(), letters(), 0usize..60, 0usize..60).prop_map(|(text, before, after, from, count)| {
        let from = from.min(text.len());
        let piece = &text[from..text.len().min(from + count)];
        let other = [&before[..before.len() / 6], piece, &after[..after.len() / 6]].concat();
        (text, other)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Exact above a half, and never too much.
    #[test]
    fn agrees_with_the_naive_longest_run((one, other) in prop_oneof![copied(), (letters(), letters())]) {
        let longest = naive(&one, &other);
        let got = longest_through_middle(&one, &other);
        prop_assert!(got <= longest);
        if 2 * longest > one.len().max(other.len()) {
            prop_assert_eq!(got, longest);
        }
    }

    /// Whatever is written, a verdict is none, or above the bound, and one's own copy of another's message is whole.
    #[test]
    fn any_text_has_a_ratio(texts in proptest::collection::vec("\\PC{0,40}", 1..5)) {
        let mut copypasta = Copypasta::default();
        for text in &texts {
            let ratio = copypasta.see(&person(1), text);
            prop_assert_eq!(ratio, Ratio::NONE);
            let again = copypasta.see(&person(2), text);
            let counts = essence(text).len() >= COPYPASTA_CHARS;
            prop_assert_eq!(again.of(1_000), if counts { 1_000 } else { 0 });
            copypasta = Copypasta::default();
        }
    }
}
