//! What breaks, when, and how it heals. Each kind of fault comes at random moments with the plan's rate; everything
//! that a fault takes down comes back by itself, and all of it when the run comes to rest.

use crate::client::ClientNode;
use crate::event::{ClientEvent, Event, Fault, Party, RelayEvent};
use crate::net::{ConnNo, End, Quality};
use crate::stage::Stage;
use crate::world::World;

const ALL: [Fault; 10] = [
    Fault::Core,
    Fault::Relay,
    Fault::LinkCut,
    Fault::LinkSlow,
    Fault::ClientCut,
    Fault::ClientSlow,
    Fault::SourceCut,
    Fault::Desk,
    Fault::Disk,
    Fault::Sync,
];

fn mean_ms(stage: &Stage, fault: Fault) -> u64 {
    let rates = &stage.plan.faults;
    match fault {
        Fault::Core => rates.core_ms,
        Fault::Relay => rates.relay_ms,
        Fault::LinkCut => rates.link_cut_ms,
        Fault::LinkSlow => rates.link_slow_ms,
        Fault::ClientCut => rates.client_cut_ms,
        Fault::ClientSlow => rates.client_slow_ms,
        Fault::SourceCut => rates.source_cut_ms,
        Fault::Desk => rates.desk_ms,
        Fault::Disk => rates.disk_ms,
        Fault::Sync => rates.sync_ms,
    }
}

/// Plans the first fault of each kind.
pub fn begin(stage: &mut Stage) {
    for fault in ALL {
        next(stage, fault);
    }
}

fn next(stage: &mut Stage, fault: Fault) {
    let mean = mean_ms(stage, fault);
    if mean > 0 {
        let ms = stage.faults.between(1, 2 * mean);
        stage.agenda.after_ms(ms, Event::Fault(fault));
    }
}

impl World {
    /// Something breaks, and later again.
    pub fn fault(&mut self, fault: Fault) {
        if self.stage.resting {
            return;
        }
        next(&mut self.stage, fault);
        let stage = &mut self.stage;
        match fault {
            Fault::Core => {
                if self.core.up.is_some() {
                    let reconfigure = stage.faults.permille(600);
                    self.core.crash(stage, reconfigure);
                    self.core.start_later(stage);
                }
            }
            Fault::Relay => {
                let no = stage.faults.below(self.relays.len() as u64) as usize;
                if self.relays[no].up.is_some() {
                    let gracefully = stage.faults.permille(400);
                    self.relays[no].stop(stage, gracefully);
                    let ms = stage.faults.between(0, 2_000);
                    stage.agenda.after_ms(ms, Event::Relay(no, 0, RelayEvent::Start));
                }
            }
            Fault::LinkCut => {
                if let Some(conn) = self.some_link() {
                    self.stage.counts.link_cuts += 1;
                    self.stage.say(format_args!("{conn:?} breaks"));
                    self.stage.sever(conn);
                }
            }
            Fault::LinkSlow => {
                if let Some(conn) = self.some_link() {
                    self.slow(conn);
                }
            }
            Fault::ClientCut => {
                if let Some(client) = self.some_client()
                    && let Some(conn) = self.clients[client].conn()
                {
                    self.clients[client].healthy_since = None;
                    self.stage.say(format_args!("client {client}: {conn:?} breaks"));
                    self.stage.sever(conn);
                    if self.stage.faults.permille(200) {
                        self.clients[client].relay = self.stage.faults.below(self.relays.len() as u64) as usize;
                    }
                }
            }
            Fault::ClientSlow => {
                if let Some(client) = self.some_client() {
                    slow_client(&mut self.stage, &mut self.clients[client]);
                }
            }
            Fault::SourceCut => {
                if stage.faults.permille(500) {
                    self.source.restart(stage);
                } else if let Some(conn) = self.source.conn() {
                    stage.sever(conn);
                }
            }
            Fault::Desk => self.desk_fault(),
            Fault::Disk => {
                self.core.meet_disk.full = !self.core.meet_disk.full;
                self.stage.say(format_args!("disk full: {}", self.core.meet_disk.full));
            }
            // More than one: the next start's first sync fails too.
            Fault::Sync => self.core.meet_disk.failing = stage.faults.between(1, 3),
        }
    }

