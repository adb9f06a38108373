//! The packed output of one call: all texts first, in one piece that JavaScript decodes once, then records of bytes.
//!
//! Layout, little endian and unaligned: `u32` bytes of text, the text in UTF-8, the records. A string in a record is a
//! `u32`, its length in UTF-16 code units; its characters are the next ones of the text. What the records are is in
//! `records`.

use std::fmt::Write;

use scorelay_client::core::Millis;
use scorelay_client::protocol::entity::{EntityId, WireEntity};

/// Kinds of records, as their first byte says.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Tag {
    Connect = 1,
    Close = 2,
    Send = 3,
    Status = 4,
    Directory = 5,
    View = 6,
    Track = 7,
    Found = 8,
    Around = 9,
    Failed = 10,
    Refused = 11,
    Timer = 12,
    #[cfg(feature = "meets")]
    DeskAbout = 13,
    #[cfg(feature = "meets")]
    DeskState = 14,
    #[cfg(feature = "meets")]
    DeskShown = 15,
    #[cfg(feature = "meets")]
    DeskPending = 16,
    #[cfg(feature = "meets")]
    DeskOverruled = 17,
    #[cfg(feature = "meets")]
    DeskAnswer = 18,
    #[cfg(feature = "meets")]
    DeskSave = 19,
    #[cfg(feature = "meets")]
    DeskNotOpened = 20,
    #[cfg(feature = "meets")]
    Display = 21,
    ViewEdits = 22,
}

/// Records being written.
#[derive(Default)]
pub(crate) struct Output {
    text: String,
    records: Vec<u8>,
}

impl Output {
    pub(crate) fn tag(&mut self, tag: Tag) {
        self.u8(tag as u8);
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.records.push(value);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.u8(value.into());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.records.extend_from_slice(&value.to_le_bytes());
    }

    /// Lengths in wasm's memory are below 2^32.
    pub(crate) fn len(&mut self, value: usize) {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX));
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.records.extend_from_slice(&value.to_le_bytes());
    }

    /// A score, exact since it lies within ±(2^53 − 1).
    pub(crate) fn units(&mut self, units: i64) {
        self.f64(units as f64);
    }

    /// A time; NaN for none.
    pub(crate) fn time(&mut self, at: Option<Millis>) {
        self.f64(at.map_or(f64::NAN, |at| at.0 as f64));
    }

    /// Bytes after their count.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.records.extend_from_slice(bytes);
    }

    pub(crate) fn str(&mut self, text: &str) {
        self.len(text.chars().map(char::len_utf16).sum());
        self.text.push_str(text);
    }

    /// A string made of something that prints itself.
    pub(crate) fn display(&mut self, value: &impl std::fmt::Display) {
        let start = self.text.len();
        // Writing to memory does not fail.
        let _ = write!(self.text, "{value}");
        self.len(self.text[start..].chars().map(char::len_utf16).sum());
    }

    /// An entity in full, by the platforms' names. It is written without the machinery of `Display`, which would take
    /// most of the time of a page's first showing.
    pub(crate) fn entity(&mut self, platforms: &[String], entity: &WireEntity) {
        let platform = platforms.get(usize::from(entity.platform.0)).map_or("", String::as_str);
        self.text.push_str(platform);
        self.text.push(':');
        let id = match &entity.id {
            EntityId::Text(text) => {
                self.text.push_str(text);
                text.chars().map(char::len_utf16).sum()
            }
            EntityId::Number(number) => self.digits(*number),
        };
        // A platform's name is ASCII.
        self.len(platform.len() + 1 + id);
    }

    /// A decimal number; gives how many digits it has.
    fn digits(&mut self, mut number: u64) -> usize {
        let mut digits = [0; 20];
        let mut from = digits.len();
        while from == digits.len() || number > 0 {
            from -= 1;
            digits[from] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.text.extend(digits[from..].iter().map(|digit| char::from(*digit)));
        digits.len() - from
    }

    /// All of it in one piece.
    pub(crate) fn finish(self) -> Vec<u8> {
        let text = self.text.as_bytes();
        let mut packed = Vec::with_capacity(4 + text.len() + self.records.len());
        packed.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        packed.extend_from_slice(text);
        packed.extend_from_slice(&self.records);
        packed
    }
}
