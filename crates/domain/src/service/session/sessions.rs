//! Use cases of sessions: refresh, list and end.

use crate::model::{
    Action, Admin, AuditActor, AuditContext, AuditEvent, Organization, Page, PageSize,
    RefreshToken, Refreshed, RequestInfo, Session, SessionId,
};
use crate::ports::{Ports, TokenError};
use crate::service::admin::admins::record::{self, Next};
use crate::service::audit_events::{act, session_event};
use crate::service::port_set::port_set;
use crate::service::session::access::require_active;
use crate::service::session::issue::{Issuer, LoggedIn};
use crate::service::{AdminContext, Error, Resource};

port_set! { SessionsPorts { admins: AdminRepo, clock: Clock, organizations: OrganizationRepo } + events }

/// Use cases of sessions.
#[derive(Clone)]
pub struct Sessions {
    ports: SessionsPorts,
    issuer: Issuer,
}

/// Outcome of a use of a refresh token.
enum Outcome {
    /// The response is built from this admin.
    Good(Box<Admin>),
    /// The token was stolen.
    Stolen,
}

impl Sessions {
    pub(in crate::service) fn new(ports: &Ports, issuer: Issuer) -> Self {
        Self { ports: ports.into(), issuer }
    }

    /// Exchanges a refresh token for new tokens. It is valid for one use; within [`Session::GRACE`]
    /// after that, a repetition gets the same response. A later use proves that two parties have
    /// the token: the session ends (RFC 9700, 4.14.2).
    ///
    /// # Errors
    /// [`Error::Token`]; [`Error::Suspended`], after which the token stays valid;
    /// [`Error::Contended`] and [`Error::Store`], after which the same token may be used again.
    pub async fn refresh(
        &self,
        token: &RefreshToken,
        request_info: RequestInfo,
    ) -> Result<LoggedIn, Error> {
        let organization = self.organization_of(token).await?;
        let (salt, id) = self.issuer.fresh()?;
        let anonymous = act(&self.ports.events, AuditActor::anonymous(), Some(request_info));
        let now = anonymous.at;
        let refresh = |present: Option<Admin>| {
            let present = present.filter(Admin::is_active).ok_or(TokenError::Invalid)?;
            match present.refreshed(token, (&salt, &id), now) {
                Refreshed::Rotated(next) => {
                    let act =
                        AuditContext { actor: AuditActor::admin(&present), ..anonymous.clone() };
                    let (action, session) = (Action::SessionRefreshed, Some(&token.session));
                    let event = session_event(&act, &present, action, session);
                    Ok(Next::write(next.clone(), event, Outcome::Good(Box::new(next))))
                }
                Refreshed::Repeated => Ok(Next::Leave(Outcome::Good(Box::new(present)))),
                Refreshed::Reused(next) => {
                    let (action, session) = (Action::SessionStolen, Some(&token.session));
                    let event = session_event(&anonymous, &present, action, session);
                    Ok(Next::write(next, event, Outcome::Stolen))
                }
                Refreshed::Unknown => Err(TokenError::Invalid.into()),
            }
        };
        match record::change(&*self.ports.admins, &token.admin, refresh).await? {
            Outcome::Good(admin) => {
                let answer = admin.answer_to(token).ok_or(TokenError::Invalid)?;
                self.issuer.issue(answer, *admin, organization)
            }
            Outcome::Stolen => {
                let (admin, session) = (&token.admin, &token.session);
                tracing::warn!(%admin, %session, "refresh token reused, session ended");
                Err(TokenError::Invalid.into())
            }
        }
    }

    /// Lists the live sessions of the caller in the order of their creation.
    ///
    /// # Errors
    /// [`Error::Token`] when the caller no longer exists, and [`Error::Store`].
    pub async fn list(
        &self,
        caller: &AdminContext,
        after: Option<&SessionId>,
        size: PageSize,
    ) -> Result<Page<Session>, Error> {
        let stored = self.ports.admins.get(caller.admin().id()).await?;
        let stored = stored.ok_or(TokenError::Invalid)?;
        let lasting = stored.sessions(self.ports.clock.now());
        let mut rest = lasting.filter(|session| after.is_none_or(|after| session.id() > after));
        let items = rest.by_ref().take(size.get()).cloned().collect();
        Ok(Page { items, more: rest.next().is_some() })
    }

    /// Ends one session of the caller; its access tokens are no longer accepted.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the caller has no such session, [`Error::Contended`] and
    /// [`Error::Store`].
    pub async fn end(&self, caller: &AdminContext, id: &SessionId) -> Result<(), Error> {
        let event = self.ended(caller, Some(id));
        let end = |present: Option<Admin>| {
            let next = present.and_then(|present| present.logged_out(id));
            let next = next.ok_or(Error::NotFound(Resource::Session))?;
            Ok(Next::write(next, event.clone(), ()))
        };
        record::change(&*self.ports.admins, caller.admin().id(), end).await
    }

    /// Ends the caller's own session. Succeeds if it has ended already.
    ///
    /// # Errors
    /// [`Error::Contended`] and [`Error::Store`].
    pub async fn log_out(&self, caller: &AdminContext) -> Result<(), Error> {
        match self.end(caller, caller.session()).await {
            Err(Error::NotFound(Resource::Session)) => Ok(()),
            other => other,
        }
    }

    /// Ends all sessions of the caller, its current one included.
    ///
    /// # Errors
    /// [`Error::Contended`] and [`Error::Store`].
    pub async fn end_all(&self, caller: &AdminContext) -> Result<(), Error> {
        let event = self.ended(caller, None);
        let end = |present: Option<Admin>| {
            let next = present.and_then(|present| present.logged_out_everywhere());
            Ok(next.map_or(Next::Leave(()), |next| Next::write(next, event.clone(), ())))
        };
        record::change(&*self.ports.admins, caller.admin().id(), end).await
    }

    fn ended(&self, caller: &AdminContext, session: Option<&SessionId>) -> AuditEvent {
        session_event(
            &caller.act(&self.ports.events),
            caller.admin(),
            Action::SessionEnded,
            session,
        )
    }

    /// The organization of the owner of `token`, if its admins may act. The state of the admin is
    /// checked first, so that an invalid token reveals nothing about the organization.
    async fn organization_of(&self, token: &RefreshToken) -> Result<Organization, Error> {
        let now = self.ports.clock.now();
        let admin = self.ports.admins.get(&token.admin).await?;
        let admin =
            admin.filter(|admin| admin.has_issued(token, now)).ok_or(TokenError::Invalid)?;
        let organization = self.ports.organizations.get(admin.organization_id()).await?;
        require_active(organization).map_err(|error| match error {
            Error::NotFound(_) => TokenError::Invalid.into(),
            other => other,
        })
    }
}
