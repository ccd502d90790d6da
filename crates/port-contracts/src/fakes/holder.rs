//! A key holder that signs nothing.

use std::sync::{Mutex, PoisonError};

use domain::model::{KeyId, KeyRing, SigningKey, Timestamp};
use domain::ports::{BoxError, KeyHolder};

/// Numbers the keys that it generates, and remembers the last ring.
#[derive(Debug, Default)]
pub struct FakeHolder {
    made: Mutex<u64>,
    held: Mutex<Option<KeyRing>>,
    /// Prefix of the number, so that several holders generate different keys.
    name: String,
}

impl FakeHolder {
    /// A holder whose keys have ids that begin with `name`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The ids of the keys in the ring, oldest first.
    #[must_use]
    pub fn held(&self) -> Vec<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().flat_map(KeyRing::keys).map(|key| key.id.to_string()).collect()
    }
}

impl KeyHolder for FakeHolder {
    fn generate(&self, now: Timestamp) -> Result<SigningKey, BoxError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        *made += 1;
        let id = KeyId::parse(format!("{}{made}", self.name))?;
        Ok(SigningKey { pkcs8: id.as_str().into(), id, created_at: now })
    }

    fn hold(&self, ring: &KeyRing) -> Result<(), BoxError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(ring.clone());
        Ok(())
    }
}
