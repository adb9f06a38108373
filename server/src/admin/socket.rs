//! The core's end of the admin socket: reads requests, asks the core, writes answers in parts. One connection's
//! slowness holds up nobody else; what is asked is in `mod.rs`.

use futures_util::{SinkExt, StreamExt};
use scorelay_engine::ImportMode;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use scorelay_protocol::score::Units;
use scorelay_relay::shell::transport::{Acceptor, BoxIo};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};
use tokio_util::codec::{Framed, LinesCodec};
use tokio_util::sync::CancellationToken;

use super::{LINE_BYTES, Part, Reply, Request};
use crate::core::{CoreInput, Import, Line};
use scorelay_relay::shell::tasks::Tasks;

type Lines = Framed<BoxIo, LinesCodec>;

/// Serves commands until `stop`.
pub(crate) async fn serve(acceptor: Acceptor, core: mpsc::Sender<CoreInput>, tasks: Tasks, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = acceptor.accept() => accepted,
        };
        match accepted {
            Ok((io, _)) => {
                let (core, stop) = (core.clone(), stop.clone());
                tasks.spawn("admin commands", async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = talk(io, core) => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "an admin command could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(limits::BATCH_MS)).await;
            }
        }
    }
}

async fn talk(io: BoxIo, core: mpsc::Sender<CoreInput>) {
    let mut lines = Framed::new(io, LinesCodec::new_with_max_length(LINE_BYTES));
    while let Some(request) = next::<Request>(&mut lines).await {
        let answered = match request {
            Ok(request) => answer(&mut lines, &core, request).await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                if !say(&mut lines, &error.into()).await {
                    return;
                }
            }
        }
    }
}

/// Whether the other end still listens.
async fn answer(lines: &mut Lines, core: &mpsc::Sender<CoreInput>, request: Request) -> Result<bool, WireError> {
    match request {
        Request::Describe { board } => {
            let facts = ask(core, |answer| CoreInput::Describe { board, answer }).await?;
            Ok(say(lines, &Reply::Board(facts)).await)
        }
        Request::Export { board, remember } => {
            let snapshot = ask(core, |answer| CoreInput::Export { board, answer }).await?;
            if !say(lines, &Reply::Board(snapshot.facts.clone())).await {
                return Ok(false);
            }
            let mut rows = snapshot.rows().peekable();
            while rows.peek().is_some() {
                let part = rows.by_ref().take(limits::TRANSFER_ROWS / 8);
                let part = part.map(|Line { entity, score, card }| (entity.to_string(), score, card)).collect();
                if !say(lines, &Reply::Rows(part)).await {
                    return Ok(false);
                }
            }
            drop(rows);
            if !say(lines, &Reply::End).await {
                return Ok(false);
            }
            if !remember {
                return Ok(true);
            }
            // Whoever could not write it goes away, and the ranks of the export before stay.
            match next::<Part>(lines).await {
                Some(Ok(Part::End)) => {}
                Some(Ok(Part::Rows(_))) => return Err(WireError::new(ErrorCode::BadRequest, "rows after an export")),
                Some(Err(error)) => return Err(error),
                None => return Ok(false),
            }
            ask(core, |answer| CoreInput::Remember { exported: snapshot, answer }).await?;
            Ok(say(lines, &Reply::Remembered).await)
        }
        Request::Import { board } => {
            let rows = read_rows(lines).await?;
            let mode = ImportMode::Replace;
            let imported = ask(core, |answer| CoreInput::Import(Import { board, mode, rows, answer })).await?;
            Ok(say(lines, &Reply::Imported(imported)).await)
        }
        Request::Moderate(what) => {
            let what = what.checked()?;
            let rows = ask(core, |answer| CoreInput::Moderate { what, answer }).await?;
            Ok(say(lines, &Reply::Moderated { rows }).await)
        }
        Request::Meets(command) => {
            let body = command.ask()?;
            let report = ask(core, |answer| CoreInput::Meets { body, answer }).await?;
            Ok(say(lines, &Reply::Meets(report.into())).await)
        }
    }
}

/// Reads all parts, also past a bad one, so that what follows is the next request.
async fn read_rows(lines: &mut Lines) -> Result<Vec<(Entity, Units)>, WireError> {
    let mut rows = Vec::new();
    let mut bad = None;
    loop {
        match next::<Part>(lines).await {
            Some(Ok(Part::Rows(part))) => {
                for (entity, score) in part {
                    match entity.parse() {
                        Ok(entity) => rows.push((entity, score)),
                        Err(error) => bad = Some(WireError::new(ErrorCode::BadImport, format!("`{entity}`: {error}"))),
                    }
                }
                if rows.len() > limits::MAX_ROWS as usize {
                    rows = Vec::new();
                    bad = Some(WireError::new(ErrorCode::BadImport, "more rows than a board may have"));
                }
            }
            Some(Ok(Part::End)) => return bad.map_or(Ok(rows), Err),
            Some(Err(error)) => return Err(error),
            None => return Err(WireError::new(ErrorCode::BadImport, "the rows did not end")),
        }
    }
}

async fn ask<T>(
    core: &mpsc::Sender<CoreInput>,
    question: impl FnOnce(oneshot::Sender<Result<T, WireError>>) -> CoreInput,
) -> Result<T, WireError> {
    let closing = || WireError::new(ErrorCode::ShuttingDown, "the core is shutting down");
    let (to, answer) = oneshot::channel();
    core.send(question(to)).await.map_err(|_| closing())?;
    answer.await.map_err(|_| closing())?
}

/// The next line's value; `None` where the other end has gone.
async fn next<T: DeserializeOwned>(lines: &mut Lines) -> Option<Result<T, WireError>> {
    let line = match lines.next().await? {
        Ok(line) => line,
        Err(_) => return None,
    };
    Some(serde_json::from_str(&line).map_err(|error| WireError::new(ErrorCode::Malformed, error.to_string())))
}

async fn say(lines: &mut Lines, reply: &Reply) -> bool {
    match serde_json::to_string(reply) {
        Ok(line) => lines.send(line).await.is_ok(),
        Err(_) => false,
    }
}
