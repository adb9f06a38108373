//! The meets inside the core's loop: questions from links and operators go in, and what the machine wants done goes to
//! the disk, the password lanes, the publisher and back to whoever asked. Nothing is decided here; that is
//! `scorelay_engine::meets`, and a core without `[meets]` refuses everything.

use std::collections::BTreeMap;
use std::time::Duration;

use scorelay_engine::meets::{
    AskId, Asker, Hashed, JobNo, LinkNo, MeetEffects, MeetInput, Meets, OperatorAsk, Publication, Report,
};
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits::MEET_LINK_REQUESTS;
use scorelay_protocol::link::MeetAsk;
use scorelay_relay::shell::links::PeerId;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::run::{Core, unix_now};
use crate::meets::files::{Done, FilesError, MeetStorage, Outcome};
use crate::meets::lanes::Lanes;
use crate::meets::metrics::MeetMetrics;
use crate::publish::Tried;

/// Finished meets are looked through this often.
const CLEANUP: Duration = Duration::from_secs(3_600);
/// The machine's timer is looked at no more often than this.
const TIME: Duration = Duration::from_millis(1);

/// What the meets of a core are made of.
pub(crate) struct MeetParts {
    /// The machine, with what its start wants done.
    pub(crate) meets: (Meets, MeetEffects),
    /// The thread that writes.
    pub(crate) storage: MeetStorage,
    /// What it says.
    pub(crate) reports: mpsc::UnboundedReceiver<Result<Done, FilesError>>,
    /// The threads that hash passwords.
    pub(crate) lanes: Lanes,
    /// What they say.
    pub(crate) hashed: mpsc::UnboundedReceiver<(JobNo, Hashed)>,
    /// The publisher.
    pub(crate) publisher: mpsc::UnboundedSender<Publication>,
    /// What it says.
    pub(crate) tried: mpsc::Receiver<Tried>,
    /// How long a finished meet is kept.
    pub(crate) keep: Duration,
    /// Counters.
    pub(crate) metrics: MeetMetrics,
}

/// An operator's answer.
pub(crate) type OperatorAnswer = oneshot::Sender<Result<Report, WireError>>;

/// The meets in the loop.
pub(super) struct MeetSide {
    meets: Meets,
    storage: MeetStorage,
    reports: mpsc::UnboundedReceiver<Result<Done, FilesError>>,
    lanes: Lanes,
    hashed: mpsc::UnboundedReceiver<(JobNo, Hashed)>,
    publisher: mpsc::UnboundedSender<Publication>,
    tried: mpsc::Receiver<Tried>,
    keep: Duration,
    metrics: MeetMetrics,
    asked: u64,
    /// Who asked what is not answered yet: link, and its number there.
    asks: BTreeMap<AskId, (PeerId, u64)>,
    by_link: BTreeMap<PeerId, usize>,
    operators: BTreeMap<AskId, OperatorAnswer>,
    /// To be sent.
    answers: Vec<Answer>,
    time_at: Instant,
    cleanup_at: Instant,
}

/// An answer to a link's question.
pub(super) struct Answer {
    pub(super) peer: PeerId,
    pub(super) id: u64,
    pub(super) result: Result<Vec<u8>, WireError>,
}

/// What the threads around the meets say.
pub(super) enum MeetEvent {
    Reported(Result<Done, FilesError>),
    Hashed(JobNo, Hashed),
    Tried(Tried),
}

/// The answer of a core that keeps no meets.
pub(super) fn not_here() -> WireError {
    WireError::new(ErrorCode::MeetsNotHere, "this server keeps no meets")
}

impl MeetSide {
    pub(super) fn new(parts: MeetParts) -> Self {
        let now = Instant::now();
        let (meets, effects) = parts.meets;
        let mut side = Self {
            meets,
            storage: parts.storage,
            reports: parts.reports,
            lanes: parts.lanes,
            hashed: parts.hashed,
            publisher: parts.publisher,
            tried: parts.tried,
            keep: parts.keep,
            metrics: parts.metrics,
            asked: 0,
            asks: BTreeMap::new(),
            by_link: BTreeMap::new(),
            operators: BTreeMap::new(),
            answers: Vec::new(),
            time_at: now,
            cleanup_at: now,
        };
        side.perform(effects);
        side
    }

