//! A hasher without cost or secrecy.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::model::{Password, PasswordHash};
use domain::ports::{HashJob, HasherError, PasswordHasher, PasswordVerdict};

/// Keeps the password in clear text, after a number instead of a salt.
#[derive(Debug, Default)]
pub struct FakeHasher(AtomicUsize);

#[async_trait]
impl PasswordHasher for FakeHasher {
    async fn hash(&self, _job: HashJob, password: Password) -> Result<PasswordHash, HasherError> {
        let salt = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(PasswordHash::new(format!("{salt}${}", password.expose())))
    }

    async fn verify(
        &self,
        _job: HashJob,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<PasswordVerdict, HasherError> {
        let stored = hash.as_ref().and_then(|hash| hash.expose().split_once('$'));
        let right = stored.is_some_and(|(_, clear)| clear == password.expose());
        Ok(if right { PasswordVerdict::Match } else { PasswordVerdict::Mismatch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::client;

    fn password(text: &str) -> Password {
        Password::attempt(text.to_owned())
    }

    fn job() -> HashJob {
        HashJob::login(client("192.0.2.1"))
    }

    #[tokio::test]
    async fn only_the_password_verifies() {
        let hasher = FakeHasher::default();
        let hash = hasher.hash(job(), password("a$b")).await.unwrap();
        assert_ne!(hash, hasher.hash(job(), password("a$b")).await.unwrap());
        for (attempt, expected) in
            [("a$b", PasswordVerdict::Match), ("b", PasswordVerdict::Mismatch)]
        {
            let verdict =
                hasher.verify(job(), password(attempt), Some(hash.clone())).await.unwrap();
            assert_eq!(verdict, expected, "{attempt}");
        }
        assert_eq!(
            hasher.verify(job(), password("a$b"), None).await.unwrap(),
            PasswordVerdict::Mismatch
        );
    }
}
