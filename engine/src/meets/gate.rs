//! Before a password is looked at: wrong ones delay those that follow, and lanes keep a crowd of one kind from holding
//! up the others.
//!
//! Nobody is locked out: a delay is of one meet and one address, has a ceiling, and ends with the right password. What
//! passwords are asked for, and what follows, is in `login.rs`.

use std::collections::{BTreeMap, VecDeque};

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{
    MEET_DELAYED, MEET_DELAYED_PER_ADDRESS, MEET_LANE_QUEUE, MEET_LANES, MEET_WRONG_KEPT, MEET_WRONG_MS,
    MEET_WRONG_PER_LINK,
};
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::secret::Password;

use super::effects::{Against, HashJob, JobNo};
use super::input::{Asker, LinkNo};
use super::login::Purpose;
use super::steps::Out;

const MINUTE_MS: u64 = 60_000;

/// Which of those who wait for a hash one is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Of desks that the meet knows.
    Known,
    /// Of new ones, and of meets that are not known.
    New,
    /// Of meets that are made.
    Create,
}

/// A password that is to be hashed.
#[derive(Debug)]
pub(super) struct Task {
    /// Who asked; `None` for the operator.
    pub(super) from: Option<Asker>,
    pub(super) since: UnixMillis,
    pub(super) lane: Lane,
    /// Which meet's password it is said to be; `None` for a new password.
    pub(super) checks: Option<MeetId>,
    pub(super) password: Password,
    pub(super) against: Against,
    pub(super) purpose: Purpose,
}

/// What is kept of a task while its password is hashed.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) task: Task,
    /// Whoever asked has gone; what was wrong counts nevertheless.
    pub(super) gone: bool,
}

type Place = (MeetId, [u8; 16]);

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    until: UnixMillis,
}

#[derive(Debug, Default)]
pub(super) struct Gate {
    wrong: BTreeMap<Place, Wrong>,
    /// Wrong ones of a link in the minute that began then.
    links: BTreeMap<LinkNo, (UnixMillis, u32)>,
    delayed: VecDeque<Task>,
    lanes: [VecDeque<Task>; 3],
    /// The lane whose turn it is.
    turn: usize,
    out: BTreeMap<JobNo, Job>,
    last: JobNo,
}

impl Task {
    fn place(&self) -> Option<Place> {
        Some((self.checks?, self.from?.address))
    }
}

impl Gate {
    /// Takes a task in.
    ///
    /// # Errors
    /// `meet-busy` when too many wait.
    pub(super) fn submit(&mut self, now: UnixMillis, task: Task) -> Result<(), WireError> {
        if self.ready(&task) > now || self.in_turn(&task) {
            let kind = |task: &Task| (task.lane, task.from.map(|from| from.address));
            let own = self.delayed.iter().filter(|other| kind(other) == kind(&task)).count();
            if self.delayed.len() >= MEET_DELAYED || own >= MEET_DELAYED_PER_ADDRESS {
                return Err(busy());
            }
            // Desks that are known do not wait for the turns of strangers behind the same address.
            let known = self.delayed.partition_point(|other| other.lane == Lane::Known);
            let place = if task.lane == Lane::Known { known } else { self.delayed.len() };
            self.delayed.insert(place, task);
            return Ok(());
        }
        let lane = &mut self.lanes[task.lane as usize];
        if lane.len() >= MEET_LANE_QUEUE {
            return Err(busy());
        }
        lane.push_back(task);
        Ok(())
    }

    /// Takes in what follows from a job that was just done, before all others.
    pub(super) fn go_on(&mut self, task: Task) {
        self.lanes[task.lane as usize].push_front(task);
    }

    /// When a task may begin, as far as wrong passwords are concerned.
    fn ready(&self, task: &Task) -> UnixMillis {
        let Some((place, from)) = task.place().zip(task.from) else { return UnixMillis::default() };
        let own = self.wrong.get(&place).map_or(UnixMillis::default(), |wrong| wrong.until);
        let link = match self.links.get(&from.link) {
            Some((begun, count)) if *count >= MEET_WRONG_PER_LINK => UnixMillis(begun.0.saturating_add(MINUTE_MS)),
            _ => UnixMillis::default(),
        };
        own.max(link)
    }

