//! The claims in their token format.

use chrono::DateTime;
use domain::model::{
    AccessClaims, AdminId, Email, OrganizationId, OrganizationName, Role, SessionId, Timestamp,
    TokenId,
};
use domain::ports::TokenError;
use serde::{Deserialize, Serialize};

/// [`AccessClaims::LEEWAY`], in seconds.
const LEEWAY: i64 = AccessClaims::LEEWAY.as_secs() as i64;

/// The claims of a token, of which only those for this service are read. Another issuer, audience
/// or kind fails to parse.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims<Aud = Tenantry> {
    iss: Tenantry,
    aud: Aud,
    client_id: Tenantry,
    sub: AdminId,
    sid: SessionId,
    jti: TokenId,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    role: Role,
    admin_id: AdminId,
    organization_id: OrganizationId,
    org_name: OrganizationName,
    email: Email,
    #[serde(rename = "type")]
    kind: AccountKind,
}

/// Issuer and audience of an installation's own tokens; the client need not be registered anywhere.
#[derive(Serialize, Deserialize)]
pub(super) enum Tenantry {
    #[serde(rename = "tenantry")]
    Tenantry,
}

#[derive(Serialize, Deserialize)]
enum AccountKind {
    #[serde(rename = "admin")]
    Admin,
}

impl<Aud> Claims<Aud> {
    /// The token format of `claims` for `aud`.
    pub(super) fn new(claims: &AccessClaims, aud: Aud) -> Self {
        Self {
            iss: Tenantry::Tenantry,
            aud,
            client_id: Tenantry::Tenantry,
            sub: claims.admin.clone(),
            sid: claims.session.clone(),
            jti: claims.id.clone(),
            iat: claims.issued_at.unix_seconds(),
            nbf: None,
            exp: claims.expires_at.unix_seconds(),
            role: claims.role,
            admin_id: claims.admin.clone(),
            organization_id: claims.organization.clone(),
            org_name: claims.organization_name.clone(),
            email: claims.email.clone(),
            kind: AccountKind::Admin,
        }
    }
}

impl Claims {
    /// Validates the claims at `now`. Only a token that was valid before is
    /// [`TokenError::Expired`].
    pub(super) fn accept(&self, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let issued_at = timestamp(self.iat)?;
        let expires_at = timestamp(self.exp)?;
        let now = now.unix_seconds();
        let latest_start = now + LEEWAY;
        if self.iat > latest_start || self.nbf.is_some_and(|nbf| nbf > latest_start) {
            return Err(TokenError::Invalid);
        }
        if self.sub != self.admin_id {
            return Err(TokenError::Invalid);
        }
        if now >= self.exp + LEEWAY {
            return Err(TokenError::Expired);
        }
        Ok(AccessClaims {
            id: self.jti.clone(),
            session: self.sid.clone(),
            admin: self.admin_id.clone(),
            organization: self.organization_id.clone(),
            organization_name: self.org_name.clone(),
            email: self.email.clone(),
            role: self.role,
            issued_at,
            expires_at,
        })
    }
}

/// Converts a `NumericDate` (RFC 7519), if it is in range.
fn timestamp(seconds: i64) -> Result<Timestamp, TokenError> {
    DateTime::from_timestamp(seconds, 0).map(Timestamp::new).ok_or(TokenError::Invalid)
}
