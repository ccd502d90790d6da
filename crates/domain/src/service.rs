//! Use cases over the ports. Each takes the context of its caller, so that a use case without an
//! authorization can't be written.

mod admin;
mod adoption;
mod audit;
mod audit_events;
mod doctor;
mod document;
mod errors;
mod idempotency;
mod limits;
mod organization;
mod port_set;
mod record_cache;
mod session;

pub use admin::{Admins, CreateAdmin, Passwords, Progress};
pub use adoption::{
    AdminToAdopt, Adoption, AdoptionError, AdoptionPorts, AdoptionProblem, AdoptionProgress,
    AdoptionRules, CheckOutcome, MigratedOrganization, Plan,
};
pub use audit::{
    Audit, AuditRules, Break, BreakKind, Ending, TrailContext, TrailReader, TrailVerifier,
    Verification,
};
pub use doctor::{Doctor, Finding, Gone, RepairSkipped, Swept};
pub use document::{
    DocumentRules, Documents, Export, Exporter, Importer, Offload, PageTokens, Put, Storage,
};
pub use errors::{Error, RequiredRole, Resource};
pub use idempotency::Idempotency;
pub use limits::{DailyLimit, Limits, Policy, RateLimitStatus, RateLimits};
pub use organization::{
    AccountChange, Accounts, Capacity, CollectionUsage, CreateOrganization, DriveOutcome,
    Lifecycle, NewOwner, Organizations, PlacementPolicy, PlacementRules, PublicOrganization,
    PublicOrganizations, Recovered, Scope, Signup,
};
pub use session::{
    Access, AdminContext, AudienceToken, AudienceTokens, Caller, KeyPorts, KeyRules, LoggedIn,
    Login, LoginAttempt, LoginThrottle, OperatorContext, OperatorToken, Sessions, SigningKeys,
    TokenLifetimes,
};

use std::time::Duration;

use record_cache::RecordCaches;
use session::issue::Issuer;
use session::step_up::StepUp;

use crate::model::{Audience, DocumentLimit, Naming, Timestamp};
use crate::ports::{Ports, StoreError};

/// Settings of an installation for its use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who may create organizations.
    pub signup: Signup,
    /// What collection names are derived from.
    pub naming: Naming,
    /// Placement of new organizations' documents.
    pub placement: PlacementRules,
    /// Lifetimes of tokens.
    pub token_lifetimes: TokenLifetimes,
    /// Maximum age of the login of a session that changes its own address, or its password without
    /// the current one; `None`: any age.
    pub step_up: Option<Duration>,
    /// Audiences of other services for which access tokens may be issued.
    pub token_audiences: Vec<Audience>,
    /// The operator's token; without it there is no operator.
    pub operator: Option<OperatorToken>,
    /// Rate limits.
    pub limits: RateLimits,
    /// Which events are recorded, and how long they are kept.
    pub audit: AuditRules,
    /// Maximum size of a document.
    pub document_limit: DocumentLimit,
}

/// All use cases of an installation.
#[derive(Clone)]
#[expect(missing_docs, reason = "every field is named after its type")]
pub struct Services {
    pub access: Access,
    pub accounts: Accounts,
    pub public_organizations: PublicOrganizations,
    pub organizations: Organizations,
    pub page_tokens: PageTokens,
    pub admins: Admins,
    pub audience_tokens: AudienceTokens,
    pub audit: Audit,
    pub capacity: Capacity,
    pub doctor: Doctor,
    pub documents: Documents,
    pub login_throttle: LoginThrottle,
    pub login: Login,
    pub passwords: Passwords,
    pub sessions: Sessions,
    pub idempotency: Idempotency,
    pub lifecycle: Lifecycle,
    pub limits: Limits,
    pub offload: Offload,
    ports: Ports,
}

impl Services {
    /// Builds the use cases over `ports`.
    #[must_use]
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let (recent, ports) = RecordCaches::watching(ports);
        let issuer = Issuer::new(&ports, settings.token_lifetimes);
        let login_throttle = LoginThrottle::new(&ports);
        let lifecycle = Lifecycle::new(&ports, settings.naming);
        let capacity = Capacity::new(&ports, lifecycle.clone(), settings.placement);
        let limits = Limits::new(&ports, settings.limits);
        let access = Access::new(&ports, recent, limits.clone(), settings.operator);
        let step_up = StepUp::new(ports.clock.clone(), login_throttle.clone(), settings.step_up);
        let rules =
            DocumentRules { audited: settings.audit.documents, limit: settings.document_limit };
        let organizations = Organizations::new(
            &ports,
            lifecycle.clone(),
            capacity.clone(),
            limits.clone(),
            settings.signup,
            settings.naming,
        );
        Self {
            accounts: Accounts::new(
                &ports,
                lifecycle.clone(),
                organizations.clone(),
                access.clone(),
                step_up.clone(),
                limits.clone(),
            ),
            public_organizations: PublicOrganizations::new(&ports),
            organizations,
            page_tokens: PageTokens::new(ports.page_sealer.clone()),
            access: access.clone(),
            admins: Admins::new(&ports, lifecycle.clone(), access.clone(), step_up, limits.clone()),
            audience_tokens: AudienceTokens::new(&ports, issuer.clone(), settings.token_audiences),
            audit: Audit::new(&ports, settings.audit.retention),
            capacity,
            doctor: Doctor::new(&ports, lifecycle.clone()),
            documents: Documents::new(&ports, lifecycle.clone(), access.clone(), rules),
            login: Login::new(&ports, login_throttle.clone(), issuer.clone(), limits.clone()),
            passwords: Passwords::new(&ports, login_throttle.clone(), access),
            sessions: Sessions::new(&ports, issuer),
            login_throttle,
            idempotency: Idempotency::new(&ports),
            lifecycle,
            limits,
            offload: Offload::new(ports.work.clone()),
            ports,
        }
    }

    /// Checks whether requests can be served now.
    ///
    /// # Errors
    /// The failure of the store.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.ports.probe.ready().await
    }

    /// The public keys that verify this installation's access tokens, as a JWK set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        self.ports.tokens.jwks()
    }

    /// The public keys that verify this installation's audit checkpoints, as a JWK set (RFC 7517).
    #[must_use]
    pub fn audit_keys(&self) -> serde_json::Value {
        self.ports.checkpoint_signer.jwks()
    }

    /// Generates the id of a document that has none.
    #[must_use]
    pub fn document_id(&self) -> crate::model::DocumentId {
        self.ports.ids.document()
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }
}
