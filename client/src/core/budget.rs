//! How fast the client may send: a token bucket that stays below what a relay allows.
//!
//! A mask change that must wait is merged with those after it, so a wild scroll costs no more than this rate.

use scorelay_protocol::limits::CLIENT_MESSAGES_PER_SECOND;

use super::time::Millis;

/// Messages a second on average: well below what is allowed, since a network bunches what was sent apart.
const PER_SECOND: u64 = CLIENT_MESSAGES_PER_SECOND as u64 * 3 / 5;
/// Messages at once after quiet.
const BURST: u64 = PER_SECOND / 4;
/// A message in the unit the bucket counts: thousandths.
const ONE: u64 = 1_000;

/// What may be sent now.
#[derive(Debug)]
pub(crate) struct Budget {
    thousandths: u64,
    at: Millis,
}

impl Budget {
    pub(crate) fn new(now: Millis) -> Self {
        Self { thousandths: BURST * ONE, at: now }
    }

    /// Takes one message's worth if it is there.
    pub(crate) fn take(&mut self, now: Millis) -> bool {
        let gained = now.since(self.at).saturating_mul(PER_SECOND);
        self.thousandths = self.thousandths.saturating_add(gained).min(BURST * ONE);
        self.at = self.at.max(now);
        match self.thousandths.checked_sub(ONE) {
            Some(rest) => {
                self.thousandths = rest;
                true
            }
            None => false,
        }
    }

    /// When one message's worth will be there.
    pub(crate) fn ready_at(&self) -> Millis {
        self.at.plus(ONE.saturating_sub(self.thousandths).div_ceil(PER_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_allowed_in_any_second() {
        let mut budget = Budget::new(Millis(0));
        let taken: Vec<u64> = (0..5_000).filter(|now| budget.take(Millis(*now))).collect();
        for start in 0..4_000 {
            let within = taken.iter().filter(|at| (start..start + 1_000).contains(*at)).count();
            assert!(within <= CLIENT_MESSAGES_PER_SECOND as usize, "{within} in one second");
        }
        assert!(taken.len() >= 4 * PER_SECOND as usize);
    }

    #[test]
    fn says_when_it_is_ready() {
        let mut budget = Budget::new(Millis(0));
        while budget.take(Millis(0)) {}
        let ready = budget.ready_at();
        assert!(!budget.take(Millis(ready.0 - 1)));
        assert!(budget.take(ready));
    }
}
