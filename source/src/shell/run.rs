//! The task that speaks with the core: connects when it is due, moves bytes, and says what ended a link. What the bytes
//! mean is the core's of this crate.

use std::sync::Arc;
use std::time::Duration;

use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::LINK_HANDSHAKE_MS;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep_until, timeout};

use super::address::Address;
use super::source::Shared;
use crate::core::End;

/// Bytes offered to the socket, or asked of it, at once.
const BYTES: usize = 16 * 1024;

/// Connects again and again, until the source has ended or this is dropped.
pub(super) async fn run(shared: Arc<Shared>, address: Address) {
    let mut said = None;
    loop {
        let Some(dial_at) = shared.state.lock().core.dial_at() else { return };
        sleep_until(shared.at(dial_at)).await;
        shared.state.lock().core.dialing(shared.now());
        let Err(end) = link(&shared, &address).await else { return };
        let mut state = shared.state.lock();
        if state.core.is_linked() || said.as_ref() != Some(&end) {
            tracing::warn!(link = %address, %end, "no link to the core");
        }
        state.core.ended(shared.now(), &end, rand::random());
        said = Some(end);
        if !shared.settle(&mut state) {
            return;
        }
    }
}

/// One link; ends well only where the source has ended.
async fn link(shared: &Shared, address: &Address) -> Result<(), End> {
    let connecting = timeout(Duration::from_millis(LINK_HANDSHAKE_MS), address.connect());
    let io = match connecting.await {
        Ok(Ok(io)) => io,
        Ok(Err(error)) => return Err(End::Failed(error.to_string())),
        Err(_) => return Err(End::Unanswered),
    };
    let (mut read_half, mut write_half) = tokio::io::split(io);
    shared.state.lock().core.connected(shared.now(), NodeId(rand::random()), rand::random());
    let (mut read, mut unsent) = (vec![0; BYTES], Vec::with_capacity(BYTES));
    loop {
        let due = {
            let (mut state, now) = (shared.state.lock(), shared.now());
            state.core.tick(now)?;
            let output = state.core.output(now);
            unsent.clear();
            unsent.extend_from_slice(&output[..output.len().min(BYTES)]);
            state.core.due().map_or_else(tokio::time::Instant::now, |due| shared.at(due))
        };
        tokio::select! {
            taken = write_half.write(&unsent), if !unsent.is_empty() => match taken {
                Ok(0) => return Err(End::Closed),
                Ok(taken) => shared.state.lock().core.wrote(shared.now(), taken),
                Err(error) => return Err(End::Failed(error.to_string())),
            },
            came = read_half.read(&mut read) => match came {
                Ok(0) => return Err(End::Closed),
                Ok(came) => {
                    let mut state = shared.state.lock();
                    state.core.received(shared.now(), &read[..came])?;
                    if !shared.settle(&mut state) {
                        return Ok(());
                    }
                }
                Err(error) => return Err(End::Failed(error.to_string())),
            },
            () = shared.wake.notified() => {}
            () = sleep_until(due) => {}
        }
    }
}
