//! A client of the live socket, driven by hand over a WebSocket with small buffers: a desk with what it has to do, or a
//! display. Thousands of them run on one thread.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use scorelay_client::core::meet::{AskNo, Command, DeskEvent, DeskState, Done, MeetDesk, NoAnswer, Opening};
use scorelay_client::core::{Answer, Client, ClientConfig, Millis, RequestError, Status, Transmit};
use scorelay_protocol::ids::RequestId;
use scorelay_protocol::limits::SUBPROTOCOL;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{DeskId, MeetId};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::Value;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::shape::{Acks, Plan, Shape};
use crate::failure::{Result, fail};

/// Sessions are opened within this, however many passwords are hashed before.
const OPEN_WITHIN: Duration = Duration::from_secs(120);

type Socket = WebSocketStream<TcpStream>;

/// A WebSocket to the live path of a relay.
async fn dial(address: &str) -> Result<Socket> {
    let mut request = format!("ws://{address}/v1/live").into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(2 * 1024).write_buffer_size(0);
    let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
    Ok(socket)
}

/// The time as state machines take it.
fn millis() -> Millis {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(passed.as_millis()).unwrap_or(0))
}

/// A display; its task ends with the runtime.
#[derive(Clone)]
pub(super) struct Display(Rc<RefCell<Client>>);

impl Display {
    /// Connects and watches.
    pub(super) async fn open(address: &str, meet: MeetId, link: Token) -> Result<Self> {
        let mut client =
            Client::new(ClientConfig { probes: false, ..ClientConfig::default() }, rand::random(), millis());
        client.watch_meet(meet, link);
        let mut socket = dial(address).await?;
        let _ = client.poll_transmit(millis());
        client.handle_connected(millis());
        let shared = Rc::new(RefCell::new(client));
        let display = Self(shared.clone());
        tokio::task::spawn_local(async move {
            loop {
                while let Some(transmit) = { shared.borrow_mut().poll_transmit(millis()) } {
                    let Transmit::Send(bytes) = transmit else { return };
                    if socket.send(Message::binary(bytes)).await.is_err() {
                        return;
                    }
                }
                while shared.borrow_mut().poll_event().is_some() {}
                match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => shared.borrow_mut().handle_message(millis(), &bytes),
                    Some(Ok(_)) => shared.borrow_mut().handle_alive(millis()),
                    _ => return shared.borrow_mut().close(millis()),
                }
            }
        });
        Ok(display)
    }

    /// Everything it shows.
    pub(super) fn shows(&self, meet: MeetId) -> Vec<(Path, Value)> {
        let snapshot = self.0.borrow().meet(meet);
        snapshot.map(|shown| shown.display.state().all().collect()).unwrap_or_default()
    }

    /// Messages it got.
    pub(super) fn messages(&self) -> u64 {
        self.0.borrow().stats().messages_in
    }
}

/// A desk and what is known of it.
#[derive(Clone)]
pub(super) struct Seat {
    inner: Rc<RefCell<Inner>>,
    wake: Rc<Notify>,
}

struct Inner {
    desk: MeetDesk,
    client: Client,
    up: bool,
    asked: HashMap<RequestId, AskNo>,
    made: VecDeque<Instant>,
    plan: Plan,
    paths: Vec<Path>,
    next: usize,
    acks: Acks,
    display: bool,
    failed: Option<String>,
}

impl Seat {
    /// A desk that is connected and has no meet.
    pub(super) async fn open(address: &str, acks: &Acks) -> Result<Self> {
        let mut client =
            Client::new(ClientConfig { probes: false, ..ClientConfig::default() }, rand::random(), millis());
        let socket = dial(address).await?;
        let _ = client.poll_transmit(millis());
        client.handle_connected(millis());
        let inner = Rc::new(RefCell::new(Inner {
            desk: MeetDesk::new(rand::random()),
            client,
            up: false,
            asked: HashMap::new(),
            made: VecDeque::new(),
            plan: Plan::default(),
            paths: Vec::new(),
            next: 0,
            acks: acks.clone(),
            display: false,
            failed: None,
        }));
        let seat = Self { inner, wake: Rc::new(Notify::new()) };
        tokio::task::spawn_local(seat.clone().run(socket));
        Ok(seat)
    }

