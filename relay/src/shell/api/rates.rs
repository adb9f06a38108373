//! How often may be asked: so many requests of one address, and so many questions to the feed thread in all. Each is a
//! bucket that fills with time. What is remembered of addresses is bounded: past that, those that are not known yet
//! share one bucket, so that a crowd of addresses costs no memory and keeps those that are known from nothing.

use std::collections::HashMap;
use std::net::IpAddr;

use parking_lot::Mutex;
use scorelay_protocol::limits;

use super::super::address::{Full, household};
use crate::core::clock::Millis;

/// All buckets.
#[derive(Debug)]
pub(super) struct Rates {
    addresses: Mutex<Addresses>,
    all: Mutex<Bucket>,
    searches: Mutex<Bucket>,
}

#[derive(Debug)]
struct Addresses {
    known: HashMap<IpAddr, Bucket>,
    others: Bucket,
    /// When full buckets were last forgotten.
    forgot_at: Millis,
}

/// What one may still ask, in thousandths of a request.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u64,
    at: Millis,
}

/// A bucket's sizes.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Requests a second, which are thousandths a millisecond.
    per_second: u64,
    most: u64,
}

const ADDRESS: Size = Size::new(limits::API_REQUESTS_PER_SECOND, limits::API_RATE_SECONDS);
const ALL: Size = Size::new(limits::API_QUESTIONS_PER_SECOND, 1);
const SEARCHES: Size = Size::new(limits::SEARCHES_PER_SECOND, limits::API_RATE_SECONDS);
/// One request, in thousandths.
const ONE: u64 = 1_000;

impl Size {
    const fn new(per_second: u32, seconds: u32) -> Self {
        let per_second = per_second as u64;
        Self { per_second, most: per_second * seconds as u64 * ONE }
    }
}

impl Bucket {
    fn full(size: Size, now: Millis) -> Self {
        Self { left: size.most, at: now }
    }

    fn fill(&mut self, size: Size, now: Millis) {
        let passed = now.0.saturating_sub(self.at.0);
        self.left = self.left.saturating_add(passed.saturating_mul(size.per_second)).min(size.most);
        self.at = now;
    }

    fn take(&mut self, size: Size, now: Millis) -> bool {
        self.fill(size, now);
        let enough = self.left >= ONE;
        if enough {
            self.left -= ONE;
        }
        enough
    }
}

impl Rates {
    pub(super) fn new(now: Millis) -> Self {
        let addresses = Addresses { known: HashMap::new(), others: Bucket::full(ADDRESS, now), forgot_at: now };
        let [all, searches] = [ALL, SEARCHES].map(|size| Mutex::new(Bucket::full(size, now)));
        Self { addresses: Mutex::new(addresses), all, searches }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`Full::Address`] where it was one too many.
    pub(super) fn request(&self, address: IpAddr, now: Millis) -> Result<(), Full> {
        if self.addresses.lock().bucket(household(address), now).take(ADDRESS, now) {
            Ok(())
        } else {
            Err(Full::Address)
        }
    }

    /// Counts a question to the feed thread.
    ///
    /// # Errors
    /// [`Full::Total`] where it was one too many.
    pub(super) fn question(&self, now: Millis) -> Result<(), Full> {
        if self.all.lock().take(ALL, now) { Ok(()) } else { Err(Full::Total) }
    }

    /// Counts a search, which the core has to do.
    ///
    /// # Errors
    /// [`Full::Total`] where it was one too many.
    pub(super) fn search(&self, now: Millis) -> Result<(), Full> {
        if self.searches.lock().take(SEARCHES, now) { Ok(()) } else { Err(Full::Total) }
    }
}

impl Addresses {
    fn bucket(&mut self, address: IpAddr, now: Millis) -> &mut Bucket {
        let is_full = self.known.len() >= limits::API_ADDRESSES;
        // Seldom, or each of a crowd of addresses would have all of them looked at.
        if is_full && now.0.saturating_sub(self.forgot_at.0) >= 1_000 && !self.known.contains_key(&address) {
            self.forgot_at = now;
            self.known.retain(|_, bucket| {
                bucket.fill(ADDRESS, now);
                bucket.left < ADDRESS.most
            });
        }
        if self.known.len() >= limits::API_ADDRESSES && !self.known.contains_key(&address) {
            return &mut self.others;
        }
        self.known.entry(address).or_insert_with(|| Bucket::full(ADDRESS, now))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const BURST: usize = (limits::API_REQUESTS_PER_SECOND * limits::API_RATE_SECONDS) as usize;

    fn address(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(n).into()
    }

    fn passed(rates: &Rates, n: u32, now: u64, requests: usize) -> usize {
        (0..requests).filter(|_| rates.request(address(n), Millis(now)).is_ok()).count()
    }

    #[test]
    fn an_address_may_ask_in_bursts_and_then_at_its_pace() {
        let rates = Rates::new(Millis(0));
        assert_eq!(passed(&rates, 1, 5, BURST + 10), BURST);
        assert_eq!(passed(&rates, 2, 5, 1), 1, "another one is not held back");
        assert_eq!(passed(&rates, 1, 1_005, 1_000), limits::API_REQUESTS_PER_SECOND as usize);
        assert_eq!(passed(&rates, 1, u64::MAX, 1_000), BURST);
        // A clock that stands still or runs back gives nothing.
        assert_eq!(passed(&rates, 1, 7, 1), 0);
        let same_household = |text: &str| rates.request(text.parse().unwrap(), Millis(0)).is_ok();
        assert_eq!((0..=BURST).filter(|n| same_household(&format!("fd00::{n:x}"))).count(), BURST);
    }

    #[test]
    fn questions_are_counted_in_all() {
        let rates = Rates::new(Millis(0));
        let all = limits::API_QUESTIONS_PER_SECOND as usize;
        assert_eq!((0..2 * all).filter(|_| rates.question(Millis(1)).is_ok()).count(), all);
        assert_eq!(rates.question(Millis(1)), Err(Full::Total));
        assert_eq!(rates.question(Millis(2)), Ok(()));
    }

    #[test]
    fn a_crowd_of_addresses_shares_what_is_left_and_is_forgotten() {
        let rates = Rates::new(Millis(0));
        let most = limits::API_ADDRESSES as u32;
        let crowd = (0..most + 1_000).filter(|&n| rates.request(address(n), Millis(10)).is_ok()).count();
        assert_eq!(crowd, limits::API_ADDRESSES + BURST);
        assert_eq!(rates.addresses.lock().known.len(), limits::API_ADDRESSES);
        assert_eq!(passed(&rates, 0, 10, BURST), BURST - 1, "who is known is counted apart");
        // One address has not had all of its burst back; the others are as new.
        assert_eq!(passed(&rates, most + 5_000, 2_000, 1), 1);
        assert_eq!(rates.addresses.lock().known.len(), 2);
    }
}
