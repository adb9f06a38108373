//! Many generated messages over many boards at once, against counts made by themselves from the same messages.

use std::collections::BTreeMap;

use scorelay_engine::scoring::emotes::EmoteWords;
use scorelay_engine::{BoardConfig, Counted, Input, Rating, Scorer, Term};
use scorelay_protocol::event::{ChatMessage, Done, EmoteUse, Event, Notice};
use scorelay_protocol::ids::UnixMillis;

use crate::support::*;

const MESSAGES: u64 = 1_000_000;

/// A generator of numbers that is not the engine's.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

const WORDS: [&str; 8] = ["hello", "Hello", "gg", "привет", "catJAM", "Kappa", "日本", "a}b{"];
const ROOMS: [&str; 3] = ["#one", "#two", "#three"];

fn boards() -> Vec<BoardConfig> {
    let one = |id: &str, counted| BoardConfig::new(id, Scorer::one(counted, 1));
    let weights = [(Counted::Messages, 2), (Counted::EmoteUses, 3), (Counted::Bits, 10), (Counted::GiftedSubs, 7)];
    let overall = weights.map(|(counted, points)| Term { counted, points });
    let mut partners = one("partners", Counted::Messages);
    partners.filter.badges = ["partner".to_owned()].into();
    let mut nonvips = one("nonvips", Counted::Messages);
    nonvips.filter.not_badges = ["vip".to_owned()].into();
    vec![
        BoardConfig::new("overall", Scorer::Counts(overall.into())),
        one("messages", Counted::Messages),
        one("bits", Counted::Bits),
        one("gifts", Counted::GiftedSubs),
        one("raiders", Counted::Raiders),
        one("uses", Counted::EmoteUses),
        one("emotes", Counted::Emotes),
        one("words", Counted::Words),
        one("nicks", Counted::Nicks),
        one("rooms", Counted::Rooms),
        BoardConfig { rating: Rating::Best, ..one("cheer", Counted::Bits) },
        partners,
        nonvips,
    ]
}

#[derive(Default)]
struct Tally(BTreeMap<(&'static str, String), i64>);

impl Tally {
    fn add(&mut self, board: &'static str, who: impl Into<String>, units: i64) {
        if units != 0 {
            *self.0.entry((board, who.into())).or_default() += units;
        }
    }
}

fn speak(random: &mut Numbers, tally: &mut Tally) -> Event {
    let author = format!("t:{}", random.below(500));
    let (room, badge) = (ROOMS[random.below(3) as usize], ["vip", "partner", "sub"][random.below(3) as usize]);
    let (name, badges) = (author.to_uppercase(), vec![badge.to_owned()]);
    if random.below(50) == 0 {
        let count = random.below(5) as u32;
        let done = if random.below(2) == 0 { Done::GiftedSubs(count) } else { Done::Raid(count) };
        let (board, worth) = if matches!(done, Done::Raid(_)) { ("raiders", 0) } else { ("gifts", 7) };
        tally.add(board, &author, i64::from(count));
        tally.add("overall", &author, worth * i64::from(count));
        let (author, room) = (entity(&author), room.to_owned());
        return Event::Notice(Notice { author, name, room, id: None, badges, done });
    }
    let words: Vec<&str> = (0..random.below(6)).map(|_| WORDS[random.below(8) as usize]).collect();
    let kappas = words.iter().filter(|word| **word == "Kappa").count() as u16;
    let jams = words.iter().filter(|word| **word == "catJAM").count() as i64;
    let bits = if random.below(20) == 0 { random.below(1_000) as u32 } else { 0 };
    for word in &words {
        tally.add("words", format!("word:{word}"), 1);
    }
    tally.add("emotes", "emote:twitch:25", i64::from(kappas));
    tally.add("emotes", "emote:7tv:catJAM", jams);
    let uses = i64::from(kappas) + jams;
    tally.add("uses", &author, uses);
    tally.add("bits", &author, i64::from(bits));
    tally.add("overall", &author, 2 + 3 * uses + 10 * i64::from(bits));
    for board in ["messages"].into_iter().chain((badge == "partner").then_some("partners")) {
        tally.add(board, &author, 1);
    }
    tally.add("nonvips", &author, i64::from(badge != "vip"));
    tally.add("nicks", format!("nick:{name}"), 1);
    tally.add("rooms", format!("room:{room}"), 1);
    if bits > 0 {
        let best = tally.0.entry(("cheer", author.clone())).or_default();
        *best = (*best).max(i64::from(bits));
    }
    let kappa = EmoteUse { emote: entity("emote:twitch:25"), name: "Kappa".into(), count: kappas };
    let emotes = if kappas > 0 { vec![kappa] } else { Vec::new() };
    Event::Message(ChatMessage { name, badges, emotes, bits, ..said(&author, room, &words.join(" ")) })
}

/// E9, E11: whatever a million messages come to on all boards at once is what counting them by themselves comes to.
#[test]
fn generated_messages_tally_on_all_boards_at_once() {
    let mut rig = Rig::new(boards());
    let mut words = EmoteWords::default();
    words.add("7tv", "catJAM\n").unwrap();
    rig.engine.set_emote_words(words);
    let (mut random, mut tally) = (Numbers(20_261_121), Tally::default());
    for n in 0..MESSAGES {
        let event = speak(&mut random, &mut tally);
        rig.engine.handle(UnixMillis(n), live(event));
        if n.is_multiple_of(5_000) {
            rig.engine.handle(UnixMillis(n), Input::Commit);
        }
    }
    rig.engine.handle(UnixMillis(MESSAGES), Input::Cut);
    let mut counted = BTreeMap::new();
    for board in boards() {
        for row in rig.engine.rows(&board.id).unwrap() {
            counted.insert((board.id.clone(), row.entity.to_string()), row.score);
        }
    }
    let expected: BTreeMap<_, _> =
        tally.0.into_iter().map(|((board, who), units)| ((board.to_owned(), who), units)).collect();
    assert_eq!(counted.len(), expected.len());
    assert_eq!(counted, expected);
}
