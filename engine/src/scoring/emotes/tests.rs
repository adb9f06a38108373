//! Lists and tags by example, and any tag against the rules in the plainest form.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn entity(text: &str) -> Entity {
    text.parse().unwrap()
}

fn listed(list: &str) -> Result<EmoteWords, String> {
    let mut words = EmoteWords::default();
    words.add("7tv", list).map(|()| words).map_err(|error| error.to_string())
}

/// E9: the row is an emote, with its id where the list has one.
#[test]
fn a_list_says_which_words_are_emotes() {
    let words = listed("\u{feff}# seven\r\n\r\nCatJam\t01ABC\r\npeepoClap\n  \n(ノ°∀°)ノ\t7\nlast").unwrap();
    assert_eq!(words.find("CatJam"), Some(&entity("emote:7tv:01ABC")));
    assert_eq!(words.find("peepoClap"), Some(&entity("emote:7tv:peepoClap")));
    assert_eq!(words.find("(ノ°∀°)ノ"), Some(&entity("emote:7tv:7")));
    assert_eq!(words.find("last"), Some(&entity("emote:7tv:last")));
    for other in ["catjam", "CatJam!", "seven", "", "#"] {
        assert_eq!(words.find(other), None, "{other}");
    }
}

#[test]
fn what_is_wrong_with_a_list_is_said_with_its_line() {
    let error = |list: &str| listed(list).unwrap_err();
    assert!(error("ok\ntwo words\n").starts_with("line 2: `two words` is not a name"));
    assert!(error("\tid").starts_with("line 1: `` is not a name"));
    assert!(error(" indented").starts_with("line 1: ` indented` is not a name"));
    assert!(error(&"x".repeat(129)).starts_with("line 1: `xxx"));
    assert!(error("# a\n\na\tb c").starts_with("line 3: `b c` is not an id"));
    assert!(error("a\tb\tc").starts_with("line 1: `b\tc` is not an id"));
    assert!(error(&format!("a\t{}", "x".repeat(125))).contains("is not an id"));
    assert_eq!(error("a\n#\nb\na\t5"), "line 4: `a` stands in line 1 already");
    let many: String = (0..=EMOTE_LIST_NAMES).map(|n| format!("e{n}\n")).collect();
    assert_eq!(error(&many), "line 100001: a list has at most 100000 names");
}

#[test]
fn a_bad_list_adds_nothing_and_an_earlier_list_keeps_its_names() {
    let mut words = listed("Kappa\t1").unwrap();
    assert!(words.add("bttv", "Hey\nnot good").is_err());
    assert_eq!(words.find("Hey"), None);
    words.add("bttv", "Kappa\t2\nHey\t3").unwrap();
    assert_eq!(words.find("Kappa"), Some(&entity("emote:7tv:1")));
    assert_eq!(words.find("Hey"), Some(&entity("emote:bttv:3")));
}

fn twitch(tag: &str, text: &str) -> Vec<(String, String, u16)> {
    twitch_emotes(tag, text).into_iter().map(|emote| (emote.id, emote.name, emote.count)).collect()
}

fn emote(id: &str, name: &str, count: u16) -> (String, String, u16) {
    (id.to_owned(), name.to_owned(), count)
}

/// E9: Twitch's own emotes, with what they are called taken from the text.
#[test]
fn twitch_marks_its_emotes() {
    let got = twitch("25:0-4,12-16/1902:6-10", "Kappa Keepo Kappa");
    assert_eq!(got, [emote("25", "Kappa", 2), emote("1902", "Keepo", 1)]);
    let got = twitch("emotesv2_a8f:2-8", "🎉 minikHi");
    assert_eq!(got, [emote("emotesv2_a8f", "minikHi", 1)]);
    let got = twitch("1:0-1,3-5", ":) :-)");
    assert_eq!(got, [emote("1", ":)", 2)]);
    assert_eq!(twitch("", "Kappa"), []);
    // The same id in two groups is one emote.
    assert_eq!(twitch("25:0-4/25:6-10", "Kappa Kappa"), [emote("25", "Kappa", 2)]);
}

