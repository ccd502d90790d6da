//! Records with an expiry: a table of records, and one of their keys in the order of expiry.

use domain::model::Timestamp;
use domain::ports::StoreError;
use redb::{ReadTransaction, WriteTransaction};

use crate::store::EmbeddedStore;
use crate::tables::{ExpiryIndex, Records};
use crate::tx_error::TxError;

/// Maximum number of records that one transaction of a sweep removes, so that other writers need
/// not wait for all of them.
const SWEEP_BATCH: usize = 1000;

/// The tables of records with an expiry.
#[derive(Clone, Copy)]
pub(crate) struct ExpiringTable {
    pub(crate) records: Records<'static>,
    pub(crate) expiries: ExpiryIndex,
}

/// An entry of the index: an expiry and its key.
type ExpiryEntry = (i64, String);

impl ExpiringTable {
    /// Inserts `record`, which expires at `new_expiry`, or replaces the one that expires at
    /// `expiry`.
    pub(crate) fn put(
        self,
        tx: &WriteTransaction,
        key: &str,
        expiry: Option<Timestamp>,
        record: &[u8],
        new_expiry: Timestamp,
    ) -> Result<(), TxError<StoreError>> {
        let mut expiries = tx.open_table(self.expiries)?;
        if let Some(expiry) = expiry {
            expiries.remove((expiry.unix_millis(), key))?;
        }
        expiries.insert((new_expiry.unix_millis(), key), ())?;
        tx.open_table(self.records)?.insert(key, record)?;
        Ok(())
    }

    /// Removes the records that still expire as `entries` say.
    pub(crate) fn remove(
        self,
        tx: &WriteTransaction,
        entries: &[ExpiryEntry],
    ) -> Result<(), TxError<StoreError>> {
        let mut expiries = tx.open_table(self.expiries)?;
        let mut records = tx.open_table(self.records)?;
        for (expiry, key) in entries {
            if expiries.remove((*expiry, key.as_str()))?.is_some() {
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
            let expired: Vec<ExpiryEntry> = store.read(|tx| self.expired(tx, now))?;
            if expired.is_empty() {
                return Ok(());
            }
            store.write(move |tx| self.remove(tx, &expired)).await?;
        }
    }

    /// The next entries that expired at or before `now`.
    fn expired(
        self,
        tx: &ReadTransaction,
        now: Timestamp,
    ) -> Result<Vec<ExpiryEntry>, TxError<StoreError>> {
        let expiries = tx.open_table(self.expiries)?;
        let expired = expiries.range(..(now.unix_millis() + 1, ""))?.take(SWEEP_BATCH);
        expired
            .map(|entry| {
                let entry = entry?.0;
                let (expiry, key) = entry.value();
                Ok((expiry, key.to_owned()))
            })
            .collect()
    }
}
