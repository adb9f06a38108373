//! The boards of the configuration file, and those that are there where it names none. What a board does with events is
//! the engine's; here its definition is made. Filters and lists of what never counts are in `filters.rs`.

use std::ops::Range;

use scorelay_engine::{BoardConfig, Counted, EloRating, Pace, Rating, Scorer, Season, Term, is_time_zone};
use scorelay_protocol::limits;
use scorelay_protocol::score::{self, Units};
use toml::Spanned;

use super::file::{BoardTable, Decimal, EloTable, Main};
use super::filters;
use super::value::{File, Said, text, within};
use crate::failure::Failure;

const DEFAULT_BOARD: &str = "messages";
/// Where the file says nothing of Elo: start, K, neighbours, seconds of a period. A K of 8 ranks more truly than 16
/// once there were a few dozen periods, and an hour is long enough that luck evens out.
const ELO: (i64, i64, u32, u64) = (1_200, 8, 8, 3_600);
/// Words that are kept to find the most frequent ones: rare ones come and go at the end.
const STATISTICS_ROWS: u32 = 100_000;

/// The boards, at least one, in the order of the file; those of statistics last.
///
/// # Errors
/// `bad-config` with file, line and key.
pub(super) fn check(file: &File, main: &mut Main, synthetic: bool) -> Result<Vec<BoardConfig>, Failure> {
    let ignored = filters::ignored(file, std::mem::take(&mut main.ignore))?;
    let mut boards: Vec<BoardConfig> = Vec::new();
    for table in std::mem::take(&mut main.board) {
        let known: Vec<&str> = boards.iter().map(|board| board.id.as_str()).collect();
        boards.push(board(file, table, &known)?);
    }
    if boards.is_empty() {
        let mut board = BoardConfig::new(DEFAULT_BOARD, Scorer::messages(1));
        (board.title, board.unit) = ("Messages".into(), "messages".into());
        boards.push(board);
    }
    if main.statistics {
        for (id, title, unit, counted, rating) in STATISTICS {
            if boards.iter().all(|board| board.id != id) {
                let mut board = BoardConfig::new(id, Scorer::one(counted, 1));
                (board.title, board.unit, board.rating) = (title.into(), unit.into(), rating);
                board.max_rows = STATISTICS_ROWS;
                boards.push(board);
            }
        }
    }
    for board in &mut boards {
        board.synthetic = synthetic;
        board.filter.ignore.extend(ignored.iter().cloned());
    }
    Ok(boards)
}

/// What `statistics = true` adds.
const STATISTICS: [(&str, &str, &str, Counted, Rating); 4] = [
    ("words", "Words", "uses", Counted::Words, Rating::Sum),
    ("nicks", "Names", "messages", Counted::Nicks, Rating::Sum),
    ("rooms", "Rooms", "messages", Counted::Rooms, Rating::Sum),
    ("rate", "Messages per second", "messages", Counted::Total, Rating::Rate),
];

fn board(file: &File, table: BoardTable, known: &[&str]) -> Result<BoardConfig, Failure> {
    let span = table.id.span();
    let id = Said::key("id", table.id).checked(file, |id| board_id(id, known))?;
    let words = |name, said: Option<Spanned<String>>, default: &str| match said {
        Some(said) => Said::key(name, said).checked(file, text(limits::BOARD_TEXT_BYTES)),
        None => Ok(default.to_owned()),
    };
    let decimals = match table.decimals {
        Some(decimals) => Said::key("decimals", decimals).checked(file, within(0, limits::MAX_DECIMALS))?,
        None => 0,
    };
    let (scorer, unit) = match (table.scorer, table.points, table.weights) {
        (None, None, Some(weights)) => (self::weights(file, weights, decimals)?, "points"),
        (scorer, points, None) => self::scorer(file, scorer, points, decimals)?,
        (_, _, Some(weights)) => {
            return Err(file.at(weights.span(), "weights: a board has them in the place of scorer and points"));
        }
    };
    let rating = rating(file, table.rating, table.elo, decimals)?;
    let unit = if matches!(rating, Rating::Elo(_)) { "rating" } else { unit };
    let filter = filters::filter(file, table.filter.unwrap_or_default())?;
    let board = BoardConfig {
        title: words("title", table.title, &id)?,
        unit: words("unit", table.unit, unit)?,
        id,
        decimals,
        scorer,
        filter,
        pace: Pace {
            cooldown_ms: table
                .cooldown
                .map_or(Ok(0), |said| Said::key("cooldown", said).checked(file, milliseconds))?,
            max_per_minute: table
                .max_per_minute
                .map(|said| Said::key("max_per_minute", said).checked(file, within(1, limits::MAX_PER_MINUTE)))
                .transpose()?,
        },
        rating,
        take_back: match table.take_back {
            Some(said) => Said::key("take_back", said).checked(file, Ok)?,
            None => false,
        },
        season: season(file, table.season, table.time_zone)?,
        max_rows: match table.max_rows {
            Some(rows) => Said::key("max_rows", rows).checked(file, within(1, limits::MAX_ROWS))?,
            None => limits::DEFAULT_ROWS,
        },
        // That is said of all boards together.
        synthetic: false,
    };
    checked(file, span, board)
}

