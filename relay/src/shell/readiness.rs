//! Whether a relay has boards to show and is to be sent clients. Asked by the private listener (`http_private.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

/// A relay's readiness; clones speak of the same relay.
#[derive(Debug, Clone)]
pub struct Readiness {
    boards: Arc<AtomicBool>,
    stop: CancellationToken,
}

impl Readiness {
    pub(crate) fn new(stop: CancellationToken) -> Self {
        Self { boards: Arc::default(), stop }
    }

    pub(crate) fn boards_are_there(&self) {
        self.boards.store(true, Ordering::Relaxed);
    }

    /// Whether to send clients here.
    ///
    /// # Errors
    /// What it waits for, or that it shuts down.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.stop.is_cancelled() {
            Err("shutting down")
        } else if self.boards.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err("waiting for the boards")
        }
    }
}
