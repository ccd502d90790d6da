//! What an access token says.

use std::time::Duration;

use secrecy::SecretString;

use super::{
    Admin, AdminId, Email, Organization, OrganizationId, OrganizationName, Role, SessionId,
    Timestamp, TokenId,
};

/// The claims of an access token. What they say of role and names is for clients to read; what the
/// bearer may do is decided on the present records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// This token (`jti`).
    pub id: TokenId,
    /// The login it came from (`sid`).
    pub session: SessionId,
    /// Whose it is (`sub`, `admin_id`).
    pub admin: AdminId,
    /// The organization of the admin (`organization_id`).
    pub organization: OrganizationId,
    /// The name of the organization at the time (`org_name`).
    pub organization_name: OrganizationName,
    /// The address of the admin at the time (`email`).
    pub email: Email,
    /// The role of the admin at the time (`role`).
    pub role: Role,
    /// When it was issued (`iat`).
    pub issued_at: Timestamp,
    /// When it ends (`exp`).
    pub expires_at: Timestamp,
}

impl AccessClaims {
    /// How far the clocks of two nodes may be apart: a token is accepted for so long before its beginning
    /// and after its end.
    pub const LEEWAY: Duration = Duration::from_secs(60);

    /// The claims for `admin`, from `now` and for `lifetime`.
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
