//! Holds what clients hold against what the relay says over HTTP, a few clients at a time while the load runs and more
//! of them at its end. What counts as wrong is decided in `suspects`.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use scorelay_protocol::limits::API_ROWS;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::http::{Http, Question};
use super::slot::{Look, Slot};
use super::suspects::{Compared, LOOK_MS, Places, Suspects};

/// From one question to the next: with the looks at suspects far from the 50 a second that one address may ask.
const TURN: Duration = Duration::from_millis(200);
/// The same after three questions without an answer.
const TURN_AWAY: Duration = Duration::from_secs(2);
/// Comparisons that may be under way.
const OPEN: usize = 24;
/// Clients that are compared when the load ends, and the time between two of them.
const LAST: usize = 50;
const LAST_TURN: Duration = Duration::from_millis(40);

/// All clients of a load.
pub(super) type Roster = Mutex<Vec<Arc<Slot>>>;

/// What came of asking.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Answers of the relay.
    pub answers: u64,
    /// Questions without one.
    pub failures: u64,
    /// Why there was none, the last time.
    pub last_failure: Option<String>,
    /// What became of the places compared.
    pub compared: Compared,
    /// The first wrong ones, in words.
    pub words: Vec<String>,
}

/// Wrong places that are kept in words.
const KEPT_WORDS: usize = 10;

pub(super) struct Comparer {
    http: Http,
    roster: Arc<Roster>,
    asked: Arc<Mutex<Asked>>,
    open: Vec<Open>,
    /// Questions without an answer since the last one that had one.
    away: u32,
}

/// A comparison under way; the suspects are with the client.
struct Open {
    slot: Arc<Slot>,
    question: Question,
    look_at: Instant,
}

impl Comparer {
    pub(super) fn new(http: Http, roster: Arc<Roster>, asked: Arc<Mutex<Asked>>) -> Self {
        Self { http, roster, asked, open: Vec::new(), away: 0 }
    }

    /// Compares until `last`, then some clients more, and goes on until nothing is suspect. May be dropped at any time;
    /// [`unsettled`] then finds what is left.
    pub(super) async fn run(mut self, last: CancellationToken) {
        let mut turns = interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = last.cancelled() => break,
                _ = turns.tick() => {}
            }
            if self.away >= 3 {
                sleep(TURN_AWAY).await;
            }
            self.look().await;
            if self.open.len() < OPEN
                && let Some(slot) = self.any()
            {
                self.begin(slot).await;
            }
        }
        for _ in 0..LAST {
            if let Some(slot) = self.any() {
                self.begin(slot).await;
            }
            sleep(LAST_TURN).await;
        }
        while !self.open.is_empty() {
            turns.tick().await;
            self.look().await;
        }
    }

    fn any(&self) -> Option<Arc<Slot>> {
        let roster = self.roster.lock();
        match roster.len() {
            0 => None,
            clients => Some(roster[rand::random_range(0..clients)].clone()),
        }
    }

    /// Asks for what a client holds, and compares.
    async fn begin(&mut self, slot: Arc<Slot>) {
        let (before, question) = {
            let inner = slot.inner.lock();
            let before = inner.places(&slot.board.1).filter(|_| inner.suspects.is_none());
            let Some(before) = before else { return };
            (before, question(inner.look(), &slot.board.1))
        };
        let Some(said) = self.ask(&question).await else { return };
        let mut inner = slot.inner.lock();
        let Some(after) = inner.places(&slot.board.1) else { return };
        let suspects = Suspects::begin(&before, &said, &after);
        if suspects.is_settled() {
            self.end(&slot, suspects);
        } else {
            inner.suspects = Some(suspects);
            drop(inner);
            self.open.push(Open { slot, question, look_at: next_look() });
        }
    }

    /// Asks again where it is time to.
    async fn look(&mut self) {
        let now = Instant::now();
        for mut open in std::mem::take(&mut self.open) {
            if open.look_at > now {
                self.open.push(open);
                continue;
            }
            let said = self.ask(&open.question).await;
            let mut inner = open.slot.inner.lock();
            let held = inner.places(&open.slot.board.1);
            let Some(mut suspects) = inner.suspects.take() else { continue };
            suspects.held(held.as_ref());
            // Whoever does not answer has not said the same again.
            if let Some(said) = said {
                suspects.said(&said);
            }
            if suspects.is_settled() {
                self.end(&open.slot, suspects);
            } else if self.away < 3 {
                inner.suspects = Some(suspects);
                drop(inner);
                open.look_at = next_look();
                self.open.push(open);
            } else {
                self.end(&open.slot, suspects);
            }
        }
    }

    async fn ask(&mut self, question: &Question) -> Option<Places> {
        let answer = self.http.ask(question).await;
        let mut asked = self.asked.lock();
        match answer {
            Ok(places) => {
                self.away = 0;
                asked.answers += 1;
                Some(places)
            }
            Err(why) => {
                self.away += 1;
                asked.failures += 1;
                asked.last_failure = Some(why);
                None
            }
        }
    }

    fn end(&self, slot: &Slot, suspects: Suspects) {
        note(&self.asked, slot, suspects);
    }
}

/// Counts as unsettled what was suspect when comparing ended.
pub(super) fn unsettled(roster: &Roster, asked: &Mutex<Asked>) {
    for slot in roster.lock().iter() {
        if let Some(suspects) = slot.inner.lock().suspects.take() {
            note(asked, slot, suspects);
        }
    }
}

fn note(asked: &Mutex<Asked>, slot: &Slot, suspects: Suspects) {
    let (compared, words) = suspects.end();
    let mut asked = asked.lock();
    asked.compared.add(compared);
    let room = KEPT_WORDS.saturating_sub(asked.words.len());
    let words = words.into_iter().take(room);
    let on = |words: String| format!("client {} on board {:?}: {words}", slot.no, slot.board.1);
    asked.words.extend(words.map(on));
}

fn next_look() -> Instant {
    Instant::now() + Duration::from_millis(LOOK_MS)
}

/// What to ask about what a client looks at: of a wide window as much as is answered at once.
fn question(look: &Look, board: &str) -> Question {
    let board = board.to_owned();
    match look {
        Look::Track(entity) => Question::Place { board, entity: entity.clone() },
        Look::Window { from, to, .. } => {
            let beyond = (to - from).saturating_sub(API_ROWS - 1);
            let from = from + rand::random_range(0..=beyond);
            Question::Rows { board, from, to: (*to).min(from + API_ROWS - 1) }
        }
    }
}
