//! The rows that a message made different, as others would have written them: only their sizes are of interest, but all
//! but the last are really encoded.

use std::fmt::Write as _;

use flate2::{Compress, Compression, FlushCompress};
use scorelay_protocol::codec;

/// A row that differs: rank, id on the platform `twitch`, score.
pub(crate) type Differing = (u32, u64, i64);

/// What permessage-deflate takes from the end of each message.
const DEFLATE_TAIL: usize = 4;
/// Bytes of a published row beside its digits: `{"rank":,"id":"twitch:","score":},`.
const PUBLISHED_ROW: usize = 34;

/// Payload bytes so far of each way to write the same rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// live-elo's messages.
    pub(crate) json: u64,
    /// The same through permessage-deflate of level 6, with context takeover.
    pub(crate) deflate: u64,
    /// MessagePack of `[rank, "platform:id", score]`.
    pub(crate) message_pack: u64,
    /// bincode of a list of rank, `platform:id` and score.
    pub(crate) bincode: u64,
    /// The whole window as JSON whenever something in it differs.
    pub(crate) whole: u64,
}

/// Writes one connection's messages.
pub(crate) struct Writer {
    deflate: Compress,
    text: String,
    out: Vec<u8>,
    /// What was written.
    pub(crate) sizes: Sizes,
}

impl Writer {
    /// A connection that was sent nothing.
    pub(crate) fn new() -> Self {
        let deflate = Compress::new(Compression::new(6), false);
        Self { deflate, text: String::new(), out: Vec::new(), sizes: Sizes::default() }
    }

    /// Writes the rows of one message; `window` is all that the connection looks at. Where `counted` is not set only what
    /// later messages are compressed with is kept.
    pub(crate) fn write(&mut self, rows: &[Differing], window: &[Differing], counted: bool) {
        live_elo(rows, &mut self.text);
        let deflated = self.deflated();
        if !counted {
            return;
        }
        let named: Vec<(u32, String, i64)> =
            rows.iter().map(|&(rank, id, score)| (rank, format!("twitch:{id}"), score)).collect();
        let packed = rmp_serde::to_vec(&named).map_or(0, |bytes| bytes.len());
        self.sizes.json += self.text.len() as u64;
        self.sizes.deflate += deflated as u64;
        self.sizes.message_pack += packed as u64;
        self.sizes.bincode += codec::encoded_len(&named) as u64;
        self.sizes.whole += 2 + window.iter().map(|row| published(row) as u64).sum::<u64>();
    }

    fn deflated(&mut self) -> usize {
        let mut length = 0;
        let mut left = self.text.as_bytes();
        loop {
            self.out.clear();
            self.out.reserve(self.text.len() + 64);
            let before = self.deflate.total_in();
            // A compressor that has room and is told to flush has no way to fail.
            let _ = self.deflate.compress_vec(left, &mut self.out, FlushCompress::Sync);
            left = &left[(self.deflate.total_in() - before) as usize..];
            length += self.out.len();
            if left.is_empty() && self.out.len() < self.out.capacity() {
                return length - DEFLATE_TAIL;
            }
        }
    }
}

/// A message as live-elo has it: the key is the 0-based position, scores are floats.
fn live_elo(rows: &[Differing], text: &mut String) {
    text.clear();
    text.push_str(r#"{"type":"changes","data":{"changes":{"message_count":{"#);
    for (at, (rank, id, score)) in rows.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let place = rank - 1;
        let _ = write!(text, r#"{comma}"{place}":{{"author_id":{{"platform":"twitch","id":"{id}"}},"elo":{score}.0}}"#);
    }
    text.push_str("}}}}");
}

fn published((rank, id, score): &Differing) -> usize {
    let digits = |number: u64| number.checked_ilog10().unwrap_or(0) as usize + 1;
    PUBLISHED_ROW + digits(u64::from(*rank)) + digits(*id) + digits(score.unsigned_abs()) + usize::from(*score < 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_shape_of_live_elo() {
        let mut text = String::new();
        live_elo(&[(1, 12, 1264)], &mut text);
        let wanted = concat!(
            r#"{"type":"changes","data":{"changes":{"message_count":{"#,
            r#""0":{"author_id":{"platform":"twitch","id":"12"},"elo":1264.0}}}}}"#
        );
        assert_eq!(text, wanted);
    }

    #[test]
    fn a_published_row_has_as_many_bytes_as_its_json() {
        for (row, text) in [
            ((1, 12, 1264), r#"{"rank":1,"id":"twitch:12","score":1264},"#),
            ((100, 7, 0), r#"{"rank":100,"id":"twitch:7","score":0},"#),
            ((9, 10, -5), r#"{"rank":9,"id":"twitch:10","score":-5},"#),
        ] {
            assert_eq!(published(&row), text.len(), "{text}");
        }
    }

    #[test]
    fn compression_remembers_earlier_messages() {
        let rows: Vec<Differing> = (1..=40).map(|rank| (rank, u64::from(rank) * 7_919_391, 5000)).collect();
        let mut writer = Writer::new();
        writer.write(&rows, &rows, true);
        let first = writer.sizes;
        writer.write(&rows, &rows, true);
        assert!(writer.sizes.deflate - first.deflate < first.deflate / 4, "{:?}", writer.sizes);
        assert_eq!(writer.sizes.json, 2 * first.json);
        writer.write(&rows, &rows, false);
        assert_eq!(writer.sizes.json, 2 * first.json);
    }
}
