//! The Scorelay client for JavaScript: one class, `Core`, over the client's state machine.
//!
//! It opens no socket and sets no timer: each input is one call and gives back everything there is to do and to show,
//! packed by `records`. The TypeScript in `npm/src` makes an API of it, and is the only one meant to call it.

mod errors;
#[cfg(feature = "meets")]
mod meet;
mod output;
mod records;
mod told;

use scorelay_client::core::{Client, ClientConfig, Disconnect, Event, Millis, ViewId, WINDOW_ROWS};
use scorelay_client::protocol::entity::Entity;
use scorelay_client::protocol::ids::RequestId;
use scorelay_client::protocol::limits;
use wasm_bindgen::prelude::wasm_bindgen;

use errors::Failure;
use output::Output;
use told::Told;

/// The latest time there is, which is that of JavaScript's dates; earlier than zero there is none.
const LAST_MS: f64 = 8.64e15;

/// A client of one relay address.
///
/// Times are milliseconds since the Unix epoch, and never run backwards. Commands give no output: after one or several,
/// call `poll`. A refused command throws a string of three lines: code, `0` or `1` for whether it may succeed later,
/// and a text for people.
#[wasm_bindgen]
pub struct Core {
    client: Client,
    /// Which board each unanswered request is about.
    asked: Vec<(RequestId, String)>,
    told: Told,
    #[cfg(feature = "meets")]
    meets: meet::Meets,
}

#[wasm_bindgen]
impl Core {
    /// A client that wants to connect at once. `seed` is a random whole number.
    #[wasm_bindgen(constructor)]
    pub fn new(agent: String, seed: f64, now: f64) -> Core {
        let config = ClientConfig { agent, probes: true };
        Core {
            client: Client::new(config, seed as u64, millis(now)),
            asked: Vec::new(),
            told: Told::default(),
            #[cfg(feature = "meets")]
            meets: meet::Meets::default(),
        }
    }

    /// Watches ranks of a board; gives the view's number.
    ///
    /// # Errors
    /// `bad-range`.
    pub fn watch(&mut self, board: &str, from: u32, to: u32) -> Result<u32, String> {
        Ok(self.client.watch_board(board, from, to).map_err(Failure::from)?.0)
    }

    /// Moves a view's window.
    ///
    /// # Errors
    /// `bad-range`, also where there is no such view.
    #[wasm_bindgen(js_name = setWindow)]
    pub fn set_window(&mut self, view: u32, from: u32, to: u32) -> Result<(), String> {
        Ok(self.client.set_window(ViewId(view), from, to).map_err(Failure::from)?)
    }

    /// Ends a view.
    pub fn unwatch(&mut self, view: u32) {
        self.client.unwatch(ViewId(view));
        self.told.forget(ViewId(view));
    }

    /// Follows an entity.
    ///
    /// # Errors
    /// `bad-entity`, `mask-full`.
    pub fn track(&mut self, entity: &str) -> Result<(), String> {
        Ok(self.client.track(parse(entity)?).map_err(Failure::from)?)
    }

    /// Follows an entity no longer.
    pub fn untrack(&mut self, entity: &str) {
        if let Ok(entity) = parse(entity) {
            self.client.untrack(&entity);
        }
    }

    /// Asks for at most one update in so many milliseconds.
    pub fn pace(&mut self, every_ms: u32) {
        self.client.pace(every_ms);
    }

    /// Asks where an entity stands; gives the request's number.
    ///
    /// # Errors
    /// `bad-entity`.
    pub fn find(&mut self, now: f64, board: String, entity: &str) -> Result<u32, String> {
        let id = self.client.find(millis(now), &board, parse(entity)?);
        self.asked.push((id, board));
        Ok(id.0)
    }

    /// Asks for the rows around an entity; gives the request's number.
    ///
    /// # Errors
    /// `bad-entity`.
    pub fn around(&mut self, now: f64, board: String, entity: &str, rows: u32) -> Result<u32, String> {
        let id = self.client.around(millis(now), &board, parse(entity)?, rows);
        self.asked.push((id, board));
        Ok(id.0)
    }

    /// What there is to do and to show after commands.
    pub fn poll(&mut self, now: f64) -> Vec<u8> {
        self.output(millis(now))
    }

    /// The socket is open.
    pub fn connected(&mut self, now: f64) -> Vec<u8> {
        let now = millis(now);
        self.client.handle_connected(now);
        self.output(now)
    }

    /// A binary message came.
    pub fn message(&mut self, now: f64, bytes: &[u8]) -> Vec<u8> {
        let now = millis(now);
        self.client.handle_message(now, bytes);
        self.output(now)
    }

    /// The socket closed, or never opened: then it is `unreachable`.
    pub fn disconnected(&mut self, now: f64, unreachable: bool, why: String) -> Vec<u8> {
        let now = millis(now);
        let why = if unreachable { Disconnect::Unreachable(why) } else { Disconnect::Lost(why) };
        self.client.handle_disconnected(now, why);
        self.output(now)
    }

