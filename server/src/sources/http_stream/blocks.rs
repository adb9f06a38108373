//! The blocks of a chat stream: lines `event: …` and `se-data: {JSON}`, ended by an empty line. Cuts them out of the
//! bytes and says what each is; the JSON is read by a JSON reader, so braces and any script in a body are just text.

use scorelay_protocol::event::Event;
use scorelay_protocol::limits;
use serde::Deserialize;

use crate::sources::Dropped;
use crate::sources::chatter::{self, Tags};
use crate::sources::lines::{Line, Lines, TOO_LONG};

/// What a block was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Something that happened.
    Event(Event),
    /// Something else, and what stood there.
    Other(Dropped, String),
}

/// The JSON of a block. Fields that are not needed are not read.
#[derive(Debug, Deserialize)]
struct Data {
    #[serde(default)]
    command: String,
    #[serde(default)]
    room: String,
    #[serde(default)]
    nick: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    tags: String,
}

/// The block that is being read.
#[derive(Debug)]
pub(super) struct Blocks {
    lines: Lines,
    event: Option<String>,
    data: Option<String>,
    broken: bool,
}

impl Blocks {
    pub(super) fn new() -> Self {
        Self { lines: Lines::new(limits::SOURCE_LINE_BYTES), event: None, data: None, broken: false }
    }

    /// Takes the next bytes and adds the blocks that they end.
    pub(super) fn push(&mut self, bytes: &[u8], found: &mut Vec<Found>) {
        for line in self.lines.push(bytes) {
            match line {
                Line::Text(line) if line.is_empty() => self.end(found),
                line => self.part(line),
            }
        }
    }

    /// Adds what the end of the stream ends.
    pub(super) fn finish(&mut self, found: &mut Vec<Found>) {
        if let Some(line) = self.lines.rest() {
            self.part(line);
        }
        self.end(found);
    }

    fn part(&mut self, line: Line) {
        match line {
            Line::Text(line) => self.line(&line),
            Line::TooLong => {
                self.broken = true;
                self.data.get_or_insert_with(|| TOO_LONG.to_owned());
            }
        }
    }

    fn line(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event = Some(value.to_owned()),
            "se-data" => match &mut self.data {
                None => self.data = Some(value.to_owned()),
                Some(data) if data.len() + value.len() < limits::SOURCE_LINE_BYTES => {
                    data.push('\n');
                    data.push_str(value);
                }
                Some(_) => self.broken = true,
            },
            // A line that begins with a colon is a comment, sent to keep the connection alive.
            "" => {}
            _ => self.broken = true,
        }
    }

    fn end(&mut self, found: &mut Vec<Found>) {
        let (event, data) = (self.event.take(), self.data.take());
        let block = match (std::mem::take(&mut self.broken), event, data) {
            (false, None, None) => return,
            (false, event, Some(data)) if event.as_deref().unwrap_or("privmsg") == "privmsg" => match read(&data) {
                Ok(event) => Found::Event(event),
                Err(what) => Found::Other(what, data),
            },
            (false, Some(event), _) if event != "privmsg" => Found::Other(Dropped::Ignored, event),
            (_, event, data) => {
                let text = data.or(event).unwrap_or_else(|| TOO_LONG.to_owned());
                Found::Other(Dropped::Unparsable, text)
            }
        };
        found.push(block);
    }
}

fn read(data: &str) -> Result<Event, Dropped> {
    let data: Data = serde_json::from_str(data).map_err(|_| Dropped::Unparsable)?;
    let tags = Tags::parse(&data.tags);
    let event = match data.command.as_str() {
        "" | "PRIVMSG" => {
            return chatter::message(&data.nick, &data.room, &data.body, tags).ok_or(Dropped::Unparsable);
        }
        "USERNOTICE" => chatter::notice(&data.nick, &data.room, tags),
        "CLEARCHAT" | "CLEARMSG" => {
            chatter::clear(&data.room, Some(data.target.as_str()).filter(|nick| !nick.is_empty()), &tags)
        }
        _ => None,
    };
    event.ok_or(Dropped::Ignored)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = concat!(
        "event: privmsg\nse-data: {\"command\":\"\",\"room\":\"#x\",\"nick\":\"y\",\"target\":\"\",",
        "\"body\":\"a } and a { and \\\"quotes\\\"\",\"tags\":\"\"}\n\n",
        "event: privmsg\r\nse-data: {\"command\":\"\",\"room\":\"#x\",\"nick\":\"жук\",\"body\":\"привет 🎉\",\"tags\":\"user-id=5\"}\r\n\r\n",
        ": still here\n\n",
        "event: privmsg\nse-data: {\"command\":\"CLEARCHAT\",\"room\":\"\",\"nick\":\"\",\"target\":\"y\",\"body\":\"\",\"tags\":\"\"}\n\n",
        "event: privmsg\nse-data: {\"command\":\"USERNOTICE\",\"room\":\"\",\"nick\":\"\",\"body\":\"x\",\"tags\":\"\"}\n\n",
        "event: privmsg\nse-data: {\"command\":\n\n",
        "event: privmsg\n\n",
        "nonsense\n\n",
        "event: ping\nse-data: {}\n\n",
        "se-data: {\"nick\":\"z\",\"room\":\"#x\",\"body\":\"last\"}",
    );

    fn names(found: &[Found]) -> Vec<String> {
        let name = |found: &Found| match found {
            Found::Event(Event::Message(message)) => format!("{} {}", message.author, message.text),
            Found::Event(other) => format!("{other:?}"),
            Found::Other(what, _) => format!("{what:?}"),
        };
        found.iter().map(name).collect()
    }

    #[test]
    fn blocks_are_read_however_the_stream_is_split() {
        let expected = [
            "irc:y a } and a { and \"quotes\"",
            "twitch:5 привет 🎉",
            "Ignored",
            "Ignored",
            "Unparsable",
            "Unparsable",
            "Unparsable",
            "Ignored",
            "irc:z last",
        ];
        let stream = STREAM.as_bytes();
        for split in 0..=stream.len() {
            let (mut blocks, mut found) = (Blocks::new(), Vec::new());
            blocks.push(&stream[..split], &mut found);
            blocks.push(&stream[split..], &mut found);
            blocks.finish(&mut found);
            assert_eq!(names(&found), expected, "split at {split}");
        }
    }

    #[test]
    fn a_line_without_end_costs_one_block_and_bounded_memory() {
        let (mut blocks, mut found) = (Blocks::new(), Vec::new());
        blocks.push(b"event: privmsg\nse-data: {\"nick\":\"", &mut found);
        for _ in 0..100 {
            blocks.push(&[b'a'; 4096], &mut found);
        }
        blocks.push(b"\"}\n\nevent: privmsg\nse-data: {\"nick\":\"b\",\"body\":\"c\"}\n\n", &mut found);
        assert_eq!(names(&found), ["Unparsable", "irc:b c"]);
    }
}
