//! The `demo` source: a crowd that does not exist, so that everything can be seen moving without a chat. Boards of a
//! core that has one are marked synthetic wherever they show. Who writes when is decided in `crowd.rs`.

mod crowd;

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use self::crowd::Crowd;
use crate::sources::{Sink, SourceError};

/// How the crowd is.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoConfig {
    /// Chatters who may appear.
    pub size: u32,
    /// Messages a second, outside of raids.
    pub rate: f64,
    /// Random seed: the same one makes the same crowd.
    pub seed: u64,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self { size: 2_000, rate: 200.0, seed: 1 }
    }
}

const STEP: Duration = Duration::from_millis(10);
/// After a pause of the whole process the crowd goes on from there instead of making up for it.
const MAX_STEP: Duration = Duration::from_millis(200);

/// Talks until the core closes.
pub(crate) async fn run(config: &DemoConfig, sink: &mut impl Sink) -> SourceError {
    let mut crowd = Crowd::new(config.size, config.seed);
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut owed = 0.0;
    let mut last = Instant::now();
    sink.up();
    loop {
        let now = steps.tick().await;
        let passed = now.duration_since(last).min(MAX_STEP);
        last = now;
        owed += passed.as_secs_f64() * config.rate * crowd.haste();
        while owed >= 1.0 {
            owed -= 1.0;
            if let Err(error) = sink.event(crowd.speak()).await {
                return error;
            }
        }
    }
}
