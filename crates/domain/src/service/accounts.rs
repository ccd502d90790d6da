//! An organization and the account of the admin who asks, changed by one request.

use super::admins::record::{self, Next};
use super::telling::told;
use super::{AdminContext, Error, Organizations};
use crate::model::{
    Action, Admin, AdminChange, Changes, Email, Organization, OrganizationChange, OrganizationName,
    Password, Precondition, Slug,
};
use crate::ports::{Ports, TokenError};

/// What to change; nothing, by default.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// Another name of the organization.
    pub name: Option<OrganizationName>,
    /// Another address of the admin.
    pub email: Option<Email>,
    /// Another password of the admin.
    pub password: Option<Password>,
}

/// The use case of changing both at once.
#[derive(Clone)]
pub struct Accounts {
    ports: Ports,
    organizations: Organizations,
}

impl Accounts {
    pub(super) fn new(ports: Ports, organizations: Organizations) -> Self {
        Self { ports, organizations }
    }

    /// Renames the caller's organization, and gives the caller another address and another password: all of it
    /// or nothing. Another password ends the other sessions of the caller. A name with the key of the present one
    /// changes nothing.
    ///
    /// # Errors
    /// [`Error::NameTaken`], [`Error::EmailTaken`], [`Error::Invalid`] at `/password` when that is easy to guess,
    /// [`Error::Forbidden`] for viewers, [`Error::Suspended`], [`Error::Overloaded`], [`Error::Contended`] and
    /// [`Error::Store`].
    pub async fn update(
        &self,
        caller: &AdminContext,
        change: AccountChange,
    ) -> Result<(Organization, Admin), Error> {
        let home = caller.own_to_write(caller.organization().id())?;
        let AccountChange { name, email, password } = change;
        let name = name.filter(|name| Slug::of(name) != *home.slug());
        if let Some(name) = &name {
            let holder = self.ports.organizations.find_by_slug(&Slug::of(name)).await?;
            if holder.is_some_and(|holder| holder.id() != home.id()) {
                return Err(Error::NameTaken);
            }
        }
        let admin = self.amend(caller, email, password).await?;
        let organization = match name {
            Some(name) => {
                let change =
                    OrganizationChange { name: Some(name), ..OrganizationChange::default() };
                self.organizations.update(caller, home.id(), &change, &Precondition::None).await?
            }
            None => home.clone(),
        };
        Ok((organization, admin))
    }

    async fn amend(
        &self,
        caller: &AdminContext,
        email: Option<Email>,
        password: Option<Password>,
    ) -> Result<Admin, Error> {
        let address = email.as_ref().unwrap_or(caller.admin().email());
        let hash = match password {
            Some(password) => {
                password
                    .must_not_be_guessable(address, caller.organization().name())
                    .map_err(|invalid| Error::Invalid(invalid.at("/password")))?;
                Some(self.ports.hasher.hash(password).await?)
            }
            None => None,
        };
        let (id, act) = (caller.admin().id(), caller.act(&self.ports));
        let change = AdminChange { email, ..AdminChange::default() };
        let transition = |present: Option<Admin>| {
            let present = present.filter(Admin::is_active).ok_or(TokenError::Invalid)?;
            let now = self.ports.clock.now();
            let mut next = present.amended(&change, now);
            if let Some(hash) = &hash {
                next = next.with_password(hash.clone(), caller.session(), now);
            }
            if next == present {
                return Ok(Next::Leave(present));
            }
            let changes = Changes::of_admin(Some(&present), Some(&next));
            let home = caller.organization().id();
            let event = told(&act, home, Action::AdminUpdated, Some(id), changes);
            Ok(Next::write(next.clone(), event, next))
        };
        record::change(&self.ports, id, transition).await
    }
}
