//! Why an engine cannot start, and why a text is not what it should be. What is wrong with one event or one import is
//! answered as a `WireError` in a reply instead (`check.rs`, `import.rs`).

use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::ids::BoardNo;
use scorelay_protocol::limits::NAME_BYTES;

/// Why an engine cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A board's configuration is not valid.
    #[error("board {board:?}: {why}")]
    Config {
        /// The board's id as configured.
        board: String,
        /// What is wrong with it.
        why: String,
    },
    /// There are more boards than may be.
    #[error("{0} boards are configured, more than the allowed {max}", max = scorelay_protocol::limits::BOARDS)]
    TooManyBoards(usize),
    /// What the store holds contradicts itself.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// A stored row belongs to a board that the catalog does not have.
    #[error("the store is damaged: it has rows of board number {0}, which does not exist")]
    StrayRow(BoardNo),
}

impl StartError {
    /// Its stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Config { .. } | Self::TooManyBoards(_) => ErrorCode::BadConfig,
            Self::Damaged(_) | Self::StrayRow(_) => ErrorCode::StoreDamaged,
        }
    }
}

/// Why a text is not a scorer or a rating.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not a scorer's text form.
    #[error("a scorer is written external, archive, or like messages:2+bits:10, not {0:?}")]
    Scorer(String),
    /// Not a rating's text form.
    #[error("a rating is written sum, best, rate or elo:START:K:NEIGHBOURS:PERIOD, not {0:?}")]
    Rating(String),
}

/// Why a text is not a source's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a source's name is 1 to {NAME_BYTES} bytes of text without control characters")]
pub struct NameError;
