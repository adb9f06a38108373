//! A source for Scorelay: publishes events to a core over a link, and has each counted exactly once, whatever is
//! killed.
//!
//! An event is written to a journal before it is sent, kept until the core says that it is durable, and sent again
//! after every reconnect until then. Events are known by their *position*, counted from 1: after a restart, a program
//! goes on with what comes after [`Source::kept`].
//!
//! ```no_run
//! use scorelay_source::{Address, Settings, Source};
//! use scorelay_source::event::{Event, Points};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let link: Address = "tcp:127.0.0.1:7430".parse()?;
//! let source = Source::open(link, Settings::new("pxls"), "pxls.journal".as_ref(), false)?;
//! for line in pixels().skip(source.kept() as usize) {
//!     let event = Event::Points(Points { board: "pixels".into(), entity: line.parse()?, units: 1 });
//!     source.publish(&event).await?;
//! }
//! source.flush().await?;
//! source.close().await;
//! # Ok(())
//! # }
//! # fn pixels() -> impl Iterator<Item = String> { ["pxls:ana".to_owned()].into_iter() }
//! ```
//!
//! [`crate::core`] is all of it as a state machine, for programs that bring their own sockets; [`Source`] is a small
//! tokio shell around that. What goes over the wire is in docs/protocol.md, a guide in docs/bridge.md.

pub mod core;
#[cfg(feature = "shell")]
mod shell;

pub use scorelay_protocol::{entity, error, event};

pub use crate::core::Settings;
#[cfg(feature = "shell")]
pub use crate::shell::{Address, BadAddress, Source, SourceError};
