//! What kind of run a seed makes: how many boards, entities and clients there are, how fast things happen, how good the
//! network is, and how often what breaks. Everything follows from the seed alone; nothing here happens yet.

use scorelay_engine::{BoardConfig, Every, Scorer, Season};
use scorelay_relay::core::outlet::LinkLimits;

use crate::net::Quality;
use crate::random::{Random, Stream};

/// The board fed only by the source that can replay: its totals must come out exactly. It never loses rows.
pub const EXACT_BOARD: &str = "exact";
/// The board that imports go to. Its points come from live events.
pub const IMPORT_BOARD: &str = "pixels";

/// Mean milliseconds between faults of each kind; 0 for never.
#[derive(Debug, Clone, Copy, Default)]
pub struct FaultRates {
    /// The core dies and starts again.
    pub core_ms: u64,
    /// A relay dies or is restarted.
    pub relay_ms: u64,
    /// A link breaks.
    pub link_cut_ms: u64,
    /// A link stalls or becomes slow.
    pub link_slow_ms: u64,
    /// A client's connection breaks.
    pub client_cut_ms: u64,
    /// A client stops reading for a while, or becomes slow.
    pub client_slow_ms: u64,
    /// The replaying source's link breaks.
    pub source_cut_ms: u64,
    /// Something happens to a desk.
    pub desk_ms: u64,
    /// The disk under the meets is full, or not any more.
    pub disk_ms: u64,
    /// A sync of the meets' files fails.
    pub sync_ms: u64,
}

/// A run's sizes and rates.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The seed it follows from.
    pub seed: u64,
    /// Virtual time with events and faults, in milliseconds.
    pub active_ms: u64,
    /// The boards at the start.
    pub boards: Vec<BoardConfig>,
    /// Entities that there may ever be.
    pub entities: u64,
    /// Of 1,000 entities, how many have an id as long as may be.
    pub long_ids_permille: u64,
    /// Mean microseconds between live events, and between those of the replaying source.
    pub event_every_us: (u64, u64),
    /// Most live events at once.
    pub burst: u64,
    /// Most points of one event.
    pub points: u64,
    /// Mean milliseconds between imports, 0 for never, and most rows of one.
    pub import_every_ms: u64,
    /// Most rows of an import.
    pub import_rows: u64,
    /// Mean milliseconds between what operators do about rows, 0 for never.
    pub moderate_every_ms: u64,
    /// Milliseconds from writing a commit to its durability, at most.
    pub sync_ms: u64,
    /// Clients of each relay.
    pub clients: usize,
    /// Shards of each relay.
    pub shards: usize,
    /// Milliseconds between ticks.
    pub tick_ms: u64,
    /// Mean milliseconds between a client's actions.
    pub act_every_ms: u64,
    /// Entities that a user follows at most.
    pub tracks: usize,
    /// Widest window a client looks at, in ranks.
    pub window: u64,
    /// Bounds of links.
    pub links: LinkLimits,
    /// Links when nothing is wrong with them.
    pub link_quality: Quality,
    /// Client connections when nothing is wrong with them.
    pub client_quality: Quality,
    /// How often what breaks.
    pub faults: FaultRates,
    /// Desks of the meet, 0 for a run without one.
    pub desks: usize,
    /// Priorities of the meet's locations.
    pub locations: Vec<u16>,
    /// Mean milliseconds between edits at a desk.
    pub edit_every_ms: u64,
    /// Of 1,000 deaths of the core, how many lose what was on its disk: all of it, or all since some earlier time.
    pub disk_loss_permille: u64,
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed, Stream::Plan);
        let r = &mut random;
        let entities = *r.pick(&[8, 40, 150, 150, 600, 1_500]).unwrap_or(&40);
        let boards = boards(r, entities);
        // A calm run in four is the one where nothing may hide behind a reconnect.
        let stormy = !r.permille(250);
        let tiny_links = r.permille(700);
        let crowd = r.permille(100);
        Self {
            seed,
            active_ms: r.between(5_000, 14_000),
            boards,
            entities,
            long_ids_permille: *r.pick(&[0, 0, 50, 600]).unwrap_or(&0),
            event_every_us: (mean(r, &[1_500, 5_000, 20_000, 150_000]), mean(r, &[3_000, 15_000, 100_000])),
            burst: *r.pick(&[1, 1, 8, 120]).unwrap_or(&1),
            points: *r.pick(&[1, 1, 3, 50]).unwrap_or(&1),
            import_every_ms: *r.pick(&[0, 2_000, 6_000]).unwrap_or(&0),
            import_rows: *r.pick(&[20, 200, 1_000]).unwrap_or(&20),
            moderate_every_ms: *r.pick(&[0, 300, 1_500]).unwrap_or(&0),
            sync_ms: *r.pick(&[2, 30, 400]).unwrap_or(&2),
            clients: if crowd { 8 } else { r.between(1, 4) as usize },
            shards: r.between(1, 2) as usize,
            tick_ms: *r.pick(&[50, 50, 20, 100]).unwrap_or(&50),
            act_every_ms: *r.pick(&[60, 250, 1_000, 4_000]).unwrap_or(&250),
            tracks: *r.pick(&[2, 5, 5, 40]).unwrap_or(&5),
            window: *r.pick(&[10, 50, 120, 1_200]).unwrap_or(&50),
            links: if tiny_links { tiny(r) } else { LinkLimits::default() },
            link_quality: quality(r, 1),
            client_quality: quality(r, 4),
            faults: if stormy { storm(r) } else { FaultRates::default() },
            desks: if r.permille(400) { r.between(1, 6) as usize } else { 0 },
            locations: (0..r.between(1, 4)).map(|_| *r.pick(&[10, 10, 50, 1_000]).unwrap_or(&10)).collect(),
            edit_every_ms: *r.pick(&[30, 200, 1_000]).unwrap_or(&200),
            disk_loss_permille: *r.pick(&[0, 0, 300]).unwrap_or(&0),
        }
    }
}

