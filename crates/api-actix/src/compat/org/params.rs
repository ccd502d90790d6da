//! Query parameters of this dialect's operations.

use utoipa::IntoParams;

use super::account::Name;
use crate::compat::form::{FormReader, FromForm};

/// Organization to return.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::compat) struct Named {
    /// Name of the organization, in any spelling that normalizes to it.
    #[param(value_type = String, min_length = 3, max_length = 50, example = "Acme Inc")]
    pub(in crate::compat) organization_name: Name,
}

impl FromForm for Named {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let organization_name = fields.required("organization_name", Name::parse);
        Some(Self { organization_name: organization_name? })
    }
}

/// Organization to update.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Current {
    /// Current name of the organization, which must be the caller's.
    #[param(
        value_type = Option<String>,
        nullable = false,
        min_length = 3,
        max_length = 50,
        example = "Acme Inc"
    )]
    pub(super) current_org_name: Option<Name>,
}

impl FromForm for Current {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        Some(Self { current_org_name: fields.optional("current_org_name", Name::parse)? })
    }
}

/// Organization to delete.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Own {
    /// Name of the organization, which must be the caller's.
    #[param(
        value_type = Option<String>,
        nullable = false,
        min_length = 3,
        max_length = 50,
        example = "Acme Inc"
    )]
    pub(super) organization_name: Option<Name>,
}

impl FromForm for Own {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        Some(Self { organization_name: fields.optional("organization_name", Name::parse)? })
    }
}
