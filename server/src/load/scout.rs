//! What there is to look at, found out by one connection before all others: that there is a relay at all, its boards, how
//! long they are, and some entities to follow.

use std::time::Duration;

use futures_util::FutureExt;
use scorelay_client::core::{BoardSummary, Disconnect, Status, ViewId};
use scorelay_client::shell::{Dialer, Receiver, Sender, connect_by};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{HANDSHAKE_MS, MASK_FEEDS};
use tokio::time::{Instant, timeout, timeout_at};

use super::reasons::{advice, of_dial};
use crate::failure::Failure;

/// How long to wait for the boards.
const BOARDS_WITHIN: Duration = Duration::from_secs(10);
/// How long to wait for entities; a load with fewer of them is one, too.
const ENTITIES_WITHIN: Duration = Duration::from_secs(5);
/// Places of a board from which entities are taken, and ranks at each.
const SAMPLES: u32 = 16;
const SAMPLE_ROWS: u32 = 32;

/// What there is to look at.
#[derive(Debug)]
pub(super) struct Ground {
    /// Those the load is for.
    pub(super) boards: Vec<BoardSummary>,
    /// Some from each board; never empty.
    pub(super) entities: Vec<Entity>,
}

/// Looks around.
///
/// # Errors
/// No relay answers there, or it has no such board.
pub(super) async fn scout(dialer: &Dialer, url: &str, agent: &str, wanted: &[String]) -> Result<Ground, Failure> {
    let unreachable = |why: String| Failure::new(ErrorCode::Unreachable, format!("cannot connect to {url}: {why}"));
    match timeout(Duration::from_millis(HANDSHAKE_MS), dialer.dial()).await {
        Ok(Ok(socket)) => drop(socket),
        Ok(Err(error)) => {
            let reason = of_dial(&error);
            let advice = advice(&reason).map(|advice| format!("; {advice}")).unwrap_or_default();
            return Err(unreachable(format!("{reason}: {error}{advice}")));
        }
        Err(_) => return Err(unreachable(format!("no-answer: nothing came within {} s", HANDSHAKE_MS / 1_000))),
    }
    let (sender, mut receiver) = connect_by(dialer.clone(), agent.to_owned());
    let boards = timeout(BOARDS_WITHIN, boards(&sender, &mut receiver)).await;
    let boards = boards.map_err(|_| unreachable("the relay does not tell its boards".to_owned()))?;
    let boards = chosen(boards.map_err(|why| unreachable(why.to_string()))?, wanted)?;
    let mut entities = entities(&sender, &mut receiver, &boards).await;
    sender.close();
    if entities.is_empty() {
        let nobody = Entity::new("load", "nobody");
        entities.extend(nobody);
    }
    Ok(Ground { boards, entities })
}

async fn boards(sender: &Sender, receiver: &mut Receiver) -> Result<Vec<BoardSummary>, Disconnect> {
    loop {
        if let Some(boards) = sender.state().directory() {
            return Ok(boards);
        }
        if let Status::Offline { reason, .. } = sender.state().status() {
            return Err(reason);
        }
        receiver.recv().await.ok_or(Disconnect::Closed)?;
    }
}

/// Those that are wanted, or all that have rows, or all.
fn chosen(mut boards: Vec<BoardSummary>, wanted: &[String]) -> Result<Vec<BoardSummary>, Failure> {
    let ids: Vec<_> = boards.iter().map(|board| board.id.clone()).collect();
    if let Some(unknown) = wanted.iter().find(|id| !ids.contains(id)) {
        let text = format!("no board has the id {unknown:?}; there are {}", ids.join(", "));
        return Err(Failure::new(ErrorCode::NoSuchBoard, text));
    }
    if boards.is_empty() {
        return Err(Failure::new(ErrorCode::NoSuchBoard, "the relay has no boards"));
    }
    if !wanted.is_empty() {
        boards.retain(|board| wanted.contains(&board.id));
    } else if boards.iter().any(|board| board.rows > 0) {
        boards.retain(|board| board.rows > 0);
    }
    Ok(boards)
}

async fn entities(sender: &Sender, receiver: &mut Receiver, boards: &[BoardSummary]) -> Vec<Entity> {
    // Two pages each, so that all of them fit a mask.
    let each = (MASK_FEEDS as u32 / 3 / boards.len().max(1) as u32).clamp(1, SAMPLES);
    let mut views: Vec<ViewId> = Vec::new();
    for board in boards {
        for _ in 0..each.min(board.rows.div_ceil(SAMPLE_ROWS)) {
            let from = rand::random_range(1..=board.rows.saturating_sub(SAMPLE_ROWS).max(1));
            views.extend(sender.watch_board(&board.id, from, from + SAMPLE_ROWS - 1));
        }
    }
    let deadline = Instant::now() + ENTITIES_WITHIN;
    let complete = |view: &ViewId| sender.state().view(*view).is_some_and(|view| view.complete);
    while !views.iter().all(complete) {
        let Ok(Some(_)) = timeout_at(deadline, receiver.recv()).await else { break };
        while let Some(Some(_)) = receiver.recv().now_or_never() {}
    }
    let rows = views.iter().filter_map(|view| sender.state().view(*view)).flat_map(|view| view.rows);
    let mut entities: Vec<_> = rows.flatten().map(|row| row.entity).collect();
    entities.sort();
    entities.dedup();
    entities
}
