//! [`SigningKeyRepo`]: the private keys of this installation.

use async_trait::async_trait;
use domain::model::{KeyId, SigningKey, Timestamp};
use domain::ports::{SigningKeyRepo, StoreError};
use redb::{ReadableTable, TableHandle, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::records::{decode, encode};
use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::SIGNING_KEYS;

#[async_trait]
impl SigningKeyRepo for EmbeddedStore {
    async fn first(&self, candidate: SigningKey) -> Result<SigningKey, StoreError> {
        self.write(move |tx| first(tx, candidate)).await
    }
}

/// A key as it is stored.
#[derive(Serialize, Deserialize)]
struct Record {
    id: KeyId,
    pkcs8: Vec<u8>,
    created_at: Timestamp,
}

fn first(tx: &WriteTransaction, candidate: SigningKey) -> Result<SigningKey, Stop<StoreError>> {
    let mut keys = tx.open_table(SIGNING_KEYS)?;
    if let Some((id, json)) = keys.first()? {
        let Record { id, pkcs8, created_at } =
            decode(SIGNING_KEYS.name(), id.value(), json.value())?;
        return Ok(SigningKey { id, pkcs8, created_at });
    }
    let SigningKey { id, pkcs8, created_at } = candidate.clone();
    let json = encode(&Record { id, pkcs8, created_at })?;
    keys.insert(candidate.id.as_str(), json.as_slice())?;
    Ok(candidate)
}
