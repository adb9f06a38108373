//! One board's machine: what it is called, what events are worth on it, and what of its rating waits for time. It holds
//! no rows; those stand in the `BoardSet`, and what changes before the next cut in `batch.rs`.

use scorelay_protocol::ids::BoardNo;

use crate::config::BoardConfig;
use crate::periods::Clockwork;
use crate::scoring::limiter::Limiter;
use crate::season::Running;

/// A configured board under its number.
#[derive(Debug)]
pub(crate) struct BoardMachine {
    /// The core's number for it.
    pub(crate) no: BoardNo,
    /// What it is.
    pub(crate) config: BoardConfig,
    /// What its rating waits for.
    pub(crate) clockwork: Clockwork,
    /// Who counts again when.
    pub(crate) limiter: Option<Limiter>,
    /// When it closes into an archive, if it does.
    pub(crate) season: Option<Running>,
}

impl BoardMachine {
    /// A board's machine.
    pub(crate) fn new(no: BoardNo, config: BoardConfig) -> Self {
        let clockwork = Clockwork::new(config.rating, config.decimals);
        let limiter = Limiter::new(config.pace.cooldown_ms, config.pace.max_per_minute);
        let season = config.season.as_ref().and_then(Running::new);
        Self { no, clockwork, limiter, season, config }
    }
}
