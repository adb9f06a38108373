//! The `discord` source: what people write in the channels of Discord servers. Connections, heartbeats, resuming and
//! the limits on identifying are `twilight-gateway`'s; what the gateway's events come to stands in `guilds.rs`, what
//! its end of a connection means in `ends.rs`. One shard, which Discord allows up to 2,500 servers.

mod emojis;
mod ends;
mod guilds;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::Stream;
use hyper::Uri;
use scorelay_protocol::limits;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;
use twilight_gateway::error::{ReceiveMessageError, ReceiveMessageErrorType};
use twilight_gateway::queue::InMemoryQueue;
use twilight_gateway::{ConfigBuilder, Intents, Message, Session, Shard, ShardId, ShardState};

use self::guilds::{Guilds, Told};
use crate::failure::causes;
use crate::sources::irc::Password;
use crate::sources::{Dropped, Sink, SourceError};

/// Where Discord's gateway is.
const GATEWAY: &str = "wss://gateway.discord.gg";
/// Names of servers and channels, messages, what they say, and who was banned.
const INTENTS: Intents =
    Intents::GUILDS.union(Intents::GUILD_MESSAGES).union(Intents::MESSAGE_CONTENT).union(Intents::GUILD_MODERATION);
/// Operations of the gateway that are not events: it wants us to connect again, and it does not know the session.
const RECONNECT: u8 = 7;
const INVALID_SESSION: u8 = 9;

/// What to read.
#[derive(Debug)]
pub struct DiscordConfig {
    /// The bot's token.
    pub token: Password,
    /// The gateway.
    pub gateway: GatewayUrl,
    /// What of it counts.
    pub scope: Scope,
}

/// Which messages count.
#[derive(Debug, Default)]
pub struct Scope {
    /// Servers that are read, all where there are none.
    pub guilds: BTreeSet<u64>,
    /// Channels that are read, with their threads; all where there are none.
    pub channels: BTreeSet<u64>,
    /// Whether messages of bots and webhooks count.
    pub bots: bool,
}

/// A gateway's address: `wss:`, or `ws:` on this machine, where nobody else can read the token.
#[derive(Debug, Clone)]
pub struct GatewayUrl(String);

impl Default for GatewayUrl {
    fn default() -> Self {
        Self(GATEWAY.into())
    }
}

impl GatewayUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("`{text}` is no address: {error}"))?;
        let local = matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
        let scheme = match uri.scheme_str() {
            Some("wss") => true,
            Some("ws") => local,
            _ => false,
        };
        match uri.authority() {
            Some(authority) if scheme && uri.query().is_none() && !authority.as_str().contains('@') => {
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(format!("`{text}` is no address like {GATEWAY} (`ws:` goes on this machine only)")),
        }
    }
}

/// A server's or channel's id.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn check_id(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(id) if id > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(id),
        _ => Err(format!("`{text}` is no id like 81384788765712384 (Discord: Developer Mode, Copy ID)")),
    }
}

/// What outlives a connection: the session that the next one resumes, and what is known of servers and people.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Lets through so many sessions a day as Discord does; with more it would take the token away.
    queue: Option<InMemoryQueue>,
    session: Option<(Session, Option<String>)>,
    guilds: Guilds,
}

/// Reads until the connection ends, whyever that is.
pub(crate) async fn run(config: &DiscordConfig, kept: &mut Kept, sink: &mut impl Sink) -> SourceError {
    let queue = kept.queue.get_or_insert_default().clone();
    let builder = ConfigBuilder::new(config.token.0.clone(), INTENTS).queue(queue).proxy_url(config.gateway.0.clone());
    let builder = match kept.session.take() {
        Some((session, Some(at))) => builder.session(session).resume_url(at),
        Some((session, None)) => builder.session(session),
        None => builder,
    };
    let shard = Shard::with_config(ShardId::ONE, builder.build());
    let mut connection = Connection { shard, is_up: false };
    let end = listen(config, &mut connection, &mut kept.guilds, sink).await;
    let shard = &connection.shard;
    // The shard takes any address for one.
    let resume = shard.resume_url().filter(|at| GatewayUrl::parse(at).is_ok()).map(str::to_owned);
    kept.session = shard.session().map(|session| (session.clone(), resume));
    end
}

