//! M3, bytes: what travels for each row that differs, and what the same rows would be in other formats. Bytes do not
//! depend on the machine; runs differ only in what was drawn.

mod taster;
mod written;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use self::taster::{Part, Taste, Taster};
use crate::Options;
use crate::crowd::{self, Crowd};
use crate::failure::{Failure, Result, fail};
use crate::looker::{Looker, Sight};
use crate::process::SERVER;
use crate::report::{Bound, Report};
use crate::system::{BOARD, Core, Feeder, by_law};
use crate::world::{World, random};

const OWN: &str = "scorelay";
const JSON: &str = "live-elo JSON";
const PER_ROW: &str = "payload per differing row of the pages";
const TICK_MS: u32 = 100;
/// Clients that look at what those of M2 do, and such that look at the first page alone.
const CLIENTS: usize = 120;
const FIRST_PAGES: usize = 4;
const COMPLETE_WITHIN: Duration = Duration::from_secs(60);

struct Case {
    name: &'static str,
    rows: usize,
    updates: u64,
}

const CASES: [Case; 3] = [
    Case { name: "1,000,000 rows, 5,000 updates/s", rows: 1_000_000, updates: 5000 },
    Case { name: "20,000 rows, 50 updates/s", rows: 20_000, updates: 50 },
    Case { name: "20,000 rows, 500 updates/s", rows: 20_000, updates: 500 },
];

/// Takes the measure.
///
/// # Errors
/// Something does not start, or a client shows something wrong.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    report.note(format!(
        "Scorelay at 10 Hz. {CLIENTS} clients that look at what those of M2 do: half at ranks 1 to 100, four in ten at 50 \
         ranks anywhere, one in ten tracks somebody; apart from them {FIRST_PAGES} with the first page alone."
    ));
    report.note(
        "A row differs where the rank shows another entity or score than before the message. Pages: the 32 ranks \
         that travel together; window: the ranks that the client asked for.",
    );
    report.note(
        "Others write the rows of the pages that differ. live-elo: its JSON, one object for each position. \
         Deflate: level 6, context takeover, a sync flush for each message. MessagePack and bincode: rank, \
         `platform:id`, score. Whole board: the window as JSON at each message, as Centrifugo publishes.",
    );
    report.note(
        "On the wire: WebSocket header, and 66 bytes of Ethernet, IP and TCP for each message; no acknowledgements.",
    );
    for case in CASES {
        eprintln!("  {}", case.name);
        crowd::run(measure(options, &case, report))?;
    }
    for case in CASES {
        for sight in ["all", "ranks 1 to 100", "windows of 50", "tracks"] {
            let sighted = format!("{}, {sight}", case.name);
            if case.rows == 1_000_000 && sight == "all" {
                report.aim(&sighted, PER_ROW, OWN, Bound::AtMost(2.0));
            }
            report.aim_ratio(&sighted, PER_ROW, OWN, JSON, Bound::AtMost(0.05));
        }
        if case.rows < 1_000_000 {
            let sighted = format!("{}, first page", case.name);
            report.aim(&sighted, "edits per change", OWN, Bound::AtMost(6.0));
            report.aim(&sighted, "framing per message", OWN, Bound::AtMost(8.0));
        }
    }
    Ok(())
}

async fn measure(options: &Options, case: &Case, report: &mut Report) -> Result {
    let rows = if options.quick { case.rows / 10 } else { case.rows };
    let world = Rc::new(World::new(rows));
    let mut core = Core::start(options, &world)?;
    let relay = core.relay(&SERVER.to_string(), TICK_MS, 1, None)?;
    let counting = Rc::new(Cell::new(false));
    let taster = |sight| Ok(Taster::new(Looker::new(BOARD, sight, true).map_err(Failure)?, counting.clone()));
    let sights = super::m2::sights(&world, CLIENTS, 0).into_iter();
    let sights = sights.chain((0..FIRST_PAGES).map(|_| Sight::Window(1, 32)));
    let tasters = sights.map(taster).collect::<Result<Vec<_>>>()?;
    let crowd = Crowd::connect(relay.listen, tasters).await?;
    // Asking the core holds this thread up for seconds, so everybody has to have greeted before.
    let complete = || crowd.viewers.iter().all(|viewer| viewer.borrow().complete());
    crowd::until("every client has what it looks at", COMPLETE_WITHIN, complete).await?;
    core.check(&[&crowd]).await?;
    let feeder = Feeder::start(&core, case.updates, false, by_law(world, random()))?;
    sleep(Duration::from_secs(1)).await;
    for _ in 0..options.rounds {
        counting.set(true);
        sleep(if options.quick { Duration::from_secs(1) } else { Duration::from_secs(5) }).await;
        counting.set(false);
        crowd.check()?;
        note(case, &crowd, report)?;
    }
    feeder.stop().await?;
    core.check(&[&crowd]).await?;
    Ok(())
}

