//! Concurrent password attempts: all are admitted before the first of them fails.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{Password, PasswordHash};
use domain::ports::{HashJob, HasherError, PasswordHasher, PasswordVerdict};
use tokio::sync::{Barrier, Semaphore};

use super::world::{LoginResult, World};
use super::{AnyStore, ELSEWHERE, HOME, HOUR};
use crate::fakes::FakeHasher;
use crate::suite::at_once;

const MANY: usize = 50;

pub(super) async fn concurrent_guesses_reveal_few_verdicts(store: AnyStore) {
    let world = World::new(store).await;
    let result = correct_login_after_concurrent_failures(&world, 0).await;
    assert_eq!(result, LoginResult::Wait(900));
}

/// A block that has expired when the hash is verified was in force meanwhile nevertheless.
pub(super) async fn slow_concurrent_guesses_reveal_no_more_verdicts(store: AnyStore) {
    let world = World::new(store).await;
    let result = correct_login_after_concurrent_failures(&world, HOUR).await;
    assert_eq!(result, LoginResult::Wait(0));
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Right);
}

pub(super) async fn concurrent_correct_logins_all_succeed(store: AnyStore) {
    let gate = Arc::new(Gate::new());
    let world = World::new(store).await.hashing_with(gate.clone());
    gate.open.add_permits(MANY);
    let results = at_once(MANY, |_| {
        let world = world.clone();
        async move { world.log_in(HOME).await }
    })
    .await;
    assert_eq!(results, [LoginResult::Right; MANY]);
}

/// The response to the last of many attempts, which has the right password, `seconds` after the
/// others failed.
async fn correct_login_after_concurrent_failures(world: &World, seconds: u64) -> LoginResult {
    let gate = Arc::new(Gate::new());
    let world = world.hashing_with(gate.clone());
    let last = tokio::spawn({
        let world = world.clone();
        async move { world.log_in(ELSEWHERE).await }
    });
    let results = at_once(MANY - 1, |_| {
        let world = world.clone();
        async move { world.guess(ELSEWHERE).await }
    })
    .await;
    let wrong = results.iter().filter(|&result| *result == LoginResult::Wrong).count();
    assert!(wrong <= 6, "{wrong} verdicts: {results:?}");
    assert!(
        results.iter().all(|result| matches!(result, LoginResult::Wrong | LoginResult::Wait(1..))),
        "{results:?}"
    );
    world.advance(seconds);
    gate.open.add_permits(1);
    last.await.unwrap()
}

/// Holds back verifications until there are many, and successful ones until the gate is open.
struct Gate {
    inner: FakeHasher,
    all: Barrier,
    open: Semaphore,
}

impl Gate {
    fn new() -> Self {
        Self { inner: FakeHasher::default(), all: Barrier::new(MANY), open: Semaphore::new(0) }
    }
}

#[async_trait]
impl PasswordHasher for Gate {
    async fn hash(&self, job: HashJob, password: Password) -> Result<PasswordHash, HasherError> {
        self.inner.hash(job, password).await
    }

    async fn verify(
        &self,
        job: HashJob,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<PasswordVerdict, HasherError> {
        let verdict = self.inner.verify(job, password, hash).await?;
        self.all.wait().await;
        if verdict == PasswordVerdict::Match {
            self.open.acquire().await.unwrap().forget();
        }
        Ok(verdict)
    }
}
