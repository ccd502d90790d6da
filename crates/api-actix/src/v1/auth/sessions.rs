//! Sessions of the authenticated admin.

mod end;
mod end_all;
mod list;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list::list_sessions).service(end_all::end_sessions).service(end::end_session);
}
