//! The `irc` source: chat of an IRC server or of Twitch, read anonymously unless told otherwise. What is said on the
//! connection stands in `session.rs`; here it is opened, read with a limit on silence, and written.

mod session;

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use scorelay_protocol::limits;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use self::session::{Does, Session};
use crate::sources::lines::{Line, Lines, TOO_LONG};
use crate::sources::tls::{self, Trust};
use crate::sources::{Dropped, Sink, SourceError};

/// What to read.
#[derive(Debug, Clone)]
pub struct IrcConfig {
    /// Host name or address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// Whom to trust over TLS, `None` to speak without.
    pub tls: Option<Trust>,
    /// Channels with their `#`, at least one.
    pub channels: Vec<String>,
    /// The nick, `None` for one that Twitch takes as anonymous.
    pub nick: Option<String>,
    /// What `PASS` says, if anything.
    pub password: Option<Password>,
    /// Whether to ask for Twitch's tags.
    pub tags: bool,
}

/// A secret that stays out of logs.
#[derive(Clone)]
pub struct Password(pub(crate) String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A channel's name as it may stand in a JOIN.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn check_channel(channel: String) -> Result<String, String> {
    let forbidden = |c: char| c.is_control() || c == ' ' || c == ',';
    match channel.starts_with(['#', '&', '+', '!']) && channel.len() > 1 && !channel.contains(forbidden) {
        true if channel.len() <= limits::NAME_BYTES => Ok(channel),
        _ => Err(format!("`{channel}` is no channel like #scorelay")),
    }
}

/// A nick as it may stand in a NICK.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn check_nick(nick: String) -> Result<String, String> {
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || ":,*?!@#".contains(c);
    match !nick.is_empty() && nick.len() <= limits::NAME_BYTES && !nick.contains(forbidden) {
        true => Ok(nick),
        false => Err(format!("`{nick}` is no nick")),
    }
}

/// Reads until the connection ends, whyever that is.
pub(crate) async fn run(config: &IrcConfig, sink: &mut impl Sink) -> SourceError {
    let to = format!("{}:{}", config.server, config.port);
    let within = Duration::from_millis(limits::SOURCE_CONNECT_MS);
    let opened = match timeout(within, open(config)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(why)) => return SourceError::Connect { to, why },
        Err(_) => return SourceError::Connect { to, why: format!("no answer within {} ms", within.as_millis()) },
    };
    let nick = match &config.nick {
        Some(nick) => nick.clone(),
        None => format!("justinfan{}", rand::rng().random_range(10_000..100_000)),
    };
    let mut session = Session::new(config, nick);
    match opened {
        Stream::Plain(stream) => talk(stream, &mut session, sink).await,
        Stream::Tls(stream) => talk(*stream, &mut session, sink).await,
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

async fn open(config: &IrcConfig) -> Result<Stream, String> {
    let stream = TcpStream::connect((config.server.as_str(), config.port)).await.map_err(|error| error.to_string())?;
    let Some(trust) = &config.tls else { return Ok(Stream::Plain(stream)) };
    let tls = tls::client(trust).map_err(|error| format!("TLS: {error}"))?;
    let name = ServerName::try_from(config.server.clone()).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(Arc::new(tls));
    let stream = connector.connect(name, stream).await.map_err(|error| format!("TLS: {error}"))?;
    Ok(Stream::Tls(Box::new(stream)))
}

/// Reads lines, does what the session says, asks for a sign of life when it is quiet.
async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send>(
    mut stream: S,
    session: &mut Session,
    sink: &mut impl Sink,
) -> SourceError {
    if let Err(error) = send(&mut stream, &session.greeting()).await {
        return error;
    }
    let mut lines = Lines::new(limits::SOURCE_LINE_BYTES);
    let mut bytes = vec![0; 16 * 1024];
    let mut heard = Instant::now();
    let mut asked = false;
    loop {
        let patience = if asked { limits::GONE_AFTER_MS } else { limits::PING_AFTER_MS };
        let read = match timeout_at(heard + Duration::from_millis(patience), stream.read(&mut bytes)).await {
            Ok(Ok(0)) => return SourceError::Ended(None),
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return SourceError::Ended(Some(error.to_string())),
            Err(_) if asked => return SourceError::Silent(limits::GONE_AFTER_MS / 1_000),
            Err(_) => {
                asked = true;
                match send(&mut stream, "PING :scorelay\r\n").await {
                    Ok(()) => continue,
                    Err(error) => return error,
                }
            }
        };
        (heard, asked) = (Instant::now(), false);
        for line in lines.push(&bytes[..read]) {
            let done = match line {
                Line::TooLong => {
                    sink.dropped(Dropped::Unparsable, TOO_LONG);
                    Ok(())
                }
                Line::Text(line) => match session.line(&line) {
                    Does::Drop(what) => {
                        sink.dropped(what, &line);
                        Ok(())
                    }
                    does => obey(&mut stream, does, sink).await,
                },
            };
            if let Err(error) = done {
                return error;
            }
        }
    }
}

async fn obey<S: AsyncWrite + Unpin>(stream: &mut S, does: Does, sink: &mut impl Sink) -> Result<(), SourceError> {
    match does {
        Does::Nothing | Does::Drop(_) => Ok(()),
        Does::Count(event) => sink.event(event).await,
        Does::Say(text) => send(stream, &text).await,
        Does::Enter(text) => {
            sink.up();
            send(stream, &text).await
        }
        Does::Complain(what) => {
            sink.complain(&what);
            Ok(())
        }
        Does::Leave(why) => Err(SourceError::Refused(why)),
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> Result<(), SourceError> {
    let within = Duration::from_millis(limits::LINK_SEND_MS);
    let sending = async {
        stream.write_all(text.as_bytes()).await?;
        stream.flush().await
    };
    match timeout(within, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(SourceError::Ended(Some(error.to_string()))),
        Err(_) => Err(SourceError::Ended(Some("it takes nothing any more".into()))),
    }
}
