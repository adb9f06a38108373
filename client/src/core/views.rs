//! The views of a client: windows of ranks on boards, and what they show of the replicas.
//!
//! When a connection is lost a view holds on to what it showed, until the next one has sent its window whole: what
//! is shown never mixes two ticks. Which pages are watched for them is decided in [`super::mask`].

use scorelay_protocol::feed::BoardInfo;
use scorelay_protocol::ids::{BoardNo, PageNo};

use super::apply::Changes;
use super::client::CommandError;
use super::replica::Replica;
use super::sorted::{Map, Set};
use super::view::{LevelPage, LevelView, Presence, RankedRow, ViewId, ViewSnapshot, WINDOW_ROWS};

/// Views by id.
#[derive(Debug, Default)]
pub(crate) struct Views {
    views: Map<ViewId, View>,
    given: u32,
}

#[derive(Debug)]
struct View {
    board: String,
    /// First and last rank, 1-based, both included.
    from: u32,
    to: u32,
    /// The number its board had when last looked at.
    number: Option<BoardNo>,
    held: Option<ViewSnapshot>,
}

impl Views {
    pub(crate) fn insert(&mut self, board: &str, from: u32, to: u32) -> Result<ViewId, CommandError> {
        check_window(from, to)?;
        self.given += 1;
        let id = ViewId(self.given);
        self.views.insert(id, View { board: board.to_owned(), from, to, number: None, held: None });
        Ok(id)
    }

    pub(crate) fn set_window(&mut self, id: ViewId, from: u32, to: u32) -> Result<bool, CommandError> {
        check_window(from, to)?;
        let view = self.views.get_mut(&id).ok_or(CommandError::UnknownView)?;
        let moved = (view.from, view.to) != (from, to);
        (view.from, view.to) = (from, to);
        Ok(moved)
    }

    pub(crate) fn remove(&mut self, id: ViewId) -> bool {
        self.views.remove(&id).is_some()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = ViewId> {
        self.views.keys().copied()
    }

    /// The windows: board id and pages, in the order the views were made.
    pub(crate) fn windows(&self) -> impl Iterator<Item = (&str, std::ops::RangeInclusive<u32>)> {
        self.views.values().map(|view| (view.board.as_str(), pages(view)))
    }

    /// Just before the replica gives up its mask.
    pub(crate) fn hold(&mut self, replica: &Replica) {
        for view in self.views.values_mut() {
            let now = shown(view, replica);
            if !now.held && now.rows.iter().any(Option::is_some) {
                view.held = Some(ViewSnapshot { complete: false, held: true, ..now });
            }
        }
    }

    /// Lets go of what is held where the replica now has all there is, and gives the views that look different.
    /// `mask_sent` tells whether the mask is as the views want it.
    pub(crate) fn after(&mut self, changes: &Changes, replica: &Replica, mask_sent: bool) -> Set<ViewId> {
        let mut changed = Set::default();
        for (id, view) in self.views.iter_mut() {
            let number = replica.directory.number(&view.board);
            let mut dirty = std::mem::replace(&mut view.number, number) != number;
            if let Some(number) = number {
                let (first, last) = pages(view).into_inner();
                let window = (number, PageNo(first))..=(number, PageNo(last));
                dirty |= changes.pages.meets(window) || changes.totals.contains(&number);
            }
            if let Some(before) = &changes.directory_before {
                dirty |= before.lookup(&view.board) != replica.directory.lookup(&view.board);
                dirty |= before.level() != replica.directory.level();
            }
            if view.held.is_some() && mask_sent && settled(view, replica) {
                view.held = None;
                dirty = true;
            }
            if dirty && view.held.is_none() {
                changed.insert(*id);
            }
        }
        changed
    }

    /// What there is to see.
    pub(crate) fn snapshot(&self, id: ViewId, replica: &Replica) -> Option<ViewSnapshot> {
        self.views.get(&id).map(|view| shown(view, replica))
    }

    /// The same in place, where the window is complete.
    pub(crate) fn level<'a>(&self, id: ViewId, replica: &'a Replica) -> Option<LevelView<'a>> {
        let view = self.views.get(&id)?;
        if view.held.is_some() || !replica.directory.usable() {
            return None;
        }
        let board = replica.directory.lookup(&view.board)?;
        let numbers = pages(view);
        let mut level = Vec::with_capacity(numbers.size_hint().0);
        for page in numbers.map(PageNo) {
            let (rows, version) = replica.pages.level_page((board.board, page))?;
            level.push(LevelPage { version, rows: rows.get(slots(view, page, rows.len())).unwrap_or_default() });
            if rows.len() < PageNo::ROWS as usize {
                break;
            }
        }
        let total = replica.directory.total(board.board);
        let (epoch, platforms) = (replica.position?.epoch, replica.platforms.names());
        Some(LevelView { epoch, platforms, board, total, from: view.from, pages: level })
    }
}

