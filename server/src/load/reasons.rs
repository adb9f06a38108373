//! Stable names for why a connection did not come about or ended: what is counted, and what scripts may look for. Where
//! a relay gives a code of its own, that is the name.

use std::io::{self, ErrorKind};

use scorelay_client::core::Disconnect;
use scorelay_client::shell::DialError;
use scorelay_protocol::client::GoAway;
use scorelay_protocol::error::ErrorCode;
use serde::Deserialize;

/// Why an attempt came to nothing.
pub(super) fn of_dial(error: &DialError) -> String {
    match error {
        DialError::Io(error) => of_io(error).to_owned(),
        DialError::Status { status, body } => match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => problem.title,
            Err(_) => format!("http-{}", status.split(' ').next().unwrap_or_default()),
        },
        DialError::Subprotocol => "not-scorelay".to_owned(),
        DialError::Handshake(_) => "handshake".to_owned(),
    }
}

/// Why a connection ended, or an attempt was given up.
pub(super) fn of_disconnect(why: &Disconnect) -> String {
    let name = match why {
        Disconnect::Unreachable(_) => "no-answer",
        Disconnect::Lost(_) => "lost",
        Disconnect::Misfit(_) => "misfit",
        Disconnect::Refused(error) => return error.code.name().to_owned(),
        Disconnect::GoAway(GoAway::ShuttingDown) => ErrorCode::ShuttingDown.name(),
        Disconnect::GoAway(GoAway::Overloaded) => "overloaded",
        Disconnect::Silent => "silent",
        Disconnect::Version(_) => ErrorCode::Version.name(),
        Disconnect::Closed => "closed",
    };
    name.to_owned()
}

/// What the operator of relay or load generator can do about a reason, where that is not plain.
pub(super) fn advice(reason: &str) -> Option<&'static str> {
    match reason {
        "too-many-connections" => Some(
            "the relay has all the clients it may: raise `connections_per_address` (2,000 where nothing is said) and \
             `connections` (20,000) in its configuration, or run the load from several addresses",
        ),
        "too-many-open-files" => Some("this process may not open more files: `ulimit -n`"),
        "no-free-ports" => Some(
            "this address has no free port for more connections to the relay: widen net.ipv4.ip_local_port_range, or run \
             the load from several addresses",
        ),
        "not-scorelay" | "http-404" | "http-400" | "http-200" => Some("is this the public port of a relay?"),
        _ => None,
    }
}

/// An answer as RFC 9457 has it; a relay's `title` is the error's name.
#[derive(Deserialize)]
struct Problem {
    title: String,
}

/// `EMFILE` and `ENFILE`, which the standard library has no kinds for.
const FILES: [i32; 2] = [24, 23];

fn of_io(error: &io::Error) -> &'static str {
    match error.kind() {
        _ if error.raw_os_error().is_some_and(|code| FILES.contains(&code)) => "too-many-open-files",
        ErrorKind::ConnectionRefused => "connection-refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => "connection-reset",
        ErrorKind::UnexpectedEof => "connection-reset",
        // What TLS does not understand.
        ErrorKind::InvalidData => "handshake",
        ErrorKind::TimedOut => "timed-out",
        ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse => "no-free-ports",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "unreachable",
        // Names that are not found have no kind of their own either, and no number.
        _ if error.raw_os_error().is_none() => "no-such-host",
        _ => "io",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_stable_names() {
        let io = |error: io::Error| of_dial(&DialError::Io(error));
        assert_eq!(io(io::Error::from_raw_os_error(24)), "too-many-open-files");
        assert_eq!(io(ErrorKind::ConnectionRefused.into()), "connection-refused");
        assert_eq!(io(io::Error::other("failed to lookup address information")), "no-such-host");
        let answer = |status: &str, body: &str| {
            of_dial(&DialError::Status { status: status.to_owned(), body: body.as_bytes().to_vec() })
        };
        let refused = r#"{"code":300,"detail":"","status":429,"title":"too-many-connections","type":"urn:x"}"#;
        assert_eq!(answer("429 Too Many Requests", refused), "too-many-connections");
        assert!(advice("too-many-connections").is_some_and(|advice| advice.contains("connections_per_address")));
        assert_eq!(answer("404 Not Found", "<html>"), "http-404");
        assert_eq!(of_disconnect(&Disconnect::GoAway(GoAway::ShuttingDown)), "shutting-down");
    }
}