fn mean(r: &mut Random, of: &[u64]) -> u64 {
    *r.pick(of).unwrap_or(&of[0])
}

fn tiny(r: &mut Random) -> LinkLimits {
    LinkLimits {
        queue_bytes: r.between(2_000, 60_000) as usize,
        chunk_rows: r.between(1, 60) as usize,
        frees: r.between(1, 40) as usize,
    }
}

fn quality(r: &mut Random, slower: u64) -> Quality {
    let delay = r.between(50, 20_000);
    Quality {
        delay_us: (delay, delay + r.between(0, 30_000)),
        window: r.between(1_000, 64_000) as usize,
        bytes_per_ms: r.between(400, 20_000) / slower,
        split_permille: *r.pick(&[0, 100, 800]).unwrap_or(&0),
    }
}

fn storm(r: &mut Random) -> FaultRates {
    let mut rate = |most: u64| if r.permille(350) { 0 } else { r.between(most / 6, most) };
    FaultRates {
        core_ms: rate(8_000),
        relay_ms: rate(8_000),
        link_cut_ms: rate(6_000),
        link_slow_ms: rate(4_000),
        client_cut_ms: rate(2_000),
        client_slow_ms: rate(2_000),
        source_cut_ms: rate(3_000),
        desk_ms: rate(1_500),
        disk_ms: rate(4_000),
        sync_ms: rate(8_000),
    }
}

fn board(id: &str, scorer: Scorer, max_rows: u32) -> BoardConfig {
    BoardConfig { title: format!("The {id} board"), max_rows, ..BoardConfig::new(id, scorer) }
}

fn boards(r: &mut Random, entities: u64) -> Vec<BoardConfig> {
    let tight = |r: &mut Random| r.between(1, entities.max(2)) as u32;
    let chat_rows = if r.permille(500) { 1_000_000 } else { tight(r) };
    let mut boards = vec![
        board(EXACT_BOARD, Scorer::External, 1_000_000),
        board("chat", Scorer::messages(1), chat_rows),
        board(IMPORT_BOARD, Scorer::External, tight(r)),
    ];
    for board in &mut boards {
        let seasons = board.id != EXACT_BOARD && r.permille(400);
        board.season = seasons.then(|| Season { every: Every::Day, time_zone: "UTC".to_owned() });
    }
    if r.permille(500) {
        boards.push(BoardConfig { decimals: 2, ..board("bits", Scorer::messages(-150), tight(r)) });
    }
    boards
}

/// What another start of the core is configured with: boards come and go, change their size, their name, or what their
/// scores mean. The exact board only changes its name.
pub fn reconfigured(r: &mut Random, before: &[BoardConfig], entities: u64) -> Vec<BoardConfig> {
    let mut boards: Vec<BoardConfig> = Vec::new();
    for config in before {
        let mut config = config.clone();
        let exact = config.id == EXACT_BOARD;
        match r.below(10) {
            0 if !exact => continue,
            1 => config.title = format!("The {} board, {}", config.id, r.below(100)),
            2 if !exact => config.max_rows = r.between(1, entities.max(2)) as u32,
            3 if !exact => config.decimals = (config.decimals + 1) % 4,
            _ => {}
        }
        boards.push(config);
    }
    for id in ["chat", IMPORT_BOARD, "bits", "late", "later"] {
        if r.permille(200) && !boards.iter().any(|config| config.id == id) {
            let scorer = if id == IMPORT_BOARD { Scorer::External } else { Scorer::messages(2) };
            boards.push(board(id, scorer, r.between(1, 2 * entities) as u32));
        }
    }
    if r.permille(300) {
        boards.reverse();
    }
    boards
}
