//! Everything the client holds of a relay's state, and how it passes from one connection to the next.
//!
//! A connection to the same epoch keeps contents and numbers; any other begins with nothing. How a tick changes it
//! is in [`super::apply`].

use scorelay_protocol::client::Welcome;
use scorelay_protocol::ids::{Generation, Position, TickNo};
use scorelay_protocol::tick::Freshness;

use super::apply::Misfit;
use super::directory::Directory;
use super::pages::Pages;
use super::platforms::Platforms;
use super::tracks::Tracks;

/// Replicas of all feeds and where they stand.
#[derive(Debug)]
pub(crate) struct Replica {
    /// The tick that all level feeds are at; kept after a connection is lost, to resume from.
    pub(crate) position: Option<Position>,
    /// The last `Watch` the relay has said to have taken in.
    pub(crate) echoed: Generation,
    /// The last `Watch` sent.
    pub(crate) sent: Generation,
    pub(crate) freshness: Freshness,
    /// Most feeds of a mask on this connection.
    pub(crate) mask_feeds: usize,
    /// Feeds of the mask that are kept free of pages, for what is not on boards.
    pub(crate) reserved: usize,
    pub(crate) platforms: Platforms,
    pub(crate) directory: Directory,
    pub(crate) pages: Pages,
    pub(crate) tracks: Tracks,
}

impl Replica {
    pub(crate) fn new() -> Self {
        Self {
            position: None,
            echoed: Generation(0),
            sent: Generation(0),
            freshness: Freshness::Live,
            mask_feeds: 0,
            reserved: 0,
            platforms: Platforms::default(),
            directory: Directory::default(),
            pages: Pages::default(),
            tracks: Tracks::default(),
        }
    }

    /// The tick it stands at.
    pub(crate) fn tick(&self) -> TickNo {
        self.position.map_or(TickNo(0), |position| position.tick)
    }

    /// The connection is gone: the mask is empty, contents stay.
    pub(crate) fn lost(&mut self) {
        self.tracks.release_all(&self.directory);
        self.pages.release_all(self.tick());
        self.directory.lost();
        (self.echoed, self.sent) = (Generation(0), Generation(0));
    }

    /// What it holds is not to be built upon.
    pub(crate) fn forget(&mut self) {
        self.position = None;
        self.pages.clear();
        self.directory.restart(false);
        self.platforms.restart(false);
    }

    /// Takes in how the relay greets a connection that asked to resume from the present position.
    pub(crate) fn welcome(&mut self, welcome: &Welcome) -> Result<(), Misfit> {
        if welcome.resumed {
            let held = self.position.ok_or(Misfit("resumed what was not asked for"))?;
            if held.epoch != welcome.position.epoch || held.tick > welcome.position.tick {
                return Err(Misfit("resumed at another position"));
            }
        } else {
            self.forget();
        }
        self.position = Some(welcome.position);
        self.mask_feeds = usize::try_from(welcome.mask_feeds).unwrap_or(usize::MAX);
        self.freshness = Freshness::Live;
        self.directory.restart(welcome.resumed);
        self.platforms.restart(welcome.resumed);
        self.tracks.welcome(welcome.tracked.clone())
    }
}