    /// What the threads say next. May be dropped at any time.
    async fn next(&mut self) -> MeetEvent {
        tokio::select! {
            Some(report) = self.reports.recv() => MeetEvent::Reported(report),
            Some((job, hashed)) = self.hashed.recv() => MeetEvent::Hashed(job, hashed),
            Some(tried) = self.tried.recv() => MeetEvent::Tried(tried),
            else => std::future::pending().await,
        }
    }

    /// Takes what a thread said.
    ///
    /// # Errors
    /// The disk failed: nothing may be answered any more.
    fn heard(&mut self, event: MeetEvent) -> Result<(), FilesError> {
        match event {
            MeetEvent::Reported(report) => {
                let done = report?;
                self.metrics.done(&done);
                for (write, outcome) in done.writes {
                    let why = || WireError::new(ErrorCode::NoSpace, "the disk is full, and nothing was accepted");
                    self.put(match outcome {
                        Outcome::Written => MeetInput::Written(write),
                        Outcome::NoSpace => MeetInput::NotWritten { write, why: why() },
                    });
                }
            }
            MeetEvent::Hashed(job, result) => self.put(MeetInput::Hashed { job, result }),
            MeetEvent::Tried(Tried { meet, number, result }) => {
                self.put(MeetInput::HandedOver { meet, number, result });
            }
        }
        Ok(())
    }

    fn ask(&mut self, peer: PeerId, MeetAsk { id, full, address, body }: MeetAsk) {
        self.metrics.request();
        let under_way = self.by_link.entry(peer).or_default();
        let request = if *under_way >= MEET_LINK_REQUESTS {
            Err(WireError::new(ErrorCode::MeetBusy, "too many requests about meets wait on this link"))
        } else {
            codec::decode_client(&body).map_err(|error| WireError::new(ErrorCode::Malformed, error.to_string()))
        };
        match request {
            Ok(request) => {
                *under_way += 1;
                let ask = self.next_ask();
                self.asks.insert(ask, (peer, id));
                let from = Asker { link: LinkNo(peer.0), address, full };
                self.put(MeetInput::Ask { ask, from, request });
            }
            Err(error) => self.answers.push(Answer { peer, id, result: Err(error) }),
        }
    }

    fn gone(&mut self, peer: PeerId) {
        self.asks.retain(|_, (by, _)| *by != peer);
        self.by_link.remove(&peer);
        self.put(MeetInput::Gone(LinkNo(peer.0)));
    }

    fn operator(&mut self, body: OperatorAsk, answer: OperatorAnswer) {
        let ask = self.next_ask();
        self.operators.insert(ask, answer);
        self.put(MeetInput::Operator { ask, body });
    }

    fn next_ask(&mut self) -> AskId {
        self.asked += 1;
        AskId(self.asked)
    }

    fn put(&mut self, input: MeetInput) {
        let effects = self.meets.handle(unix_now(), input, &mut |bytes| rand::fill(bytes));
        self.perform(effects);
    }

    fn perform(&mut self, effects: MeetEffects) {
        let MeetEffects { answers, reports, hash, writes, publish, notes } = effects;
        for (ask, result) in answers {
            let Some((peer, id)) = self.asks.remove(&ask) else { continue };
            if let Some(under_way) = self.by_link.get_mut(&peer) {
                *under_way = under_way.saturating_sub(1);
            }
            self.answers.push(Answer { peer, id, result: result.map(|answer| codec::encode(&answer)) });
        }
        for (ask, report) in reports {
            // Whoever asked may have gone away; nobody waits for the cleanup of every hour.
            if let Some(answer) = self.operators.remove(&ask) {
                let _ = answer.send(report);
            }
        }
        hash.into_iter().for_each(|job| self.lanes.hash(job));
        writes.into_iter().for_each(|write| self.storage.write(write));
        for publication in publish {
            // Gone only when the process ends; what was not handed over is tried again after the next start.
            let _ = self.publisher.send(publication);
        }
        notes.into_iter().for_each(|note| self.storage.note(unix_now(), note));
    }