    /// Whether, after a wrong password, another one of the same place is being looked at: one at a time then.
    fn in_turn(&self, task: &Task) -> bool {
        let Some(place) = task.place() else { return false };
        let mut under_way = self.lanes.iter().flatten().chain(self.out.values().map(|job| &job.task));
        self.wrong.contains_key(&place) && under_way.any(|other| other.place() == Some(place))
    }

    /// Gives out as many jobs as may be.
    pub(super) fn pump(&mut self, now: UnixMillis, out: &mut Out) {
        let mut at = 0;
        while at < self.delayed.len() {
            let task = &self.delayed[at];
            let room = self.lanes[task.lane as usize].len() < MEET_LANE_QUEUE;
            if room && self.ready(task) <= now && !self.in_turn(task) {
                if let Some(task) = self.delayed.remove(at) {
                    self.lanes[task.lane as usize].push_back(task);
                }
            } else {
                at += 1;
            }
        }
        while self.out.len() < MEET_LANES {
            let lanes = (0..self.lanes.len()).map(|step| (self.turn + step) % self.lanes.len());
            let Some(lane) = { lanes }.find(|lane| !self.lanes[*lane].is_empty()) else { return };
            let Some(task) = self.lanes[lane].pop_front() else { return };
            self.turn = (lane + 1) % self.lanes.len();
            self.last = JobNo(self.last.0 + 1);
            out.effects.hash.push(HashJob { job: self.last, password: task.password.clone(), against: task.against });
            self.out.insert(self.last, Job { task, gone: false });
        }
    }

    /// A job is done.
    pub(super) fn done(&mut self, job: JobNo) -> Option<Job> {
        self.out.remove(&job)
    }

    /// A password was wrong.
    pub(super) fn was_wrong(&mut self, now: UnixMillis, meet: MeetId, from: Asker) {
        let (begun, count) = self.links.entry(from.link).or_insert((now, 0));
        if begun.0.saturating_add(MINUTE_MS) <= now.0 {
            (*begun, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        let (first, ceiling) = MEET_WRONG_MS;
        let wrong = self.wrong.entry((meet, from.address)).or_insert(Wrong { count: 0, until: now });
        // Quiet for ten times the longest wait, it counts as somebody new.
        if wrong.until.0.saturating_add(10 * ceiling) < now.0 {
            wrong.count = 0;
        }
        let wait = first.saturating_mul(1 << wrong.count.min(32)).min(ceiling);
        *wrong = Wrong { count: wrong.count.saturating_add(1), until: UnixMillis(now.0.saturating_add(wait)) };
        if self.wrong.len() > MEET_WRONG_KEPT {
            let oldest = self.wrong.iter().min_by_key(|(_, wrong)| wrong.until).map(|(place, _)| *place);
            oldest.map(|place| self.wrong.remove(&place));
        }
    }

    /// A password was right.
    pub(super) fn was_right(&mut self, meet: MeetId, from: Asker) {
        self.wrong.remove(&(meet, from.address));
    }

    /// A meet is there again: until now no password could be right.
    pub(super) fn came_back(&mut self, meet: MeetId) {
        self.wrong.retain(|(other, _), _| *other != meet);
    }

    pub(super) fn gone(&mut self, link: LinkNo) {
        let stays = |task: &Task| task.from.is_none_or(|from| from.link != link);
        self.delayed.retain(stays);
        self.lanes.iter_mut().for_each(|lane| lane.retain(stays));
        for job in self.out.values_mut().filter(|job| !stays(&job.task)) {
            job.gone = true;
        }
        self.links.remove(&link);
    }

    /// When a delayed task may begin.
    pub(super) fn next_at(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.delayed.iter().map(|task| self.ready(task)).filter(|ready| *ready > now).min()
    }

    /// Tasks that wait.
    pub(super) fn waiting(&self) -> usize {
        self.delayed.len() + self.lanes.iter().map(VecDeque::len).sum::<usize>()
    }
}

fn busy() -> WireError {
    WireError::new(ErrorCode::MeetBusy, "too many passwords are being checked: try again shortly")
}
