//! Response bodies of this dialect.

use domain::model::{Admin, Email, Organization, OrganizationId, Status};
use domain::service::PublicOrganization;
use serde::Serialize;
use utoipa::ToSchema;

use crate::compat::org::shapes::collection;
use crate::compat::time::naive;

/// Success response.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgEnvelope)]
pub(super) struct Envelope<T> {
    /// Always true.
    success: bool,
    /// Human-readable message.
    message: String,
    /// Data of the response.
    data: T,
}

impl<T> Envelope<T> {
    pub(super) fn new(message: impl Into<String>, data: T) -> Self {
        Self { success: true, message: message.into(), data }
    }
}

/// Empty data: null.
#[derive(Serialize, ToSchema)]
pub(super) struct Nothing;

/// Data member of a response with an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgEnvelopeOrganizationData)]
pub(super) struct OrganizationData {
    organization: OrganizationShape,
}

/// Organization.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgEnvelopeOrganization)]
struct OrganizationShape {
    /// Id of the organization; never changes and is never reused.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: OrganizationId,
    /// Name of the organization.
    #[schema(example = "acme_inc")]
    name: String,
    /// Name of the collection that holds the documents; null while provisioning.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<String>,
    /// E-mail address of the organization's representative admin; null if there is none any more.
    #[schema(required = true, example = "ada@example.com")]
    admin_email: Option<String>,
    /// Creation time, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    created_at: String,
    /// Time of the last change, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    updated_at: String,
    /// Whether the organization's admins may log in.
    is_active: bool,
}

impl OrganizationData {
    pub(super) fn new(organization: &Organization, admin: Option<&Email>) -> Self {
        let organization = OrganizationShape {
            id: organization.id().clone(),
            name: organization.name().as_str().to_owned(),
            collection_name: collection(organization),
            admin_email: admin.map(|email| email.as_str().to_owned()),
            created_at: naive(organization.created_at()),
            updated_at: naive(organization.updated_at()),
            is_active: organization.status() != Status::Suspended,
        };
        Self { organization }
    }

    pub(super) fn of(entry: &PublicOrganization) -> Self {
        Self::new(&entry.organization, entry.admin.as_ref().map(Admin::email))
    }
}
