//! Sources inside this process: what they are, and how they hand over events. Each kind has a folder; `supervise.rs`
//! runs them and starts them again. Programs that publish over a link are in `crate::links`.

pub mod demo;
pub mod discord;
pub mod http_stream;
pub mod irc;

mod chatter;
pub(crate) mod failed;
mod lines;
pub(crate) mod supervise;
pub(crate) mod tls;

use scorelay_protocol::event::Event;

/// One source of the configuration.
#[derive(Debug)]
pub struct SourceConfig {
    /// Its name in metrics and logs, unique.
    pub name: String,
    /// What it reads.
    pub kind: SourceKind,
}

/// What a source reads.
#[derive(Debug)]
pub enum SourceKind {
    /// Channels of an IRC or Twitch server.
    Irc(irc::IrcConfig),
    /// A stream of messages over HTTP.
    HttpStream(http_stream::HttpStreamConfig),
    /// Channels of Discord servers.
    Discord(discord::DiscordConfig),
    /// A crowd that does not exist.
    Demo(demo::DemoConfig),
}

impl SourceKind {
    /// Whether what it says was made up.
    pub fn is_synthetic(&self) -> bool {
        matches!(self, Self::Demo(_))
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Irc(_) => "irc",
            Self::HttpStream(_) => "http-stream",
            Self::Discord(_) => "discord",
            Self::Demo(_) => "demo",
        }
    }
}

/// Why a run of a source ended. It is started again whatever it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// No connection came about.
    #[error("cannot connect to {to}: {why}")]
    Connect {
        /// Where to.
        to: String,
        /// Why not.
        why: String,
    },
    /// The other side answered that it will not serve.
    #[error("refused: {0}")]
    Refused(String),
    /// It will not serve until the operator has changed something: asking often would only annoy it.
    #[error("denied: {0}")]
    Denied(String),
    /// Nothing came for too long.
    #[error("nothing came for {0} seconds")]
    Silent(u64),
    /// The connection broke or the stream ended.
    #[error("the stream ended{}", .0.as_ref().map(|e| format!(": {e}")).unwrap_or_default())]
    Ended(Option<String>),
    /// This process is shutting down.
    #[error("the core is shutting down")]
    Closing,
}

/// What happens to what a source read, besides being scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// It could not be understood.
    Unparsable,
    /// It is something other than a message.
    Ignored,
}

/// Where a running source puts what it reads.
pub(crate) trait Sink: Send {
    /// Hands over an event; waits while the core is full.
    fn event(&mut self, event: Event) -> impl Future<Output = Result<(), SourceError>> + Send;
    /// Counts something that is no event; what could not be understood is kept to be looked at.
    fn dropped(&mut self, what: Dropped, text: &str);
    /// The source is connected and reading.
    fn up(&mut self);
    /// Something is wrong that does not end the run.
    fn complain(&mut self, what: &str);
}
