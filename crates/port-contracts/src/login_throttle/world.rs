//! An installation with two owners, and attackers.

use std::sync::Arc;
use std::time::Duration;

use domain::model::{
    AdminId, AttemptKey, Attempts, DocumentLimit, Metadata, Naming, Password, RequestInfo,
};
use domain::ports::{PasswordHasher, Ports};
use domain::service::{
    AuditRules, CreateOrganization, Error, NewOwner, PlacementRules, RateLimits, Services,
    Settings, Signup,
};

use crate::fakes::{self, SettableClock, Store};
use crate::faults::{Plan, faulty};
use crate::fixtures::{LIFETIMES, STEP_UP, client, email, organization_name, request_info};

const PASSWORD: &str = "correct horse";

/// An installation with two owners, who have the same password.
#[derive(Clone)]
pub(super) struct World {
    pub(super) services: Services,
    ports: Ports,
    clock: Arc<SettableClock>,
}

/// The response to a password attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoginResult {
    Right,
    Wrong,
    /// Retry after this many seconds.
    Wait(u64),
    Unavailable,
}

impl World {
    /// The attacked owner.
    pub(super) const ADA: &str = "ada@example.com";

    pub(super) async fn new(store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(SettableClock::default());
        let world = Self::over(fakes::ports(store, Arc::clone(&clock)), clock);
        for (name, address) in [("Acme", Self::ADA), ("Other", "bob@example.com")] {
            let request = CreateOrganization {
                name: organization_name(name),
                description: None,
                metadata: Metadata::default(),
                owner: NewOwner { email: email(address), name: None, password: password(PASSWORD) },
            };
            world.services.organizations.create(None, request_info(), request).await.unwrap();
        }
        world
    }

    fn over(ports: Ports, clock: Arc<SettableClock>) -> Self {
        let settings = Settings {
            signup: Signup::Open,
            naming: Naming::Slug,
            placement: PlacementRules::default(),
            token_lifetimes: LIFETIMES,
            step_up: Some(STEP_UP),
            token_audiences: Vec::new(),
            limits: RateLimits::default(),
            document_limit: DocumentLimit::default(),
            audit: AuditRules::default(),
            operator: None,
        };
        Self { services: Services::new(ports.clone(), settings), ports, clock }
    }

    /// The same installation in a process under `plan`.
    pub(super) fn under(&self, plan: &Plan) -> Self {
        Self::over(faulty(&self.ports, plan), Arc::clone(&self.clock))
    }

    /// The same installation with another hasher.
    pub(super) fn hashing_with(&self, hasher: Arc<dyn PasswordHasher>) -> Self {
        Self::over(Ports { hasher, ..self.ports.clone() }, Arc::clone(&self.clock))
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Tries a wrong password for Ada.
    pub(super) async fn guess(&self, from: &str) -> LoginResult {
        self.guess_at(Self::ADA, from).await
    }

    pub(super) async fn guess_at(&self, address: &str, from: &str) -> LoginResult {
        self.attempt(address, "battery staple", from).await
    }

    /// Gets `count` wrong attempts admitted, advancing the clock as needed; the last of them was
    /// just now.
    pub(super) async fn fail_attempts(&self, count: usize, from: &str) {
        let mut looked_at = 0;
        while looked_at < count {
            match self.guess(from).await {
                LoginResult::Wait(seconds) => self.advance(seconds),
                LoginResult::Wrong => looked_at += 1,
                other => panic!("{other:?}"),
            }
        }
    }

    /// A hundred other clients guess Ada's password, until no attempt is admitted any more.
    pub(super) async fn attack(&self) {
        self.attack_account(Self::ADA).await;
    }

    pub(super) async fn attack_account(&self, address: &str) {
        for n in 0..100 {
            let from = format!("203.0.113.{n}");
            while let LoginResult::Wait(seconds @ ..60) = self.guess_at(address, &from).await {
                self.advance(seconds);
            }
        }
    }

    /// Tries Ada's password.
    pub(super) async fn log_in(&self, from: &str) -> LoginResult {
        self.log_in_as(Self::ADA, from).await
    }

    pub(super) async fn log_in_as(&self, address: &str, from: &str) -> LoginResult {
        self.attempt(address, PASSWORD, from).await
    }

    /// Ada's id.
    pub(super) async fn ada(&self) -> AdminId {
        let found = self.ports.admins.find_by_email(&email(Self::ADA).key()).await.unwrap();
        found.unwrap().id().clone()
    }

    /// The stored state under a key.
    pub(super) async fn attempts(&self, key: &AttemptKey) -> Attempts {
        self.ports.attempts.get(std::slice::from_ref(key)).await.unwrap().remove(0)
    }

    async fn attempt(&self, address: &str, tried: &str, from: &str) -> LoginResult {
        let (address, tried, from) = (email(address), password(tried), client(from));
        let request_info = RequestInfo { address: from, ..request_info() };
        match self.services.login.login(&address, tried, request_info, None).await {
            Ok(_) => LoginResult::Right,
            Err(Error::InvalidCredentials) => LoginResult::Wrong,
            Err(Error::TooManyAttempts { retry_after }) => {
                assert_eq!(retry_after.subsec_nanos(), 0);
                LoginResult::Wait(retry_after.as_secs())
            }
            Err(Error::Store(_)) => LoginResult::Unavailable,
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn password(text: &str) -> Password {
    Password::attempt(text.to_owned())
}
