//! Versions of the store's layout, and the steps from each to the next. A store of an older version is brought up to
//! date when it is opened, one durable step at a time; one of a newer version is left alone.

use fjall::{Database, Keyspace, OwnedWriteBatch, PersistMode};

use super::{StoreError, keys};

/// One step: puts what it changes into the batch, which becomes durable together with the new version.
pub(super) type Migration = fn(&Keyspace, &mut OwnedWriteBatch) -> Result<(), StoreError>;

/// The step at index `i` leads from schema `i + 1` to `i + 2`. Steps are only ever added.
pub(super) const MIGRATIONS: &[Migration] = &[
    // Players of rating periods, ends of seasons and who is kept off: records of new kinds, which a program of the
    // first version would leave out. Nothing that was there changes.
    |_, _| Ok(()),
];

/// Brings a store to the version after the last of `migrations`.
///
/// # Errors
/// [`StoreError::Newer`], or what a step met.
pub(super) fn migrate(db: &Database, state: &Keyspace, migrations: &[Migration]) -> Result<(), StoreError> {
    let known = migrations.len() as u32 + 1;
    let mut version = match state.get(keys::SCHEMA)? {
        Some(bytes) => read(&bytes)?,
        None if state.is_empty()? => {
            return step(db, state, known, |_, _| Ok(()));
        }
        None => return Err(StoreError::damaged("it has records and no schema")),
    };
    if version > known || version == 0 {
        return Err(StoreError::Newer { folder: Default::default(), found: version, known });
    }
    while let Some(migration) = migrations.get(version as usize - 1) {
        version += 1;
        step(db, state, version, migration)?;
        tracing::info!(schema = version, "the store was brought to a newer schema");
    }
    Ok(())
}

fn step(
    db: &Database,
    state: &Keyspace,
    version: u32,
    change: impl Fn(&Keyspace, &mut OwnedWriteBatch) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut batch = db.batch().durability(Some(PersistMode::SyncAll));
    change(state, &mut batch)?;
    batch.insert(state, keys::SCHEMA, version.to_be_bytes());
    Ok(batch.commit()?)
}

fn read(bytes: &[u8]) -> Result<u32, StoreError> {
    let bytes = bytes.try_into().map_err(|_| StoreError::damaged("its schema is no number"))?;
    Ok(u32::from_be_bytes(bytes))
}
