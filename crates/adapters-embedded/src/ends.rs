//! Records that end: a table of them, and one of their keys in the order in which they end.

use domain::model::Timestamp;
use domain::ports::StoreError;
use redb::{ReadTransaction, WriteTransaction};

use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::{Ends, Records};

/// How many records a sweep removes at once, so that other writers need not wait for all of them.
const SWEEP: usize = 1000;

/// Records that end, and their ends.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) records: Records<'static>,
    pub(crate) ends: Ends,
}

/// An end and the key it belongs to, as the index has them.
type Entry = (i64, String);

impl Ending {
    /// Puts `record`, which ends at `until`, in the place of the one that ends at `end`.
    pub(crate) fn put(
        self,
        tx: &WriteTransaction,
        key: &str,
        end: Option<Timestamp>,
        record: &[u8],
        until: Timestamp,
    ) -> Result<(), Stop<StoreError>> {
        let mut ends = tx.open_table(self.ends)?;
        if let Some(end) = end {
            ends.remove((end.unix_millis(), key))?;
        }
        ends.insert((until.unix_millis(), key), ())?;
        tx.open_table(self.records)?.insert(key, record)?;
        Ok(())
    }

    /// Removes what still ends when `entries` say so.
    pub(crate) fn remove(
        self,
        tx: &WriteTransaction,
        entries: &[Entry],
    ) -> Result<(), Stop<StoreError>> {
        let mut ends = tx.open_table(self.ends)?;
        let mut records = tx.open_table(self.records)?;
        for (end, key) in entries {
            if ends.remove((*end, key.as_str()))?.is_some() {
                records.remove(key.as_str())?;
            }
        }
        Ok(())
    }

    /// Removes what ended at or before `now`.
    pub(crate) async fn sweep(
        self,
        store: &EmbeddedStore,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        loop {
            // A look costs nothing; a sweep that finds nothing must not cost a commit.
            let ended: Vec<Entry> = store.read(|tx| self.ended(tx, now))?;
            if ended.is_empty() {
                return Ok(());
            }
            store.write(move |tx| self.remove(tx, &ended)).await?;
        }
    }

    /// The next entries that ended at or before `now`.
    fn ended(self, tx: &ReadTransaction, now: Timestamp) -> Result<Vec<Entry>, Stop<StoreError>> {
        let ends = tx.open_table(self.ends)?;
        let ended = ends.range(..(now.unix_millis() + 1, ""))?.take(SWEEP);
        ended
            .map(|entry| {
                let entry = entry?.0;
                let (end, key) = entry.value();
                Ok((end, key.to_owned()))
            })
            .collect()
    }
}
