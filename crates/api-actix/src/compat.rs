//! The reference APIs: services that did this job before, whose clients go on working when they are
//! sent here. Each dialect is a thin layer of shapes and texts over the same use cases as version
//! 1; what a dialect checks beyond that is what its service checked.

mod default_detail;
mod details;
mod dialects;
mod enterprise;
mod form;
mod health;
mod org;
mod org_envelope;
mod refusal;
mod status;
mod time;

use actix_web::middleware::from_fn;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::identify;
use crate::limits::hold;
use crate::problem::{ErrorFormat, set_error_format};

pub(crate) use details::complete;
pub use dialects::{Dialects, InvalidDialects, OrgDialect};

/// The beginnings of the paths of operations.
const PATHS: [&str; 4] = ["/org/", "/admin/", "/organizations/", "/auth/"];

/// Mounts the operations of `dialects`.
pub(crate) fn configure(dialects: Dialects) -> impl Fn(&mut ServiceConfig<'_>) {
    move |config| {
        match dialects.org {
            Some(OrgDialect::Plain) => {
                mount(config, "/org", org::ERROR_FORMAT, org::configure);
                mount(config, "/admin", org::ERROR_FORMAT, org::configure_admin);
            }
            Some(OrgDialect::Envelope) => {
                mount(config, "/org", org::ERROR_FORMAT, org_envelope::configure);
                mount(config, "/admin", org::ERROR_FORMAT, org_envelope::configure_admin);
            }
            None => {}
        }
        if dialects.enterprise {
            mount(config, "/organizations", enterprise::ERROR_FORMAT, enterprise::configure);
            mount(config, "/auth", enterprise::ERROR_FORMAT, enterprise::configure_auth);
        }
        if dialects.any() {
            config.service(health::get_health);
        }
    }
}

/// Whether what fails at `path` is told in the words of a dialect.
pub(crate) fn has(path: &str) -> bool {
    path == "/health" || is_limited(path)
}

/// Whether `path` is one of an operation of a dialect, for which requests are counted.
pub(crate) fn is_limited(path: &str) -> bool {
    path == "/organizations" || PATHS.iter().any(|begin| path.starts_with(begin))
}

/// Mounts `operations` at `path`; errors there have this `format`.
fn mount(
    config: &mut ServiceConfig<'_>,
    path: &'static str,
    format: ErrorFormat,
    operations: fn(&mut ServiceConfig<'_>),
) {
    let operations = scope(path).configure(operations);
    // The last is the first to see a request.
    config.service(
        operations
            .wrap(from_fn(hold))
            .wrap(from_fn(identify))
            .wrap(from_fn(move |request, next| set_error_format(format, request, next))),
    );
}
