//! The transport's side of the client: what came, what is to be sent, when to wake.
//!
//! Every failure of a connection goes through [`Client::drop_connection`], so that replicas, requests and what is
//! shown always change together.

use scorelay_protocol::client::{ClientMessage, RelayMessage, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::Body;
use scorelay_protocol::limits::{CLIENT_PROTOCOL, GO_AWAY_LONGEST_MS, RELAY_FRAME_BYTES};
use scorelay_protocol::tick::Tick;

use super::apply::{Changes, Misfit};
use super::budget::Budget;
use super::client::{Client, Transmit};
use super::connection::{Due, Phase};
use super::mask;
use super::status::Disconnect;
use super::time::Millis;

/// How the next connection begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// From where this one stood.
    Resume,
    /// So too, but not before this time.
    ResumeAfter { wait_ms: u64 },
    /// With nothing: what is held is not to be trusted.
    Anew,
}

impl Client {
    /// The connection asked for by [`Transmit::Connect`] is open.
    pub fn handle_connected(&mut self, now: Millis) {
        if !self.connection.opened(now) {
            return;
        }
        self.refused = None;
        self.budget = Budget::new(now);
        self.pace_sent_ms = 0;
        let hello = ClientMessage::Hello { resume: self.replica.position, agent: self.config.agent.clone() };
        let watch = mask::first_watch(&mut self.replica);
        for message in [hello, watch] {
            self.budget.take(now);
            self.outbox.push_back(codec::encode(&message));
        }
        self.mask_dirty = true;
    }

    /// A binary message came on the open connection. Nothing in it can make this panic.
    pub fn handle_message(&mut self, now: Millis, bytes: &[u8]) {
        if !self.connection.is_open() {
            return;
        }
        self.connection.heard(now);
        self.stats.messages_in += 1;
        self.stats.bytes_in += bytes.len() as u64;
        if bytes.len() > RELAY_FRAME_BYTES {
            return self.misfit(now, format!("a message of {} bytes", bytes.len()));
        }
        match codec::decode_client::<RelayMessage>(bytes) {
            Ok(message) => self.take(now, message),
            Err(error) => self.misfit(now, error.to_string()),
        }
    }

    /// The transport saw a sign of life that is no message, like a ping.
    pub fn handle_alive(&mut self, now: Millis) {
        self.connection.heard(now);
    }

