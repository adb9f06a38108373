//! What the client tells its owner: broadcasts, never answers of requests.
//!
//! Events only name what changed; the state is read from the client. So each kind is kept at most once, and an
//! owner who does not listen costs no memory.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;

use super::sorted::Set;
use super::view::ViewId;

/// Something to look at again. At most one per view or track for each message that arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// [`super::Client::status`] changed.
    StatusChanged,
    /// [`super::Client::directory`] changed.
    DirectoryChanged,
    /// [`super::Client::view`] of this view changed.
    ViewChanged(ViewId),
    /// [`super::Client::tracked`] of this entity changed.
    TrackChanged(Entity),
    /// [`super::Client::meet`] of this meet changed.
    #[cfg(feature = "meets")]
    MeetChanged(scorelay_protocol::meet::ids::MeetId),
    /// The relay refused something this client sent, and the connection lives on.
    Refused(WireError),
}

/// Events not yet taken.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) status: bool,
    pub(crate) directory: bool,
    pub(crate) views: Set<ViewId>,
    pub(crate) tracks: Set<Entity>,
    pub(crate) refused: Option<WireError>,
    #[cfg(feature = "meets")]
    pub(crate) meets: Set<scorelay_protocol::meet::ids::MeetId>,
}

impl Events {
    /// The next one, in a fixed order of kinds.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.status) {
            return Some(Event::StatusChanged);
        }
        if let Some(error) = self.refused.take() {
            return Some(Event::Refused(error));
        }
        if std::mem::take(&mut self.directory) {
            return Some(Event::DirectoryChanged);
        }
        if let Some(view) = self.views.pop_first() {
            return Some(Event::ViewChanged(view));
        }
        #[cfg(feature = "meets")]
        if let Some(meet) = self.meets.pop_first() {
            return Some(Event::MeetChanged(meet));
        }
        self.tracks.pop_first().map(Event::TrackChanged)
    }
}
