//! Where a core can be reached, one line an address on standard output, for people and scripts. Written once everything
//! is bound, so that a port asked for as 0 is the one given.

use std::net::SocketAddr;

use scorelay_relay::shell::transport::LinkAddr;

/// Prints the lines.
pub(super) fn announce(listen: Option<String>, metrics: Option<SocketAddr>, links: &[LinkAddr]) {
    if let Some(url) = listen {
        println!("listen {url}");
    }
    if let Some(addr) = metrics {
        println!("metrics http://{addr}");
    }
    for link in links {
        println!("link {link}");
    }
}
