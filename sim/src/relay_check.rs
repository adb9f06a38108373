//! What must hold of a relay at every moment: its replica is in a state that the core once showed, and it says that it
//! is stale where its way to the core is down, and only there. Written down here too: what each tick stood for.

use scorelay_protocol::ids::{RelayEpoch, TickNo};
use scorelay_relay::core::hub::Hub;

use crate::clock::Moment;
use crate::event::Party;
use crate::history::Version;
use crate::report::Oracle;
use crate::same;
use crate::stage::Stage;
use crate::ticks::TickRecord;

/// The account of one run of a relay.
#[derive(Debug)]
pub struct RelayCheck {
    no: usize,
    /// The run's epoch.
    pub epoch: RelayEpoch,
    /// When it began.
    pub began: Moment,
    /// Who is above, while there is a link.
    pub above: Option<Party>,
    /// Since when there is, or is not, a link.
    pub since: Moment,
    /// When it was last level.
    pub level_at: Moment,
    checked: Option<Version>,
    /// Whether it is level, and whether it was before on this link.
    level: (bool, bool),
}

impl RelayCheck {
    /// A run begins.
    pub fn new(no: usize, epoch: RelayEpoch, stage: &mut Stage) -> Self {
        let now = stage.now();
        stage.ticks.begin(epoch, now, now.wall());
        Self { no, epoch, began: now, above: None, since: now, level_at: now, checked: None, level: (false, false) }
    }

    /// The link above came about.
    pub fn connected(&mut self, now: Moment, above: Option<Party>) {
        (self.above, self.since, self.level) = (above, now, (false, false));
    }

    /// The link above is gone.
    pub fn disconnected(&mut self, now: Moment) {
        (self.above, self.since) = (None, now);
    }

    /// Something came from above.
    pub fn moved(&mut self, stage: &mut Stage, hub: &Hub) {
        let version = hub.boards().map(|set| Version { core: set.core(), seq: set.seq() });
        let (was, before) = self.level;
        if hub.level() && !was {
            *if before { &mut stage.counts.lags } else { &mut stage.counts.joins } += 1;
        }
        self.level = (hub.level(), before || hub.level());
        if hub.level() {
            self.level_at = stage.now();
        }
        if stage.ticks.moved(self.epoch, stage.agenda.now(), version)
            && let Some(version) = version
            && stage.history.state(version).is_none()
        {
            let what = format!("relay {} is at {version:?}, where the core never was", self.no + 1);
            stage.fail(Oracle::Replica, what);
        }
    }

    /// It published a tick.
    pub fn ticked(&mut self, stage: &mut Stage, hub: &Hub, tick: TickNo) {
        let version = hub.boards().map(|set| Version { core: set.core(), seq: set.seq() });
        let (at, stale) = (stage.now(), hub.stale_since());
        stage.ticks.record(self.epoch, tick, TickRecord { at, version, stale });
        self.compare(stage, hub);
        self.freshness(stage, hub);
    }

    /// Holds the whole replica against the state it says it is in, unless that was done already.
    pub fn compare(&mut self, stage: &mut Stage, hub: &Hub) {
        let Some(set) = hub.boards() else { return };
        let version = Version { core: set.core(), seq: set.seq() };
        if self.checked.replace(version) == Some(version) {
            return;
        }
        let Some(state) = stage.history.state(version) else { return };
        let hidden = stage.kept_off.check_boards(set, state.nth);
        if let Err(what) = same::same(set, state) {
            stage.fail(Oracle::Replica, format!("relay {}, batch {}: {what}", self.no + 1, version.seq));
        }
        if let Err(what) = hidden {
            stage.fail(Oracle::Moderation, format!("relay {}, batch {}: {what}", self.no + 1, version.seq));
        }
    }

    /// Without a link it is stale, since then or earlier; once level under a core or a live relay it is not.
    pub fn freshness(&self, stage: &mut Stage, hub: &Hub) {
        let wrong = match (hub.stale_since(), self.above) {
            (None, None) => Some("says that it is live without a link".to_owned()),
            (Some(since), _) if since > stage.now().wall() => Some(format!("is stale since {since}, which is to come")),
            (Some(since), None) if since > self.since.wall() => {
                Some(format!("is stale since {since}, but lost its link at {}", self.since))
            }
            (Some(_), Some(Party::Core)) if hub.level() => Some("is level under the core but says stale".to_owned()),
            (None, Some(_)) if hub.boards().is_none() => Some("says that it is live without boards".to_owned()),
            _ => None,
        };
        if let Some(what) = wrong {
            let (relay, began) = (self.no + 1, self.began);
            stage.fail(Oracle::Freshness, format!("relay {relay} (since {began}) {what}"));
        }
    }
}
