//! Authentication and authorization. The contexts that are built here are the only access to a
//! tenant's data.

use std::sync::Arc;

use futures_util::future::join;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::model::{
    Action, Actor, Admin, AdminId, AuditActor, AuditContext, AuditTarget, Changes, Invalid,
    Organization, OrganizationId, Phase, RequestInfo, Role, SessionId, Trail,
};
use crate::ports::{Ports, TokenError};
use crate::service::audit_events::{EventPorts, act};
use crate::service::port_set::port_set;
use crate::service::record_cache::RecordCaches;
use crate::service::{Error, Limits, RequiredRole, Resource};

/// The secret token of the operator: at least 32 visible ASCII characters, of which only a hash is
/// kept.
#[derive(Debug, Clone)]
pub struct OperatorToken([u8; 32]);

impl OperatorToken {
    const MIN: usize = 32;

    /// Validates a token from the configuration.
    ///
    /// # Errors
    /// Under 32 characters, or with a character that an `Authorization` header can't contain
    /// unescaped.
    pub fn parse(token: &SecretString) -> Result<Self, Invalid> {
        let token = token.expose_secret();
        if token.len() < Self::MIN {
            return Err(Invalid::TooShort { min: Self::MIN });
        }
        match token.chars().find(|c| !c.is_ascii_graphic()) {
            Some(c) => Err(Invalid::Character(c)),
            // Guesses of such a token would look like access tokens, which are not counted.
            None if !is_opaque(token) => Err(Invalid::Format("must not contain exactly two dots")),
            None => Ok(Self(Sha256::digest(token).into())),
        }
    }

    /// Compares in constant time.
    fn matches(&self, presented: &str) -> bool {
        self.0.ct_eq(&<[u8; 32]>::from(Sha256::digest(presented))).into()
    }
}

/// The authenticated caller of a request.
#[derive(Debug, Clone)]
pub enum Caller {
    /// An admin of an organization.
    Admin(Box<AdminContext>),
    /// The operator of this installation.
    Operator(OperatorContext),
}

/// An admin whose token was verified, and whose records permit it to act now.
#[derive(Debug, Clone)]
pub struct AdminContext {
    admin: Arc<Admin>,
    organization: Arc<Organization>,
    session: SessionId,
    request_info: RequestInfo,
}

/// The operator, authenticated by its token.
#[derive(Debug, Clone)]
pub struct OperatorContext {
    request_info: RequestInfo,
}

impl Caller {
    /// Returns the admin.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for the operator.
    pub fn admin(&self) -> Result<&AdminContext, Error> {
        match self {
            Self::Admin(context) => Ok(context),
            Self::Operator(_) => Err(Error::Forbidden(RequiredRole::Admin)),
        }
    }

    /// Returns the operator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for an admin.
    pub fn operator(&self) -> Result<&OperatorContext, Error> {
        match self {
            Self::Operator(context) => Ok(context),
            Self::Admin(_) => Err(Error::Forbidden(RequiredRole::Operator)),
        }
    }

    /// The actor to store in records.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Admin(context) => Actor::Admin(context.admin.id().clone()),
            Self::Operator(_) => Actor::Operator,
        }
    }

    /// Builds the audit context of an operation by this caller.
    pub(in crate::service) fn act(&self, ports: &EventPorts) -> AuditContext {
        match self {
            Self::Admin(context) => context.act(ports),
            Self::Operator(context) => context.act(ports),
        }
    }
}

impl OperatorContext {
    /// Builds the audit context of an operation by the operator.
    pub(in crate::service) fn act(&self, ports: &EventPorts) -> AuditContext {
        act(ports, AuditActor::operator(), Some(self.request_info.clone()))
    }
}

impl AdminContext {
    /// The admin.
    #[must_use]
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// The session of the access token.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The request.
    #[must_use]
    pub fn request_info(&self) -> &RequestInfo {
        &self.request_info
    }

