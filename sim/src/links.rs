//! The accepting side of links, for the core and for relays: greets peers, finds their messages in the bytes, and moves
//! the frames that an outlet gives, never more than the connection takes. What an outlet is lies behind [`LinkOwner`].

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::limits::{LINK_GONE_AFTER_MS, LINK_PING_AFTER_MS};
use scorelay_protocol::link::{LinkDown, LinkUp};
use scorelay_relay::core::outlet::{LinkId, LinkLimits};

use crate::clock::Moment;
use crate::net::{ConnNo, End};
use crate::outbuf::OutBuf;
use crate::report::Oracle;
use crate::stage::Stage;

/// What gives frames for links.
pub trait LinkOwner {
    /// A relay was let in.
    fn open(&mut self) -> LinkId;
    /// A link is gone.
    fn close(&mut self, link: LinkId);
    /// A link got rid of so many bytes.
    fn sent(&mut self, link: LinkId, bytes: usize);
    /// The next frame.
    fn poll(&mut self) -> Option<(LinkId, Bytes)>;
    /// The next answer about meets, which does not wait for other frames.
    fn poll_answer(&mut self) -> Option<(LinkId, Bytes)>;
    /// A link got rid of so many bytes of answers.
    fn answers_sent(&mut self, link: LinkId, bytes: usize);
}

/// Who counts the bytes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Nobody,
    Outlet,
    Answers,
}

/// All peers of one listener.
#[derive(Debug, Default)]
pub struct Links {
    peers: BTreeMap<ConnNo, Peer>,
    pings: u64,
}

#[derive(Debug)]
struct Peer {
    frames: Frames,
    out: OutBuf,
    /// Lengths of what waits in `out`, and who counts it.
    parts: VecDeque<(usize, Counts)>,
    link: Option<LinkId>,
    /// Whether it has been let in; before that it is not asked for signs of life.
    greeted: bool,
    heard: Moment,
}

impl Links {
    /// Somebody connected.
    pub fn accept(&mut self, conn: ConnNo, now: Moment) {
        let (frames, out) = (Frames::new(), OutBuf::default());
        let peer = Peer { frames, out, parts: VecDeque::new(), link: None, greeted: false, heard: now };
        self.peers.insert(conn, peer);
    }

    /// Whether this is one of its connections.
    pub fn has(&self, conn: ConnNo) -> bool {
        self.peers.contains_key(&conn)
    }

    /// What the owner calls the link of a connection, once it was let in.
    pub fn link(&self, conn: ConnNo) -> Option<LinkId> {
        self.peers.get(&conn)?.link
    }

    /// The connections.
    pub fn conns(&self) -> impl Iterator<Item = ConnNo> {
        self.peers.keys().copied()
    }

    /// The messages that these bytes complete.
    pub fn receive(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) -> Vec<LinkUp> {
        let Some(peer) = self.peers.get_mut(&conn) else { return Vec::new() };
        peer.heard = stage.now();
        peer.frames.push(bytes);
        let mut messages = Vec::new();
        loop {
            let message = match peer.frames.take() {
                Ok(None) => return messages,
                Ok(Some(frame)) => frame::decode(&frame),
                Err(error) => Err(error),
            };
            match message {
                Ok(message) => messages.push(message),
                Err(error) => {
                    stage.fail(Oracle::Conduct, format!("upwards on a link: {error}"));
                    return messages;
                }
            }
        }
    }

