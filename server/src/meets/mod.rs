//! The core's side of meets that is not pure: their files and the thread that writes them (`files/`), the threads that
//! hash passwords (`lanes.rs`), the key that seals receipts (`key.rs`), counters (`metrics.rs`). What is written, and
//! when anybody hears of it, is decided by `scorelay_engine::meets`; all of it comes together in `core/meets.rs`.

pub(crate) mod files;
pub(crate) mod key;
pub(crate) mod lanes;
pub(crate) mod metrics;
