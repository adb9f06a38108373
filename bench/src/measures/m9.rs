//! M9, logins: fifty people a second log in to meets while boards are live.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use scorelay_client::core::{Answer, Client, ClientConfig, RequestError};
use scorelay_protocol::limits::SUBPROTOCOL;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{DeskId, MeetId, Priority};
use scorelay_protocol::meet::line::Location;
use scorelay_protocol::meet::request::{Create, Join, MeetRequest};
use scorelay_protocol::meet::secret::{Token, Typed};
use serde::Deserialize;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::m2;
use crate::Options;
use crate::crowd::{self, Crowd, Viewer, until};
use crate::failure::{Failure, Result, fail};
use crate::looker::{Looker, now, transmit};
use crate::process::{Process, SERVER};
use crate::report::{Bound, Report, percentile};
use crate::system::{BOARD, Core, Feeder, by_law};
use crate::world::{World, random};

const ROWS: usize = 100_000;
const CLIENTS: usize = 2000;
const UPDATES: u64 = 5000;
const TICK_MS: u32 = 100;
/// A second, each on a connection of its own.
const LOGINS: usize = 50;
const PASSWORD: &str = "three white lights";
const CASE: &str = "50 logins a second";
const P99: &str = "p99 with logins, to without";
const NO_LIMITER: &str = "ws, no limiter";

/// Takes the measure.
///
/// # Errors
/// Something does not start, or a login is answered with something else than a session or a refusal.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    report.peers = super::versions(options, &["ws"]);
    report.note(format!("{CLIENTS} clients of M2's kind look on; {LOGINS} connections each ask to join one meet once a second, with the right password."));
    report.note("The relay has a core of its own. The Scorelay core, which checks the passwords (two at once, a quarter of a second each), shares the other with the source and all clients, so the clients' own turn to decode waits as well.");
    report.note("No limiter: Node hashes with the same parameters as soon as it is asked, four at once, and sends one message a tick to as many clients.");
    let world = Rc::new(World::new(ROWS));
    for round in 0..options.rounds {
        eprintln!("  round {}", round + 1);
        crowd::run(scorelay(options, &world, report))?;
        crowd::run(no_limiter(options, report))?;
    }
    report.aim(CASE, P99, "scorelay", Bound::AtMost(1.1));
    Ok(())
}

async fn scorelay(options: &Options, world: &Rc<World>, report: &mut Report) -> Result {
    let mut core = Core::start(options, world)?;
    let relay = core.relay(&SERVER.to_string(), TICK_MS, 1, None)?;
    let clients = if options.quick { CLIENTS / 10 } else { CLIENTS };
    let lookers = m2::sights(world, clients, 0).into_iter().enumerate();
    let lookers = lookers.map(|(at, sight)| Looker::new(BOARD, sight, at.is_multiple_of(7)));
    let lookers = lookers.collect::<std::result::Result<Vec<_>, _>>().map_err(Failure)?;
    let crowd = Crowd::connect(relay.listen, lookers).await?;
    core.check(&[&crowd]).await?;
    let doors = Crowd::connect(relay.listen, (0..LOGINS).map(|_| Knocker::new()).collect()).await?;
    let meet = create(&doors).await?;
    let feeder = Feeder::start(&core, UPDATES, true, by_law(world.clone(), random()))?;
    sleep(Duration::from_secs(2)).await;

    let long = Duration::from_secs(if options.quick { 2 } else { 6 });
    let ages = || crowd.viewers.iter().flat_map(|looker| std::mem::take(&mut looker.borrow_mut().ages));
    let _settling: Vec<f32> = ages().collect();
    sleep(long).await;
    let without = p99(ages().map(f64::from).collect());
    let before = passes(&relay).await?;
    knock(&doors, meet, long).await;
    let after = passes(&relay).await?;
    let with = p99(ages().map(f64::from).collect());
    let waiting = || doors.viewers.iter().map(|knocker| knocker.borrow().waiting()).sum::<u64>();
    let at_end = waiting();
    until("every login is answered", Duration::from_secs(60), || waiting() == 0).await?;
    let (asked, outcomes) = doors.viewers.iter().fold((0, BTreeMap::new()), |(asked, mut all), knocker| {
        let knocker = knocker.borrow();
        for (outcome, count) in &knocker.outcomes {
            *all.entry(outcome.clone()).or_insert(0) += count;
        }
        (asked + knocker.asked, all)
    });
    feeder.stop().await?;
    core.check(&[&crowd]).await?;
    doors.check()?;
    report.sample(CASE, "scorelay", "p99 without", "ms", without);
    report.sample(CASE, "scorelay", "p99 with", "ms", with);
    report.sample(CASE, "scorelay", P99, "times", with / without);
    report.sample(
        CASE,
        "scorelay",
        "the relay's pass, on average",
        "ms",
        (after.0 - before.0) / (after.1 - before.1) * 1e3,
    );
    for (outcome, count) in &outcomes {
        report.sample(CASE, "scorelay", &format!("answered `{outcome}`"), "% of logins", share(*count, asked));
    }
    report.sample(CASE, "scorelay", "waiting when it ended", "% of logins", share(at_end, asked));
    Ok(())
}

