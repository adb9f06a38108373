//! The accepting end of links, for a relay and for the core: who may connect is decided here, what they are sent by the
//! owner, who learns of links through [`LinkEvent`]s and answers through [`LinkPeer`]s. Bytes and heartbeats are in
//! `link_io.rs`, the connecting end in `upstream.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::Event;
use scorelay_protocol::link::{LinkDown, LinkHello, LinkUp, MeetAsk, Role};
use scorelay_protocol::{frame, limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::frame_reader::{FrameReader, refusal};
use super::link_io::{LinkDeadlines, LinkEnd, Pulse, send_frames, write};
use super::tasks::Tasks;
use super::tokens::{Tokens, check_name};
use super::transport::{Acceptor, BoxIo};

/// A link of this process, never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// What happens on accepted links, to their owner. For one link: `Opened`, any of the others, `Closed`.
#[derive(Debug)]
pub enum LinkEvent {
    /// A peer may use its link; the owner answers `Accepted` or `Refused`.
    Opened {
        /// The link.
        peer: PeerId,
        /// What it said, with the name its token goes by, without the token.
        hello: LinkHello,
        /// How to answer.
        to: LinkPeer,
    },
    /// A source's events, in order, with its numbers.
    Published {
        /// The link.
        peer: PeerId,
        /// Numbers and events.
        events: Vec<(u64, Event)>,
    },
    /// A relay asks something about meets.
    Meet {
        /// The link.
        peer: PeerId,
        /// What it asks; its `full` is false where this link may not carry all of a meet.
        ask: MeetAsk,
    },
    /// A relay asks something about entities.
    People {
        /// The link.
        peer: PeerId,
        /// The question's number on it.
        id: u64,
        /// An encoded question.
        body: Vec<u8>,
    },
    /// So many bytes of frames have left.
    Sent {
        /// The link.
        peer: PeerId,
        /// Bytes given to [`LinkPeer::send`], whole frames.
        bytes: usize,
        /// Bytes given to [`LinkPeer::answer`], whole frames.
        answers: usize,
    },
    /// The link is no more.
    Closed {
        /// The link.
        peer: PeerId,
        /// Why.
        end: LinkEnd,
    },
}

/// The owner's side of an accepted link. Dropping it sends what waits and ends the link.
#[derive(Debug)]
pub struct LinkPeer {
    out: mpsc::UnboundedSender<Bytes>,
    answers: mpsc::UnboundedSender<Bytes>,
    cut: CancellationToken,
}

impl LinkPeer {
    /// Queues a whole frame. How much waits is known from [`LinkEvent::Sent`] and bounded by the owner.
    pub fn send(&self, frame: Bytes) {
        // A link that has ended is on its way to the owner as `Closed`.
        let _ = self.out.send(frame);
    }

    /// Queues a whole frame beside the others: it waits for none of them but the one that is being sent.
    pub fn answer(&self, frame: Bytes) {
        let _ = self.answers.send(frame);
    }

    /// Queues a message.
    pub fn send_message(&self, message: &LinkDown) {
        self.send(frame::encode(message).into());
    }

    /// Ends the link at once, whatever waits.
    pub fn cut(self) {
        self.cut.cancel();
    }
}

/// Who may connect.
#[derive(Clone, Default)]
pub struct LinkRules {
    /// Tokens asked for on `tcp:` links; none asks for none.
    pub tokens: Tokens,
    /// Whether sources may publish here.
    pub sources: bool,
    /// Deadlines.
    pub deadlines: LinkDeadlines,
}

/// What all listeners of one owner share.
pub struct LinkGate {
    rules: LinkRules,
    links: AtomicUsize,
    handshakes: AtomicUsize,
    next: AtomicU64,
}

impl LinkGate {
    /// A gate with these rules.
    pub fn new(rules: LinkRules) -> Arc<Self> {
        let zero = AtomicUsize::default;
        Arc::new(Self { rules, links: zero(), handshakes: zero(), next: AtomicU64::new(1) })
    }

    /// Whether `acceptor` may be used: one that other machines reach needs tokens.
    ///
    /// # Errors
    /// [`ErrorCode::BadConfig`]
    pub fn check(&self, acceptor: &Acceptor) -> Result<(), WireError> {
        if acceptor.is_local() || !self.rules.tokens.is_empty() {
            return Ok(());
        }
        let text = format!("{} can be reached from other machines and needs a token file", acceptor.addr());
        Err(WireError::new(ErrorCode::BadConfig, text))
    }

    /// The hello as the owner may believe it, and whether the link may carry all of a meet.
    fn admit(&self, mut hello: LinkHello, by_token: bool) -> Result<(LinkHello, bool), WireError> {
        if hello.protocol != limits::LINK_PROTOCOL {
            let (theirs, ours) = (hello.protocol, limits::LINK_PROTOCOL);
            return Err(WireError::new(ErrorCode::Version, format!("link protocol {theirs} where {ours} is spoken")));
        }
        // Also where no token is asked for: one of another length is a mistake in any case.
        let (least, most) = limits::LINK_TOKEN_BYTES;
        if hello.token.as_ref().is_some_and(|token| !(least..=most).contains(&token.len())) {
            return Err(WireError::new(ErrorCode::BadToken, format!("a token is {least} to {most} bytes")));
        }
        let mut meets = true;
        if by_token {
            let known = self.rules.tokens.known(hello.role, hello.token.as_deref());
            let refused = || WireError::new(ErrorCode::BadToken, "this token is not one for this role");
            let known = known.ok_or_else(refused)?;
            hello.name = known.name.to_owned();
            meets = known.meets;
        }
        hello.token = None;
        check_name(&hello.name).map_err(|what| WireError::new(ErrorCode::BadRange, what))?;
        if matches!(hello.role, Role::Source { .. }) && !self.rules.sources {
            return Err(WireError::new(ErrorCode::RoleRefused, "sources connect to the core, not to a relay"));
        }
        Ok((hello, meets))
    }
}

/// A place among the bounded ones, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

fn place(count: &AtomicUsize, most: usize) -> Option<Place<'_>> {
    let taken = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| (now < most).then_some(now + 1));
    taken.ok().map(|_| Place(count))
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Accepts links until `stop`; links that are open then live on until their owner ends them. `E` is the owner's own
/// kind of input. To be called on a tokio runtime. An acceptor that does not pass [`LinkGate::check`] lets nobody in.
pub fn serve<E: From<LinkEvent> + Send + 'static>(
    acceptor: Acceptor,
    gate: Arc<LinkGate>,
    events: mpsc::Sender<E>,
    tasks: &Tasks,
    stop: CancellationToken,
) {
    let (of_links, name) = (tasks.clone(), acceptor.addr().to_string());
    // Other users of this machine reach a TCP port too, a socket's file is its owner's alone.
    let tokens_are_given = matches!(acceptor, Acceptor::Tcp(_)) && !gate.rules.tokens.is_empty();
    let by_token = tokens_are_given || !acceptor.is_local();
    tasks.spawn(format!("link listener {name}"), async move {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = acceptor.accept() => accepted,
            };
            match accepted {
                Ok((io, from)) => {
                    let from = from.map_or_else(|| name.clone(), |addr| addr.to_string());
                    let (gate, events, stop) = (gate.clone(), events.clone(), stop.clone());
                    of_links.spawn("links", async move {
                        let ended = Box::pin(run(io, by_token, &gate, &events, &from)).await;
                        if let Some((reader, write_half)) = ended {
                            linger(reader, write_half, gate.rules.deadlines, &stop).await;
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%name, %error, "a link could not be accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    });
}

/// Failing to accept means that something like file descriptors ran out: trying at once would only burn a core.
pub(crate) const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A link from its hello to its end; gives its socket back if the peer was told anything.
async fn run<E: From<LinkEvent>>(
    io: BoxIo,
    by_token: bool,
    gate: &LinkGate,
    events: &mpsc::Sender<E>,
    from: &str,
) -> Option<(FrameReader<ReadHalf<BoxIo>>, WriteHalf<BoxIo>)> {
    let deadlines = gate.rules.deadlines;
    let (read, mut write_half) = tokio::io::split(io);
    let mut reader = FrameReader::new(read);
    let hello = {
        let _place = place(&gate.handshakes, limits::LINKS)?;
        let hello = timeout(deadlines.handshake, read_hello(&mut reader)).await;
        let slow = || WireError::new(ErrorCode::TooSlow, "no hello came in time");
        hello.unwrap_or_else(|_| Err(Some(slow())))
    };
    let full = || WireError::new(ErrorCode::TooManyLinks, format!("{} links are open", limits::LINKS));
    let admitted = hello.and_then(|hello| {
        let (hello, meets) = gate.admit(hello, by_token)?;
        Ok((hello, meets, place(&gate.links, limits::LINKS).ok_or_else(full)?))
    });
    match admitted {
        Ok((hello, meets, _place)) => {
            let peer = PeerId(gate.next.fetch_add(1, Ordering::Relaxed));
            tracing::info!(from, name = hello.name, role = ?hello.role, "link opened");
            let end = established((peer, hello, meets), &mut reader, &mut write_half, deadlines, events).await;
            tracing::info!(from, %end, "link ended");
            let _ = events.send(LinkEvent::Closed { peer, end }.into()).await;
        }
        Err(Some(error)) => {
            tracing::warn!(from, %error, "link refused");
            let _ = write(&mut write_half, &frame::encode(&LinkDown::Refused(error)), deadlines.send).await;
        }
        Err(None) => {}
    }
    Some((reader, write_half))
}

/// Leaves the peer time to take what was sent last: closing with unread bytes would take it away again. A shutdown
/// waits for that only a moment.
async fn linger(
    reader: FrameReader<ReadHalf<BoxIo>>,
    mut write_half: WriteHalf<BoxIo>,
    deadlines: LinkDeadlines,
    stop: &CancellationToken,
) {
    let mut rest = reader.into_inner();
    let mut sink = [0; 512];
    let taken = async {
        if write_half.shutdown().await.is_ok() {
            while rest.read(&mut sink).await.is_ok_and(|bytes| bytes > 0) {}
        }
    };
    let hurried = async {
        stop.cancelled().await;
        sleep(Duration::from_millis(limits::LINK_LAST_MS)).await;
    };
    tokio::select! {
        _ = timeout(deadlines.handshake, taken) => {}
        () = hurried => {}
    }
}

/// The peer's `Hello`; no error to answer where nobody is there.
async fn read_hello(reader: &mut FrameReader<ReadHalf<BoxIo>>) -> Result<LinkHello, Option<WireError>> {
    let frame = match reader.next_within(limits::LINK_HELLO_BYTES).await {
        Ok(frame) => frame,
        Err(LinkEnd::Refused(error)) => return Err(Some(error)),
        Err(_) => return Err(None),
    };
    match frame::decode(&frame) {
        Ok(LinkUp::Hello(hello)) => Ok(hello),
        Ok(_) => Err(Some(WireError::new(ErrorCode::OutOfOrder, "the first message of a link is Hello"))),
        Err(error) => Err(Some(refusal(&error))),
    }
}

async fn established<E: From<LinkEvent>>(
    (peer, hello, meets): (PeerId, LinkHello, bool),
    reader: &mut FrameReader<ReadHalf<BoxIo>>,
    write_half: &mut WriteHalf<BoxIo>,
    deadlines: LinkDeadlines,
    events: &mpsc::Sender<E>,
) -> LinkEnd {
    let (out, mut queue) = mpsc::unbounded_channel();
    let (answers, mut beside) = mpsc::unbounded_channel();
    let cut = CancellationToken::new();
    let pulse = Pulse::new();
    let role = hello.role;
    let opened = LinkEvent::Opened { peer, hello, to: LinkPeer { out, answers, cut: cut.clone() } };
    if events.send(opened.into()).await.is_err() {
        return LinkEnd::Finished;
    }
    let reading = async {
        match read_messages((peer, role, meets), reader, &pulse, events).await {
            LinkEnd::Refused(error) => {
                let last = frame::encode(&LinkDown::Refused(error.clone()));
                pulse.end_with(last.into(), LinkEnd::Refused(error));
                // The sending half ends the link once the refusal is out.
                std::future::pending().await
            }
            end => end,
        }
    };
    let sent = |bytes, answers| {
        let events = events.clone();
        async move { drop(events.send(LinkEvent::Sent { peer, bytes, answers }.into()).await) }
    };
    tokio::select! {
        end = reading => end,
        end = send_frames::<LinkDown, _>(write_half, (&mut queue, &mut beside), &pulse, deadlines, sent) => end,
        () = cut.cancelled() => LinkEnd::Finished,
    }
}

async fn read_messages<E: From<LinkEvent>>(
    (peer, role, meets): (PeerId, Role, bool),
    reader: &mut FrameReader<ReadHalf<BoxIo>>,
    pulse: &Pulse,
    events: &mpsc::Sender<E>,
) -> LinkEnd {
    let mut published = Vec::new();
    loop {
        let mut next = reader.next().await;
        pulse.heard();
        let end = loop {
            match next.and_then(|frame| understand(role, &frame)) {
                Ok(Heard::Event(seq, event)) => published.push((seq, event)),
                Ok(Heard::Meet(mut ask)) => {
                    ask.full &= meets;
                    if pulse.busy(events.send(LinkEvent::Meet { peer, ask }.into())).await.is_err() {
                        return LinkEnd::Finished;
                    }
                }
                Ok(Heard::People(id, body)) => {
                    if pulse.busy(events.send(LinkEvent::People { peer, id, body }.into())).await.is_err() {
                        return LinkEnd::Finished;
                    }
                }
                Ok(Heard::Ping(number)) => pulse.answer(number),
                Ok(Heard::Pong) => {}
                Err(end) => break Some(end),
            }
            match reader.buffered() {
                Ok(Some(more)) => next = Ok(more),
                Ok(None) => break None,
                Err(end) => break Some(end),
            }
        };
        if !published.is_empty() {
            let event = LinkEvent::Published { peer, events: std::mem::take(&mut published) };
            if pulse.busy(events.send(event.into())).await.is_err() {
                return LinkEnd::Finished;
            }
        }
        if let Some(end) = end {
            return end;
        }
    }
}

enum Heard {
    Event(u64, Event),
    Meet(MeetAsk),
    People(u64, Vec<u8>),
    Ping(u64),
    Pong,
}

fn understand(role: Role, bytes: &Bytes) -> Result<Heard, LinkEnd> {
    let refused = |code, text: &str| Err(LinkEnd::Refused(WireError::new(code, text)));
    match frame::decode(bytes).map_err(|e| LinkEnd::Refused(refusal(&e)))? {
        LinkUp::Hello(_) => refused(ErrorCode::OutOfOrder, "Hello comes once, and first"),
        LinkUp::Publish { seq, event } => match role {
            Role::Source { .. } => Ok(Heard::Event(seq, event)),
            Role::Relay => refused(ErrorCode::RoleRefused, "a relay does not publish"),
        },
        LinkUp::Meet(ask) => match role {
            Role::Relay => Ok(Heard::Meet(ask)),
            Role::Source { .. } => refused(ErrorCode::RoleRefused, "a source does not ask about meets"),
        },
        LinkUp::People { id, body } => match role {
            Role::Relay => Ok(Heard::People(id, body)),
            Role::Source { .. } => refused(ErrorCode::RoleRefused, "a source does not ask about entities"),
        },
        LinkUp::Ping(number) => Ok(Heard::Ping(number)),
        LinkUp::Pong(_) => Ok(Heard::Pong),
    }
}
