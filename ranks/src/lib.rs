//! The rank index: the ordered set behind every board, in the core and in the relays. It answers "which rank has this
//! row", "which rows stand at these ranks" and "from which rank to which did this change go", each in logarithmic time.
//! It knows neither pages nor feeds, and does no I/O; start at [`RankIndex`], whose layout is in `index.rs`, and at
//! [`BoardSet`], which holds all boards with their entities.
//!
//! Ranks here are 0-based (`u32`); the 1-based ranks that people see are made where messages are made. A row is named
//! by a dense `u32` handle that the owner of the board hands out and may reuse after a removal.
//!
//! ```
//! use scorelay_ranks::{RankIndex, RowKey};
//!
//! let mut board = RankIndex::new();
//! board.set(0, RowKey { score: 10, stamp: 1 });
//! board.set(1, RowKey { score: 10, stamp: 2 });
//! let change = board.set(1, RowKey { score: 11, stamp: 3 });
//! assert_eq!(change.old, Some((1, RowKey { score: 10, stamp: 2 })));
//! assert_eq!(change.new, 0);
//! assert_eq!(board.rank_of(0), Some(1));
//! ```

#![forbid(unsafe_code)]

mod audit;
mod block;
mod entities;
mod index;
mod key;
mod lengths;
mod replica;
mod rows;
mod set;

pub use index::{Change, RankIndex};
pub use key::RowKey;
pub use replica::{Moved, SetEvent};
pub use rows::Rows;
pub use set::{Board, BoardSet, SetError};