/// What the engine has against it, said where the board stands in the file.
fn checked(file: &File, span: Range<usize>, board: BoardConfig) -> Result<BoardConfig, Failure> {
    match board.check() {
        Ok(()) => Ok(board),
        Err(error) => Err(file.at(span, &error.to_string())),
    }
}

/// `scorer` and `points`, and what the board then counts.
fn scorer(
    file: &File,
    scorer: Option<Spanned<String>>,
    points: Option<Spanned<Decimal>>,
    decimals: u8,
) -> Result<(Scorer, &'static str), Failure> {
    let counted = match scorer {
        None => Some(Counted::Messages),
        Some(name) => Said::key("scorer", name).checked(file, |name| match name.as_str() {
            "external" => Ok(None),
            name => named(name).map(Some),
        })?,
    };
    let points = points.map(|points| Said::key("points", points));
    match (counted, points) {
        (Some(counted), None) => Ok((Scorer::one(counted, 10i64.pow(u32::from(decimals))), unit(counted))),
        (Some(counted), Some(points)) => {
            let points = points.checked(file, |points| worth(&points, decimals))?;
            Ok((Scorer::one(counted, points), "points"))
        }
        (None, None) => Ok((Scorer::External, "points")),
        (None, Some(points)) => {
            points.checked(file, |_| Err("a board scored elsewhere gives no points of its own".into()))
        }
    }
}

fn weights(
    file: &File,
    weights: Spanned<std::collections::BTreeMap<String, Spanned<Decimal>>>,
    decimals: u8,
) -> Result<Scorer, Failure> {
    let span = weights.span();
    let weights = weights.into_inner();
    if weights.is_empty() {
        return Err(file.at(span, "weights: at least one thing is counted"));
    }
    let term = |(name, points): (String, Spanned<Decimal>)| {
        let counted = named(&name).map_err(|why| file.at(points.span(), &format!("weights: {why}")))?;
        let points = Said::key("weights", points).checked(file, |points| worth(&points, decimals))?;
        Ok(Term { counted, points })
    };
    Ok(Scorer::Counts(weights.into_iter().map(term).collect::<Result<_, Failure>>()?))
}

fn named(name: &str) -> Result<Counted, String> {
    Counted::named(name).ok_or_else(|| {
        let all: Vec<&str> = Counted::ALL.into_iter().map(Counted::name).collect();
        format!("`{name}` cannot be counted; there are {} and, as a scorer, external", all.join(", "))
    })
}

fn worth(points: &Decimal, decimals: u8) -> Result<Units, String> {
    match score::parse_units(&points.text(), decimals) {
        Ok(0) => Err("what gives no points is not scored".to_owned()),
        Ok(units) => Ok(units),
        Err(error) => Err(error.to_string()),
    }
}

/// What a score is, where one point is one of what is counted.
fn unit(counted: Counted) -> &'static str {
    match counted {
        Counted::Messages | Counted::Nicks | Counted::Rooms | Counted::Total => "messages",
        Counted::EmoteUses | Counted::Emotes | Counted::Words => "uses",
        Counted::Bits => "bits",
        Counted::GiftedSubs => "gifts",
        Counted::Raids => "raids",
        Counted::Raiders => "viewers",
        Counted::Copypasta => "points",
    }
}

