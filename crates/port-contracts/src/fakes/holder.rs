//! A fake [`KeyHolder`], which signs nothing.

use std::sync::{Mutex, PoisonError};

use domain::model::{KeyId, KeyRing, SigningKey, Timestamp};
use domain::ports::{BoxError, KeyHolder};

/// Generates numbered keys, and keeps the last key ring.
#[derive(Debug, Default)]
pub struct FakeKeyHolder {
    generated: Mutex<u64>,
    held: Mutex<Option<KeyRing>>,
    /// Precedes the number in a key id, so that several holders generate different keys.
    prefix: String,
}

impl FakeKeyHolder {
    /// A holder whose key ids begin with `prefix`.
    #[must_use]
    pub fn with_prefix(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..Self::default() }
    }

    /// The ids of the keys in the last key ring, oldest first.
    #[must_use]
    pub fn held(&self) -> Vec<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().flat_map(KeyRing::keys).map(|key| key.id.to_string()).collect()
    }
}

impl KeyHolder for FakeKeyHolder {
    fn generate(&self, now: Timestamp) -> Result<SigningKey, BoxError> {
        let mut generated = self.generated.lock().unwrap_or_else(PoisonError::into_inner);
        *generated += 1;
        let id = KeyId::parse(format!("{}{generated}", self.prefix))?;
        Ok(SigningKey { pkcs8: id.as_str().into(), id, created_at: now })
    }

    fn hold(&self, ring: &KeyRing) -> Result<(), BoxError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(ring.clone());
        Ok(())
    }
}
