//! The core's one writer: a pure state machine that turns events into scores, scores into link batches, and both into
//! storage records. It knows no sockets, files, clock or randomness; time and random numbers are arguments. Start at
//! [`Engine`]; what goes in is in `input.rs`, what comes out in `effects.rs` and `record.rs`.
//!
//! The owner feeds events with [`Input::Event`], ends a link batch with [`Input::Cut`] and collects everything that
//! changed since the last commit with [`Input::Commit`]. Between cuts, [`Engine::boards`] stands still at its last
//! batch, so it can be sent to relays at any time.
//!
//! ```
//! use scorelay_engine::{BoardConfig, Engine, Input, Origin, Reply, Scorer, SourceName, Stored};
//! use scorelay_protocol::event::{Event, Points};
//! use scorelay_protocol::ids::{CoreEpoch, UnixMillis};
//!
//! let pxls = BoardConfig { title: "Pixels placed".into(), ..BoardConfig::new("pxls", Scorer::External) };
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
mod facts;
mod filter;
mod fold;
mod image;
mod import;
mod input;
mod kept_off;
pub mod meets;
mod moderate;
mod people;
mod periods;
mod profiles;
mod rating;
mod recall;
mod reconcile;
mod record;
mod scorer;
pub mod scoring;
mod season;
mod sources;
mod start;

pub use config::{BoardConfig, Pace};
pub use effects::{Effects, Reply, SeasonEnd};
pub use engine::{Engine, RankedRow};
pub use error::{NameError, StartError, TextError};
pub use filter::Filter;
pub use image::Image;
pub use input::{ImportMode, Input, Moderation, Origin, SourceKey, SourceName};
pub use kept_off::EntityHash;
pub use periods::Playing;
pub use rating::{EloRating, Rating};
pub use record::{
    Catalog, Commit, PlayerRecord, ProfileRecord, RowRecord, Stored, StoredBoard, StoredKeptOff, StoredProfile,
    StoredRow, WatermarkRecord,
};
pub use scorer::{Counted, RowKind, Scorer, Term};
pub use season::{Every, Season, is_time_zone};
pub use sources::SourceCounts;
pub use start::{Loader, Startup};
