//! Events that were not filed yet.
//!
//! What a commit costs grows with the pages that it touches. Events of many trails that are told at the same time
//! would touch a page or two each, in the table where they belong; told one after the other, whatever their trails,
//! they share a few. So that is done first, and now and then all of them are filed at once.

use domain::model::{Seq, Trail};
use domain::ports::StoreError;
use redb::{ReadTransaction, ReadableTable, StorageError, Table};

use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::{AUDIT_EVENTS, AUDIT_RECENT};

/// How many events wait to be filed: so many that those of a trail share a page, and so few that others hardly
/// wait for it.
pub(super) const RECENT: u64 = 512;

type Recent<'tx> = Table<'tx, (u64, &'static str, u64), &'static [u8]>;
type Events<'tx> = Table<'tx, (&'static str, u64), &'static [u8]>;

/// The place of an event, and its JSON.
type Found = (u64, Vec<u8>);

/// Files all of `recent`.
pub(super) fn file(recent: &mut Recent<'_>, events: &mut Events<'_>) -> Result<(), StorageError> {
    let mut all = Vec::new();
    for entry in recent.iter()? {
        let (key, json) = entry?;
        let (_, trail, seq) = key.value();
        all.push((trail.to_owned(), seq, json.value().to_owned()));
    }
    // Neighbours one after the other.
    all.sort_unstable();
    for (trail, seq, json) in &all {
        events.insert((trail.as_str(), *seq), json.as_slice())?;
    }
    recent.retain(|_, _| false)
}

/// The events of `trail` after `last` that were not filed. None of its filed ones comes after them.
pub(super) fn recent_after<E>(
    tx: &ReadTransaction,
    trail: &Trail,
    last: Seq,
) -> Result<impl Iterator<Item = Result<Found, Stop<E>>>, Stop<E>> {
    let recent = tx.open_table(AUDIT_RECENT)?;
    let trail = trail.key().to_owned();
    let of_it = recent.range::<(u64, &str, u64)>(..)?.filter_map(move |entry| {
        let (key, json) = match entry {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error.into())),
        };
        let (_, of, seq) = key.value();
        (of == trail && seq > last.get()).then(|| Ok((seq, json.value().to_owned())))
    });
    Ok(of_it)
}

impl EmbeddedStore {
    /// Files all events when there are some of `trail` up to the place `through` that are not.
    pub(crate) async fn file_events(&self, trail: &Trail, through: Seq) -> Result<(), StoreError> {
        let own = trail.clone();
        let first = self.scan(move |tx| recent_after(tx, &own, Seq::START)?.next().transpose());
        if first.await?.is_none_or(|(seq, _)| seq > through.get()) {
            return Ok(());
        }
        self.write(|tx| {
            let mut recent = tx.open_table(AUDIT_RECENT)?;
            Ok(file(&mut recent, &mut tx.open_table(AUDIT_EVENTS)?)?)
        })
        .await
    }
}
