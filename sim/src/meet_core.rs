//! The meets' side of the simulated core: the real machine, with a disk, password lanes and a publisher that take their
//! time. It does what the core process does around the machine; what desks and displays must see is checked in
//! `meet_check.rs`.

use std::collections::BTreeMap;

use scorelay_engine::meets::{
    Against, AskId, Asker, HashJob, Hashed, LinkNo, MeetEffects, MeetInput, Meets, Publication, WriteNo,
};
use scorelay_meets::chain::ReceiptKey;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::link::MeetAsk;
use scorelay_protocol::meet::ids::MeetEpoch;
use scorelay_protocol::meet::receipt::PasswordHash;
use sha2::{Digest, Sha256};

use crate::clock::Moment;
use crate::event::{Event, MeetEvent, Run};
use crate::meet_disk::{MeetDisk, Taken};
use crate::net::ConnNo;
use crate::report::Oracle;
use crate::stage::Stage;

/// One run of the machine.
#[derive(Debug)]
pub struct MeetCore {
    /// The real thing.
    pub meets: Meets,
    run: Run,
    asks: BTreeMap<AskId, (ConnNo, u64)>,
    asked: u64,
    jobs: BTreeMap<u64, HashJob>,
    handing: BTreeMap<u64, Publication>,
    handed: u64,
    timer: Option<Moment>,
}

/// An answer to a question of this number on a link.
pub type Sent = (ConnNo, u64, Result<Vec<u8>, WireError>);

impl MeetCore {
    /// Starts on what the disk holds; gives nothing where that cannot be.
    pub fn start(stage: &mut Stage, disk: &mut MeetDisk, run: Run, key: [u8; 32]) -> Option<Self> {
        let (stored, tombstones) = disk.load();
        let epoch = MeetEpoch(stage.identity.word());
        match Meets::load(ReceiptKey::new(key), epoch, stage.now().wall(), stored, tombstones) {
            Ok((meets, effects)) => {
                let mut core = Self {
                    meets,
                    run,
                    asks: BTreeMap::new(),
                    asked: 0,
                    jobs: BTreeMap::new(),
                    handing: BTreeMap::new(),
                    handed: 0,
                    timer: None,
                };
                core.perform(stage, disk, effects);
                Some(core)
            }
            Err(error) => {
                stage.fail(Oracle::Store, format!("the meets do not start: {error}"));
                None
            }
        }
    }

    /// A question came on a link.
    pub fn ask(&mut self, stage: &mut Stage, disk: &mut MeetDisk, conn: ConnNo, ask: MeetAsk) -> Vec<Sent> {
        let MeetAsk { id, full, address, body } = ask;
        let request = match codec::decode_client(&body) {
            Ok(request) => request,
            Err(error) => {
                let result = Err(WireError::new(ErrorCode::Malformed, error.to_string()));
                return vec![(conn, id, result)];
            }
        };
        self.asked += 1;
        let ask = AskId(self.asked);
        self.asks.insert(ask, (conn, id));
        let from = Asker { link: LinkNo(u64::from(conn.0)), address, full };
        self.input(stage, disk, MeetInput::Ask { ask, from, request })
    }

    /// A link is gone.
    pub fn gone(&mut self, stage: &mut Stage, disk: &mut MeetDisk, conn: ConnNo) {
        self.asks.retain(|_, (by, _)| *by != conn);
        self.input(stage, disk, MeetInput::Gone(LinkNo(u64::from(conn.0))));
    }

    /// Whether this is a sync that fails: the process ends with it, and answers nothing any more.
    pub fn ends(disk: &mut MeetDisk, event: MeetEvent) -> bool {
        matches!(event, MeetEvent::Synced(up_to) if disk.fails(WriteNo(up_to)))
    }

    /// Something on the agenda is due, and [`MeetCore::ends`] was asked; gives what is to be sent.
    pub fn handle(&mut self, stage: &mut Stage, disk: &mut MeetDisk, event: MeetEvent) -> Vec<Sent> {
        match event {
            MeetEvent::Time if self.timer.is_some_and(|at| at <= stage.now()) => {
                self.timer = None;
                self.input(stage, disk, MeetInput::Time)
            }
            MeetEvent::Time => Vec::new(),
            MeetEvent::Synced(up_to) => {
                let synced = disk.synced(WriteNo(up_to));
                synced.into_iter().flat_map(|no| self.input(stage, disk, MeetInput::Written(no))).collect()
            }
            MeetEvent::Hashed(job) => self.hashed(stage, disk, job),
            MeetEvent::HandedOver(nth) => self.handed_over(stage, disk, nth),
        }
    }

