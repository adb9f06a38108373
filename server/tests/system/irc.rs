//! A real IRC server (ngircd) on loopback and plain clients that talk on it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use crate::process::{Process, free_port};
use crate::until::{DEADLINE, until};

/// The server.
pub(crate) struct IrcServer {
    pub(crate) port: u16,
    _process: Process,
}

impl IrcServer {
    /// Starts it with the channels `#one` and `#two`.
    pub(crate) fn start(dir: &Path) -> Self {
        Self::with(dir, "")
    }

    /// The same, and over TLS on `port` with this certificate and key.
    #[allow(dead_code, reason = "only sources by themselves are tested over TLS")]
    pub(crate) fn start_tls(dir: &Path, port: u16, certificate: &Path, key: &Path) -> Self {
        let (certificate, key) = (certificate.display(), key.display());
        let server = Self::with(dir, &format!("[SSL]\nPorts = {port}\nCertFile = {certificate}\nKeyFile = {key}\n"));
        until("the IRC server listens with TLS", DEADLINE, || TcpStream::connect(("127.0.0.1", port)).ok());
        server
    }

    fn with(dir: &Path, more: &str) -> Self {
        let port = free_port();
        let config = dir.join("ngircd.conf");
        let text = format!(
            "[Global]\nName = irc.test\nInfo = test\nListen = 127.0.0.1\nPorts = {port}\nMotdPhrase = hello\n\
             [Limits]\nMaxNickLength = 20\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n\
             [Options]\nDNS = no\nIdent = no\nPAM = no\nIncludeDir = {}\n\
             [Channel]\nName = #one\n[Channel]\nName = #two\n{more}",
            dir.display()
        );
        std::fs::write(&config, text).expect("the test's directory can be written");
        let program = ["/usr/sbin/ngircd", "/usr/bin/ngircd", "/usr/local/sbin/ngircd"]
            .into_iter()
            .map(Path::new)
            .find(|path| path.exists())
            .expect("ngircd is missing: `cargo xtask test` installs it, or `apt-get install ngircd`");
        let config = config.to_string_lossy().into_owned();
        let process = Process::start(program, &["-n", "-f", &config], dir);
        until("the IRC server listens", DEADLINE, || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { port, _process: process }
    }
}

/// One person on the server.
pub(crate) struct IrcClient {
    pub(crate) nick: String,
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl IrcClient {
    /// Registers and joins both channels.
    pub(crate) fn join(server: &IrcServer, nick: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket takes a timeout");
        let lines = BufReader::new(stream.try_clone().expect("a socket can be cloned"));
        let mut client = Self { nick: nick.to_owned(), stream, lines };
        client.send(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n"));
        client.wait(|line| line.contains(" 001 "));
        client.send("JOIN #one,#two\r\n");
        client.wait(|line| line.contains(" 366 ") && line.contains("#two"));
        client
    }

    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).expect("the server reads");
    }

    /// Reads until a line is as wanted, answering pings.
    fn wait(&mut self, mut wanted: impl FnMut(&str) -> bool) {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("the server writes in time");
            assert!(read > 0, "the IRC server closed {}", self.nick);
            if let Some(rest) = line.strip_prefix("PING ") {
                self.send(&format!("PONG {rest}"));
            } else if wanted(&line) {
                return;
            }
        }
    }

    /// Says something, and waits until `other`, in the same channel, has heard it. The server passes lines on in one
    /// order, so whoever else is in the channel hears them in the order of these calls.
    pub(crate) fn say(&mut self, channel: &str, text: &str, other: &mut IrcClient) {
        self.send(&format!("PRIVMSG {channel} :{text}\r\n"));
        let (from, said) = (format!(":{}!", self.nick), format!("PRIVMSG {channel} :{text}"));
        other.wait(|line| line.starts_with(&from) && line.contains(&said));
    }

    /// Waits until somebody whose nick begins with `prefix` is in `channel`.
    pub(crate) fn sees(&mut self, channel: &str, prefix: &str) {
        until(&format!("{prefix}… joins {channel}"), DEADLINE, || self.is_there(channel, prefix).then_some(()));
    }

    /// Waits until nobody whose nick begins with `prefix` is in `channel` any more.
    pub(crate) fn misses(&mut self, channel: &str, prefix: &str) {
        until(&format!("{prefix}… leaves {channel}"), DEADLINE, || (!self.is_there(channel, prefix)).then_some(()));
    }

    fn is_there(&mut self, channel: &str, prefix: &str) -> bool {
        self.send(&format!("NAMES {channel}\r\n"));
        let mut there = false;
        self.wait(|line| {
            there |= line.contains(" 353 ") && line.split([' ', ':']).any(|name| name.starts_with(prefix));
            line.contains(" 366 ")
        });
        there
    }
}
