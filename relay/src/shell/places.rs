//! Where the sockets of the public port are counted. Each is first among the handshakes, for seconds; then a client, or
//! one of those that load web pages. The three have bounds of their own: however many pages are loaded, and however
//! slowly, clients get in.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::HeaderMap;
use prometheus_client::metrics::gauge::Gauge;
use scorelay_protocol::limits;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::address::{Admission, Cidr, Full, Permit, client_address};
use super::config::RelayConfig;

/// All places of a public port.
pub(crate) struct Places {
    trusted_proxies: Vec<Cidr>,
    handshakes: Arc<Semaphore>,
    readers: Arc<Admission>,
    reading: Gauge,
    clients: Arc<Admission>,
}

/// The place of a socket that speaks HTTP.
pub(crate) enum Place {
    /// It has asked for nothing yet.
    Handshake(#[expect(dead_code, reason = "held until dropped")] OwnedSemaphorePermit),
    /// It has been answered, and may ask for more.
    Reader(Reader),
}

/// A counted socket that loads web pages.
pub(crate) struct Reader {
    permit: Permit,
    reading: Gauge,
}

impl Places {
    /// `reading` shows how many sockets load web pages.
    pub(crate) fn new(config: &RelayConfig, reading: Gauge) -> Self {
        Self {
            trusted_proxies: config.trusted_proxies.clone(),
            handshakes: Arc::new(Semaphore::new(limits::HANDSHAKES)),
            readers: Admission::new(config.http_sockets, config.http_sockets_per_address),
            reading,
            clients: Admission::new(config.connections, config.connections_per_address),
        }
    }

    /// A place for a socket that has just been accepted, if there is one.
    pub(crate) fn handshake(&self) -> Option<Place> {
        self.handshakes.clone().try_acquire_owned().ok().map(Place::Handshake)
    }

    /// Counts a client.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Result<Permit, Full> {
        self.clients.admit(self.address(peer, headers))
    }

    /// Counts a socket that has been answered among those that load web pages, if it is not yet. Tells whether half of
    /// the places are taken: then none should be kept by sockets that wait for nothing.
    pub(crate) fn read(&self, place: &mut Place, peer: IpAddr, headers: &HeaderMap) -> Result<bool, Full> {
        match place {
            Place::Reader(reader) => Ok(reader.permit.is_crowded()),
            Place::Handshake(_) => {
                let permit = self.readers.admit(self.address(peer, headers))?;
                let crowded = permit.is_crowded();
                self.reading.inc();
                *place = Place::Reader(Reader { permit, reading: self.reading.clone() });
                Ok(crowded)
            }
        }
    }

    /// Whose socket it is, by what a trusted proxy says in the request's headers.
    pub(crate) fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").into_iter();
        let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
        client_address(peer, &self.trusted_proxies, lines.into_iter())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.reading.dec();
    }
}
