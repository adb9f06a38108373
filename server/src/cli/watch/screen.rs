//! The board as lines of text: head, state, rows, tracked entities; cut to the size of a terminal.
//!
//! Pure: it prints nothing and reads no clock.

use scorelay_client::core::{Millis, Status};
use scorelay_protocol::score::format_units;

use super::update::Update;

/// A terminal's size in characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) lines: usize,
}

/// What there is to draw.
pub(super) struct Frame<'a> {
    /// The id asked for.
    pub(super) board: &'a str,
    pub(super) update: Option<&'a Update>,
    pub(super) status: Status,
    pub(super) now: Millis,
    pub(super) last_tick: Option<Millis>,
}

impl Frame<'_> {
    /// The lines of a screen of this size; never more, never longer.
    pub(super) fn lines(&self, size: Size) -> Vec<String> {
        let mut lines = match self.update {
            None => vec![clean(self.board), self.state(), String::new(), "waiting for the board".to_owned()],
            Some(update) => {
                let mut lines = vec![head(update), self.state(), String::new()];
                let tracked = tracked(update);
                let room = size.lines.saturating_sub(lines.len() + tracked.len()).max(2);
                let mut rows = rows(update);
                if rows.len() > room {
                    let hidden = rows.len() - (room - 1);
                    rows.truncate(room - 1);
                    rows.push(format!("… {hidden} more rows do not fit"));
                }
                lines.extend(rows);
                lines.extend(tracked);
                lines
            }
        };
        lines.truncate(size.lines);
        lines.into_iter().map(|line| line.chars().take(size.columns).collect()).collect()
    }

    /// An update as plain text.
    pub(super) fn lines_of(update: &Update) -> Vec<String> {
        let stale = if update.stale { ", stale" } else { "" };
        let mut lines = vec![format!("{}{stale}", head(update))];
        lines.extend(rows(update));
        lines.extend(tracked(update));
        lines
    }

    fn state(&self) -> String {
        let ago = |at: Millis| span(self.now.since(at));
        let updated = self.last_tick.map_or(String::new(), |at| format!(", last update {} ago", ago(at)));
        match &self.status {
            Status::Connecting { .. } => "connecting".to_owned(),
            Status::Live { .. } if self.update.is_some_and(|update| update.stale) => format!("catching up{updated}"),
            Status::Live { .. } => format!("live{updated}"),
            Status::Stale { since } => format!("stale for {}: the core is away{updated}", ago(Millis(since.0))),
            Status::Offline { since, reason, .. } => {
                format!("reconnecting for {}: {}{updated}", ago(*since), clean(&reason.to_string()))
            }
            Status::Closed { .. } => "closed".to_owned(),
        }
    }
}

fn head(update: &Update) -> String {
    let title = if update.title.is_empty() { &update.board } else { &update.title };
    let synthetic = if update.synthetic { " [synthetic data]" } else { "" };
    format!("{}{synthetic}: {} rows, {}", clean(title), update.total, clean(&update.unit))
}

fn rows(update: &Update) -> Vec<String> {
    let texts: Vec<_> =
        update.rows.iter().map(|row| texts(row.rank, &row.entity, row.score, update.decimals)).collect();
    if texts.is_empty() {
        return vec!["no rows here".to_owned()];
    }
    aligned(&texts)
}

fn tracked(update: &Update) -> Vec<String> {
    if update.tracked.is_empty() {
        return Vec::new();
    }
    let texts = update.tracked.iter().map(|(entity, at)| match at {
        Some(at) => texts(at.rank, entity, at.score, update.decimals),
        None => ["-".to_owned(), clean(&entity.to_string()), "not on this board".to_owned()],
    });
    let texts: Vec<_> = texts.collect();
    let mut lines = vec![String::new(), "tracked".to_owned()];
    lines.extend(aligned(&texts));
    lines
}

fn texts(rank: u32, entity: &scorelay_protocol::entity::Entity, score: i64, decimals: u8) -> [String; 3] {
    [rank.to_string(), clean(&entity.to_string()), format_units(score, decimals)]
}

/// Rank and score to the right, the entity between them to the left.
fn aligned(texts: &[[String; 3]]) -> Vec<String> {
    let width = |column: usize| texts.iter().map(|text| text[column].chars().count()).max().unwrap_or(0);
    let (ranks, entities, scores) = (width(0), width(1), width(2));
    let line = |[rank, entity, score]: &[String; 3]| format!("{rank:>ranks$}  {entity:<entities$}  {score:>scores$}");
    texts.iter().map(line).collect()
}

/// A time span in the largest unit that says something.
fn span(milliseconds: u64) -> String {
    match milliseconds / 1_000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// Text from elsewhere without characters that would command the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::update::{Updates, tests};
    use super::*;
    use scorelay_client::core::Disconnect;
    use scorelay_protocol::ids::UnixMillis;

    const BIG: Size = Size { columns: 100, lines: 40 };

    fn frame(updates: &Updates, status: Status) -> Frame<'_> {
        Frame { board: "bits", update: updates.last(), status, now: Millis(100_000), last_tick: Some(Millis(97_500)) }
    }

    fn live() -> Status {
        Status::Live { since: Millis(0) }
    }

    #[test]
    fn a_board_is_drawn() {
        let mut updates = Updates::default();
        assert_eq!(frame(&updates, live()).lines(BIG)[3], "waiting for the board");
        updates.take(&tests::view(&[123_450, 5]), &[tests::track(None)], true);
        let lines = frame(&updates, live()).lines(BIG);
        let expected = [
            "Bits [synthetic data]: 70 rows, bits",
            "live, last update 2 s ago",
            "",
            "1  twitch:100  1234.5",
            "2  twitch:101    0.05",
            "",
            "tracked",
            "-  irc:some name  not on this board",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn states_are_told_apart() {
        let mut updates = Updates::default();
        updates.take(&tests::view(&[1]), &[], true);
        let state = |status| frame(&updates, status).lines(BIG)[1].clone();
        assert!(state(Status::Stale { since: UnixMillis(40_000) }).starts_with("stale for 60 s"));
        let reason = Disconnect::Lost("reset\x1b[2J".to_owned());
        let offline = state(Status::Offline { since: Millis(90_000), reason, retry_at: None });
        assert_eq!(offline, "reconnecting for 10 s: connection lost: reset?[2J, last update 2 s ago");
    }

    #[test]
    fn it_fits_any_terminal() {
        let mut updates = Updates::default();
        updates.take(&tests::view(&[9; 60]), &[tests::track(None)], true);
        for lines in 1..80 {
            for columns in [1, 7, 80] {
                let drawn = frame(&updates, live()).lines(Size { columns, lines });
                assert!(drawn.len() <= lines);
                assert!(drawn.iter().all(|line| line.chars().count() <= columns));
            }
        }
        let short = frame(&updates, live()).lines(Size { columns: 80, lines: 20 });
        assert_eq!(short.len(), 20);
        assert_eq!(short[16], "… 47 more rows do not fit");
        assert!(short[19].contains("irc:some name"));
    }
}