fn share(count: u64, of: u64) -> f64 {
    count as f64 / of.max(1) as f64 * 100.0
}

fn p99(mut ages: Vec<f64>) -> f64 {
    ages.sort_by(f64::total_cmp);
    percentile(&ages, 0.99)
}

/// Seconds in passes of the relay so far, and how many there were.
async fn passes(relay: &crate::system::Relay) -> Result<(f64, f64)> {
    let sum = relay.metric("scorelay_relay_pass_seconds_sum").await?;
    Ok((sum, relay.metric("scorelay_relay_pass_seconds_count").await?))
}

/// Makes the meet.
async fn create(doors: &Crowd<Knocker>) -> Result<MeetId> {
    let create = Create {
        token: Token(rand::random()),
        desk: DeskId(rand::random()),
        location: "jury".to_owned(),
        locations: vec![location("jury")?, location("platform")?],
        password: Typed::new(PASSWORD),
    };
    doors.viewers[0].borrow_mut().ask(&MeetRequest::Create(create));
    doors.poke();
    until("the meet is made", Duration::from_secs(30), || doors.viewers[0].borrow().meet.is_some()).await?;
    let mut first = doors.viewers[0].borrow_mut();
    (first.asked, first.outcomes) = (0, BTreeMap::new());
    first.meet.ok_or_else(|| Failure("no meet".to_owned()))
}

fn location(name: &str) -> Result<Location> {
    let priority = Priority::new(1).ok_or_else(|| Failure("a priority is 0 to 1000".to_owned()))?;
    Ok(Location { name: name.to_owned(), priority })
}

/// Everybody knocks once a second, one after the other.
async fn knock(doors: &Crowd<Knocker>, meet: MeetId, long: Duration) {
    let started = Instant::now();
    let every = Duration::from_secs(1) / LOGINS as u32;
    for (at, knocker) in (0..).zip(doors.viewers.iter().cycle()) {
        if started.elapsed() > long {
            return;
        }
        sleep_until(started + every * at).await;
        let join = Join {
            meet,
            token: Token(rand::random()),
            desk: DeskId(rand::random()),
            location: "platform".to_owned(),
            password: Typed::new(PASSWORD),
        };
        knocker.borrow_mut().ask(&MeetRequest::Join(join));
        doors.poke_one(at as usize % LOGINS);
    }
}

/// Somebody who logs in.
struct Knocker {
    client: Client,
    asked: u64,
    /// How often each answer came.
    outcomes: BTreeMap<String, u64>,
    meet: Option<MeetId>,
}

impl Knocker {
    fn new() -> Self {
        let config = ClientConfig { probes: false, ..ClientConfig::default() };
        Self { client: Client::new(config, 1, now()), asked: 0, outcomes: BTreeMap::new(), meet: None }
    }

    fn ask(&mut self, request: &MeetRequest) {
        self.client.ask_meet(now(), request);
        self.asked += 1;
    }

    /// Logins that are not answered yet.
    fn waiting(&self) -> u64 {
        self.asked - self.outcomes.values().sum::<u64>()
    }

