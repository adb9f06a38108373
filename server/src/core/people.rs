//! What relays ask about entities. The engine knows it all in memory, so each is answered at once; how often searches
//! come is limited by the relays.

use scorelay_engine::Engine;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use scorelay_protocol::people::{PeopleAnswer, PeopleRequest};
use scorelay_relay::core::outlet::About;
use scorelay_relay::shell::links::PeerId;

use super::run::Core;

impl Core {
    /// Answers a link's question about entities.
    pub(super) fn people_ask(&mut self, peer: PeerId, id: u64, body: &[u8]) {
        if let Some(link) = self.peers.link(peer) {
            let result = answer(&self.engine, body).map(|answer| codec::encode(&answer));
            self.outlet.answer(link, About::People, id, result);
        }
    }
}

fn answer(engine: &Engine, body: &[u8]) -> Result<PeopleAnswer, WireError> {
    let request =
        codec::decode_client(body).map_err(|error| WireError::new(ErrorCode::Malformed, error.to_string()))?;
    match request {
        PeopleRequest::Profiles(entities) if entities.len() > limits::PROFILES_ASKED => {
            let text = format!("{} entities, where at most {} are asked for", entities.len(), limits::PROFILES_ASKED);
            Err(WireError::new(ErrorCode::BadRange, text))
        }
        PeopleRequest::Profiles(entities) => {
            Ok(PeopleAnswer::Profiles(entities.iter().filter_map(|entity| engine.profile(entity)).collect()))
        }
        PeopleRequest::Search { name, .. } if name.len() > limits::SEARCH_BYTES => {
            let text =
                format!("a name of {} bytes, where at most {} are searched for", name.len(), limits::SEARCH_BYTES);
            Err(WireError::new(ErrorCode::BadRange, text))
        }
        PeopleRequest::Search { board, name } => {
            let (people, more) = engine.search(&board, &name)?;
            Ok(PeopleAnswer::Found { people, more })
        }
    }
}