    /// A relay said hello: it becomes a link.
    pub fn admit(&mut self, conn: ConnNo, owner: &mut impl LinkOwner) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            (peer.link, peer.greeted) = (Some(owner.open()), true);
        }
    }

    /// Sends a message that is no outlet's affair.
    pub fn send(&mut self, stage: &mut Stage, conn: ConnNo, message: &LinkDown) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            let frame = frame::encode(message);
            peer.greeted = true;
            peer.parts.push_back((frame.len(), Counts::Nobody));
            peer.out.push(&frame);
            peer.flush(stage, conn);
        }
    }

    /// Moves what there is to move.
    pub fn pump(&mut self, stage: &mut Stage, owner: &mut impl LinkOwner) {
        loop {
            while let Some((link, frame)) = owner.poll_answer() {
                if let Some((_, peer)) = self.peers.iter_mut().find(|(_, peer)| peer.link == Some(link)) {
                    peer.parts.push_back((frame.len(), Counts::Answers));
                    peer.out.push(&frame);
                }
            }
            while let Some((link, frame)) = owner.poll() {
                let peer = self.peers.iter_mut().find(|(_, peer)| peer.link == Some(link));
                let Some((_, peer)) = peer else {
                    stage.fail(Oracle::Conduct, format!("a frame for link {link:?}, which is closed"));
                    return;
                };
                peer.parts.push_back((frame.len(), Counts::Outlet));
                peer.out.push(&frame);
                let most = bound(&stage.plan.links);
                let waiting = peer.waiting();
                if waiting > most {
                    let what = format!("{waiting} bytes wait on a link; its bound is {most}");
                    stage.fail(Oracle::Memory, what);
                    return;
                }
            }
            let mut moved = false;
            for (conn, peer) in &mut self.peers {
                let (sent, answers) = peer.flush(stage, *conn);
                if let Some(link) = peer.link
                    && sent + answers > 0
                {
                    owner.sent(link, sent);
                    owner.answers_sent(link, answers);
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// A connection is gone. Gives whether it was one.
    pub fn lost(&mut self, conn: ConnNo, owner: &mut impl LinkOwner) -> bool {
        let Some(peer) = self.peers.remove(&conn) else { return false };
        if let Some(link) = peer.link {
            owner.close(link);
        }
        true
    }

    /// Asks for signs of life; gives up peers that gave none for too long.
    pub fn pings(&mut self, stage: &mut Stage, owner: &mut impl LinkOwner) {
        let now = stage.now();
        let conns: Vec<ConnNo> = self.peers.keys().copied().collect();
        for conn in conns {
            let Some(peer) = self.peers.get(&conn) else { continue };
            let (quiet, greeted) = (now.ms_since(peer.heard), peer.greeted);
            if quiet >= LINK_GONE_AFTER_MS {
                stage.say(format_args!("link {conn:?}: nothing heard for {quiet} ms, given up"));
                self.lost(conn, owner);
                stage.orphan(conn, End::Accepter, 0);
            } else if quiet >= LINK_PING_AFTER_MS && greeted {
                self.pings += 1;
                self.send(stage, conn, &LinkDown::Ping(self.pings));
            }
        }
    }
}

impl Peer {
    /// Bytes that wait, answers about meets apart.
    fn waiting(&self) -> usize {
        self.parts.iter().filter(|(_, counts)| *counts != Counts::Answers).map(|(len, _)| len).sum()
    }

    /// Writes what the connection takes; gives how much of it was the outlet's frames, and how much answers.
    fn flush(&mut self, stage: &mut Stage, conn: ConnNo) -> (usize, usize) {
        let mut taken = self.out.pump(stage, conn, End::Opener);
        let (mut frames, mut answers) = (0, 0);
        while taken > 0 {
            let Some((len, counts)) = self.parts.front_mut() else { break };
            let part = taken.min(*len);
            match counts {
                Counts::Nobody => {}
                Counts::Outlet => frames += part,
                Counts::Answers => answers += part,
            }
            *len -= part;
            taken -= part;
            if *len == 0 {
                self.parts.pop_front();
            }
        }
        (frames, answers)
    }
}

/// Bytes that may wait on a link: its queue, and one more frame of rows or of boards.
fn bound(limits: &LinkLimits) -> usize {
    limits.queue_bytes + limits.chunk_rows * 180 + 8_192
}
