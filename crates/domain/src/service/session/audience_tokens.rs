//! Access tokens for other services.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{AccessToken, Action, Audience, AuditTarget, Changes, Invalid, Trail};
use crate::ports::Ports;
use crate::service::port_set::port_set;
use crate::service::session::issue::Issuer;
use crate::service::{AdminContext, Error};

port_set! { AudienceTokensPorts { audit: AuditLog } + events }

/// Issues access tokens for other services; this service refuses them.
#[derive(Clone)]
pub struct AudienceTokens {
    ports: AudienceTokensPorts,
    issuer: Issuer,
    audiences: Arc<[Audience]>,
}

/// An access token for another service.
#[derive(Debug)]
pub struct AudienceToken {
    /// The access token.
    pub token: AccessToken,
    /// The lifetime of the token.
    pub lifetime: Duration,
}

impl AudienceTokens {
    /// Maximum lifetime: the other service does not see when the session ends.
    pub const MAX_LIFETIME: Duration = Duration::from_secs(5 * 60);

    pub(in crate::service) fn new(ports: &Ports, issuer: Issuer, audiences: Vec<Audience>) -> Self {
        Self { ports: ports.into(), issuer, audiences: audiences.into() }
    }

    /// Issues a token for `audience` alone, and records it in the audit trail before it is
    /// returned.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/audience` when it is not configured, and [`Error::Store`].
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
        let event = caller.act(&self.ports.events).event(
            Trail::Organization(caller.organization().id().clone()),
            Action::TokenIssued,
            AuditTarget::session(Some(caller.session())),
            Changes::noted("audience", audience.as_str()),
        );
        self.ports.audit.append(slice::from_ref(&event)).await?;
        Ok(issued)
    }
}
