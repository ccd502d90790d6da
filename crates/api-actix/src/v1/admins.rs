//! Admins of an organization.

mod create;
mod delete;
mod get;
mod list;
mod update;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list_admins)
        .service(create::create_admin)
        .service(get::get_admin)
        .service(update::update_admin)
        .service(delete::delete_admin);
}