    fn desk_fault(&mut self) {
        let (stage, count) = (&mut self.stage, self.desks.len() as u64);
        let no = stage.faults.below(count) as usize;
        let Some(desk) = self.desks.get_mut(no) else { return };
        if stage.faults.permille(300) {
            desk.relay = stage.faults.below(self.relays.len() as u64) as usize;
        }
        match (stage.faults.below(3), desk.conn()) {
            (0, _) => desk.reopen(stage),
            (1, Some(conn)) => {
                let ms = stage.faults.between(100, 12_000);
                stage.say(format_args!("desk {no}: {conn:?} stalls for {ms} ms"));
                stage.stall(conn, ms);
            }
            (_, Some(conn)) => {
                stage.say(format_args!("desk {no}: {conn:?} breaks"));
                stage.sever(conn);
            }
            (_, None) => {}
        }
    }

    fn some_link(&mut self) -> Option<ConnNo> {
        let links: Vec<ConnNo> = self.relays.iter().filter_map(|relay| relay.upstream_conn()).collect();
        self.stage.faults.pick(&links).copied()
    }

    fn some_client(&mut self) -> Option<usize> {
        let count = self.clients.len() as u64;
        (count > 0).then(|| self.stage.faults.below(count) as usize)
    }

    fn slow(&mut self, conn: ConnNo) {
        let stage = &mut self.stage;
        if stage.faults.permille(500) {
            let ms = stage.faults.between(10, 6_000);
            stage.say(format_args!("{conn:?} stalls for {ms} ms"));
            stage.stall(conn, ms);
        } else {
            let bytes_per_ms = stage.faults.between(1, 60);
            stage.say(format_args!("{conn:?} is slow from now on: {bytes_per_ms} bytes per ms"));
            let quality = Quality { bytes_per_ms, ..stage.plan.link_quality };
            stage.set_quality(conn, quality);
        }
    }

    /// Everything heals, and nothing new happens from here on.
    pub fn rest(&mut self) {
        let stage = &mut self.stage;
        stage.resting = true;
        self.core.meet_disk.full = false;
        self.core.meet_disk.failing = 0;
        stage.say(format_args!("rest"));
        let conns: Vec<(ConnNo, Party)> = stage.net.conns().map(|(conn, opener, _)| (conn, opener)).collect();
        for (conn, opener) in conns {
            stage.heal(conn, stage.quality(opener));
        }
        for client in &mut self.clients {
            if let Some(conn) = client.conn() {
                stage.set_reading(conn, End::Opener, true);
            }
            client.core.pace(0);
            client.settle(stage);
        }
    }
}

fn slow_client(stage: &mut Stage, client: &mut ClientNode) {
    let Some(conn) = client.conn() else { return };
    client.healthy_since = None;
    let ms = stage.faults.between(50, 12_000);
    client.slow_until = client.slow_until.max(stage.now().plus_ms(ms));
    match stage.faults.below(3) {
        0 => {
            stage.say(format_args!("client {} reads nothing for {ms} ms", client.no));
            stage.set_reading(conn, End::Opener, false);
        }
        1 => {
            stage.say(format_args!("client {}: {conn:?} stalls for {ms} ms", client.no));
            stage.stall(conn, ms);
        }
        _ => {
            let bytes_per_ms = stage.faults.between(1, 8);
            stage.say(format_args!("client {} is slow for {ms} ms: {bytes_per_ms} bytes per ms", client.no));
            let quality = Quality { bytes_per_ms, ..stage.plan.client_quality };
            stage.set_quality(conn, quality);
        }
    }
    stage.agenda.after_ms(ms, Event::Client(client.no, ClientEvent::ReadAgain));
}

/// A client's slowness is over.
pub fn read_again(stage: &mut Stage, client: &mut ClientNode) {
    let Some(conn) = client.conn().filter(|_| client.slow_until <= stage.now()) else { return };
    stage.set_quality(conn, stage.plan.client_quality);
    stage.set_reading(conn, End::Opener, true);
    client.healthy_since = Some(stage.now());
}
