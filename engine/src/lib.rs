//! The core's one writer: a pure state machine that turns events into scores, scores into link batches, and both into
//! storage records. It knows no sockets, files, clock or randomness; time and random numbers are arguments. Start at
//! [`Engine`]; what goes in is in `input.rs`, what comes out in `effects.rs` and `record.rs`.
//!
//! The owner feeds events with [`Input::Event`], ends a link batch with [`Input::Cut`] and collects everything that
//! changed since the last commit with [`Input::Commit`]. Between cuts, [`Engine::boards`] stands still at its last
//! batch, so it can be sent to relays at any time.
//!
//! ```
//! use scorelay_engine::{BoardConfig, Engine, Input, Origin, Rating, Reply, Scorer, SourceName, Stored};
//! use scorelay_protocol::event::{Event, Points};
//! use scorelay_protocol::ids::{CoreEpoch, UnixMillis};
//!
//! let pxls = BoardConfig {
//!     id: "pxls".into(),
//!     title: "Pixels placed".into(),
//!     unit: "pixels".into(),
//!     decimals: 0,
//!     scorer: Scorer::External,
//!     rating: Rating::Sum,
//!     max_rows: 1_000,
//!     synthetic: false,
//! };
//! let (mut engine, _report) = Engine::new(&[pxls], Stored::default(), [], CoreEpoch(7), &mut || 42)?;
//! let origin = Origin::Live { source: SourceName::new("pxls")? };
//! let event = Event::Points(Points { board: "pxls".into(), entity: "pxls:ana".parse()?, units: 3 });
//! let effects = engine.handle(UnixMillis(1), Input::Event { origin, event });
//! assert_eq!(effects.reply, Some(Reply::Applied));
//!
//! let effects = engine.handle(UnixMillis(2), Input::Cut);
//! assert_eq!(effects.batches[0].boards[0].changes.len(), 1);
//! let effects = engine.handle(UnixMillis(3), Input::Commit);
//! assert_eq!(effects.commit.map(|commit| commit.rows.len()), Some(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod batch;
mod board;
mod check;
mod commit;
mod config;
mod cut;
mod effects;
mod engine;
mod error;
mod evict;
mod image;
mod import;
mod input;
pub mod meets;
mod reconcile;
mod record;
mod scorer;
pub mod scoring;
mod sources;
mod start;

pub use config::{BoardConfig, Rating, Scorer};
pub use effects::{Effects, Reply};
pub use engine::{Engine, RankedRow};
pub use error::{NameError, StartError, TextError};
pub use image::Image;
pub use input::{ImportMode, Input, Origin, SourceKey, SourceName};
pub use record::{Catalog, Commit, RowRecord, Stored, StoredBoard, StoredRow, WatermarkRecord};
pub use sources::SourceCounts;
pub use start::{Loader, Startup};
