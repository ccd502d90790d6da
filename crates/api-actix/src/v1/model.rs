//! Response representations of the resources.

mod admin;
mod document;
mod event;
mod logged_in;
mod organization;
mod session;
mod storage;
mod verification;

pub(super) use admin::{AdminBody, RoleBody};
pub(super) use document::DocumentBody;
pub(super) use event::{ActionBody, EventBody, TrailLineBody};
pub(super) use logged_in::LoggedInBody;
pub(super) use organization::OrganizationBody;
pub(super) use session::SessionBody;
pub(super) use storage::{QuotaBody, UsageBody};
pub(super) use verification::{SignedHeadBody, VerificationBody};