/// Adds what came in a round to the report.
fn note(case: &Case, crowd: &Crowd<Taster>, report: &mut Report) -> Result {
    let mut tastes: [(&str, Taste); 5] =
        ["all", "ranks 1 to 100", "windows of 50", "tracks", "first page"].map(|sight| (sight, Taste::default()));
    for viewer in &crowd.viewers {
        let mut viewer = viewer.borrow_mut();
        let taste = viewer.swallow();
        let of = match viewer.sight() {
            Sight::Window(1, 32) => 4,
            Sight::Window(1, _) => 1,
            Sight::Window(..) => 2,
            Sight::Track(_) => 3,
        };
        tastes[of].1 += &taste;
        if of != 4 {
            tastes[0].1 += &taste;
        }
    }
    if tastes[0].1.page_rows == 0 {
        return fail("nothing differed");
    }
    for (sight, taste) in &tastes {
        sample(&format!("{}, {sight}", case.name), taste, report);
    }
    Ok(())
}

fn sample(case: &str, taste: &Taste, report: &mut Report) {
    let Taste { messages, page_rows, window_rows, written, .. } = *taste;
    if page_rows == 0 {
        return;
    }
    let mut add = |subject: &str, what: &str, value: f64| report.sample(case, subject, what, "bytes", value);
    let per = |bytes: u64, rows: u64| bytes as f64 / rows.max(1) as f64;
    add(OWN, PER_ROW, per(messages.bytes, page_rows));
    add(OWN, "payload per differing row of the window", per(messages.bytes, window_rows));
    add(OWN, "on the wire per differing row of the pages", per(taste.wire, page_rows));
    let others = [
        (JSON, written.json),
        ("JSON, deflate", written.deflate),
        ("MessagePack", written.message_pack),
        ("bincode rows", written.bincode),
        ("whole board as JSON", written.whole),
    ];
    for (subject, bytes) in others {
        add(subject, PER_ROW, per(bytes, page_rows));
    }
    let mut changes = taste.scores;
    changes += taste.moves;
    let mut edits = changes;
    edits += taste.inserts;
    edits += taste.removes;
    let parts: [(&str, Part); 8] = [
        ("edits per change", changes),
        ("a score in its place", taste.scores),
        ("a row that moves", taste.moves),
        ("a row that comes in", taste.inserts),
        ("a row that goes", taste.removes),
        ("a page sent whole", taste.snapshots),
        ("a tracked entity", taste.tracks),
        ("a page's change without its edits", taste.deltas),
    ];
    for (what, part) in parts.into_iter().filter(|(_, part)| part.count > 0) {
        add(OWN, what, part.each());
    }
    add(OWN, "a message", messages.each());
    let framing = taste.heads.bytes + taste.deltas.bytes + taste.others.bytes;
    add(OWN, "framing per message", per(framing, messages.count));
    let share = |part: Part| 100.0 * part.bytes as f64 / messages.bytes as f64;
    let mut shares = |what: &str, part: Part| report.sample(case, OWN, what, "% of the bytes", share(part));
    shares("share of framing", Part { count: 0, bytes: framing });
    shares("share of changes", changes);
    shares("share of rows that come in", taste.inserts);
    shares("share of pages sent whole", taste.snapshots);
    let mut count = |what: &str, part: Part| {
        report.sample(case, OWN, what, "per message", part.count as f64 / messages.count as f64);
    };
    count("edits", edits);
    count("pages", Part { count: taste.deltas.count + taste.snapshots.count, bytes: 0 });
}
