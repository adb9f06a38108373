//! SIGINT and SIGTERM, for whole processes: the first asks for the shutdown, a second one is not waited for. What a
//! shutdown then does is decided where the process is put together.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Both signals, heard from the moment this is made.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Begins to hear them in place of the system's default.
    ///
    /// # Errors
    /// The system's, where a handler cannot be installed.
    pub fn hear() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Cancels `shutdown` at the first signal and ends the process at the second.
    pub async fn cancel(mut self, shutdown: CancellationToken) {
        self.next().await;
        tracing::info!("shutting down");
        shutdown.cancel();
        self.next().await;
        std::process::exit(1);
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
