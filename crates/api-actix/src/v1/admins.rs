//! The admins of an organization.

mod get;
mod list;

use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list::list_admins).service(get::get_admin);
}
