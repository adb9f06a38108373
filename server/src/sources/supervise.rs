//! Runs one source as long as the process lives: whenever its run ends it is started again, after a random wait that
//! grows while it keeps failing. How often, and why last, is in the metrics and the log.

use std::time::Duration;

use rand::RngExt;
use scorelay_engine::{Origin, SourceName};
use scorelay_protocol::event::Event;
use scorelay_protocol::limits;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::core::CoreInput;
use crate::metrics::SourceMetrics;
use crate::sources::failed::FailedMessages;
use crate::sources::{Dropped, Sink, SourceConfig, SourceError, SourceKind, demo, discord, http_stream, irc};

/// A source to run.
pub(crate) struct Supervised {
    /// What it is.
    pub(crate) config: SourceConfig,
    /// Where its events go.
    pub(crate) core: mpsc::Sender<CoreInput>,
    /// Where it is counted.
    pub(crate) metrics: SourceMetrics,
    /// Where what it could not read is kept.
    pub(crate) failed: FailedMessages,
}

/// Runs a source until `stop`, or until the core is gone.
pub(crate) async fn supervise(source: Supervised, stop: CancellationToken) {
    let Supervised { config, core, metrics, failed } = source;
    let origin = match SourceName::new(&config.name) {
        Ok(source) => Origin::Live { source },
        Err(error) => {
            tracing::error!(source = config.name, %error, "a source cannot be run");
            return;
        }
    };
    let mut wait = Backoff::default();
    let mut kept = discord::Kept::default();
    loop {
        let (name, origin, core, metrics, failed) = (&config.name, &origin, &core, &metrics, &failed);
        let mut sink = Feed { name, origin, core, metrics, failed, up_since: None };
        let end = tokio::select! {
            () = stop.cancelled() => SourceError::Closing,
            end = run(&config.kind, &mut kept, &mut sink) => end,
        };
        let up = sink.up_since.map(|since| since.elapsed());
        metrics.down();
        if matches!(end, SourceError::Closing) {
            return;
        }
        metrics.failed(&end.to_string());
        let pause = match end {
            SourceError::Denied(_) => Duration::from_millis(limits::SOURCE_DENIED_MS),
            _ => wait.next(up),
        };
        tracing::warn!(source = config.name, error = %end, again_in_ms = pause.as_millis() as u64, "a source stopped");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => metrics.reconnected(),
        }
    }
}

/// Runs a source once; `kept` is what Discord's takes from one run to the next.
async fn run(kind: &SourceKind, kept: &mut discord::Kept, sink: &mut impl Sink) -> SourceError {
    match kind {
        SourceKind::Irc(config) => irc::run(config, sink).await,
        SourceKind::HttpStream(config) => http_stream::run(config, sink).await,
        SourceKind::Discord(config) => discord::run(config, kept, sink).await,
        SourceKind::Demo(config) => demo::run(config, sink).await,
    }
}

/// How long to wait: anything up to a bound that doubles with every failure in a row.
#[derive(Debug)]
struct Backoff {
    bound_ms: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { bound_ms: limits::RECONNECT_MS.0 }
    }
}

impl Backoff {
    /// After a run that was `up` for so long, or never was.
    fn next(&mut self, up: Option<Duration>) -> Duration {
        let longest = Duration::from_millis(limits::RECONNECT_MS.1);
        if up.is_some_and(|up| up >= longest) {
            *self = Self::default();
        }
        let pause = rand::rng().random_range(0..=self.bound_ms);
        self.bound_ms = (self.bound_ms * 2).min(limits::RECONNECT_MS.1);
        Duration::from_millis(pause)
    }
}

/// The core as a source sees it.
struct Feed<'a> {
    name: &'a str,
    origin: &'a Origin,
    core: &'a mpsc::Sender<CoreInput>,
    metrics: &'a SourceMetrics,
    failed: &'a FailedMessages,
    up_since: Option<Instant>,
}

impl Sink for Feed<'_> {
    async fn event(&mut self, event: Event) -> Result<(), SourceError> {
        let input = CoreInput::Event { origin: self.origin.clone(), event };
        self.core.send(input).await.map_err(|_| SourceError::Closing)
    }

    fn dropped(&mut self, what: Dropped, text: &str) {
        self.metrics.dropped(what);
        if what == Dropped::Unparsable {
            self.failed.note(text);
        }
    }

    fn up(&mut self) {
        tracing::info!(source = self.name, "a source is connected");
        self.up_since = Some(Instant::now());
        self.metrics.up();
    }

    fn complain(&mut self, what: &str) {
        tracing::warn!(source = self.name, what, "a source complains");
        self.metrics.failed(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_bound_and_shrink_after_a_good_run() {
        let mut backoff = Backoff::default();
        let longest = (0..50).map(|_| backoff.next(None)).max().unwrap();
        assert!(longest > Duration::from_millis(limits::RECONNECT_MS.0), "{longest:?}");
        assert!(longest <= Duration::from_millis(limits::RECONNECT_MS.1));
        assert!(backoff.next(Some(Duration::from_secs(60))) <= Duration::from_millis(limits::RECONNECT_MS.0));
        assert_eq!(backoff.bound_ms, limits::RECONNECT_MS.0 * 2);
    }
}