/// The slots of a page with so many rows that lie in the window; they may be past its end.
fn slots(view: &View, page: PageNo, rows: usize) -> std::ops::Range<usize> {
    let first = page.first_index();
    let from = (view.from - 1).saturating_sub(first) as usize;
    from..rows.min((view.to - first) as usize)
}

fn check_window(from: u32, to: u32) -> Result<(), CommandError> {
    if from == 0 || to < from {
        return Err(CommandError::BadWindow { from, to });
    }
    if to - from >= WINDOW_ROWS { Err(CommandError::TooWide { most: WINDOW_ROWS }) } else { Ok(()) }
}

/// First to last page of the window.
fn pages(view: &View) -> std::ops::RangeInclusive<u32> {
    PageNo::of_index(view.from - 1).0..=PageNo::of_index(view.to - 1).0
}

/// Whether the replica has all that the mask will bring for the view.
fn settled(view: &View, replica: &Replica) -> bool {
    let watched_is_level = |number: BoardNo, page: u32| {
        let key = (number, PageNo(page));
        replica.pages.added(key).is_none() || replica.pages.level_rows(key).is_some()
    };
    replica.directory.level()
        && replica
            .directory
            .number(&view.board)
            .is_none_or(|number| pages(view).all(|page| watched_is_level(number, page)))
}

fn shown(view: &View, replica: &Replica) -> ViewSnapshot {
    if let Some(held) = &view.held {
        return clipped(view, held);
    }
    match replica.directory.lookup(&view.board) {
        Some(info) => drawn(view, info, replica),
        None => empty(view, if replica.directory.level() { Presence::Absent } else { Presence::Unknown }),
    }
}

fn empty(view: &View, presence: Presence) -> ViewSnapshot {
    ViewSnapshot {
        board: view.board.clone(),
        presence,
        title: String::new(),
        unit: String::new(),
        decimals: 0,
        synthetic: false,
        total: 0,
        from: view.from,
        rows: Vec::new(),
        complete: false,
        held: false,
    }
}

/// The part of what is held that lies in the window as it is now.
fn clipped(view: &View, held: &ViewSnapshot) -> ViewSnapshot {
    let row = |rank: u32| {
        let index = rank.checked_sub(held.from)?;
        held.rows.get(usize::try_from(index).ok()?)?.clone()
    };
    let rows = (view.from..=view.to.min(held.total)).map(row).collect();
    ViewSnapshot { from: view.from, rows, ..held.clone() }
}

fn drawn(view: &View, info: &BoardInfo, replica: &Replica) -> ViewSnapshot {
    let total = replica.directory.total(info.board);
    let (mut rows, mut complete) = (Vec::new(), replica.directory.usable());
    for page in pages(view) {
        let page = PageNo(page);
        let first = page.first_index() + 1;
        let ranks = first.max(view.from)..=first.saturating_add(PageNo::ROWS - 1).min(view.to);
        let known = replica.pages.level_rows((info.board, page)).filter(|_| replica.directory.usable());
        if let Some(known) = known {
            let place = |rank: u32| known.get((rank - first) as usize).map(|row| (rank, row));
            rows.extend(ranks.map_while(place).map(|(rank, row)| {
                let entity = replica.platforms.entity(&row.entity)?;
                Some(RankedRow { rank, entity, score: row.score })
            }));
            if known.len() < PageNo::ROWS as usize {
                break;
            }
        } else {
            complete = false;
            rows.extend(ranks.take_while(|rank| *rank <= total).map(|_| None));
        }
    }
    let BoardInfo { title, unit, decimals, synthetic, .. } = info.clone();
    let presence = Presence::Present;
    ViewSnapshot { title, unit, decimals, synthetic, total, rows, complete, ..empty(view, presence) }
}