    fn transmit(&mut self) -> std::result::Result<Vec<Message>, String> {
        let out = transmit(&mut self.client)?;
        while let Some((_, answer)) = self.client.poll_answer() {
            let outcome = match answer {
                Ok(Answer::Meet(answer)) => match *answer {
                    MeetAnswer::Opened(opened) => {
                        self.meet = Some(opened.meet);
                        "a session".to_owned()
                    }
                    other => return Err(format!("a login was answered {other:?}")),
                },
                Ok(other) => return Err(format!("a login was answered {other:?}")),
                Err(RequestError::Refused(error)) => error.code.to_string(),
                Err(error) => return Err(error.to_string()),
            };
            *self.outcomes.entry(outcome).or_default() += 1;
        }
        Ok(out)
    }
}

impl Viewer for Knocker {
    fn path(&self) -> String {
        "/v1/live".to_owned()
    }

    fn subprotocol(&self) -> Option<&'static str> {
        Some(SUBPROTOCOL)
    }

    fn open(&mut self) -> Vec<Message> {
        self.client.handle_connected(now());
        self.transmit().unwrap_or_default()
    }

    fn poked(&mut self) -> Vec<Message> {
        self.transmit().unwrap_or_default()
    }

    fn take(&mut self, message: &[u8]) -> std::result::Result<Vec<Message>, String> {
        self.client.handle_message(now(), message);
        self.transmit()
    }
}

/// One who looks at the peer, or logs in there.
#[derive(Default)]
struct PeerViewer {
    ages: Vec<f64>,
    login: bool,
    answered: u64,
}

#[derive(Deserialize)]
struct PeerMessage {
    /// When it was sent, in milliseconds of the wall clock.
    at: Option<f64>,
}

impl Viewer for PeerViewer {
    fn poked(&mut self) -> Vec<Message> {
        if self.login { vec![Message::text(PASSWORD)] } else { Vec::new() }
    }

    fn take(&mut self, message: &[u8]) -> std::result::Result<Vec<Message>, String> {
        let message: PeerMessage = serde_json::from_slice(message).map_err(|error| error.to_string())?;
        match message.at {
            Some(at) => self.ages.push(now().0 as f64 - at),
            None => self.answered += 1,
        }
        Ok(Vec::new())
    }
}

async fn no_limiter(options: &Options, report: &mut Report) -> Result {
    let logs = tempfile::tempdir()?;
    let script = options.peers.join("logins-ws.mjs").display().to_string();
    let mut process = Process::start(SERVER, "node".as_ref(), &[&script, &TICK_MS.to_string()], logs.path())?;
    let listen = process.said("listen")?.parse()?;
    let clients = if options.quick { CLIENTS / 10 } else { CLIENTS };
    let crowd = Crowd::connect(listen, (0..clients).map(|_| PeerViewer::default()).collect()).await?;
    let doors = (0..LOGINS).map(|_| PeerViewer { login: true, ..PeerViewer::default() });
    let doors = Crowd::connect(listen, doors.collect()).await?;
    let long = Duration::from_secs(if options.quick { 2 } else { 6 });
    let ages = || crowd.viewers.iter().flat_map(|viewer| std::mem::take(&mut viewer.borrow_mut().ages)).collect();
    sleep(Duration::from_secs(1)).await;
    let _settling: Vec<f64> = ages();
    sleep(long).await;
    let without = p99(ages());
    let started = Instant::now();
    let every = Duration::from_secs(1) / LOGINS as u32;
    let mut asked = 0;
    while started.elapsed() < long {
        sleep_until(started + every * asked).await;
        doors.poke_one(asked as usize % LOGINS);
        asked += 1;
    }
    let with = p99(ages());
    crowd.check()?;
    doors.check()?;
    let answered: u64 = doors.viewers.iter().map(|viewer| viewer.borrow().answered).sum();
    if without == 0.0 {
        return fail("the peer sent nothing");
    }
    report.sample(CASE, NO_LIMITER, "p99 without", "ms", without);
    report.sample(CASE, NO_LIMITER, "p99 with", "ms", with);
    report.sample(CASE, NO_LIMITER, P99, "times", with / without);
    report.sample(
        CASE,
        NO_LIMITER,
        "waiting when it ended",
        "% of logins",
        share(u64::from(asked) - answered, asked.into()),
    );
    Ok(())
}
