//! The mask: which feeds the relay is asked for, worked out from views and tracked entities.
//!
//! Only pages that some view covers are in it. All changes since the last `Watch` go into one; the directory is in
//! from the first message on.

use scorelay_protocol::client::{Add, ClientMessage};
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{Generation, PageNo};
use scorelay_protocol::limits::MASK_FEEDS;

use super::pages::PageKey;
use super::replica::Replica;
use super::sorted::Set;
use super::views::Views;

/// The first `Watch` of a connection. It names no numbers and no known ticks, so it holds for whatever relay answers.
pub(crate) fn first_watch(replica: &mut Replica) -> ClientMessage {
    let generation = Generation(1);
    replica.sent = generation;
    replica.directory.add(generation);
    replica.tracks.expect_url();
    let mut add = vec![Add { feed: Feed::Directory, known: None }];
    add.extend(replica.tracks.add_missing(generation).into_iter().map(track));
    let remove = replica.tracks.take_out_unwanted().map(|entity| Feed::Track { entity: entity.clone() }).collect();
    ClientMessage::Watch { generation, remove, add }
}

/// The `Watch` that makes the mask what it should be; `None` if it is.
pub(crate) fn next_watch(replica: &mut Replica, views: &Views) -> Option<ClientMessage> {
    let generation = Generation(replica.sent.0.checked_add(1)?);
    let now = replica.tick();
    let wanted = wanted(replica, views);
    let watched: Set<PageKey> = replica.pages.watched().collect();

    let mut remove: Vec<Feed> = watched.difference(&wanted).copied().map(page).collect();
    watched.difference(&wanted).for_each(|key| replica.pages.release(*key, now));
    remove.extend(replica.tracks.take_leaving().into_iter().map(|entity| Feed::Track { entity }));

    let new = wanted.difference(&watched);
    let mut add: Vec<Add> =
        new.map(|key| Add { feed: page(*key), known: replica.pages.watch(*key, generation) }).collect();
    add.extend(replica.tracks.add_missing(generation).into_iter().map(track));
    replica.pages.evict();
    replica.directory.forget_counts(|board| replica.pages.watches(board));

    if remove.is_empty() && add.is_empty() {
        return None;
    }
    replica.sent = generation;
    Some(ClientMessage::Watch { generation, remove, add })
}

/// The pages under all views, as many as the mask takes; earlier views first.
fn wanted(replica: &Replica, views: &Views) -> Set<PageKey> {
    let room = replica.mask_feeds.min(MASK_FEEDS).saturating_sub(1 + replica.tracks.len() + replica.reserved);
    let mut wanted = Set::default();
    for (board, pages) in views.windows() {
        let Some(number) = replica.directory.number(board) else {
            continue;
        };
        for number_and_page in pages.map(|page| (number, PageNo(page))) {
            if wanted.len() == room {
                return wanted;
            }
            wanted.insert(number_and_page);
        }
    }
    wanted
}

fn page((board, page): PageKey) -> Feed {
    Feed::Page { board, page }
}

fn track(entity: scorelay_protocol::entity::Entity) -> Add {
    Add { feed: Feed::Track { entity }, known: None }
}