    async fn run(self, mut socket: Socket) {
        loop {
            let now = Instant::now();
            let (send, wake) = self.inner.borrow_mut().act(now);
            for bytes in send {
                if socket.send(Message::binary(bytes)).await.is_err() {
                    self.inner.borrow_mut().failed = Some("a desk's connection was lost".to_owned());
                }
            }
            if self.inner.borrow().failed.is_some() {
                return;
            }
            tokio::select! {
                message = socket.next() => {
                    let inner = &mut *self.inner.borrow_mut();
                    match message {
                        Some(Ok(Message::Binary(bytes))) => inner.client.handle_message(millis(), &bytes),
                        Some(Ok(_)) => inner.client.handle_alive(millis()),
                        _ => inner.failed = Some("a desk's connection ended".to_owned()),
                    }
                }
                () = self.wake.notified() => {}
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Makes a meet or joins one, and waits until the desk is level.
    pub(super) async fn enter(&self, opening: Opening) -> Result<MeetId> {
        let begun = self.inner.borrow_mut().desk.open(millis(), opening, Token(rand::random()), DeskId(rand::random()));
        begun?;
        self.wake.notify_one();
        self.until("a desk is let in", |inner| inner.desk.state() == DeskState::Live && inner.desk.pending() == 0)
            .await?;
        match self.inner.borrow().desk.meet() {
            Some(meet) => Ok(meet),
            None => fail("a desk knows no meet"),
        }
    }

    /// Makes a display link.
    pub(super) async fn link(&self) -> Result<Token> {
        let token = Token(rand::random());
        self.inner.borrow_mut().desk.command(millis(), Command::Display(token));
        self.wake.notify_one();
        self.until("a display link is made", |inner| inner.display).await?;
        Ok(token)
    }

    /// Makes entries of the desk's own, whose attempts are what it updates from then on.
    pub(super) async fn register(&self, entries: u32) -> Result {
        self.inner.borrow_mut().register(entries)?;
        self.wake.notify_one();
        self.settled().await
    }

    /// Begins to make updates.
    pub(super) fn begin(&self, shape: Shape) {
        self.inner.borrow_mut().plan = Plan::of(shape);
        self.wake.notify_one();
    }

    /// Waits until it has made all and each is acknowledged.
    pub(super) async fn settled(&self) -> Result {
        self.until("all updates are acknowledged", |inner| {
            inner.plan.done() && inner.made.is_empty() && inner.desk.pending() == 0
        })
        .await
    }

    /// Reads the desk.
    pub(super) fn read<T>(&self, read: impl FnOnce(&MeetDesk) -> T) -> T {
        read(&self.inner.borrow().desk)
    }

    async fn until(&self, what: &str, so: impl Fn(&Inner) -> bool) -> Result {
        let deadline = Instant::now() + OPEN_WITHIN;
        while !so(&self.inner.borrow()) {
            if let Some(why) = &self.inner.borrow().failed {
                return fail(format!("{what}: {why}"));
            }
            if Instant::now() > deadline {
                let inner = self.inner.borrow();
                let (state, pending, client) = (inner.desk.state(), inner.desk.pending(), inner.client.status());
                return fail(format!("never: {what}; {state:?} with {pending} pending, {client:?}"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Inner {
    /// Does all there is to do; gives what is to be sent and when to come back.
    fn act(&mut self, now: Instant) -> (Vec<Vec<u8>>, Instant) {
        let mut send = Vec::new();
        let at = millis();
        for _ in 0..self.plan.take(now) {
            self.edit(now);
        }
        if self.client.poll_timeout().is_some_and(|due| due <= at) {
            self.client.handle_timeout(at);
        }
        if self.desk.poll_timeout().is_some_and(|due| due <= at) {
            self.desk.handle_timeout(at);
        }
        let up = matches!(self.client.status(), Status::Live { .. });
        if up && !self.up {
            self.desk.handle_connected(at);
        }
        self.up |= up;
        while let Some((id, answer)) = self.client.poll_answer() {
            self.answered(id, answer);
        }
        while self.client.poll_event().is_some() {}
        while let Some(save) = self.desk.poll_save() {
            self.desk.handle_saved(save.number);
        }
        while let Some((no, request)) = self.desk.poll_request() {
            self.asked.insert(self.client.ask_meet(at, &request), no);
        }
        while let Some(event) = self.desk.poll_event() {
            match event {
                DeskEvent::NotOpened(why) => self.failed = Some(why.to_string()),
                DeskEvent::Answer(_, Ok(Done::Display(_))) => self.display = true,
                DeskEvent::Answer(_, Err(why)) => self.failed = Some(why.to_string()),
                _ => {}
            }
        }
        if let Some(why) = self.desk.poll_bad() {
            self.failed = Some(why);
        }
        while let Some(transmit) = self.client.poll_transmit(at) {
            match transmit {
                Transmit::Send(bytes) => send.push(bytes),
                other => self.failed = Some(format!("a desk's client wants {other:?}")),
            }
        }
        let dues = [self.client.poll_timeout(), self.desk.poll_timeout()].into_iter().flatten();
        let wait = dues.map(|due| due.since(at)).min().unwrap_or(60_000).max(1);
        let wake = now + Duration::from_millis(wait);
        (send, self.plan.due().map_or(wake, |due| due.min(wake)))
    }

    fn answered(&mut self, id: RequestId, answer: std::result::Result<Answer, RequestError>) {
        let Some(no) = self.asked.remove(&id) else { return };
        let answer = match answer {
            Ok(Answer::Meet(answer)) => Ok(*answer),
            Err(RequestError::Refused(why)) => Err(NoAnswer::Refused(why)),
            _ => Err(NoAnswer::Lost),
        };
        if let Ok(MeetAnswer::Updated(updated)) = &answer {
            let now = Instant::now();
            let count = updated.acks.len().min(self.made.len());
            self.made.drain(..count).for_each(|made| self.acks.add(made, now));
            self.plan.acknowledged(count, now);
        }
        self.desk.handle_answer(millis(), no, answer);
        for _ in 0..self.plan.take(Instant::now()) {
            self.edit(Instant::now());
        }
    }

    fn register(&mut self, entries: u32) -> Result {
        let log = self.desk.log();
        let own = self.desk.desk().author().and_then(|author| log.desk(author));
        let Some(first) = own.map(|own| own.joined.first_entry) else { return fail("a desk has no entry ids") };
        let (edits, paths) = super::entries(first, entries);
        let now = Instant::now();
        self.made.extend(edits.iter().map(|_| now));
        self.paths = paths;
        Ok(self.desk.edit_all(millis(), edits)?)
    }

    fn edit(&mut self, now: Instant) {
        let Some(path) = self.paths.get(self.next % self.paths.len().max(1)).copied() else { return };
        self.next += 1;
        self.made.push_back(now);
        if let Err(why) = self.desk.edit(millis(), path, super::attempt(self.next)) {
            self.failed = Some(why.to_string());
        }
    }
}