    /// When something is to be done by itself.
    pub(super) fn due(&self) -> Instant {
        let next = self.meets.next_at().map(|at| {
            let wait = Duration::from_millis(at.0.saturating_sub(unix_now().0));
            (Instant::now() + wait).max(self.time_at)
        });
        next.map_or(self.cleanup_at, |next| next.min(self.cleanup_at))
    }

    pub(super) fn do_due(&mut self, now: Instant) {
        if now >= self.cleanup_at {
            self.cleanup_at = now + CLEANUP;
            let ask = self.next_ask();
            let older_than_ms = u64::try_from(self.keep.as_millis()).unwrap_or(u64::MAX);
            self.put(MeetInput::Operator { ask, body: OperatorAsk::Cleanup { older_than_ms } });
        }
        if now >= self.time_at && self.meets.next_at().is_some_and(|at| at <= unix_now()) {
            self.time_at = now + TIME;
            self.put(MeetInput::Time);
        }
    }

    pub(super) fn count(&self) {
        self.metrics.count(self.meets.counts());
    }

    /// Answers that were given since this was last asked.
    pub(super) fn answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.answers)
    }

    /// Waits until everything that was accepted is durable, and answered.
    ///
    /// # Errors
    /// The disk failed.
    async fn finish(&mut self, deadline: Instant) -> Result<(), FilesError> {
        while self.meets.counts().writes > 0 {
            match timeout_at(deadline, self.reports.recv()).await {
                Ok(Some(report)) => self.heard(MeetEvent::Reported(report))?,
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// Lets the threads go, and waits until the disk has everything.
    ///
    /// # Errors
    /// The disk failed.
    async fn close(self) -> Result<(), FilesError> {
        let Self { storage, lanes, mut reports, .. } = self;
        drop((storage, lanes));
        while let Some(report) = reports.recv().await {
            report?;
        }
        Ok(())
    }
}

impl Core {
    /// What the threads around the meets say next; never, without meets.
    pub(super) async fn meet_event(meets: &mut Option<MeetSide>) -> MeetEvent {
        match meets {
            Some(side) => side.next().await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn meet_heard(&mut self, event: MeetEvent) -> Result<(), FilesError> {
        self.meets.as_mut().map_or(Ok(()), |side| side.heard(event))
    }

    pub(super) fn meet_ask(&mut self, peer: PeerId, ask: MeetAsk) {
        match &mut self.meets {
            Some(side) => side.ask(peer, ask),
            None => self.meet_answer(Answer { peer, id: ask.id, result: Err(not_here()) }),
        }
    }

    pub(super) fn meet_gone(&mut self, peer: PeerId) {
        if let Some(side) = &mut self.meets {
            side.gone(peer);
        }
    }

    pub(super) fn meet_operator(&mut self, body: OperatorAsk, answer: OperatorAnswer) {
        match &mut self.meets {
            Some(side) => side.operator(body, answer),
            None => {
                let _ = answer.send(Err(not_here()));
            }
        }
    }

    /// Gives the outlet what the meets have answered.
    pub(super) fn meet_answers(&mut self) {
        let answers = self.meets.as_mut().map(MeetSide::answers).unwrap_or_default();
        answers.into_iter().for_each(|answer| self.meet_answer(answer));
    }

    /// Makes durable what was accepted, for as long as there is time.
    pub(super) async fn meet_finish(&mut self, deadline: Instant) -> Result<(), FilesError> {
        match &mut self.meets {
            Some(side) => side.finish(deadline).await,
            None => Ok(()),
        }
    }

    pub(super) async fn meet_close(meets: Option<MeetSide>) -> Result<(), FilesError> {
        match meets {
            Some(side) => side.close().await,
            None => Ok(()),
        }
    }
}