fn rating(
    file: &File,
    said: Option<Spanned<String>>,
    elo: Option<Spanned<EloTable>>,
    decimals: u8,
) -> Result<Rating, Failure> {
    let is_elo = said.as_ref().is_some_and(|said| said.get_ref() == "elo");
    if let (Some(elo), false) = (&elo, is_elo) {
        return Err(file.at(elo.span(), "elo: it counts with `rating = \"elo\"` only"));
    }
    match said {
        None => Ok(Rating::Sum),
        Some(_) if is_elo => elo_rating(file, elo.map(Spanned::into_inner).unwrap_or_default(), decimals),
        Some(said) => Said::key("rating", said).checked(file, |name| match name.as_str() {
            "sum" => Ok(Rating::Sum),
            "best" => Ok(Rating::Best),
            "rate" => Ok(Rating::Rate),
            other => Err(format!("`{other}` is no rating; there are sum, best, elo and rate")),
        }),
    }
}

fn elo_rating(file: &File, table: EloTable, decimals: u8) -> Result<Rating, Failure> {
    let (start, k, neighbours, period) = ELO;
    let (shortest, longest) = limits::ELO_PERIOD_MS;
    let seconds = within(shortest / 1_000, longest / 1_000);
    Ok(Rating::Elo(EloRating {
        start: match table.start {
            Some(said) => Said::key("start", said)
                .checked(file, |start| score::parse_units(&start.text(), decimals).map_err(|e| e.to_string()))?,
            None => start * 10i64.pow(u32::from(decimals)),
        },
        k: table.k.map_or(Ok(k), |said| Said::key("k", said).checked(file, within(1, limits::ELO_K)))?,
        neighbours: match table.neighbours {
            Some(said) => Said::key("neighbours", said).checked(file, within(1, limits::ELO_NEIGHBOURS))?,
            None => neighbours,
        },
        period_ms: 1_000 * table.period.map_or(Ok(period), |said| Said::key("period", said).checked(file, seconds))?,
    }))
}

fn season(
    file: &File,
    every: Option<Spanned<String>>,
    time_zone: Option<Spanned<String>>,
) -> Result<Option<Season>, Failure> {
    let Some(every) = every else {
        return match time_zone {
            Some(zone) => Err(file.at(zone.span(), "time_zone: it counts with `season` only")),
            None => Ok(None),
        };
    };
    let every = Said::key("season", every).checked(file, |every| {
        every.parse().map_err(|()| format!("`{every}` is no season; there are day, week, month and year"))
    })?;
    let time_zone = match time_zone {
        Some(zone) => Said::key("time_zone", zone).checked(file, |zone| match is_time_zone(&zone) {
            true => Ok(zone),
            false => Err(format!("`{zone}` is not in the IANA database; write one like Europe/Berlin or UTC")),
        })?,
        None => "UTC".to_owned(),
    };
    Ok(Some(Season { every, time_zone }))
}

/// Seconds, as they are said, in milliseconds.
fn milliseconds(said: Decimal) -> Result<u64, String> {
    let most = limits::MAX_COOLDOWN_MS;
    let milliseconds = score::parse_units(&said.text(), 3).ok().and_then(|ms| u64::try_from(ms).ok());
    milliseconds.filter(|ms| *ms <= most).ok_or_else(|| format!("seconds from 0 to {} are wanted", most / 1_000))
}

fn board_id(id: String, known: &[&str]) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if id.is_empty() || id.len() > limits::BOARD_ID_BYTES || !id.bytes().all(allowed) {
        return Err(format!("`{id}` is not 1 to {} of the characters a-z 0-9 _ -", limits::BOARD_ID_BYTES));
    }
    if known.contains(&id.as_str()) {
        return Err(format!("there is another board `{id}`"));
    }
    if known.len() >= limits::BOARDS {
        return Err(format!("there are more than {} boards", limits::BOARDS));
    }
    Ok(id)
}
