//! Resources as they are shown.

mod admin;
mod document;
mod logged_in;
mod organization;
mod session;

pub(super) use admin::{AdminBody, RoleBody};
pub(super) use document::DocumentBody;
pub(super) use logged_in::LoggedInBody;
pub(super) use organization::OrganizationBody;
pub(super) use session::SessionBody;
