//! All meets that clients of this relay watch as displays, each followed once however many watch it by the same token.
//! [`Meets`] says what to ask of the core and takes the answers, and makes feeds of the states. Who may see a meet is
//! the core's to say; which connection watches is known to `feeds.rs`, what one meet's answers mean to `display.rs`.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use scorelay_protocol::codec;
use scorelay_protocol::error::WireError;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::TickNo;
use scorelay_protocol::limits::MEET_SHOWN_BYTES;
use scorelay_protocol::meet::request::{MeetRequest, Session};
use slab::Slab;

use crate::core::clock::Millis;
use crate::core::forward::Answered;
use crate::core::meets::display::{Display, Next, too_large};
use crate::core::pages::Change;
use crate::core::published::FeedIdx;
use crate::core::view::FeedView;

/// A question of this relay's own, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PollNo {
    slot: usize,
    serial: u64,
}

/// All followed meets.
#[derive(Debug)]
pub(crate) struct Meets {
    /// The shortest time from one question to the next while there is nothing but changes to ask for.
    pace_ms: u64,
    linked: bool,
    asked: u64,
    by_session: FxHashMap<Session, usize>,
    slots: Slab<Followed>,
    /// To be asked for.
    due: VecDeque<usize>,
    timers: BTreeSet<(Millis, usize)>,
    /// To be looked at in the next tick.
    dirty: BTreeSet<usize>,
}

#[derive(Debug)]
struct Followed {
    session: Session,
    /// Its feed; `None` when nobody watches any more and only a question is still out, lest the next watcher makes it
    /// two.
    idx: Option<FeedIdx>,
    display: Display,
    asking: Asking,
    view: Option<Arc<FeedView>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Asking {
    /// As soon as there is a link.
    Due,
    /// This question is out, since then.
    Out(PollNo, Millis),
    /// At that time.
    Later(Millis),
    /// It has ended; watchers are told why.
    Over(WireError),
}

impl Meets {
    /// Nothing is watched, and there is no link. Changes are asked for at most once in `pace_ms`.
    pub(crate) fn new(pace_ms: u64) -> Self {
        Self {
            pace_ms,
            linked: false,
            asked: 0,
            by_session: FxHashMap::default(),
            slots: Slab::new(),
            due: VecDeque::new(),
            timers: BTreeSet::new(),
            dirty: BTreeSet::new(),
        }
    }

    /// Somebody watches a meet by this token.
    pub(crate) fn watch(&mut self, session: Session, idx: FeedIdx) {
        if let Some(&slot) = self.by_session.get(&session) {
            self.slots[slot].idx = Some(idx);
            self.dirty.insert(slot);
            return;
        }
        let display = Display::default();
        let slot = self.slots.insert(Followed { session, idx: Some(idx), display, asking: Asking::Due, view: None });
        self.by_session.insert(session, slot);
        self.due.push_back(slot);
    }

    /// Nobody does any more.
    pub(crate) fn unwatch(&mut self, session: Session) {
        let Some(&slot) = self.by_session.get(&session) else { return };
        match self.slots[slot].asking {
            Asking::Out(..) => self.slots[slot].idx = None,
            _ => self.forget(slot),
        }
    }

    fn forget(&mut self, slot: usize) {
        self.put_off(slot);
        let followed = self.slots.remove(slot);
        self.by_session.remove(&followed.session);
        self.dirty.remove(&slot);
    }

    /// Takes it from among those that are to be asked for.
    fn put_off(&mut self, slot: usize) {
        match self.slots[slot].asking {
            Asking::Due => self.due.retain(|due| *due != slot),
            Asking::Later(at) => drop(self.timers.remove(&(at, slot))),
            Asking::Out(..) | Asking::Over(_) => {}
        }
    }

    /// The feed of a meet, once there is something to show.
    pub(crate) fn view(&self, session: Session) -> Option<&Arc<FeedView>> {
        self.slots[*self.by_session.get(&session)?].view.as_ref()
    }

    /// Whether there is a link to be asked on. Where it is lost, all that is out must be answered as well.
    pub(crate) fn link(&mut self, linked: bool) {
        self.linked = linked;
        if linked {
            let later: Vec<_> = std::mem::take(&mut self.timers).into_iter().map(|(_, slot)| slot).collect();
            for slot in later {
                self.ask(slot);
            }
        }
    }

