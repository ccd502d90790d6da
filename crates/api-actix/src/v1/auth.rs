//! Logging in.

mod login;

use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(login::login);
}