    /// Builds the audit context of an operation by this admin.
    pub(in crate::service) fn act(&self, ports: &EventPorts) -> AuditContext {
        act(ports, AuditActor::admin(&self.admin), Some(self.request_info.clone()))
    }

    /// Its organization, as it was when the token was verified.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// Authorizes reads: returns the admin's organization if `id` is its id. Any other organization
    /// does not exist for the admin.
    pub(in crate::service) fn authorize_read(
        &self,
        id: &OrganizationId,
    ) -> Result<&Organization, Error> {
        if self.organization.id() == id {
            Ok(&self.organization)
        } else {
            Err(Error::NotFound(Resource::Organization))
        }
    }

    /// As [`AdminContext::authorize_read`], for writes.
    pub(in crate::service) fn authorize_write(
        &self,
        id: &OrganizationId,
    ) -> Result<&Organization, Error> {
        let organization = self.authorize_read(id)?;
        if self.admin.role().writes() {
            Ok(organization)
        } else {
            Err(Error::Forbidden(RequiredRole::Writer))
        }
    }

    /// As [`AdminContext::authorize_read`], for owners only.
    pub(in crate::service) fn authorize_owner(
        &self,
        id: &OrganizationId,
    ) -> Result<&Organization, Error> {
        let organization = self.authorize_read(id)?;
        match self.admin.role() {
            Role::Owner => Ok(organization),
            Role::Admin | Role::Viewer => Err(Error::Forbidden(RequiredRole::Owner)),
        }
    }
}

port_set! { AccessPorts { admins: AdminRepo, audit: AuditLog, clock: Clock, organizations: OrganizationRepo, tokens: TokenIssuer } + events }

/// Authenticates and authorizes requests.
#[derive(Clone)]
pub struct Access {
    ports: AccessPorts,
    caches: RecordCaches,
    limits: Limits,
    operator: Option<OperatorToken>,
}

impl Access {
    pub(in crate::service) fn new(
        ports: &Ports,
        caches: RecordCaches,
        limits: Limits,
        operator: Option<OperatorToken>,
    ) -> Self {
        Self { ports: ports.into(), caches, limits, operator }
    }

    /// Authenticates `token` of the request `request_info`. The current records decide, not the
    /// claims of the token. Changes by another node take effect within a second, changes by this
    /// node at once.
    ///
    /// # Errors
    /// [`Error::Token`] when the token, its session or its admin is not accepted,
    /// [`Error::Suspended`], [`Error::NotFound`] when the organization is deleted, and
    /// [`Error::TooManyAttempts`] after several tokens of the client that could only be operator
    /// tokens.
    pub async fn authenticate(
        &self,
        token: &str,
        request_info: RequestInfo,
    ) -> Result<Caller, Error> {
        if self.operator.as_ref().is_some_and(|operator| operator.matches(token)) {
            return Ok(Caller::Operator(OperatorContext { request_info }));
        }
        let claims = match self.ports.tokens.verify(token) {
            Err(TokenError::Invalid) if self.operator.is_some() && is_opaque(token) => {
                return Err(self.refuse_operator(request_info).await);
            }
            verified => verified?,
        };
        let who = (&claims.organization, &claims.admin, &claims.session);
        Ok(Caller::Admin(Box::new(self.authorize_cached(who, request_info).await?)))
    }

    /// Authorizes `admin` again, by the current records, after a wait such as that for a request
    /// body.
    ///
    /// # Errors
    /// As [`Access::authenticate`].
    pub async fn reauthorize(&self, admin: &AdminContext) -> Result<AdminContext, Error> {
        let who = (admin.organization.id(), admin.admin.id(), &admin.session);
        self.authorize_cached(who, admin.request_info.clone()).await
    }

    /// Logs a refused operator token, and records it in the trail of the installation.
    async fn refuse_operator(&self, request_info: RequestInfo) -> Error {
        let recorded = match self.limits.count_refused_operator(request_info.address) {
            Ok(recorded) => recorded,
            Err(throttled) => return throttled,
        };
        tracing::warn!(client = %request_info.address, recorded, "operator token refused");
        let act = act(&self.ports.events, AuditActor::anonymous(), Some(request_info));
        let (action, target) = (Action::OperatorTokenRefused, AuditTarget::operator_token());
        let event = act.event(Trail::Installation, action, target, Changes::none());
        match if recorded { self.ports.audit.append(&[event]).await } else { Ok(()) } {
            Ok(()) => TokenError::Invalid.into(),
            Err(cause) => cause.into(),
        }
    }

