//! A desk: the client library's own, on a thread of its own, told what to do by a test and watched by it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use scorelay_client::core::meet::{Command, DeskEvent, DeskState, Done, LoggedOut, Opening};
use scorelay_client::shell::ConnectOptions;
use scorelay_client::shell::meet::MeetRun;
use scorelay_meets::state::MeetState;
use scorelay_protocol::codec;
use scorelay_protocol::error::WireError;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::path::{EntryNo, Path as MeetPath};
use scorelay_protocol::meet::value::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::until::{DEADLINE, until};

/// What is seen of a desk.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) state: DeskState,
    pub(crate) meet: Option<MeetId>,
    pub(crate) pending: usize,
    pub(crate) overruled: Vec<(MeetPath, Value)>,
    pub(crate) shown: MeetState,
    /// Its log, encoded.
    pub(crate) lines: Vec<u8>,
    pub(crate) head: MeetSeq,
    /// The first entry id of its block.
    pub(crate) first_entry: Option<EntryNo>,
    refused: Option<WireError>,
    answer: Option<Result<Done, WireError>>,
}

enum Do {
    Begin(Opening),
    Edit(MeetPath, Value),
    Ask(Command),
    /// Ends the program and starts it again on its file, without a connection.
    Reopen,
    Connect(String),
    Stop,
}

/// A desk.
pub(crate) struct Seat {
    to: UnboundedSender<Do>,
    seen: Arc<Mutex<Seen>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Seat {
    /// A desk with this state file, without a connection.
    pub(crate) fn new(file: PathBuf) -> Self {
        let (to, orders) = unbounded_channel();
        let (ready, first) = channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime can be made");
            runtime.block_on(async {
                let run = MeetRun::open(&file).expect("the state file can be opened");
                let seen = Arc::new(Mutex::new(look(&run, None, None)));
                ready.send(seen.clone()).expect("the test waits");
                serve(run, &file, orders, &seen).await;
            });
        });
        Self { to, seen: first.recv().expect("the desk starts"), thread: Some(thread) }
    }

    fn tell(&self, what: Do) {
        self.to.send(what).expect("the desk runs");
    }

    /// As it is now.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().expect("no desk panics").clone()
    }

    pub(crate) fn begin(&self, opening: Opening) {
        self.tell(Do::Begin(opening));
    }

    pub(crate) fn online(&self, origin: &str) {
        self.tell(Do::Connect(origin.to_owned()));
    }

    /// It loses its connection, and its program is started again.
    pub(crate) fn offline(&self) {
        self.tell(Do::Reopen);
        self.until("it is offline", |seen| !matches!(seen.state, DeskState::Live | DeskState::Resyncing));
    }

    pub(crate) fn set(&self, path: &str, value: Value) {
        self.tell(Do::Edit(path.parse().expect("tests name paths"), value));
    }

    /// What the core answers.
    pub(crate) fn ask(&self, command: Command) -> Result<Done, WireError> {
        self.seen.lock().expect("no desk panics").answer = None;
        self.tell(Do::Ask(command));
        until("an answer", DEADLINE, || self.seen().answer)
    }

    /// Why its meet was not opened.
    pub(crate) fn refused(&self) -> WireError {
        until("a refusal", DEADLINE, || self.seen().refused)
    }

    pub(crate) fn until(&self, what: &str, so: impl Fn(&Seen) -> bool) -> Seen {
        let start = std::time::Instant::now();
        until(what, DEADLINE, || {
            let seen = self.seen();
            if start.elapsed() > DEADLINE - std::time::Duration::from_secs(1) {
                eprintln!("{what}: {:?} with {} pending at line {}", seen.state, seen.pending, seen.head);
            }
            so(&seen).then_some(seen)
        })
    }

    /// Waits until everything it did has a line.
    pub(crate) fn level(&self) -> Seen {
        self.until("it is level", |seen| seen.state == DeskState::Live && seen.pending == 0)
    }

    pub(crate) fn logged_out(&self) {
        self.until("its session is not known", |seen| {
            matches!(seen.state, DeskState::LoggedOut(LoggedOut::PasswordNeeded { .. }))
        });
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ = self.to.send(Do::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(mut run: MeetRun, file: &Path, mut orders: UnboundedReceiver<Do>, seen: &Mutex<Seen>) {
    loop {
        let (mut refused, mut answer) = (None, None);
        tokio::select! {
            event = run.event() => match event.expect("everything can be kept") {
                DeskEvent::NotOpened(error) => refused = Some(error),
                DeskEvent::Answer(_, result) => answer = Some(result),
                _ => {}
            },
            order = orders.recv() => match order.unwrap_or(Do::Stop) {
                Do::Begin(opening) => run.begin(opening).expect("tests open what can be opened"),
                Do::Edit(path, value) => run.edit(path, value).expect("tests set what can be set"),
                Do::Ask(command) => drop(run.command(command)),
                Do::Reopen => {
                    run.keep().expect("everything can be kept");
                    drop(run);
                    run = MeetRun::open(file).expect("the state file can be opened");
                }
                Do::Connect(origin) => run.connect(ConnectOptions::new(origin)).expect("tests name relays"),
                Do::Stop => return,
            },
        }
        run.keep().expect("everything can be kept");
        let mut seen = seen.lock().expect("no desk panics");
        let (refused, answer) = (refused.or(seen.refused.take()), answer.or(seen.answer.take()));
        *seen = look(&run, refused, answer);
    }
}

fn look(run: &MeetRun, refused: Option<WireError>, answer: Option<Result<Done, WireError>>) -> Seen {
    let desk = run.desk();
    let log = desk.log();
    let own = desk.desk().author().and_then(|author| log.desk(author));
    Seen {
        state: desk.state(),
        meet: desk.meet(),
        pending: desk.pending(),
        overruled: desk.overruled().iter().map(|lost| (lost.path, lost.value.clone())).collect(),
        shown: desk.shown(),
        lines: codec::encode(&log.lines_after(MeetSeq(0)).to_vec()),
        head: log.head(),
        first_entry: own.map(|own| own.joined.first_entry),
        refused,
        answer,
    }
}
