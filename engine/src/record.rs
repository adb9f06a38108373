//! What is stored: the records of a commit, and what a start reads back. Their meaning is executable in `image.rs`. How
//! they are laid out in a store is the server's affair; those that are not plain rows can be encoded by the codec.

use scorelay_protocol::codec::{Decode, DecodeError, Decoder, Encode, EncodeError, Encoder, impl_borrow_decode};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, Stamp, UnixMillis};
use scorelay_protocol::link::BoardDef;
use scorelay_protocol::score::Units;

use crate::input::{SourceKey, SourceName};
use crate::kept_off::EntityHash;
use crate::periods::Playing;
use crate::rating::Rating;
use crate::scorer::Scorer;

/// Everything that changed since the commit before; to be stored whole or not at all. No row, board or source is named
/// twice in it, but `dropped` boards may have rows in the store that `rows` does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Boards that are gone with all their rows. Their numbers are not used again.
    pub dropped: Vec<BoardNo>,
    /// The boards, if any changed: replaces what was stored.
    pub catalog: Option<Catalog>,
    /// Rows as they now stand, by board.
    pub rows: Vec<RowRecord>,
    /// Players of open rating periods as they now stand.
    pub players: Vec<PlayerRecord>,
    /// When boards' seasons end, where that changed.
    pub seasons: Vec<(BoardNo, UnixMillis)>,
    /// Profiles as they now stand.
    pub profiles: Vec<ProfileRecord>,
    /// Who is kept off, if that changed: replaces what was stored.
    pub kept_off: Option<StoredKeptOff>,
    /// Sources' watermarks as they now stand. They cover exactly the events whose effects are in this commit and in
    /// those before.
    pub watermarks: Vec<WatermarkRecord>,
    /// The number that the next link batch will have.
    pub next_batch: BatchSeq,
    /// The engine's time.
    pub clock: UnixMillis,
}

/// One row of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRecord {
    /// The board.
    pub board: BoardNo,
    /// Whose row.
    pub entity: Entity,
    /// Score and when it was reached; `None` where there is no such row any more.
    pub row: Option<(Units, Stamp)>,
}

/// One player of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerRecord {
    /// The board.
    pub board: BoardNo,
    /// Who plays.
    pub entity: Entity,
    /// What of its open period; `None` where it plays none any more.
    pub playing: Option<Playing>,
}

/// One profile of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRecord {
    /// Whose.
    pub entity: Entity,
    /// `None` where nothing is known any more.
    pub profile: Option<StoredProfile>,
}

/// What is known of an entity besides its scores.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredProfile {
    /// The name as people see it; empty where nobody has said it.
    pub name: String,
    /// Where a picture is.
    pub avatar: Option<String>,
    /// Marks beside the name.
    pub badges: Vec<String>,
    /// Where it stood on boards when their ranks were last remembered; 1-based.
    pub ranks: Vec<(BoardNo, u32)>,
}

/// Who is kept off boards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredKeptOff {
    /// Entities, and off which board by its id; `None` for all.
    pub banned: Vec<(Entity, Option<String>)>,
    /// Keyed hashes of erased entities.
    pub erased: Vec<EntityHash>,
}

/// One watermark of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatermarkRecord {
    /// The source and its numbering.
    pub source: SourceKey,
    /// The last event that counts, and when it came; `None` where the source is forgotten.
    pub mark: Option<(u64, UnixMillis)>,
}

/// All boards that have rows in the store, and the number for the next one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalog {
    /// By number.
    pub boards: Vec<StoredBoard>,
    /// Greater than every number ever given.
    pub next: BoardNo,
}

/// A board in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBoard {
    /// Its number, uid and description.
    pub def: BoardDef,
    /// How its points came about.
    pub scorer: Scorer,
    /// How its scores came about.
    pub rating: Rating,
    /// Whether it is no longer configured: its rows are kept but not served.
    pub retired: bool,
}

/// What a start reads from the store, but for the rows. The default is that of an empty store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The boards.
    pub catalog: Catalog,
    /// Players of open rating periods.
    pub players: Vec<(BoardNo, Entity, Playing)>,
    /// When boards' seasons end.
    pub seasons: Vec<(BoardNo, UnixMillis)>,
    /// Profiles, of entities without a row too.
    pub profiles: Vec<(Entity, StoredProfile)>,
    /// Who is kept off.
    pub kept_off: StoredKeptOff,
    /// Watermarks, and when the last event of each source came.
    pub watermarks: Vec<(SourceKey, u64, UnixMillis)>,
    /// The last commit's.
    pub next_batch: BatchSeq,
    /// The last commit's.
    pub clock: UnixMillis,
}

/// A row in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// The board.
    pub board: BoardNo,
    /// Whose row.
    pub entity: Entity,
    /// Score in the board's units.
    pub score: Units,
    /// When it was reached.
    pub stamp: Stamp,
}

/// The definition, scorer and rating as text, then whether it is retired.
impl Encode for StoredBoard {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.def.encode(encoder)?;
        self.scorer.to_string().encode(encoder)?;
        self.rating.to_string().encode(encoder)?;
        self.retired.encode(encoder)
    }
}

impl<C> Decode<C> for StoredBoard {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let def = BoardDef::decode(decoder)?;
        let scorer = String::decode(decoder)?.parse().map_err(|_| DecodeError::Other("not a scorer"))?;
        let rating = String::decode(decoder)?.parse().map_err(|_| DecodeError::Other("not a rating"))?;
        Ok(Self { def, scorer, rating, retired: bool::decode(decoder)? })
    }
}
impl_borrow_decode!(StoredBoard);

/// The boards, then the next number.
impl Encode for Catalog {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.boards.encode(encoder)?;
        self.next.encode(encoder)
    }
}

impl<C> Decode<C> for Catalog {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Ok(Self { boards: Vec::decode(decoder)?, next: BoardNo::decode(decoder)? })
    }
}
impl_borrow_decode!(Catalog);

/// The name, then the incarnation.
impl Encode for SourceKey {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.name.as_str().encode(encoder)?;
        self.incarnation.encode(encoder)
    }
}

impl<C> Decode<C> for SourceKey {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let name = SourceName::new(&String::decode(decoder)?).map_err(|_| DecodeError::Other("not a source's name"))?;
        Ok(Self { name, incarnation: u128::decode(decoder)? })
    }
}
impl_borrow_decode!(SourceKey);

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::codec::{decode_link, encode};

    #[test]
    fn records_come_back_and_nonsense_is_an_error() {
        let def = BoardDef {
            board: BoardNo(3),
            uid: 9,
            id: "chat".into(),
            title: "Chat".into(),
            unit: "messages".into(),
            decimals: 2,
            synthetic: true,
        };
        let board = StoredBoard { def, scorer: Scorer::messages(5), rating: Rating::Sum, retired: true };
        let catalog = Catalog { boards: vec![board], next: BoardNo(4) };
        assert_eq!(decode_link::<Catalog>(&encode(&catalog)).ok(), Some(catalog.clone()));
        let key = SourceKey { name: SourceName::new("irc").unwrap(), incarnation: u128::MAX - 1 };
        assert_eq!(decode_link::<SourceKey>(&encode(&key)).ok(), Some(key));

        let bytes = encode(&catalog);
        for cut in 0..bytes.len() {
            assert!(decode_link::<Catalog>(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(decode_link::<SourceKey>(&encode(&("", 1u128))).is_err());
    }
}