    /// Authorizes `admin` again, by the stored records and not by cached ones: for changes of
    /// accounts. On every node, an admin who was revoked before this call is refused.
    ///
    /// # Errors
    /// As [`Access::authenticate`].
    pub(in crate::service) async fn reauthorize_stored(
        &self,
        admin: &AdminContext,
    ) -> Result<AdminContext, Error> {
        let (id, own) = (admin.organization.id(), admin.admin.id());
        let (organization, stored) =
            join(self.ports.organizations.get(id), self.ports.admins.get(own)).await;
        let records = (organization?.map(Arc::new), stored?.map(Arc::new));
        self.authorize(id, records, (&admin.session, admin.request_info.clone())).await
    }

    async fn authorize_cached(
        &self,
        (organization, admin, session): (&OrganizationId, &AdminId, &SessionId),
        request_info: RequestInfo,
    ) -> Result<AdminContext, Error> {
        let id = organization;
        let (organizations, admins) = (&self.ports.organizations, &self.ports.admins);
        // Read concurrently: a request may have to wait for this.
        let (organization, admin) = join(
            self.caches.organizations.get(id, organizations.get(id)),
            self.caches.admins.get(admin, admins.get(admin)),
        )
        .await;
        self.authorize(id, (organization?, admin?), (session, request_info)).await
    }

    /// Authorizes an admin of the organization `id` by its records.
    async fn authorize(
        &self,
        id: &OrganizationId,
        (organization, admin): (Option<Arc<Organization>>, Option<Arc<Admin>>),
        (session, request_info): (&SessionId, RequestInfo),
    ) -> Result<AdminContext, Error> {
        let organization = organization.ok_or(Error::NotFound(Resource::Organization))?;
        check(&organization)?;
        let now = self.ports.clock.now();
        let admin = admin.filter(|admin| {
            let own = admin.is_active() && admin.organization_id() == organization.id();
            own && admin.session(session, now).is_some()
        });
        match admin {
            Some(admin) => {
                Ok(AdminContext { admin, organization, session: session.clone(), request_info })
            }
            None => Err(self.without_admin(id).await?),
        }
    }

    /// The error when an organization that existed a moment ago does not have the admin: it may
    /// have been deleted meanwhile together with its admins.
    async fn without_admin(&self, id: &OrganizationId) -> Result<Error, Error> {
        require_active(self.ports.organizations.get(id).await?)?;
        Ok(TokenError::Invalid.into())
    }
}

/// Whether `token` could be an operator token: long enough, and without the three parts of an
/// access token (JWS compact serialization, RFC 7515, section 3.1).
fn is_opaque(token: &str) -> bool {
    token.len() >= OperatorToken::MIN && token.bytes().filter(|byte| *byte == b'.').count() != 2
}

/// Returns the organization if its admins may act in it.
pub(in crate::service) fn require_active(
    organization: Option<Organization>,
) -> Result<Organization, Error> {
    let organization = organization.ok_or(Error::NotFound(Resource::Organization))?;
    check(&organization)?;
    Ok(organization)
}

/// Whether the admins of an organization may act in it.
fn check(organization: &Organization) -> Result<(), Error> {
    match organization.phase() {
        Phase::Active
        | Phase::Renaming { .. }
        | Phase::AddingAdmin { .. }
        | Phase::UpdatingAdmin { .. } => Ok(()),
        Phase::Suspended | Phase::Suspending { .. } => Err(Error::Suspended),
        Phase::Provisioning { .. } | Phase::Deleting { .. } | Phase::Deleted => {
            Err(Error::NotFound(Resource::Organization))
        }
    }
}
