//! Query parameters of this dialect's operations that differ from those of `org`.

use utoipa::IntoParams;

use crate::compat::form::{FormReader, FromForm};
use crate::compat::org::account::Name;

/// Organization to update.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Current {
    /// Current name of the organization, which must be the caller's.
    #[param(value_type = String, min_length = 3, max_length = 50, example = "Acme Inc")]
    pub(super) current_org_name: Name,
}

impl FromForm for Current {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        Some(Self { current_org_name: fields.required("current_org_name", Name::parse)? })
    }
}

/// Organization to delete.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Doomed {
    /// Name of the organization, which must be the caller's.
    #[param(min_length = 3, max_length = 50, example = "Acme Inc")]
    pub(super) organization_name: String,
}

impl FromForm for Doomed {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        Some(Self { organization_name: fields.required("organization_name", Ok)? })
    }
}
