//! Meets, in the build that has them: desks by number beside the boards' views, and what display links show.
//!
//! Calls of JavaScript are in `calls`, records in `records`. A desk's requests travel within `Core`; its saves go out
//! as records, and nothing that waits for one is asked before JavaScript has said `saved`.

mod calls;
mod given;
mod records;
mod tell;

use scorelay_client::core::meet::display::MeetDisplay;
use scorelay_client::core::meet::{AskNo, MeetDesk, NoAnswer};
use scorelay_client::core::{Answer, Client, Millis, RequestError, Status};
use scorelay_client::protocol::ids::RequestId;
use scorelay_client::protocol::meet::ids::MeetId;

use crate::output::Output;
use tell::About;

/// What a client has of meets.
#[derive(Default)]
pub(crate) struct Meets {
    desks: Vec<Open>,
    /// Numbers of desks given so far.
    given: u32,
    asked: Vec<(RequestId, u32, AskNo)>,
    /// Links that are shown, with what of each has been told.
    watched: Vec<(MeetId, MeetDisplay)>,
    /// The connection's state as desks know it.
    status: Option<Status>,
}

/// A desk that is open.
struct Open {
    no: u32,
    desk: MeetDesk,
    about: About,
    half_full: bool,
    /// Whether all of it is still to be told.
    new: bool,
}

impl Meets {
    fn add(&mut self, now: Millis, mut desk: MeetDesk) -> u32 {
        self.given += 1;
        if self.status.as_ref().is_some_and(reaches) {
            desk.handle_connected(now);
        }
        self.desks.push(Open { no: self.given, desk, about: About::default(), half_full: false, new: true });
        self.given
    }

    fn desk(&mut self, no: u32) -> Option<&mut MeetDesk> {
        self.desks.iter_mut().find(|open| open.no == no).map(|open| &mut open.desk)
    }

    /// Hands over the answer to a desk's request; gives back any other.
    pub(crate) fn answered(
        &mut self,
        now: Millis,
        id: RequestId,
        answer: Result<Answer, RequestError>,
    ) -> Option<Result<Answer, RequestError>> {
        let Some(at) = self.asked.iter().position(|(asked, ..)| *asked == id) else { return Some(answer) };
        let (_, no, ask) = self.asked.swap_remove(at);
        let answer = match answer {
            Ok(Answer::Meet(answer)) => Ok(*answer),
            Err(RequestError::Refused(why)) => Err(NoAnswer::Refused(why)),
            Ok(_) | Err(_) => Err(NoAnswer::Lost),
        };
        if let Some(desk) = self.desk(no) {
            desk.handle_answer(now, ask, answer);
        }
        None
    }

    /// Takes on what desks want saved and asked; whether anything may follow from it at once.
    pub(crate) fn carry_on(&mut self, client: &mut Client, now: Millis, out: &mut Output) -> bool {
        let status = client.status();
        let mut acted = false;
        if self.status.as_ref() != Some(&status) {
            // A core that can be reached again is told like a new connection: there may be no reason left to wait.
            for Open { desk, .. } in &mut self.desks {
                if reaches(&status) {
                    desk.handle_connected(now);
                } else {
                    desk.handle_disconnected(now);
                }
            }
            (self.status, acted) = (Some(status), true);
        }
        for Open { no, desk, .. } in &mut self.desks {
            while let Some(save) = desk.poll_save() {
                records::save(out, *no, &save, desk);
            }
            while let Some((ask, request)) = desk.poll_request() {
                self.asked.push((client.ask_meet(now, &request), *no, ask));
                acted = true;
            }
            if let Some(why) = desk.poll_bad() {
                client.distrust(now, why);
                acted = true;
            }
        }
        acted
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Millis) {
        for Open { desk, .. } in &mut self.desks {
            if desk.poll_timeout().is_some_and(|at| at <= now) {
                desk.handle_timeout(now);
            }
        }
    }

    /// When that is to be told next.
    pub(crate) fn poll_timeout(&self) -> Option<Millis> {
        self.desks.iter().filter_map(|open| open.desk.poll_timeout()).min()
    }
}

/// Whether a core may be reached over a connection of this state.
fn reaches(status: &Status) -> bool {
    matches!(status, Status::Live { .. } | Status::Stale { .. })
}
