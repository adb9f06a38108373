//! What JavaScript calls for meets. Desks have numbers; one that is closed is met with `meet-closed`.
//!
//! What begins a wait (`createMeet`, `joinMeet` and the commands of people) gives no output: after one or several, call
//! `poll`. All others give theirs.

use scorelay_client::core::meet::display::MeetDisplay;
use scorelay_client::core::meet::{Command, CommandNo, MeetDesk, Opening};
use scorelay_client::protocol::error::ErrorCode;
use scorelay_client::protocol::limits::{MEET_ADDRESS_BYTES, MEET_RESULTS_BYTES};
use scorelay_client::protocol::meet::ids::MeetSeq;
use scorelay_client::protocol::meet::request::{Claim, SessionNo};
use wasm_bindgen::prelude::wasm_bindgen;

use super::given;
use crate::{Core, millis};

#[wasm_bindgen]
impl Core {
    /// A meet's id as it is shown, from any way people write it.
    ///
    /// # Errors
    /// `bad-meet`.
    #[wasm_bindgen(js_name = meetId)]
    pub fn meet_id(text: &str) -> Result<String, String> {
        Ok(given::meet(text)?.to_string())
    }

    /// A desk that takes part in no meet; gives its number. `seed` is a random whole number.
    #[wasm_bindgen(js_name = newDesk)]
    pub fn new_desk(&mut self, now: f64, seed: f64) -> u32 {
        self.meets.add(millis(now), MeetDesk::new(seed as u64))
    }

    /// A desk as it was kept: of each record its key, its length in four bytes, its bytes.
    ///
    /// # Errors
    /// `bad-state-file`.
    #[wasm_bindgen(js_name = loadDesk)]
    pub fn load_desk(&mut self, now: f64, seed: f64, kept: &[u8]) -> Result<u32, String> {
        let saved = given::kept(kept)?;
        Ok(self.meets.add(millis(now), MeetDesk::load(saved, seed as u64)))
    }

    /// Lets go of a desk.
    #[wasm_bindgen(js_name = closeDesk)]
    pub fn close_desk(&mut self, desk: u32) {
        self.meets.desks.retain(|open| open.no != desk);
        self.meets.asked.retain(|(_, asker, _)| *asker != desk);
    }

    /// Makes a meet. `random`: 48 bytes.
    ///
    /// # Errors
    /// `bad-locations`, `bad-password`, `takes-part`, `another-meet`.
    #[wasm_bindgen(js_name = createMeet)]
    pub fn create_meet(
        &mut self,
        now: f64,
        desk: u32,
        location: String,
        locations: &str,
        password: String,
        random: &[u8],
    ) -> Result<(), String> {
        let locations = given::locations(locations)?;
        let password = given::password(password)?;
        self.open_meet(now, desk, Opening::Create { location, locations, password }, random)
    }

    /// Joins a meet, also again. `random`: 48 bytes.
    ///
    /// # Errors
    /// `bad-meet`, `bad-password`, `takes-part`, `another-meet`.
    #[wasm_bindgen(js_name = joinMeet)]
    pub fn join_meet(
        &mut self,
        now: f64,
        desk: u32,
        meet: &str,
        location: String,
        password: String,
        random: &[u8],
    ) -> Result<(), String> {
        let (meet, password) = (given::meet(meet)?, given::password(password)?);
        self.open_meet(now, desk, Opening::Join { meet, location, password }, random)
    }

    /// Sets paths, `[["meet.name", "Open"], …]`: all of them or none.
    ///
    /// # Errors
    /// `bad-path`, `bad-value`, `too-long`, `not-ready`, `meet-closed`.
    #[wasm_bindgen(js_name = setMeet)]
    pub fn set_meet(&mut self, now: f64, desk: u32, edits: &str) -> Result<Vec<u8>, String> {
        let edits = given::edits(edits)?;
        self.desk(desk)?.edit_all(millis(now), edits).map_err(crate::errors::Failure::from)?;
        Ok(self.poll(now))
    }

    /// Sets once more what does not stand.
    ///
    /// # Errors
    /// As `setMeet`, and `not-overruled`.
    #[wasm_bindgen(js_name = setAgain)]
    pub fn set_again(&mut self, now: f64, desk: u32, line: f64) -> Result<Vec<u8>, String> {
        self.desk(desk)?.again(millis(now), MeetSeq(line as u64)).map_err(crate::errors::Failure::from)?;
        Ok(self.poll(now))
    }

    /// Takes what does not stand off the list.
    pub fn dismiss(&mut self, now: f64, desk: u32, line: f64) -> Vec<u8> {
        if let Some(desk) = self.meets.desk(desk) {
            desk.dismiss(millis(now), MeetSeq(line as u64));
        }
        self.poll(now)
    }

    /// A save and all before it are done.
    pub fn saved(&mut self, now: f64, desk: u32, number: f64) -> Vec<u8> {
        if let Some(desk) = self.meets.desk(desk) {
            desk.handle_saved(number as u64);
        }
        self.poll(now)
    }

