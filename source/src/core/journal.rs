//! The journal's format: a head with the numbering, then events, each with its length and checksum. Every number is
//! little endian. Reading and writing files is the shell's; `examples/bridge-python` has the same format.
//!
//! ```text
//! "scorelay journal 1\n"  incarnation: 16 bytes  start: 8  base: 8  CRC-32 of all before: 4
//! length: 4  CRC-32 of the event: 4  event              for each event, the first at position base + 1
//! ```

const MAGIC: &[u8] = b"scorelay journal 1\n";
const HEAD_BYTES: usize = MAGIC.len() + 16 + 8 + 8 + 4;
/// Bytes before each event.
pub(crate) const RECORD_BYTES: usize = 8;

/// What a journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Random id of the present numbering.
    pub incarnation: u128,
    /// Position before the first event of this incarnation. Positions count from 1 over the journal's whole life,
    /// numbers on links from 1 in each incarnation.
    pub start: u64,
    /// Position before the first of `events`.
    pub base: u64,
    /// Encoded events.
    pub events: Vec<Vec<u8>>,
}

/// A file that is no journal, or whose head is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a journal, or damaged; without it this source would begin anew")]
pub struct Damaged;

impl Kept {
    /// A journal without events, of a source that begins.
    pub fn new(incarnation: u128) -> Self {
        Self { incarnation, start: 0, base: 0, events: Vec::new() }
    }

    /// The bytes of a journal that says this.
    pub fn to_bytes(&self) -> Vec<u8> {
        whole(self.incarnation, (self.start, self.base), &self.events)
    }

    /// What a file holds. The first event that is not whole ends it: what a kill left of the last one, which was never
    /// sent.
    ///
    /// # Errors
    /// [`Damaged`], where not even the head can be read.
    pub fn read(bytes: &[u8]) -> Result<Self, Damaged> {
        let head = bytes.get(..HEAD_BYTES).filter(|head| head.starts_with(MAGIC)).ok_or(Damaged)?;
        let (said, crc) = head.split_at(HEAD_BYTES - 4);
        if number(crc) != u128::from(crc32(said)) {
            return Err(Damaged);
        }
        let numbers = &said[MAGIC.len()..];
        let position = |bytes| u64::try_from(number(bytes)).map_err(|_| Damaged);
        let mut kept = Self::new(number(&numbers[..16]));
        (kept.start, kept.base) = (position(&numbers[16..24])?, position(&numbers[24..])?);
        let mut rest = &bytes[HEAD_BYTES..];
        while let Some((event, after)) = next(rest) {
            kept.events.push(event.to_vec());
            rest = after;
        }
        Ok(kept)
    }
}

/// The bytes of a whole journal.
pub(crate) fn whole<'e>(
    incarnation: u128,
    (start, base): (u64, u64),
    events: impl IntoIterator<Item = &'e Vec<u8>>,
) -> Vec<u8> {
    let numbers = [&incarnation.to_le_bytes()[..], &start.to_le_bytes(), &base.to_le_bytes()].concat();
    let mut out = [MAGIC, &numbers].concat();
    let crc = crc32(&out);
    out.extend(crc.to_le_bytes());
    for event in events {
        record(event, &mut out);
    }
    out
}

/// Appends what a journal says of one event.
pub(crate) fn record(event: &[u8], out: &mut Vec<u8>) {
    out.extend(u32::try_from(event.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(crc32(event).to_le_bytes());
    out.extend(event);
}

/// The first event of these bytes, if it is whole, and the bytes after it.
fn next(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(RECORD_BYTES)?;
    let (length, crc) = head.split_at(4);
    let (event, after) = rest.split_at_checked(usize::try_from(number(length)).ok()?)?;
    // Zeros, as a power cut may leave them, would be an event of no bytes.
    (!event.is_empty() && number(crc) == u128::from(crc32(event))).then_some((event, after))
}

fn number(bytes: &[u8]) -> u128 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// The CRC-32 of zlib and Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_everybody_means() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    proptest! {
        /// B3: wherever a kill cuts the file, and whatever zeros follow, all events that were whole are there and no
        /// other.
        #[test]
        fn a_cut_loses_only_what_was_not_whole(
            sizes in proptest::collection::vec(1usize..40, 1..8),
            cut in any::<proptest::sample::Index>(),
            zeros in 0usize..40,
        ) {
            let mut kept = Kept { incarnation: 7 << 100, start: 3, base: 9, events: Vec::new() };
            kept.events = sizes.iter().zip(1..).map(|(size, byte)| vec![byte; *size]).collect();
            let file = kept.to_bytes();
            prop_assert_eq!(Kept::read(&file), Ok(kept.clone()));
            let cut = HEAD_BYTES + cut.index(file.len() - HEAD_BYTES);
            let mut ends = sizes.iter().scan(HEAD_BYTES, |at, size| { *at += RECORD_BYTES + size; Some(*at) });
            kept.events.truncate(ends.by_ref().take_while(|end| *end <= cut).count());
            let cut = [&file[..cut], &vec![0; zeros]].concat();
            prop_assert_eq!(Kept::read(&cut), Ok(kept));
        }
    }

    #[test]
    fn a_file_that_is_none_is_told_from_one() {
        let mut file = Kept::new(1).to_bytes();
        assert_eq!(Kept::read(&file), Ok(Kept::new(1)));
        assert_eq!(Kept::read(&file[..file.len() - 1]), Err(Damaged));
        file[MAGIC.len()] ^= 1;
        assert_eq!(Kept::read(&file), Err(Damaged));
        assert_eq!(Kept::read(b""), Err(Damaged));
    }
}
