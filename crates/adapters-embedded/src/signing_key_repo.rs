//! [`SigningKeyRepo`]: the private keys of this installation.

use async_trait::async_trait;
use domain::model::{KeyId, SigningKey, Timestamp};
use domain::ports::{KeyPurpose, SigningKeyRepo, StoreError};
use redb::{ReadableTable, TableHandle, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::records::{decoded, encode};
use crate::store::EmbeddedStore;
use crate::tables::{AUDIT_KEYS, PAGE_KEYS, Records, SIGNING_KEYS};
use crate::tx_error::TxError;

#[async_trait]
impl SigningKeyRepo for EmbeddedStore {
    async fn append(
        &self,
        purpose: KeyPurpose,
        candidate: SigningKey,
        after: Option<&KeyId>,
    ) -> Result<SigningKey, StoreError> {
        let after = after.cloned();
        self.write(move |tx| append(tx, keys_for(purpose), candidate, after.as_ref())).await
    }

    async fn list(&self, purpose: KeyPurpose) -> Result<Vec<SigningKey>, StoreError> {
        let table = keys_for(purpose);
        let records: Vec<SigningKeyRecord> =
            self.read(|tx| in_order(table, &tx.open_table(*table)?))?;
        Ok(records.into_iter().map(SigningKeyRecord::into_key).collect())
    }

    async fn remove(&self, purpose: KeyPurpose, id: &KeyId) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |tx| {
            tx.open_table(*keys_for(purpose))?.remove(id.as_str())?;
            Ok(())
        })
        .await
    }
}

/// The table with the keys of a purpose.
fn keys_for(purpose: KeyPurpose) -> &'static Records<'static> {
    match purpose {
        KeyPurpose::Tokens => &SIGNING_KEYS,
        KeyPurpose::Audit => &AUDIT_KEYS,
        KeyPurpose::Pages => &PAGE_KEYS,
    }
}

/// Stored form of a key.
#[derive(Serialize, Deserialize)]
struct SigningKeyRecord {
    id: KeyId,
    /// The ordinal number of the key, in the order of creation.
    #[serde(default = "SigningKeyRecord::first_generation")]
    generation: u64,
    pkcs8: Vec<u8>,
    created_at: Timestamp,
}

impl SigningKeyRecord {
    /// The number of the only key in stores of versions without rotation.
    fn first_generation() -> u64 {
        1
    }

    fn into_key(self) -> SigningKey {
        let Self { id, pkcs8, created_at, .. } = self;
        SigningKey { id, pkcs8, created_at }
    }
}

/// All keys, oldest first.
fn in_order(
    table: &'static Records<'static>,
    keys: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Vec<SigningKeyRecord>, TxError<StoreError>> {
    let records = decoded(keys.iter()?, table.name());
    let mut records: Vec<SigningKeyRecord> = records.collect::<Result<_, TxError<StoreError>>>()?;
    records.sort_by_key(|record| record.generation);
    Ok(records)
}

fn append(
    tx: &WriteTransaction,
    table: &'static Records<'static>,
    candidate: SigningKey,
    after: Option<&KeyId>,
) -> Result<SigningKey, TxError<StoreError>> {
    let mut keys = tx.open_table(*table)?;
    let mut records = in_order(table, &keys)?;
    let newest = records.last().map_or(0, |newest| newest.generation);
    let wanted = match after {
        None => 0,
        Some(after) => match records.iter().position(|record| record.id == *after) {
            Some(position) => position + 1,
            None => records.len().saturating_sub(1),
        },
    };
    if wanted < records.len() {
        return Ok(records.swap_remove(wanted).into_key());
    }
    let SigningKey { id, pkcs8, created_at } = candidate.clone();
    let json = encode(&SigningKeyRecord { id, generation: newest + 1, pkcs8, created_at })?;
    keys.insert(candidate.id.as_str(), json.as_slice())?;
    Ok(candidate)
}
