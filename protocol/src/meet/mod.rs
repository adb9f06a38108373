//! What a meet is made of on the wire and on disk: ids, the closed grammar of paths, values, and the lines of its log.
//!
//! Nothing here decides anything: which update is accepted, and what a log's lines come to, is the business of the
//! crate `meets`. Start with [`path`] for what can be set, with [`line`] for what a log
//! holds, and with [`request`] for what clients ask.

pub mod answer;
pub mod ids;
pub mod leaf;
pub mod line;
pub mod path;
pub mod receipt;
pub mod request;
pub mod secret;
pub mod value;