/// One message of the gateway.
#[derive(Deserialize)]
struct Frame<'a> {
    op: u8,
    #[serde(borrow)]
    t: Option<Cow<'a, str>>,
    #[serde(borrow)]
    d: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Ready<'a> {
    #[serde(borrow)]
    resume_gateway_url: Cow<'a, str>,
}

/// A shard that is not let connect again by itself: the next run does that, after a wait that everybody can see.
struct Connection {
    shard: Shard<InMemoryQueue>,
    is_up: bool,
}

impl Connection {
    /// What comes next; `None` once the connection is gone.
    async fn next(&mut self) -> Option<Result<Message, ReceiveMessageError>> {
        poll_fn(|cx| {
            let polled = Pin::new(&mut self.shard).poll_next(cx);
            let is_down = matches!(self.shard.state(), ShardState::Disconnected { .. });
            if polled.is_pending() && is_down && self.is_up {
                return Poll::Ready(None);
            }
            self.is_up |= polled.is_ready() || !is_down;
            polled
        })
        .await
    }
}

async fn listen(
    config: &DiscordConfig,
    connection: &mut Connection,
    guilds: &mut Guilds,
    sink: &mut impl Sink,
) -> SourceError {
    // The gateway speaks first; from then on its heartbeat tells whether it lives.
    let within = Duration::from_millis(limits::SOURCE_CONNECT_MS);
    let Ok(mut next) = timeout(within, connection.next()).await else {
        return failed(config, format!("no answer within {} ms", within.as_millis()));
    };
    let mut told = Vec::new();
    loop {
        match next {
            None => return SourceError::Ended(None),
            Some(Ok(Message::Close(frame))) => return ends::closed(frame.as_ref()),
            Some(Ok(Message::Text(text))) => {
                if let Some(end) = read(&text, guilds, config, sink, &mut told) {
                    // The shard says good-bye: how decides whether the session can be resumed.
                    let _: Option<_> = connection.next().await;
                    return end;
                }
            }
            Some(Err(error)) => match error.kind() {
                ReceiveMessageErrorType::Deserializing { event } => sink.dropped(Dropped::Unparsable, event),
                _ => return failed(config, causes(&error)),
            },
        }
        for told in told.drain(..) {
            match told {
                Told::Event(event) => match sink.event(event).await {
                    Ok(()) => {}
                    Err(error) => return error,
                },
                Told::Dropped(what, text) => sink.dropped(what, &text),
            }
        }
        next = connection.next().await;
    }
}

fn failed(config: &DiscordConfig, why: String) -> SourceError {
    SourceError::Connect { to: config.gateway.0.clone(), why }
}

/// Takes what the gateway says; why this connection ends, if it does.
fn read(
    text: &str,
    guilds: &mut Guilds,
    config: &DiscordConfig,
    sink: &mut impl Sink,
    told: &mut Vec<Told>,
) -> Option<SourceError> {
    let Ok(frame) = serde_json::from_str::<Frame>(text) else {
        sink.dropped(Dropped::Unparsable, text);
        return None;
    };
    match (frame.op, frame.t.as_deref(), frame.d.map(RawValue::get)) {
        (RECONNECT, ..) => Some(SourceError::Refused("the gateway asks to reconnect".into())),
        (INVALID_SESSION, ..) => Some(SourceError::Refused("the gateway does not know the session".into())),
        (0, Some("READY"), Some(data)) => {
            match serde_json::from_str::<Ready>(data).map(|ready| GatewayUrl::parse(&ready.resume_gateway_url)) {
                Ok(Ok(_)) => {
                    sink.up();
                    None
                }
                _ => Some(SourceError::Refused("the gateway gives no address to resume at".into())),
            }
        }
        (0, Some("RESUMED"), _) => {
            sink.up();
            None
        }
        (0, Some(name), Some(data)) => {
            guilds.tell(&config.scope, name, data, told);
            None
        }
        _ => None,
    }
}
