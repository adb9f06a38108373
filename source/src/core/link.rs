//! One link of a source, from connecting to its end: hello, events within the window, acknowledgements, signs of life.
//! When the next one is made is decided in `source.rs`.

use std::fmt;

use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::frame::{self, Frames, HEAD_BYTES};
use scorelay_protocol::limits::{
    LINK_GONE_AFTER_MS, LINK_HANDSHAKE_MS, LINK_PING_AFTER_MS, LINK_PROTOCOL, LINK_SEND_MS, SOURCE_WINDOW,
};
use scorelay_protocol::link::{LinkDown, LinkHello, LinkUp};

use super::numbering::{Meets, Numbering};

/// Unsent bytes at which no more events are put behind them.
const UNSENT_BYTES: usize = 64 * 1024;
/// The variant [`LinkUp::Publish`], whose event is encoded already.
const PUBLISH: u8 = 1;

/// Why a link ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The core closed it.
    Closed,
    /// The core did not answer the hello in time.
    Unanswered,
    /// Nothing came any more.
    Silent,
    /// The core does not take what is sent.
    Stuck,
    /// The core's numbers and the journal's do not meet; the next link has a new incarnation.
    Renewed,
    /// The core said what it may not say.
    Wrong(String),
    /// The core does not want this source.
    Refused(WireError),
    /// It could not be made, or broke.
    Failed(String),
}

impl End {
    /// What another try would not change, if this is it.
    pub fn last(&self) -> Option<&WireError> {
        match self {
            Self::Refused(error) if !error.code.retryable() => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed by the core"),
            Self::Unanswered => f.write_str("the core did not answer in time"),
            Self::Silent => f.write_str("the core has gone silent"),
            Self::Stuck => f.write_str("the core does not take what is sent"),
            Self::Renewed => f.write_str("a new numbering begins, as the core's numbers and the journal's do not meet"),
            Self::Wrong(why) | Self::Failed(why) => f.write_str(why),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

/// A link that is open.
#[derive(Debug)]
pub(super) struct Link {
    out: Vec<u8>,
    frames: Frames,
    /// Position of the last event that was sent or is in `out`, once the link is accepted.
    sent: Option<u64>,
    opened: u64,
    heard: u64,
    /// When bytes last left, or came to wait.
    progress: u64,
    pings: u64,
    /// Only the newest ping is answered, so that nothing piles up.
    pong: Option<u64>,
    /// The core acknowledged something.
    pub(super) useful: bool,
    /// How long the core wants to be left alone.
    pub(super) retry_after_ms: u64,
    /// The next incarnation, where one is needed.
    spare: u128,
}

impl Link {
    pub(super) fn new(now: u64, hello: LinkHello, spare: u128) -> Self {
        Self {
            out: frame::encode(&LinkUp::Hello(hello)),
            frames: Frames::new(),
            sent: None,
            opened: now,
            heard: now,
            progress: now,
            pings: 0,
            pong: None,
            useful: false,
            retry_after_ms: 0,
            spare,
        }
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.sent.is_some()
    }

    /// Bytes came.
    pub(super) fn received(&mut self, now: u64, bytes: &[u8], numbering: &mut Numbering) -> Result<(), End> {
        (self.heard, self.pings) = (now, 0);
        self.frames.push(bytes);
        while let Some(frame) = self.frames.take().map_err(|error| End::Wrong(error.to_string()))? {
            let message = frame::decode(&frame).map_err(|error| End::Wrong(error.to_string()))?;
            self.message(message, numbering)?;
        }
        Ok(())
    }

    fn message(&mut self, message: LinkDown, numbering: &mut Numbering) -> Result<(), End> {
        match (message, self.sent) {
            (LinkDown::Refused(error), _) => return Err(End::Refused(error)),
            (LinkDown::Ping(number), _) => self.pong = Some(number),
            (LinkDown::Pong(_), _) => {}
            (LinkDown::GoAway { retry_after_ms }, _) => self.retry_after_ms = retry_after_ms.into(),
            (LinkDown::Accepted(accepted), None) => {
                if accepted.protocol != LINK_PROTOCOL {
                    let text = format!("the core speaks version {} of links", accepted.protocol);
                    return Err(End::Refused(WireError::new(ErrorCode::Version, text)));
                }
                if numbering.accepted(accepted.watermark, self.spare) == Meets::Renewed {
                    return Err(End::Renewed);
                }
                self.sent = Some(numbering.durable());
            }
            (LinkDown::Ack { up_to }, Some(_)) => {
                if !numbering.acked(up_to) {
                    return Err(End::Wrong("the core acknowledged what was never sent".into()));
                }
                self.useful = true;
            }
            (_, _) => return Err(End::Wrong("the core sent what is not for a source, or out of order".into())),
        }
        Ok(())
    }

    fn push(&mut self, now: u64, bytes: &[u8]) {
        if self.out.is_empty() {
            self.progress = now;
        }
        self.out.extend_from_slice(bytes);
    }

    /// What is to be sent: control messages, and events as far as window and buffer go.
    pub(super) fn output(&mut self, now: u64, numbering: &Numbering) -> &[u8] {
        if self.out.len() < UNSENT_BYTES
            && let Some(number) = self.pong.take()
        {
            self.push(now, &frame::encode(&LinkUp::Pong(number)));
        }
        if let Some(sent) = self.sent
            && self.out.len() < UNSENT_BYTES
        {
            let sent = sent.max(numbering.durable());
            self.sent = Some(sent);
            for (number, position, event) in numbering.after(sent) {
                if position > numbering.durable() + SOURCE_WINDOW || self.out.len() >= UNSENT_BYTES {
                    break;
                }
                let mut message = vec![0; HEAD_BYTES];
                message.push(PUBLISH);
                codec::encode_into(&number, &mut message);
                message.extend_from_slice(event);
                let length = u32::try_from(message.len() - HEAD_BYTES).unwrap_or(u32::MAX);
                message[..HEAD_BYTES].copy_from_slice(&length.to_be_bytes());
                self.push(now, &message);
                self.sent = Some(position);
            }
        }
        &self.out
    }

    /// So many bytes of the output have left.
    pub(super) fn wrote(&mut self, now: u64, bytes: usize) {
        self.out.drain(..bytes.min(self.out.len()));
        self.progress = now;
    }

    /// Whether the link may go on at this time; asks for a sign of life where one is due.
    pub(super) fn tick(&mut self, now: u64) -> Result<(), End> {
        let quiet = now.saturating_sub(self.heard);
        if self.sent.is_none() && now.saturating_sub(self.opened) >= LINK_HANDSHAKE_MS {
            return Err(End::Unanswered);
        }
        if !self.out.is_empty() && now.saturating_sub(self.progress) >= LINK_SEND_MS {
            return Err(End::Stuck);
        }
        if quiet >= LINK_GONE_AFTER_MS {
            return Err(End::Silent);
        }
        let due = quiet / LINK_PING_AFTER_MS;
        if self.sent.is_some() && due > self.pings {
            self.pings = due;
            self.push(now, &frame::encode(&LinkUp::Ping(due)));
        }
        Ok(())
    }

    /// When [`Link::tick`] has something to do at the latest.
    pub(super) fn due(&self) -> u64 {
        let stuck = if self.out.is_empty() { u64::MAX } else { self.progress + LINK_SEND_MS };
        let next = match self.sent {
            None => self.opened + LINK_HANDSHAKE_MS,
            Some(_) => self.heard + LINK_PING_AFTER_MS * (self.pings + 1),
        };
        stuck.min(next).min(self.heard + LINK_GONE_AFTER_MS)
    }
}
