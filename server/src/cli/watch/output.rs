//! Where updates go: JSON lines, a terminal drawn over in place, or plain text where standard output is no terminal.
//!
//! Whatever happens the terminal is put back as it was. What is drawn is composed in `screen`.

use std::io::{self, IsTerminal, StdoutLock, Write};

use super::json;
use super::screen::{Frame, Size};
use super::update::Update;

/// Other screen, no cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// Cursor back, first screen back.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";

/// A size to draw for where the terminal does not tell its own.
const USUAL: Size = Size { columns: 80, lines: 24 };

pub(super) struct Output {
    to: StdoutLock<'static>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    /// A terminal, until it is closed.
    Screen,
    /// A file or a pipe.
    Plain,
    Closed,
}

impl Output {
    pub(super) fn open(json: bool) -> io::Result<Self> {
        let mut to = io::stdout().lock();
        let kind = match (json, to.is_terminal()) {
            (true, _) => Kind::Json,
            (false, true) => Kind::Screen,
            (false, false) => Kind::Plain,
        };
        if kind == Kind::Screen {
            to.write_all(ENTER.as_bytes())?;
        }
        Ok(Self { to, kind })
    }

    pub(super) fn is_screen(&self) -> bool {
        self.kind == Kind::Screen
    }

    /// There is a new state; the screen gets it by the redraw that follows.
    pub(super) fn update(&mut self, update: &Update) -> io::Result<()> {
        match self.kind {
            Kind::Json => writeln!(self.to, "{}", json::line(update)?)?,
            Kind::Plain => {
                for line in Frame::lines_of(update) {
                    writeln!(self.to, "{line}")?;
                }
                writeln!(self.to)?;
            }
            Kind::Screen | Kind::Closed => {}
        }
        self.to.flush()
    }

    /// Draws the screen, if there is one.
    pub(super) fn redraw(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        if self.kind != Kind::Screen {
            return Ok(());
        }
        let size = size(&self.to);
        let mut drawn = HOME.to_owned();
        for (index, line) in frame.lines(size).iter().enumerate() {
            // No line end after the last one: the terminal would scroll.
            if index > 0 {
                drawn.push_str("\r\n");
            }
            drawn.push_str(line);
            drawn.push_str(CLEAR_LINE);
        }
        drawn.push_str(CLEAR_BELOW);
        self.to.write_all(drawn.as_bytes())?;
        self.to.flush()
    }

    /// Puts the terminal back.
    pub(super) fn close(&mut self) {
        if std::mem::replace(&mut self.kind, Kind::Closed) == Kind::Screen {
            // The terminal may be gone; then there is nothing to put back.
            let _gone = self.to.write_all(LEAVE.as_bytes()).and_then(|()| self.to.flush());
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.close();
    }
}

fn size(terminal: &StdoutLock<'_>) -> Size {
    match rustix::termios::tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            Size { columns: usize::from(size.ws_col), lines: usize::from(size.ws_row) }
        }
        _ => USUAL,
    }
}
