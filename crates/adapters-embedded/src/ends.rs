//! Records with an expiry: a table of records, and one of their keys in the order of expiry.

use domain::model::Timestamp;
use domain::ports::StoreError;
use redb::{ReadTransaction, WriteTransaction};

use crate::store::EmbeddedStore;
use crate::tables::{Ends, Records};
use crate::tx_error::TxError;

/// Maximum number of records that one transaction of a sweep removes, so that other writers need
/// not wait for all of them.
const SWEEP: usize = 1000;

/// The tables of records with an expiry.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) records: Records<'static>,
    pub(crate) ends: Ends,
}

/// An entry of the index: an expiry and its key.
type Entry = (i64, String);

impl Ending {
    /// Inserts `record`, which expires at `until`, or replaces the one that expires at `end`.
    pub(crate) fn put(
        self,
        tx: &WriteTransaction,
        key: &str,
        end: Option<Timestamp>,
        record: &[u8],
        until: Timestamp,
    ) -> Result<(), TxError<StoreError>> {
        let mut ends = tx.open_table(self.ends)?;
        if let Some(end) = end {
            ends.remove((end.unix_millis(), key))?;
        }
        ends.insert((until.unix_millis(), key), ())?;
        tx.open_table(self.records)?.insert(key, record)?;
        Ok(())
    }

    /// Removes the records that still expire as `entries` say.
    pub(crate) fn remove(
        self,
        tx: &WriteTransaction,
        entries: &[Entry],
    ) -> Result<(), TxError<StoreError>> {
        let mut ends = tx.open_table(self.ends)?;
        let mut records = tx.open_table(self.records)?;
        for (end, key) in entries {
            if ends.remove((*end, key.as_str()))?.is_some() {
                records.remove(key.as_str())?;
            }
        }
        Ok(())
    }

    /// Removes what expired at or before `now`.
    pub(crate) async fn sweep(
        self,
        store: &EmbeddedStore,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        loop {
            // A read is cheap; a sweep that finds nothing must not cost a commit.
            let ended: Vec<Entry> = store.read(|tx| self.ended(tx, now))?;
            if ended.is_empty() {
                return Ok(());
            }
            store.write(move |tx| self.remove(tx, &ended)).await?;
        }
    }

    /// The next entries that expired at or before `now`.
    fn ended(
        self,
        tx: &ReadTransaction,
        now: Timestamp,
    ) -> Result<Vec<Entry>, TxError<StoreError>> {
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
