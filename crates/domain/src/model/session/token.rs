//! Claims of access tokens.

use std::time::Duration;

use secrecy::SecretString;

use crate::model::{
    Admin, AdminId, Email, Organization, OrganizationId, OrganizationName, Role, SessionId,
    Timestamp, TokenId,
};

/// The claims of an access token. Role and names in it are informational for clients; authorization
/// uses the current records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// Id of the token (`jti`).
    pub id: TokenId,
    /// Session of the token (`sid`).
    pub session: SessionId,
    /// The admin (`sub`, `admin_id`).
    pub admin: AdminId,
    /// Organization of the admin (`organization_id`).
    pub organization: OrganizationId,
    /// Name of the organization at the time of issue (`org_name`).
    pub organization_name: OrganizationName,
    /// E-mail address of the admin at the time of issue (`email`).
    pub email: Email,
    /// Role of the admin at the time of issue (`role`).
    pub role: Role,
    /// Time of issue (`iat`).
    pub issued_at: Timestamp,
    /// Expiry (`exp`).
    pub expires_at: Timestamp,
}

impl AccessClaims {
    /// Tolerated clock skew between two nodes: a token is accepted this long before its start and
    /// after its expiry.
    pub const LEEWAY: Duration = Duration::from_secs(60);

    /// The claims for `admin`, valid from `now` for `lifetime`.
    #[must_use]
    pub fn new(
        (id, session): (TokenId, SessionId),
        admin: &Admin,
        organization: &Organization,
        now: Timestamp,
        lifetime: Duration,
    ) -> Self {
        Self {
            id,
            session,
            admin: admin.id().clone(),
            organization: organization.id().clone(),
            organization_name: organization.name().clone(),
            email: admin.email().clone(),
            role: admin.role(),
            issued_at: now,
            expires_at: now + lifetime,
        }
    }
}

/// A signed token, ready to be sent.
#[derive(Debug, Clone)]
pub struct AccessToken(pub SecretString);