    fn ask(&mut self, slot: usize) {
        self.slots[slot].asking = Asking::Due;
        self.due.push_back(slot);
    }

    /// What is to be asked now, if anything is.
    pub(crate) fn poll(&mut self, now: Millis) -> Option<(PollNo, MeetRequest)> {
        if !self.linked {
            return None;
        }
        let slot = self.due.pop_front()?;
        self.asked += 1;
        let no = PollNo { slot, serial: self.asked };
        let followed = &mut self.slots[slot];
        followed.asking = Asking::Out(no, now);
        Some((no, followed.display.question(followed.session)))
    }

    /// The answer to a question; passed over where it is not waited for any more.
    pub(crate) fn answered(&mut self, now: Millis, no: PollNo, answer: Answered) {
        let PollNo { slot, .. } = no;
        let Some(followed) = self.slots.get_mut(slot) else { return };
        let since = match followed.asking {
            Asking::Out(out, since) if out == no => since,
            _ => return,
        };
        if followed.idx.is_none() {
            return self.forget(slot);
        }
        let next = followed.display.answered(answer);
        if followed.display.public.as_ref().is_some_and(|public| public.is_untold()) {
            self.dirty.insert(slot);
        }
        match next {
            Next::Now => self.ask(slot),
            Next::Follow => self.later(slot, now, since.plus(self.pace_ms)),
            Next::After(wait) => self.later(slot, now, now.plus(wait)),
            Next::End(why) => self.end(slot, why),
        }
    }

    fn later(&mut self, slot: usize, now: Millis, at: Millis) {
        // Without a link the moment is that of the next one, when all that is put off is asked.
        if at <= now && self.linked {
            return self.ask(slot);
        }
        self.slots[slot].asking = Asking::Later(at);
        self.timers.insert((at, slot));
    }

    fn end(&mut self, slot: usize, why: WireError) {
        self.slots[slot].asking = Asking::Over(why);
        self.dirty.insert(slot);
    }

    /// When [`Meets::wake`] is to be called.
    pub(crate) fn wake_at(&self) -> Option<Millis> {
        self.timers.first().filter(|_| self.linked).map(|(at, _)| *at)
    }

    /// Asks what was put off until now.
    pub(crate) fn wake(&mut self, now: Millis) {
        while self.wake_at().is_some_and(|at| at <= now) {
            if let Some((_, slot)) = self.timers.pop_first() {
                self.ask(slot);
            }
        }
    }

    /// Whether a tick would show anything.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Brings the feeds up to date.
    pub(crate) fn tick(&mut self, tick: TickNo, changed: &mut Vec<Change>) {
        for slot in std::mem::take(&mut self.dirty) {
            let Some(idx) = self.slots[slot].idx else { continue };
            let view = match self.slots[slot].bring_up(tick) {
                Ok(None) => continue,
                Ok(Some(view)) => view,
                Err(why) => {
                    self.put_off(slot);
                    let meet = self.slots[slot].session.meet;
                    self.slots[slot].asking = Asking::Over(why.clone());
                    FeedView::ended(tick, &codec::encode(&Body::MeetGone { meet, why }))
                }
            };
            let view = Arc::new(view);
            self.slots[slot].view = Some(view.clone());
            changed.push((idx, view));
        }
    }
}

impl Followed {
    /// The next view, if there is anything new.
    ///
    /// # Errors
    /// Why it is not shown any more.
    fn bring_up(&mut self, tick: TickNo) -> Result<Option<FeedView>, WireError> {
        let meet = self.session.meet;
        if let Asking::Over(why) = &self.asking {
            return Err(why.clone());
        }
        let Some(public) = self.display.public.as_mut().filter(|public| public.is_untold()) else { return Ok(None) };
        let snapshot = public.snapshot(meet);
        if snapshot.len() > MEET_SHOWN_BYTES {
            return Err(too_large(snapshot.len()));
        }
        Ok(Some(match (public.told(meet), &self.view) {
            (Some(delta), Some(view)) => view.then(tick, &delta, &snapshot),
            (_, _) => FeedView::new(tick, &snapshot),
        }))
    }
}
