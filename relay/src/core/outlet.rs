//! The sending end of links: a core's over its engine's boards, a relay's over its copy. Level links all get the same
//! bytes of each batch; a link whose peer reads slowly lags and is then told rows instead of batches (`link_walk.rs`).
//! It opens no sockets and checks no tokens: the shell moves the frames, and says what it got rid of.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::frame;
use scorelay_protocol::ids::{NodeId, UnixMillis};
use scorelay_protocol::limits::{LINK_FRAME_BYTES, LINK_PROTOCOL, MEET_LINK_BYTES};
use scorelay_protocol::link::{Accepted, Batch, LinkDown};
use scorelay_ranks::{BoardSet, SetEvent};

pub use crate::core::link_walk::LinkLimits;
use crate::core::link_walk::{Step, Walk};

/// One open link, counted by the [`Outlet`] that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// What a question and its answer are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Meets.
    Meets,
    /// Names and pictures of entities.
    People,
}

/// All links to relays below this one.
///
/// The boards are passed in where they are needed: a [`BoardSet`] that stands at a batch, every change of which this
/// outlet has been told by [`Outlet::cut`], [`Outlet::batch`], [`Outlet::leap`] or [`Outlet::replaced`].
#[derive(Debug)]
pub struct Outlet {
    limits: LinkLimits,
    path: Vec<NodeId>,
    stale: Option<UnixMillis>,
    links: BTreeMap<LinkId, Link>,
    opened: u64,
    /// The link to look at first.
    turn: LinkId,
    /// Answers that `poll_answer` is to give.
    answers: VecDeque<(LinkId, Bytes)>,
}

#[derive(Debug)]
struct Link {
    /// Bytes given by `poll` and not yet `sent`.
    queued: usize,
    /// Frames of batches while level, not yet given by `poll`.
    ready: VecDeque<Bytes>,
    ready_bytes: usize,
    /// Bytes of answers, from `answer` until `answers_sent`.
    answer_bytes: usize,
    accepted: bool,
    path_due: bool,
    told_stale: Option<UnixMillis>,
    /// What it has to be told, unless it is level.
    walk: Option<Walk>,
}

/// What all links are told of.
struct Sender<'a> {
    limits: &'a LinkLimits,
    path: &'a [NodeId],
    stale: Option<UnixMillis>,
    set: Option<&'a BoardSet>,
}

impl Outlet {
    /// No links yet. `path` are the ids of core and relays from the core to this node, this one last.
    pub fn new(path: Vec<NodeId>) -> Self {
        Self::with_limits(path, LinkLimits::default())
    }

    /// The same with other bounds than the project's.
    pub fn with_limits(path: Vec<NodeId>, limits: LinkLimits) -> Self {
        Self { limits, path, stale: None, links: BTreeMap::new(), opened: 0, turn: LinkId(0), answers: VecDeque::new() }
    }

    /// A relay was let in. Its first frame is `Accepted`; then it joins as soon as there are boards.
    pub fn open(&mut self) -> LinkId {
        let id = LinkId(self.opened);
        self.opened += 1;
        self.links.insert(id, Link::new());
        id
    }

    /// A link is gone. Unknown ids are ignored.
    pub fn close(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// The next batch of a core, which its boards contain already: encoded here, once.
    pub fn cut(&mut self, batch: Batch) {
        let message = LinkDown::Batch(batch);
        let frame = Bytes::from(frame::encode(&message));
        if let LinkDown::Batch(batch) = &message {
            self.batch(batch, &frame);
        }
    }

    /// The next batch, which the boards contain already, and its frame as it came from above.
    pub fn batch(&mut self, batch: &Batch, frame: &Bytes) {
        for link in self.links.values_mut() {
            link.batch(batch, frame, self.limits.queue_bytes);
        }
    }

    /// The boards changed otherwise than by one batch. Every link lags until it has been told what `events` touched.
    pub fn leap(&mut self, events: &[SetEvent]) {
        for link in self.links.values_mut() {
            let walk = link.walk.get_or_insert_with(Walk::again);
            walk.redefine();
            for event in events {
                match *event {
                    SetEvent::Moved(moved) => walk.mark(moved.board, moved.handle),
                    SetEvent::Freed { handle, .. } => walk.free(handle),
                    SetEvent::BoardPut(_) | SetEvent::BoardGone(_) => {}
                }
            }
        }
    }

    /// The boards are others than before. Every link joins anew.
    pub fn replaced(&mut self) {
        for link in self.links.values_mut() {
            link.walk = Some(Walk::anew());
        }
    }

    /// Whether this node follows the core: `Some(since when)` if not. Links hear that it does only once they are level.
    pub fn stale(&mut self, since: Option<UnixMillis>) {
        self.stale = since;
    }

    /// The way to the core changed. As [`Outlet::new`] says.
    pub fn set_path(&mut self, path: Vec<NodeId>) {
        if path != self.path {
            self.path = path;
            for link in self.links.values_mut() {
                link.path_due = true;
            }
        }
    }

    /// Ids of core and relays from the core to this node, this one last.
    pub fn path(&self) -> &[NodeId] {
        &self.path
    }

    /// A link has got rid of this many of the bytes that [`Outlet::poll`] gave for it. Unknown ids are ignored.
    pub fn sent(&mut self, link: LinkId, bytes: usize) {
        if let Some(link) = self.links.get_mut(&link) {
            link.queued = link.queued.saturating_sub(bytes);
        }
    }

    /// The next frame to send, and on which link; `None` until something changes. Without a set, links are only
    /// greeted.
    ///
    /// To be called until it gives `None`, after every call that changed anything, [`Outlet::sent`] included.
    pub fn poll(&mut self, set: Option<&BoardSet>) -> Option<(LinkId, Bytes)> {
        let sender = Sender { limits: &self.limits, path: &self.path, stale: self.stale, set };
        let round = self.links.range(self.turn..).map(|(id, _)| *id).next();
        let start = round.or_else(|| self.links.keys().next().copied())?;
        let mut at = start;
        loop {
            if let Some(frame) = self.links.get_mut(&at).and_then(|link| link.next(&sender)) {
                self.turn = at;
                return Some((at, frame));
            }
            let after = self.links.range(LinkId(at.0 + 1)..).map(|(id, _)| *id).next();
            at = after.or_else(|| self.links.keys().next().copied())?;
            if at == start {
                return None;
            }
        }
    }

    /// Answers a link's question. Answers go beside the boards, in a queue of their own, so that neither waits
    /// for the other. One that the link's queue has no room for becomes `meet-busy` or `rate-limited`; a peer that asks
    /// on and on and takes nothing is not answered at all in the end.
    pub fn answer(&mut self, link: LinkId, about: About, id: u64, result: Result<Vec<u8>, WireError>) {
        let Some(open) = self.links.get_mut(&link) else { return };
        let encode = |result| match about {
            About::Meets => frame::encode(&LinkDown::Meet { id, result }),
            About::People => frame::encode(&LinkDown::People { id, result }),
        };
        let mut frame = encode(result);
        let refused = |code, text: &str| encode(Err(WireError::new(code, text)));
        if frame.len() > frame::HEAD_BYTES + LINK_FRAME_BYTES {
            frame = refused(ErrorCode::TooLarge, "the answer is too long for a link");
        }
        if open.answer_bytes + frame.len() > MEET_LINK_BYTES {
            let busy = match about {
                About::Meets => ErrorCode::MeetBusy,
                About::People => ErrorCode::RateLimited,
            };
            frame = refused(busy, "too many answers wait on this link");
        }
        if open.answer_bytes + frame.len() > 2 * MEET_LINK_BYTES {
            return;
        }
        open.answer_bytes += frame.len();
        self.answers.push_back((link, frame.into()));
    }

    /// Whether so many answers wait on a link that nothing more should be asked for it: there is room left only for
    /// what has been asked already.
    pub fn answers_wait(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|link| link.answer_bytes >= MEET_LINK_BYTES / 2)
    }