    fn hashed(&mut self, stage: &mut Stage, disk: &mut MeetDisk, job: u64) -> Vec<Sent> {
        let Some(HashJob { job, password, against }) = self.jobs.remove(&job) else { return Vec::new() };
        let result = match against {
            Against::New { salt } => Hashed::Made(hash(salt, password.as_bytes())),
            Against::Known(known) => Hashed::Matches(hash(known.salt, password.as_bytes()) == known),
            Against::Nothing => Hashed::Matches(false),
        };
        self.input(stage, disk, MeetInput::Hashed { job, result })
    }

    fn handed_over(&mut self, stage: &mut Stage, disk: &mut MeetDisk, nth: u64) -> Vec<Sent> {
        let Some(publication) = self.handing.remove(&nth) else { return Vec::new() };
        let (meet, number) = (publication.meet, publication.number);
        let fails = !stage.resting && stage.faults.permille(300);
        let result = if fails {
            self.hand_over(stage, publication);
            Err("out of reach".to_owned())
        } else {
            Ok("there".to_owned())
        };
        self.input(stage, disk, MeetInput::HandedOver { meet, number, result })
    }

    fn hand_over(&mut self, stage: &mut Stage, publication: Publication) {
        self.handed += 1;
        self.handing.insert(self.handed, publication);
        let ms = stage.faults.between(10, 2_000);
        stage.agenda.after_ms(ms, Event::Meets(self.run, MeetEvent::HandedOver(self.handed)));
    }

    /// Gives the machine an input, does what follows, and gives what is to be sent.
    pub fn input(&mut self, stage: &mut Stage, disk: &mut MeetDisk, input: MeetInput) -> Vec<Sent> {
        let identity = &mut stage.identity;
        let mut random = |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&identity.word().to_le_bytes()[..chunk.len()]);
            }
        };
        let effects = self.meets.handle(stage.agenda.now().wall(), input, &mut random);
        self.perform(stage, disk, effects)
    }

    fn perform(&mut self, stage: &mut Stage, disk: &mut MeetDisk, effects: MeetEffects) -> Vec<Sent> {
        let MeetEffects { answers, hash, writes, publish, notes, .. } = effects;
        for note in notes {
            stage.say(format_args!("meets: {:?}: {}", note.meet, note.text));
        }
        let mut sent = Vec::new();
        for (ask, result) in answers {
            let Some((conn, id)) = self.asks.remove(&ask) else { continue };
            let result = result.map(|answer| codec::encode(&answer));
            sent.push((conn, id, result));
        }
        for job in hash {
            let no = job.job.0;
            self.jobs.insert(no, job);
            let ms = stage.faults.between(1, 300);
            stage.agenda.after_ms(ms, Event::Meets(self.run, MeetEvent::Hashed(no)));
        }
        for publication in publish {
            self.hand_over(stage, publication);
        }
        for write in writes {
            let no = write.no;
            match disk.write(write) {
                Taken::Written => {
                    let ms = stage.faults.between(0, stage.plan.sync_ms);
                    stage.agenda.after_ms(ms, Event::Meets(self.run, MeetEvent::Synced(no.0)));
                }
                Taken::NoSpace => {
                    let why = WireError::new(ErrorCode::NoSpace, "the disk is full");
                    sent.extend(self.input(stage, disk, MeetInput::NotWritten { write: no, why }));
                }
            }
        }
        self.time_later(stage);
        sent
    }

    fn time_later(&mut self, stage: &mut Stage) {
        let Some(at) = self.meets.next_at() else { return };
        let at = Moment::of_wall(at).max(stage.now());
        if self.timer.is_none_or(|planned| planned > at) {
            self.timer = Some(at);
            stage.agenda.at(at, Event::Meets(self.run, MeetEvent::Time));
        }
    }
}

/// Stands for scrypt, which is slow on purpose.
fn hash(salt: [u8; 16], password: &[u8]) -> PasswordHash {
    let hash = Sha256::new().chain_update(salt).chain_update(password).finalize().into();
    PasswordHash { log_n: 15, r: 8, p: 3, salt, hash }
}
