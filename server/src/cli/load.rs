//! `scorelay load`: many clients at once, as a trial of a relay. What is done is in `crate::load`, how it looks while it
//! runs in `screen`.

mod screen;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::failure::Failure;
use crate::load::{Mix, Plan, run};
use screen::Screen;

/// A relay, and what to put it under.
#[derive(Debug, Args)]
pub(super) struct LoadArgs {
    /// The relay, like http://127.0.0.1:7420 or wss://boards.example.org.
    url: String,
    /// How many clients.
    #[arg(long, value_name = "N", default_value = "100")]
    clients: NonZeroU32,
    /// What they look at, each kind with its weight: `top:ROWS`, `random:ROWS` somewhere on the board, `track` for one entity.
    #[arg(long, value_name = "MIX", default_value = Mix::USUAL)]
    windows: Mix,
    /// A board's id; repeatable, and clients are spread over them. All boards with rows where nothing is said.
    #[arg(long = "board", value_name = "ID")]
    boards: Vec<String>,
    /// How long, like 60s or 5m, from when each client is connected or has failed to; until Ctrl-C where nothing is said.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// Clients to start per second.
    #[arg(long, value_name = "N", default_value = "200")]
    connect_rate: NonZeroU32,
    /// Have clients with a random window move it every so often, like 2s.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    scroll: Option<Duration>,
    /// Threads that run clients.
    #[arg(long, value_name = "N", default_value = "1")]
    threads: NonZeroU32,
    /// Trust these certificates (PEM) instead of those that browsers trust.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Print one JSON object at the end; progress goes to standard error.
    #[arg(long)]
    json: bool,
}

impl LoadArgs {
    /// Runs the load.
    ///
    /// # Errors
    /// It cannot begin; what clients held was wrong; or clients were without a connection at the end.
    pub(super) fn run(self) -> Result<(), Failure> {
        let plan = Plan {
            url: self.url,
            clients: self.clients.get(),
            mix: self.windows,
            boards: self.boards,
            time: self.time,
            connect_rate: self.connect_rate.get(),
            scroll: self.scroll,
            threads: self.threads.get() as usize,
            ca_file: self.ca_file,
        };
        let summary = run(&plan, &mut Screen::open(self.json))?;
        summary.failure().map_or(Ok(()), Err)
    }
}

/// A time like `90`, `90s`, `500ms`, `5m` or `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let wrong = || format!("{text:?} is no time like 60s, 500ms, 5m or 2h");
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let millis = number.checked_mul(millis).filter(|millis| *millis > 0).ok_or_else(wrong)?;
    Ok(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_do() {
        for (text, millis) in [("60s", 60_000), ("60", 60_000), ("500ms", 500), ("5m", 300_000), ("2h", 7_200_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)));
        }
        for text in ["", "s", "0s", "-5s", "5d", "1.5s", "99999999999999999999s", "18446744073709551615h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