    /// The next answer to send, and on which link; to be called until it gives `None`, after every [`Outlet::answer`].
    pub fn poll_answer(&mut self) -> Option<(LinkId, Bytes)> {
        self.answers.pop_front()
    }

    /// A link has got rid of this many of the bytes that [`Outlet::poll_answer`] gave for it. Unknown ids are ignored.
    pub fn answers_sent(&mut self, link: LinkId, bytes: usize) {
        if let Some(link) = self.links.get_mut(&link) {
            link.answer_bytes = link.answer_bytes.saturating_sub(bytes);
        }
    }

    /// How many links are level, and how many are not.
    pub fn counts(&self) -> (usize, usize) {
        let level = self.links.values().filter(|link| link.walk.is_none()).count();
        (level, self.links.len() - level)
    }

    /// Bytes given for a link and not yet sent.
    pub fn queued(&self, link: LinkId) -> Option<usize> {
        self.links.get(&link).map(|link| link.queued)
    }

    /// Bytes held for a link beyond those given: waiting frames, counted as if they were not shared, and marks.
    pub fn held(&self, link: LinkId) -> Option<usize> {
        self.links.get(&link).map(|link| link.ready_bytes + link.walk.as_ref().map_or(0, Walk::heap_bytes))
    }
}

impl Link {
    fn new() -> Self {
        Self {
            queued: 0,
            ready: VecDeque::new(),
            ready_bytes: 0,
            answer_bytes: 0,
            accepted: false,
            path_due: false,
            told_stale: None,
            walk: Some(Walk::anew()),
        }
    }

    fn batch(&mut self, batch: &Batch, frame: &Bytes, most: usize) {
        let fits =
            frame.len() <= frame::HEAD_BYTES + LINK_FRAME_BYTES && self.queued + self.ready_bytes + frame.len() <= most;
        if self.walk.is_none() && fits {
            self.ready_bytes += frame.len();
            self.ready.push_back(frame.clone());
            return;
        }
        self.walk.get_or_insert_with(Walk::again).batch(batch);
    }

    fn next(&mut self, sender: &Sender<'_>) -> Option<Bytes> {
        let frame = match self.ready.pop_front() {
            Some(frame) => {
                self.ready_bytes -= frame.len();
                frame
            }
            None => Bytes::from(frame::encode(&self.message(sender)?)),
        };
        self.queued += frame.len();
        Some(frame)
    }

    fn message(&mut self, sender: &Sender<'_>) -> Option<LinkDown> {
        let Sender { limits, path, stale, set } = *sender;
        // Control messages too: a peer that reads nothing must not gather them.
        if self.queued > limits.queue_bytes {
            return None;
        }
        if !std::mem::replace(&mut self.accepted, true) {
            self.path_due = false;
            return Some(LinkDown::Accepted(Accepted { protocol: LINK_PROTOCOL, path: path.to_vec(), watermark: 0 }));
        }
        if std::mem::take(&mut self.path_due) {
            return Some(LinkDown::Path(path.to_vec()));
        }
        if self.told_stale != stale && (stale.is_some() || self.walk.is_none()) {
            self.told_stale = stale;
            return Some(LinkDown::Stale(stale));
        }
        // A chunk is less than the other half, so that the queue stays within its bound.
        if self.queued >= limits.queue_bytes / 2 {
            return None;
        }
        match self.walk.as_mut()?.next(set?, limits) {
            Step::More(message) => Some(message),
            Step::Last(message) => {
                self.walk = None;
                Some(message)
            }
        }
    }
}