    /// The connection, or the attempt at one, is over. What the relay said before it closed is the reason, if it
    /// said anything.
    pub fn handle_disconnected(&mut self, now: Millis, why: Disconnect) {
        if self.connection.exists() {
            let why = self.refused.take().map_or(why, Disconnect::Refused);
            self.drop_connection(now, why, Next::Resume);
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Millis) {
        self.requests.handle_timeout(now);
        match self.connection.handle_timeout(now) {
            None => {}
            Some(Due::Dial) => {
                self.connect = true;
                self.events.status = true;
            }
            Some(Due::Probe) => self.requests.probe(now),
            Some(Due::GiveUp(why)) => self.abandon(now, why, Next::Resume),
        }
    }

    /// Does not wait any longer: the machine woke, the network is back, somebody looks again. Where it waits to connect
    /// it connects, though never before a time that a relay asked for; where it is connected and probes, it asks for
    /// a sign of life, so that a dead connection is noticed soon.
    pub fn hurry(&mut self, now: Millis) {
        self.handle_timeout(now);
        if !self.requests.is_probing() {
            self.events.status |= self.connection.hurry(now);
        }
        self.handle_timeout(now);
    }

    /// Gives up the connection: what came over it, in an answer that this client does not judge itself, cannot be.
    #[cfg(feature = "meets")]
    pub fn distrust(&mut self, now: Millis, why: String) {
        if self.connection.exists() {
            self.stats.misfits += 1;
            self.abandon(now, Disconnect::Misfit(why), Next::Resume);
        }
    }

    /// Ends the client for good.
    pub fn close(&mut self, now: Millis) {
        if self.connection.phase() == Phase::Ended {
            return;
        }
        if self.connection.exists() {
            self.abandon(now, Disconnect::Closed, Next::Resume);
        }
        self.requests.disconnected(&Disconnect::Closed, true);
        self.connection.close(now);
        self.connect = false;
        self.events.status = true;
    }

    /// The next thing for the transport to do.
    pub fn poll_transmit(&mut self, now: Millis) -> Option<Transmit> {
        if let Some(why) = self.close.take() {
            return Some(Transmit::Close(why));
        }
        if std::mem::take(&mut self.connect) {
            return Some(Transmit::Connect);
        }
        if self.outbox.is_empty() {
            let message = self.next_message(now)?;
            self.outbox.push_back(codec::encode(&message));
        }
        let bytes = self.outbox.pop_front()?;
        self.stats.messages_out += 1;
        self.stats.bytes_out += bytes.len() as u64;
        Some(Transmit::Send(bytes))
    }

    /// When to call [`Self::handle_timeout`] and poll again, if nothing else happens before.
    pub fn poll_timeout(&self) -> Option<Millis> {
        let waiting = self.wants_to_send().then(|| self.budget.ready_at());
        [self.connection.poll_timeout(), self.requests.poll_timeout(), waiting].into_iter().flatten().min()
    }

    fn wants_to_send(&self) -> bool {
        let something =
            self.mask_dirty || self.pace_ms != self.pace_sent_ms || self.requests.has_unsent(&self.replica.directory);
        self.connection.is_up() && something
    }

    fn next_message(&mut self, now: Millis) -> Option<ClientMessage> {
        if !self.wants_to_send() || !self.budget.take(now) {
            return None;
        }
        if std::mem::take(&mut self.mask_dirty) {
            let watch = mask::next_watch(&mut self.replica, &self.views);
            #[cfg(feature = "meets")]
            let watch = self.meets.with(watch, &mut self.replica.sent);
            if let Some(watch) = watch {
                return Some(watch);
            }
            // What held on for a mask that turns out to be right already may let go.
            self.events.views.extend(self.views.after(&Changes::default(), &self.replica, true));
        }
        if self.pace_ms != self.pace_sent_ms {
            self.pace_sent_ms = self.pace_ms;
            return Some(ClientMessage::Pace { every_ms: self.pace_ms });
        }
        self.requests.next(&self.replica.directory)
    }

    fn take(&mut self, now: Millis, message: RelayMessage) {
        let taken = match message {
            RelayMessage::Welcome(welcome) => self.take_welcome(now, &welcome),
            RelayMessage::Tick(tick) if self.connection.is_up() => self.take_tick(now, tick),
            RelayMessage::Tick(_) => Err(Misfit("a tick before the welcome")),
            RelayMessage::Response { id, result } => self.requests.answered(id, result),
            RelayMessage::Error(error) => {
                self.take_error(now, error);
                Ok(())
            }
            RelayMessage::GoAway { reason, retry_after_ms } => {
                let wait_ms = u64::from(retry_after_ms).min(GO_AWAY_LONGEST_MS);
                self.abandon(now, Disconnect::GoAway(reason), Next::ResumeAfter { wait_ms });
                Ok(())
            }
        };
        if let Err(Misfit(why)) = taken {
            self.misfit(now, why.to_owned());
        }
    }

    fn take_welcome(&mut self, now: Millis, welcome: &Welcome) -> Result<(), Misfit> {
        if welcome.protocol != CLIENT_PROTOCOL {
            self.abandon(now, Disconnect::Version(welcome.protocol), Next::Resume);
            return Ok(());
        }
        if !self.connection.greeted(now) {
            return Err(Misfit("a second welcome"));
        }
        self.replica.welcome(welcome)?;
        self.events.views.extend(self.views.ids());
        self.stats.connections += 1;
        self.stats.resumed += u64::from(welcome.resumed);
        self.mask_dirty = true;
        Ok(())
    }

    fn take_tick(&mut self, now: Millis, tick: Tick) -> Result<(), Misfit> {
        #[cfg(feature = "meets")]
        let meets = self.meets.stage(&tick.bodies, tick.head.generation.unwrap_or(self.replica.echoed))?;
        let changed = tick.bodies.iter().map(changes_of).sum::<usize>();
        let changes = self.replica.apply(tick)?;
        self.stats.changes += changed as u64;
        #[cfg(feature = "meets")]
        self.events.meets.extend(self.meets.commit(meets));
        self.last_tick = Some(now);
        if changes.freshness {
            self.connection.freshened(now);
        }
        self.events.status |= self.connection.ticked(now) | changes.freshness;
        self.show(&changes);
        Ok(())
    }

    /// Follows up what a tick changed.
    fn show(&mut self, changes: &Changes) {
        if let Some(before) = &changes.directory_before {
            self.events.directory = true;
            self.requests.refuse_unknown(&self.replica.directory);
            if !before.same_boards(&self.replica.directory) || !before.level() {
                self.mask_dirty = true;
                self.events.tracks.extend(self.replica.tracks.entities().cloned());
            }
        }
        self.mask_dirty |= changes.gone;
        self.events.tracks.extend(changes.tracks.iter().cloned());
        self.events.views.extend(self.views.after(changes, &self.replica, !self.mask_dirty));
    }

    /// An error that tells that relay and client disagree about the mask ends the connection; others are passed on.
    fn take_error(&mut self, now: Millis, error: WireError) {
        match error.code {
            ErrorCode::MaskFull | ErrorCode::OldGeneration | ErrorCode::UnknownBoard => {
                self.abandon(now, Disconnect::Refused(error), Next::Anew);
            }
            _ => {
                self.refused = Some(error.clone());
                self.events.refused = Some(error);
            }
        }
    }

    fn misfit(&mut self, now: Millis, why: String) {
        self.stats.misfits += 1;
        self.abandon(now, Disconnect::Misfit(why), Next::Anew);
    }

    /// Ends the connection from this side.
    fn abandon(&mut self, now: Millis, why: Disconnect, next: Next) {
        self.close = Some(why.clone());
        self.drop_connection(now, why, next);
    }

    fn drop_connection(&mut self, now: Millis, why: Disconnect, next: Next) {
        self.outbox.clear();
        self.connect = false;
        self.views.hold(&self.replica);
        self.events.views.extend(self.views.ids());
        self.replica.lost();
        #[cfg(feature = "meets")]
        {
            self.meets.lost();
            self.events.meets.extend(self.meets.ids());
        }
        if next == Next::Anew {
            self.replica.forget();
        }
        self.events.tracks.extend(self.replica.tracks.entities().cloned());
        self.requests.disconnected(&why, false);
        let wait_ms = if let Next::ResumeAfter { wait_ms } = next { wait_ms } else { 0 };
        self.connection.ended(now, why, wait_ms);
        self.events.status = true;
    }
}

fn changes_of(body: &Body) -> usize {
    match body {
        Body::PageSnapshot { rows, .. } => rows.0.len(),
        Body::PageDelta { ops, .. } => ops.len(),
        Body::Track { standings, .. } => standings.len(),
        _ => 0,
    }
}
