//! Names, pictures and badges beside the scores: what of an event is kept of them, and how they are asked for.

use std::sync::Arc;

use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::Profile;
use scorelay_protocol::ids::{BoardNo, Handle};
use scorelay_protocol::link::Batch;
use scorelay_protocol::people::{Known, Named};

use crate::batch::Who;
use crate::effects::Reply;
use crate::engine::Engine;
use crate::facts::Facts;
use crate::profiles::Seen;
use crate::record::StoredProfile;

impl Engine {
    /// What is known of an entity; `None` where it has no row on any board as of the last batch.
    pub fn profile(&self, entity: &Entity) -> Option<Known> {
        self.profiles.known(&self.boards, entity)
    }

    /// What is known of the entity of a handle, as of the last batch. What it stands for is shared, not copied.
    pub fn profile_of(&self, handle: Handle) -> Option<&Arc<StoredProfile>> {
        self.profiles.get(handle)
    }

    /// Whose name begins like this on a board, without case and accents: at most [`SEARCH_ROWS`], the best rank first,
    /// and whether there are more.
    ///
    /// [`SEARCH_ROWS`]: scorelay_protocol::limits::SEARCH_ROWS
    ///
    /// # Errors
    /// [`ErrorCode::NoSuchBoard`]
    pub fn search(&self, board: &str, name: &str) -> Result<(Vec<Named>, bool), WireError> {
        let machine = self.machine_of(board)?;
        Ok(self.profiles.search(&self.boards, self.number(machine), name))
    }

    /// Answers an [`crate::Input::Remember`].
    pub(crate) fn remember(&mut self, board: BoardNo, order: &[WireEntity], batches: &mut Vec<Batch>) -> Reply {
        self.cut(batches);
        if self.boards.board(board).is_none() {
            return Reply::Refused(WireError::new(ErrorCode::NoSuchBoard, "the board was emptied meanwhile"));
        }
        Reply::Remembered { rows: self.profiles.remember(&self.boards, board, order) }
    }

    /// Keeps the names of those who have a row, or may get one.
    pub(crate) fn look_at(&mut self, facts: &Facts<'_>) {
        if let Some(who) = self.open.known(&self.boards, facts.author) {
            self.profiles.saw(who, facts.author, facts.seen());
        }
        for (emote, name) in facts.emotes() {
            if let Some(who) = self.open.known(&self.boards, emote) {
                // Its picture was looked up with its name; making the address anew for each use would cost more than
                // scoring it.
                if matches!(who, Who::Known(handle) if self.profiles.is_called(handle, name)) {
                    continue;
                }
                let picture = self.emotes.picture(emote);
                let avatar = picture.as_deref().map(Some);
                self.profiles.saw(who, emote, Seen { name, badges: None, avatar });
            }
        }
    }

    /// Keeps what a source says of somebody, for a while also where that one has no row yet.
    pub(crate) fn take_profile(&mut self, profile: &Profile) {
        let seen = Seen::whole(profile);
        match self.open.known(&self.boards, &profile.entity) {
            Some(who) => self.profiles.saw(who, &profile.entity, seen),
            None if self.kept_off.is_erased(&profile.entity) => {}
            None => self.profiles.told(&profile.entity, seen),
        }
    }
}
