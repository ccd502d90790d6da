//! Reference APIs: the interfaces of legacy services, so that their clients keep working against
//! Tenantry. Each dialect is a thin layer of body schemas and texts over the same use cases as
//! version 1; additional validation in a dialect is that of its legacy service.

mod default_detail;
mod details;
mod dialect_error;
mod dialects;
mod enterprise;
mod form;
mod health;
mod org;
mod org_envelope;
mod status;
mod time;

use actix_web::middleware::from_fn;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::identify;
use crate::limits::enforce;
use crate::problem::{ErrorFormat, set_error_format};

pub(crate) use details::complete;
pub use dialects::{Dialects, InvalidDialects, OrgDialect};

/// Path prefixes of the operations.
const PATHS: [&str; 4] = ["/org/", "/admin/", "/organizations/", "/auth/"];

/// Registers the operations of `dialects`.
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

/// Whether errors at `path` have the format of a dialect.
pub(crate) fn has(path: &str) -> bool {
    path == "/health" || is_limited(path)
}

/// Whether `path` belongs to a rate-limited operation of a dialect.
pub(crate) fn is_limited(path: &str) -> bool {
    path == "/organizations" || PATHS.iter().any(|begin| path.starts_with(begin))
}

/// Mounts `operations` at `path`; their errors have this `format`.
fn mount(
    config: &mut ServiceConfig<'_>,
    path: &'static str,
    format: ErrorFormat,
    operations: fn(&mut ServiceConfig<'_>),
) {
    let operations = scope(path).configure(operations);
    // The middleware that is wrapped last runs first.
    config.service(
        operations
            .wrap(from_fn(enforce))
            .wrap(from_fn(identify))
            .wrap(from_fn(move |request, next| set_error_format(format, request, next))),
    );
}
