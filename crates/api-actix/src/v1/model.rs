//! Resources as they are shown.

mod admin;
mod document;
mod organization;

pub(super) use admin::AdminBody;
pub(super) use document::DocumentBody;
pub(super) use organization::OrganizationBody;
