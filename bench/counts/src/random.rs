//! Numbers that look random and are the same in every run.

/// A generator (splitmix64).
pub(crate) struct Mixed(pub(crate) u64);

impl Mixed {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        (((self.next() >> 32) * u64::from(end)) >> 32) as u32
    }

    /// A number below `end`, each about in inverse proportion to its size: Zipf's law with exponent 1.
    pub(crate) fn zipf(&mut self, end: u32) -> u32 {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (f64::from(end).powf(uniform) as u32).min(end - 1)
    }
}
