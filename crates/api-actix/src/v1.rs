//! Version 1 of the API.

mod admins;
mod audit;
mod auth;
mod documents;
mod me;
mod model;
mod organizations;
mod params;

use actix_web::middleware::from_fn;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::identify;
use crate::limits::enforce;

/// Registers the operations.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    let operations = scope("/v1")
        .configure(organizations::configure)
        .configure(admins::configure)
        .configure(documents::configure)
        .configure(audit::configure)
        .configure(auth::configure)
        .configure(me::configure);
    // The middleware that is wrapped last runs first.
    config.service(operations.wrap(from_fn(enforce)).wrap(from_fn(identify)));
}
