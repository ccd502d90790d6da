//! A concurrent client that wins.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{Password, PasswordHash};
use domain::ports::{HashJob, HasherError, PasswordHasher, PasswordVerdict, Ports};
use domain::service::Services;

use super::world::{World, ask_for};
use crate::faults::{Plan, faulty};
use crate::fixtures::request_info;

/// Use cases in which, between the early check of name and address and the first write, a rival
/// creates an organization with `rival`'s name and address.
pub(super) fn services(
    world: &World,
    plan: &Plan,
    rival: (&'static str, &'static str),
) -> Services {
    let hasher = Rival { inner: world.ports.hasher.clone(), services: world.services(), rival };
    world.services_over(Ports { hasher: Arc::new(hasher), ..faulty(&world.ports, plan) })
}

/// Creates its own organization first whenever it hashes a password, which a request does at that
/// moment.
struct Rival {
    inner: Arc<dyn PasswordHasher>,
    services: Services,
    rival: (&'static str, &'static str),
}

#[async_trait]
impl PasswordHasher for Rival {
    async fn hash(&self, job: HashJob, password: Password) -> Result<PasswordHash, HasherError> {
        // Refused when it was created at an earlier attempt of the request.
        let _ = self.services.organizations.create(None, request_info(), ask_for(self.rival)).await;
        self.inner.hash(job, password).await
    }

    async fn verify(
        &self,
        job: HashJob,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<PasswordVerdict, HasherError> {
        self.inner.verify(job, password, hash).await
    }
}