    /// The time of the last timer has come.
    pub fn timeout(&mut self, now: f64) -> Vec<u8> {
        let now = millis(now);
        self.client.handle_timeout(now);
        #[cfg(feature = "meets")]
        self.meets.handle_timeout(now);
        self.output(now)
    }

    /// The machine woke, the network is back, or somebody looks again.
    pub fn hurry(&mut self, now: f64) -> Vec<u8> {
        let now = millis(now);
        self.client.hurry(now);
        self.output(now)
    }

    /// Ends everything.
    pub fn close(&mut self, now: f64) -> Vec<u8> {
        let now = millis(now);
        self.client.close(now);
        self.output(now)
    }

    /// Counters: connections, resumed, messages in, bytes in, messages out, bytes out, misfits.
    pub fn stats(&self) -> Vec<f64> {
        let stats = self.client.stats();
        let counters = [
            stats.connections,
            stats.resumed,
            stats.messages_in,
            stats.bytes_in,
            stats.messages_out,
            stats.bytes_out,
            stats.misfits,
        ];
        counters.map(|counter| counter as f64).to_vec()
    }

    /// Limits: ranks of a window, tracked entities, slowest pace in milliseconds, rows on each side of `around`, bytes
    /// of a platform's name and of an entity's id.
    pub fn limits() -> Vec<u32> {
        vec![
            WINDOW_ROWS,
            limits::MASK_TRACKS as u32,
            limits::MAX_PACE_MS,
            limits::AROUND_ROWS,
            limits::PLATFORM_BYTES as u32,
            limits::ENTITY_ID_BYTES as u32,
        ]
    }

    /// The WebSocket subprotocol to ask for.
    pub fn protocol() -> String {
        limits::SUBPROTOCOL.to_owned()
    }

    /// Transport first, then answers, what changed, and when to wake; what is shown is read last.
    fn output(&mut self, now: Millis) -> Vec<u8> {
        let mut out = Output::default();
        self.answers(now, &mut out);
        #[cfg(feature = "meets")]
        while self.meets.carry_on(&mut self.client, now, &mut out) {
            self.answers(now, &mut out);
        }
        while let Some(event) = self.client.poll_event() {
            #[cfg(feature = "meets")]
            let Some(event) = self.meets.show(&self.client, &mut out, event) else { continue };
            self.show(&mut out, event);
        }
        #[cfg(feature = "meets")]
        self.meets.tell(&mut out);
        records::timer(&mut out, self.wake_at());
        out.finish()
    }

    #[cfg(feature = "meets")]
    fn wake_at(&self) -> Option<Millis> {
        [self.client.poll_timeout(), self.meets.poll_timeout()].into_iter().flatten().min()
    }

    #[cfg(not(feature = "meets"))]
    fn wake_at(&self) -> Option<Millis> {
        self.client.poll_timeout()
    }

    /// What is to be sent, and what was answered.
    fn answers(&mut self, now: Millis, out: &mut Output) {
        while let Some(transmit) = self.client.poll_transmit(now) {
            records::transmit(out, &transmit);
        }
        while let Some((id, answer)) = self.client.poll_answer() {
            #[cfg(feature = "meets")]
            let Some(answer) = self.meets.answered(now, id, answer) else { continue };
            let decimals = self.decimals_asked(id);
            records::answer(out, id.0, &answer, decimals);
        }
    }

    fn show(&mut self, out: &mut Output, event: Event) {
        match event {
            Event::StatusChanged => records::status(out, &self.client.status(), self.client.last_tick()),
            Event::Refused(error) => records::refused(out, &(&error).into()),
            Event::DirectoryChanged => {
                if let Some(boards) = self.client.directory() {
                    records::directory(out, &boards);
                }
            }
            Event::ViewChanged(view) => {
                if let Some(level) = self.client.level_view(view) {
                    self.told.tell(out, view, &level);
                } else if let Some(shown) = self.client.view(view) {
                    self.told.forget(view);
                    records::view(out, view.0, &shown);
                }
            }
            Event::TrackChanged(entity) => {
                if let Some(track) = self.client.tracked(&entity) {
                    records::track(out, &track);
                }
            }
            // Pages of boards ask for nothing else.
            _ => {}
        }
    }

    /// Decimals of the board a request was about, which is then forgotten; 0 where that board is gone.
    fn decimals_asked(&mut self, id: RequestId) -> u8 {
        let Some(index) = self.asked.iter().position(|(asked, _)| *asked == id) else { return 0 };
        let (_, board) = self.asked.swap_remove(index);
        let boards = self.client.directory().unwrap_or_default();
        boards.iter().find(|known| known.id == board).map_or(0, |known| known.decimals)
    }
}

/// What is no time of a date becomes the nearest one; NaN is 0.
fn millis(at: f64) -> Millis {
    Millis(at.clamp(0.0, LAST_MS) as u64)
}

fn parse(entity: &str) -> Result<Entity, Failure> {
    entity.parse().map_err(Failure::from)
}
