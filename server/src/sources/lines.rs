//! Cuts a stream of bytes into lines of bounded length, however the bytes are split on their way. A line that is too
//! long is reported once and skipped to its end; what lines mean is the sources' own affair.

/// What is said of a line that was too long.
pub(crate) const TOO_LONG: &str = "(a line that is too long)";

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Its text; bytes that are no UTF-8 are replaced.
    Text(String),
    /// It was longer than allowed and is lost.
    TooLong,
}

/// What has come of the current line.
#[derive(Debug)]
pub(crate) struct Lines {
    max: usize,
    part: Vec<u8>,
    skipping: bool,
}

impl Lines {
    /// Lines of at most `max` bytes.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, part: Vec::new(), skipping: false }
    }

    /// Takes the next bytes and gives the lines that they end.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Some(end) = bytes.iter().position(|b| *b == b'\n') {
            self.extend(&bytes[..end]);
            bytes = &bytes[end + 1..];
            lines.push(self.finish());
        }
        self.extend(bytes);
        lines
    }

    /// What stands there without an end, where nothing more will come.
    pub(crate) fn rest(&mut self) -> Option<Line> {
        (self.skipping || !self.part.is_empty()).then(|| self.finish())
    }

    fn extend(&mut self, bytes: &[u8]) {
        if self.part.len() + bytes.len() > self.max {
            self.skipping = true;
            self.part.clear();
        }
        if !self.skipping {
            self.part.extend_from_slice(bytes);
        }
    }

    fn finish(&mut self) -> Line {
        let part = std::mem::take(&mut self.part);
        if std::mem::take(&mut self.skipping) {
            return Line::TooLong;
        }
        let text = part.strip_suffix(b"\r").unwrap_or(&part);
        Line::Text(String::from_utf8_lossy(text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Line {
        Line::Text(s.into())
    }

    #[test]
    fn lines_are_the_same_however_bytes_are_split() {
        let stream = "eins\r\nzwei é\n\nvier".as_bytes();
        for split in 0..=stream.len() {
            let mut lines = Lines::new(100);
            let mut got = lines.push(&stream[..split]);
            got.extend(lines.push(&stream[split..]));
            assert_eq!(got, [text("eins"), text("zwei é"), text("")]);
            assert_eq!(lines.push(b"\n"), [text("vier")]);
        }
    }

    #[test]
    fn a_long_line_is_reported_once_and_the_next_is_whole() {
        let mut lines = Lines::new(8);
        assert_eq!(lines.push(b"123456789"), []);
        assert_eq!(lines.push(&[b'x'; 100]), []);
        assert_eq!(lines.push(b"\nok\n"), [Line::TooLong, text("ok")]);
        assert_eq!(lines.push(b"12345678\n"), [text("12345678")]);
        assert_eq!(lines.rest(), None);
        assert_eq!((lines.push(b"tail"), lines.rest(), lines.rest()), (vec![], Some(text("tail")), None));
    }
}
