//! The expected score of Elo's formula in whole numbers.
//!
//! Ratings are stored, and a board restored on another machine must go on as it would have. `+ - * /` of floating-point
//! numbers are the same everywhere, but `powf` is not: it is the platform's library on each system, another one in
//! WebAssembly, and may differ in the last digit, which decides now and then which way a unit is rounded. So
//! 10^(-d/400) is taken apart here: 2^-x with x in fixed point, its whole part a shift, the next 20 bits two tables
//! that the compiler reckons by integer square roots, the rest 1 − t·ln 2. The error is below 10^-11.

/// One, as shares and powers are written here: in 2^-62.
pub(super) const ONE: i64 = 1 << 62;

/// Entries of a table: ten bits of the exponent each.
const STEPS: usize = 1 << 10;
/// 2^(-i/2^10) and 2^(-i/2^20), in 2^-62.
const COARSE: [u64; STEPS] = powers(10);
const FINE: [u64; STEPS] = powers(20);
/// Bits of the exponent behind its point.
const FRACTION: u32 = 40;
/// Bits behind the point of what one unit adds to the exponent: with nine decimals 50 of them are left.
const SCALE: u32 = 84;
/// log2(10) / 400 in 2^-84.
const PER_POINT: u128 = 160_638_585_792_502_726_501_711;
/// ln 2 in 2^-62.
const LN_2: u128 = 3_196_577_161_300_663_915;

/// The expected score by the difference of two ratings in units of 10^-decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Logistic {
    /// Added to the exponent by one unit, in 2^-84.
    per_unit: u128,
}

impl Logistic {
    pub(super) fn new(decimals: u8) -> Self {
        Self { per_unit: PER_POINT / 10u128.pow(u32::from(decimals)) }
    }

    /// 1 / (1 + 10^(behind / 400)) in 2^-62: what the lower rated of two expects, who is `behind` units below.
    pub(super) fn lower(self, behind: u64) -> i64 {
        let power = self.tenth(behind);
        let share = (u128::from(power) << 62) / (ONE as u128 + u128::from(power));
        share as i64
    }

    /// 10^(-behind / 400) in 2^-62; nothing where less than that is left.
    fn tenth(self, behind: u64) -> u64 {
        let exponent = self.per_unit.saturating_mul(u128::from(behind)) >> (SCALE - FRACTION);
        let whole = exponent >> FRACTION;
        if whole >= 62 {
            return 0;
        }
        let bits = exponent as usize;
        let table = (u128::from(COARSE[(bits >> 30) % STEPS]) * u128::from(FINE[(bits >> 20) % STEPS])) >> 62;
        let rest = exponent & ((1 << 20) - 1);
        let power = table - ((table * ((LN_2 * rest) >> FRACTION)) >> 62);
        (power >> whole) as u64
    }
}

/// 2^(-i / 2^bits) for each `i` of a table, in 2^-62.
const fn powers(bits: u32) -> [u64; STEPS] {
    let mut step: u128 = 1 << 61;
    let mut halved = 0;
    while halved < bits {
        step = (step << 62).isqrt();
        halved += 1;
    }
    let mut table = [1 << 62; STEPS];
    let mut at = 1;
    while at < STEPS {
        table[at] = ((table[at - 1] as u128 * step) >> 62) as u64;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The formula as it is written in books.
    fn book(behind: f64) -> f64 {
        1.0 / (1.0 + 10f64.powf(behind / 400.0))
    }

    fn share(decimals: u8, behind: u64) -> f64 {
        Logistic::new(decimals).lower(behind) as f64 / ONE as f64
    }

    #[test]
    fn known_points() {
        for decimals in 0..=9 {
            let scale = 10u64.pow(u32::from(decimals));
            assert_eq!(Logistic::new(decimals).lower(0), ONE / 2);
            assert!((share(decimals, 400 * scale) - 1.0 / 11.0).abs() < 1e-11);
            assert!((share(decimals, 800 * scale) - 1.0 / 101.0).abs() < 1e-11);
        }
        assert_eq!(Logistic::new(0).lower(u64::MAX), 0);
    }

    /// The bytes that every machine must come to.
    #[test]
    fn pinned() {
        let got = [1, 100, 12_345, 40_000, 123_456, 700_000].map(|behind| Logistic::new(2).lower(behind));
        let want = [
            2_305_776_641_717_089_596,
            2_299_206_277_865_923_451,
            1_519_359_028_701_451_553,
            419_244_183_493_501_748,
            3_776_625_583_488_070,
            13,
        ];
        assert_eq!(got, want);
    }

    proptest! {
        #[test]
        fn agrees_with_the_formula(decimals in 0u8..=9, points in 0f64..8_000.0) {
            let scale = 10f64.powi(i32::from(decimals));
            let behind = (points * scale) as u64;
            prop_assert!((share(decimals, behind) - book(behind as f64 / scale)).abs() < 1e-11);
        }

        #[test]
        fn never_rises(decimals in 0u8..=9, behind in 0u64..1 << 54, more in 0u64..1 << 20) {
            let logistic = Logistic::new(decimals);
            prop_assert!(logistic.lower(behind + more) <= logistic.lower(behind));
        }
    }
}
