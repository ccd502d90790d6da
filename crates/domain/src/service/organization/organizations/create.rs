//! Sign-up of organizations.

use super::{CreateOrganization, NewOwner, Organizations, Signup};
use crate::model::{
    Admin, AuditActor, AuditContext, NewAdmin, NewOrganization, Organization, PlacementKind,
    RequestInfo, Role, Slug,
};
use crate::ports::{HashJob, StoreError, WriteError};
use crate::service::audit_events::act;
use crate::service::{Caller, DriveOutcome, Error, RequiredRole};

impl Organizations {
    /// Creates an organization with its first admin and its collection.
    ///
    /// # Errors
    /// [`Error::NameTaken`] and [`Error::EmailTaken`]; [`Error::Unauthenticated`] or
    /// [`Error::Forbidden`] where only the operator creates organizations; [`Error::Invalid`] when
    /// the password is easy to guess; [`Error::Capacity`]; [`Error::Overloaded`] and
    /// [`Error::Store`], after which the same request can be retried.
    pub async fn create(
        &self,
        caller: Option<&Caller>,
        request_info: RequestInfo,
        request: CreateOrganization,
    ) -> Result<Organization, Error> {
        self.may_create(caller)?;
        let job = HashJob::sign_up(request_info.address);
        let act = match caller {
            Some(caller) => caller.act(&self.ports.events),
            None => act(&self.ports.events, AuditActor::anonymous(), Some(request_info)),
        };
        let NewOwner { email, password, .. } = &request.owner;
        password
            .must_not_be_guessable(email, &request.name)
            .map_err(|invalid| Error::Invalid(invalid.at("/owner/password")))?;
        self.refuse_taken(&request).await?;
        let placement = self.capacity.choose_placement().await?;
        let organization = self.first_record(request, placement, act, job).await?;
        self.store_intent(&organization).await?;
        let organization = self.capacity.confirm(organization).await?;
        match self.lifecycle.drive(organization).await {
            DriveOutcome::Settled(organization) => Ok(*organization),
            DriveOutcome::Undone => Err(Error::EmailTaken),
            DriveOutcome::Unfinished { organization, cause } => {
                super::change::report_unfinished(&organization, &cause);
                Ok(*organization)
            }
            DriveOutcome::Unknown(cause) => Err(cause.into()),
        }
    }

    fn may_create(&self, caller: Option<&Caller>) -> Result<(), Error> {
        match (self.signup, caller) {
            (Signup::Open, _) | (Signup::Operator, Some(Caller::Operator(_))) => Ok(()),
            (Signup::Operator, None) => Err(Error::Unauthenticated),
            (Signup::Operator, Some(Caller::Admin(_))) => {
                Err(Error::Forbidden(RequiredRole::Operator))
            }
        }
    }

    /// Checks early, before a password is hashed; the writes of organization and admin decide.
    async fn refuse_taken(&self, request: &CreateOrganization) -> Result<(), Error> {
        let slug = Slug::of(&request.name);
        if self.ports.organizations.find_by_slug(&slug).await?.is_some() {
            return Err(Error::NameTaken);
        }
        if self.ports.admins.find_by_email(&request.owner.email.key()).await?.is_some() {
            return Err(Error::EmailTaken);
        }
        Ok(())
    }

    async fn first_record(
        &self,
        request: CreateOrganization,
        placement: PlacementKind,
        act: AuditContext,
        job: HashJob,
    ) -> Result<Organization, Error> {
        let password_hash = self.ports.hasher.hash(job, request.owner.password).await?;
        let now = self.ports.clock.now();
        let id = self.ports.ids.organization();
        let admin = NewAdmin {
            id: self.ports.ids.admin(),
            organization: id.clone(),
            email: request.owner.email,
            name: request.owner.name,
            role: Role::Owner,
            password_hash,
        };
        let new = NewOrganization {
            id,
            name: request.name,
            description: request.description,
            metadata: request.metadata,
            admin: Admin::new(admin, now),
            placement,
            act,
        };
        Ok(Organization::provisioning(new, now))
    }

    /// Makes the intent durable. After a failure that may hide a success, reads the stored record
    /// to decide.
    async fn store_intent(&self, organization: &Organization) -> Result<(), Error> {
        match self.ports.organizations.insert(organization).await {
            Ok(()) => Ok(()),
            Err(WriteError::Taken) => Err(Error::NameTaken),
            Err(WriteError::Stale) => {
                Err(StoreError::unavailable("an id was given out twice").into())
            }
            Err(WriteError::Store(cause)) => {
                match self.ports.organizations.get(organization.id()).await {
                    Ok(Some(_)) => Ok(()),
                    _ => Err(cause.into()),
                }
            }
        }
    }
}
