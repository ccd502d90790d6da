//! Access tokens for other services.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use super::issue::Issuer;
use super::{AdminContext, Error};
use crate::model::{AccessToken, Action, Audience, AuditTarget, Changes, Invalid, Trail};
use crate::ports::Ports;

/// The use case of giving out access tokens that other services accept, and this one refuses.
#[derive(Clone)]
pub struct AudienceTokens {
    ports: Ports,
    issuer: Issuer,
    audiences: Arc<[Audience]>,
}

/// An access token for another service.
#[derive(Debug)]
pub struct AudienceToken {
    /// The token.
    pub token: AccessToken,
    /// How long it is good for.
    pub lifetime: Duration,
}

impl AudienceTokens {
    /// Maximum lifetime: the other service does not see whether the session goes on.
    pub const MAX_LIFETIME: Duration = Duration::from_secs(5 * 60);

    pub(super) fn new(ports: Ports, issuer: Issuer, audiences: Vec<Audience>) -> Self {
        Self { ports, issuer, audiences: audiences.into() }
    }

    /// Issues a token for `audience` alone. The audit trail tells of it first.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/audience` when the installation does not have it, and [`Error::Store`].
    pub async fn issue(
        &self,
        caller: &AdminContext,
        audience: &Audience,
    ) -> Result<AudienceToken, Error> {
        if !self.audiences.contains(audience) {
            let unknown = Invalid::Format("must be one of TOKEN_AUDIENCES");
            return Err(Error::Invalid(unknown.at("/audience")));
        }
        let issued = self.issuer.issue_for(caller, audience, Self::MAX_LIFETIME)?;
        let event = caller.act(&self.ports).event(
            Trail::Organization(caller.organization().id().clone()),
            Action::TokenIssued,
            AuditTarget::session(Some(caller.session())),
            Changes::noted("audience", audience.as_str()),
        );
        self.ports.audit.append(slice::from_ref(&event)).await?;
        Ok(issued)
    }
}