    /// A save could not be done.
    #[wasm_bindgen(js_name = notSaved)]
    pub fn not_saved(&mut self, now: f64, desk: u32) -> Vec<u8> {
        if let Some(desk) = self.meets.desk(desk) {
            desk.handle_not_saved(millis(now));
        }
        self.poll(now)
    }

    /// Adds a location; gives the command's number, as all that follow do.
    ///
    /// # Errors
    /// `bad-locations`, `meet-closed`.
    #[wasm_bindgen(js_name = addLocation)]
    pub fn add_location(&mut self, now: f64, desk: u32, name: String, priority: f64) -> Result<f64, String> {
        let location = given::location(name, priority)?;
        self.ask_core(now, desk, Command::AddLocation(location))
    }

    /// Claims a stage (0), also where another has it (1), or leaves it (2).
    ///
    /// # Errors
    /// `bad-path`, `meet-closed`.
    pub fn drive(&mut self, now: f64, desk: u32, stage: u8, claim: u8) -> Result<f64, String> {
        let stage = given::stage(stage)?;
        let claim = match claim {
            0 => Claim::Take,
            1 => Claim::TakeOver,
            _ => Claim::Leave,
        };
        self.ask_core(now, desk, Command::Drive(stage, claim))
    }

    /// Asks for the sessions there are.
    ///
    /// # Errors
    /// `meet-closed`.
    pub fn sessions(&mut self, now: f64, desk: u32) -> Result<f64, String> {
        self.ask_core(now, desk, Command::Sessions)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `meet-closed`.
    pub fn revoke(&mut self, now: f64, desk: u32, session: u32) -> Result<f64, String> {
        self.ask_core(now, desk, Command::Revoke(SessionNo(session)))
    }

    /// Changes the password.
    ///
    /// # Errors
    /// `bad-password`, `meet-closed`.
    #[wasm_bindgen(js_name = changePassword)]
    pub fn change_password(&mut self, now: f64, desk: u32, old: String, new: String) -> Result<f64, String> {
        let (old, new) = (given::password(old)?, given::password(new)?);
        self.ask_core(now, desk, Command::Password { old, new })
    }

    /// Makes a display link of these 32 random bytes.
    ///
    /// # Errors
    /// `bad-link`, `meet-closed`.
    #[wasm_bindgen(js_name = displayLink)]
    pub fn display_link(&mut self, now: f64, desk: u32, token: &[u8]) -> Result<f64, String> {
        let token = given::token(token)?;
        self.ask_core(now, desk, Command::Display(token))
    }

    /// Hands over the results.
    ///
    /// # Errors
    /// `too-long`, `meet-closed`.
    pub fn publish(
        &mut self,
        now: f64,
        desk: u32,
        csv: String,
        return_address: String,
        force: bool,
    ) -> Result<f64, String> {
        if csv.len() > MEET_RESULTS_BYTES || return_address.len() > MEET_ADDRESS_BYTES {
            let why = format!("results take {MEET_RESULTS_BYTES} bytes, their return address {MEET_ADDRESS_BYTES}");
            return Err(given::failed(ErrorCode::TooLarge, why).into());
        }
        self.ask_core(now, desk, Command::Publish { csv: csv.into_bytes(), return_address, force })
    }

    /// Does not wait for a command's answer any longer.
    pub fn cancel(&mut self, desk: u32, command: f64) {
        if let Some(desk) = self.meets.desk(desk) {
            desk.cancel(CommandNo(command as u64));
        }
    }

    /// Shows a meet by a display link, in the place of another link to it.
    ///
    /// # Errors
    /// `bad-meet`, `bad-link`.
    #[wasm_bindgen(js_name = watchMeet)]
    pub fn watch_meet(&mut self, meet: &str, token: &[u8]) -> Result<(), String> {
        let (meet, token) = (given::meet(meet)?, given::token(token)?);
        self.meets.watched.retain(|(watched, _)| *watched != meet);
        self.meets.watched.push((meet, MeetDisplay::new()));
        self.client.unwatch_meet(meet);
        self.client.watch_meet(meet, token);
        Ok(())
    }

    /// Shows it no longer.
    #[wasm_bindgen(js_name = unwatchMeet)]
    pub fn unwatch_meet(&mut self, meet: &str) {
        if let Ok(meet) = given::meet(meet) {
            self.meets.watched.retain(|(watched, _)| *watched != meet);
            self.client.unwatch_meet(meet);
        }
    }
}

impl Core {
    fn desk(&mut self, no: u32) -> Result<&mut MeetDesk, String> {
        self.meets.desk(no).ok_or_else(|| given::no_desk().into())
    }

    fn open_meet(&mut self, now: f64, desk: u32, opening: Opening, random: &[u8]) -> Result<(), String> {
        let (token, id) = given::secrets(random)?;
        let opened = self.desk(desk)?.open(millis(now), opening, token, id);
        Ok(opened.map_err(crate::errors::Failure::from)?)
    }

    fn ask_core(&mut self, now: f64, desk: u32, command: Command) -> Result<f64, String> {
        Ok(self.desk(desk)?.command(millis(now), command).0 as f64)
    }
}