#[test]
fn what_a_tag_may_not_say_is_left_out() {
    let text = "Kappa Keepo 🎉";
    for tag in [
        "25",
        ":0-4",
        "25:",
        "25:0",
        "25:-",
        "25:a-4",
        "25:4-0",
        "25:0-99",
        "25:13-13",
        "25:0-18446744073709551615",
        "25:18446744073709551615-18446744073709551615",
        "25:99999999999999999999-4",
        "25:0-5",
        "25:5-5",
        "2 5:0-4",
        "é:0-4",
        "//::,,--",
        "25:0--4",
    ] {
        assert_eq!(twitch(tag, text), [], "{tag}");
    }
    assert_eq!(twitch("25:0-4/26:2-3,12-12,0-4", text), [emote("25", "Kappa", 1), emote("26", "🎉", 1)]);
    assert_eq!(twitch("25:0-0", ""), []);
    let long = "x".repeat(ENTITY_ID_BYTES + 1);
    assert_eq!(twitch("25:0-128", &long), []);
    assert_eq!(twitch("25:0-127", &long).len(), 1);
}

#[test]
fn thousands_of_positions_are_bounded() {
    let text = "x ".repeat(4_000);
    let ranges: Vec<String> = (0..4_000).map(|at| format!("{0}-{0}", 2 * at)).collect();
    assert_eq!(twitch(&format!("9:{}", ranges.join(",")), &text), [emote("9", "x", EMOTE_USES as u16)]);
}

/// The rules on a list of characters.
fn naive(tag: &str, text: &str) -> Vec<(String, String, u16)> {
    let chars: Vec<char> = text.chars().collect();
    let mut taken = BTreeSet::new();
    let mut found: Vec<(String, String, u16)> = Vec::new();
    for group in tag.split('/') {
        let Some((id, ranges)) = group.split_once(':') else { continue };
        if id.is_empty() || id.contains(' ') {
            continue;
        }
        for range in ranges.split(',') {
            let numbers: Vec<usize> = range.split('-').filter_map(|number| number.parse().ok()).collect();
            let &[first, last] = numbers.as_slice() else { continue };
            if range.split('-').count() != 2 || first > last || last >= chars.len() {
                continue;
            }
            let name: String = chars[first..=last].iter().collect();
            if name.contains(' ') || (first..=last).any(|at| taken.contains(&at)) {
                continue;
            }
            taken.extend(first..=last);
            match found.iter_mut().find(|emote| emote.0 == id) {
                Some(emote) => emote.2 += 1,
                None => found.push((id.to_owned(), name, 1)),
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_tag_is_by_the_rules(
        tag in "([1-3]|[0-9]{1,2}-[0-9]{1,2}|:|/|,|-| |[1-3]:[0-9]-[0-9],|/[1-3]:1[0-9]-1[0-9]){0,20}",
        text in "(Kappa|x|é|🎉| ){0,12}",
    ) {
        prop_assert_eq!(twitch(&tag, &text), naive(&tag, &text));
    }

    #[test]
    fn any_two_texts_are_harmless(tag in ".{0,100}", text in ".{0,100}") {
        for emote in twitch_emotes(&tag, &text) {
            prop_assert!(text.contains(&emote.name) && tag.contains(&emote.id) && emote.count > 0);
        }
    }

    /// A list of any distinct words makes emotes of just these.
    #[test]
    fn a_list_holds_what_it_lists(names in proptest::collection::btree_set("[a-cA-C]{1,3}", 0..20), word in "[a-cA-C]{1,3}") {
        let words = listed(&names.iter().map(|name| format!("{name}\n")).collect::<String>()).unwrap();
        let want = names.contains(&word).then(|| entity(&format!("emote:7tv:{word}")));
        prop_assert_eq!(words.find(&word), want.as_ref());
    }
}
