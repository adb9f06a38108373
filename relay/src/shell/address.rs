//! Whose connection it is and whether there is room for it: trusted proxies, the client's address behind them, and the
//! counts of connections in all and by address. It knows addresses only, no sockets and no HTTP.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use parking_lot::Mutex;
use scorelay_protocol::error::{ErrorCode, WireError};
use serde::Deserialize;

/// A range of addresses, written `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cidr {
    addr: IpAddr,
    bits: u8,
}

impl FromStr for Cidr {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, WireError> {
        let bad = || {
            let text = format!("a range of addresses is written like 10.0.0.0/8 or fd00::/8, not `{text}`");
            WireError::new(ErrorCode::BadConfig, text)
        };
        let (addr, bits) = text.split_once('/').map_or((text, None), |(addr, bits)| (addr, Some(bits)));
        let addr: IpAddr = addr.parse().map_err(|_| bad())?;
        let most = if addr.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| bad()))?;
        if bits > most { Err(bad()) } else { Ok(Self { addr, bits }) }
    }
}

impl TryFrom<String> for Cidr {
    type Error = WireError;

    fn try_from(text: String) -> Result<Self, WireError> {
        text.parse()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.bits)
    }
}

impl Cidr {
    /// Whether it holds `addr`; an IPv4 address written as IPv6 counts as IPv4.
    pub fn holds(&self, addr: IpAddr) -> bool {
        match (self.addr, addr.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(addr)) => {
                let shift = 32 - u32::from(self.bits);
                u64::from(net.to_bits()) >> shift == u64::from(addr.to_bits()) >> shift
            }
            (IpAddr::V6(net), IpAddr::V6(addr)) => {
                let differ = net.to_bits() ^ addr.to_bits();
                differ.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

/// The client's address: the peer's own, or, where that is a trusted proxy, the last address of `X-Forwarded-For` that
/// is not one. `forwarded` are the header's lines in order.
pub(crate) fn client_address<'a>(
    peer: IpAddr,
    trusted: &[Cidr],
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
) -> IpAddr {
    let is_trusted = |addr: IpAddr| trusted.iter().any(|range| range.holds(addr));
    let mut client = peer.to_canonical();
    let hops = forwarded.rev().flat_map(|line| line.rsplit(',')).map(str::trim);
    for hop in hops {
        if !is_trusted(client) {
            break;
        }
        // What a proxy writes that is no address is nobody: the proxy itself then stands for it.
        let Ok(addr) = hop.parse::<IpAddr>() else { break };
        client = addr.to_canonical();
    }
    client
}

/// Counts connections.
#[derive(Debug)]
pub(crate) struct Admission {
    most: usize,
    most_by_address: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    Total,
    Address,
}

impl Admission {
    pub(crate) fn new(most: usize, most_by_address: usize) -> Arc<Self> {
        Arc::new(Self { most, most_by_address, counts: Mutex::default() })
    }

    /// Counts a connection from `addr` until the permit is dropped.
    pub(crate) fn admit(self: &Arc<Self>, addr: IpAddr) -> Result<Permit, Full> {
        let addr = household(addr);
        let mut counts = self.counts.lock();
        if counts.total >= self.most {
            return Err(Full::Total);
        }
        let by_address = counts.by_address.entry(addr).or_default();
        if *by_address >= self.most_by_address {
            return Err(Full::Address);
        }
        *by_address += 1;
        counts.total += 1;
        Ok(Permit { admission: self.clone(), addr })
    }
}

/// A counted connection.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    addr: IpAddr,
}

impl Permit {
    /// The address as questions about meets say it.
    pub(crate) fn address(&self) -> [u8; 16] {
        match self.addr {
            IpAddr::V4(addr) => addr.to_ipv6_mapped().octets(),
            IpAddr::V6(addr) => addr.octets(),
        }
    }

    /// Whether more than half of what may be is, in all or from this address.
    pub(crate) fn is_crowded(&self) -> bool {
        let Admission { most, most_by_address, counts } = &*self.admission;
        let counts = counts.lock();
        let by_address = counts.by_address.get(&self.addr).copied().unwrap_or_default();
        counts.total > most / 2 || by_address > most_by_address / 2
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.admission.counts.lock();
        counts.total -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.addr) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.addr);
            }
        }
    }
}

/// What counts as one address: one holder of IPv6 has at least a /64.
pub(crate) fn household(addr: IpAddr) -> IpAddr {
    match addr.to_canonical() {
        IpAddr::V6(addr) => IpAddr::V6(Ipv6Addr::from_bits(addr.to_bits() & !u128::from(u64::MAX))),
        addr @ IpAddr::V4(_) => addr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_hold_their_addresses() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.200.3.4", "11.0.0.1"),
            ("192.168.1.7", "192.168.1.7", "192.168.1.8"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::1", "::1", "::2"),
            ("10.0.0.0/8", "::ffff:10.1.1.1", "::10.1.1.1"),
        ] {
            assert!(cidr(range).holds(ip(inside)), "{range} {inside}");
            assert!(!cidr(range).holds(ip(outside)), "{range} {outside}");
        }
        assert!(cidr("0.0.0.0/0").holds(ip("1.2.3.4")) && cidr("::/0").holds(ip("1::")));
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/x", "host"] {
            assert_eq!(bad.parse::<Cidr>().unwrap_err().code, ErrorCode::BadConfig, "{bad}");
        }
    }

    #[test]
    fn only_trusted_proxies_say_whose_connection_it_is() {
        let trusted = [cidr("127.0.0.0/8"), cidr("10.0.0.0/8")];
        let client = |peer: &str, lines: &[&str]| client_address(ip(peer), &trusted, lines.iter().copied()).to_string();
        assert_eq!(client("8.8.8.8", &["1.1.1.1"]), "8.8.8.8");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(client("127.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"]), "1.1.1.1");
        assert_eq!(client("127.0.0.1", &["6.6.6.6, 1.1.1.1", "10.0.0.2"]), "1.1.1.1");
        assert_eq!(client("127.0.0.1", &["1.1.1.1, nonsense, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn permits_come_back() {
        let admission = Admission::new(3, 2);
        let first = admission.admit(ip("1.1.1.1")).unwrap();
        assert!(!first.is_crowded());
        let _second = admission.admit(ip("1.1.1.1")).unwrap();
        assert_eq!(admission.admit(ip("1.1.1.1")).unwrap_err(), Full::Address);
        assert!(first.is_crowded());
        assert_eq!(first.address()[10..], [0xFF, 0xFF, 1, 1, 1, 1]);
        let other = admission.admit(ip("fd00::1")).unwrap();
        assert_eq!(other.address(), [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(admission.admit(ip("2.2.2.2")).unwrap_err(), Full::Total);
        drop(first);
        let _same_household = admission.admit(ip("fd00::2")).unwrap();
        assert_eq!(admission.counts.lock().by_address.len(), 2);
    }
}
