//! The installation's audit trail: events that belong to no organization. Operator only.

mod export;
mod list;
mod verify;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list_installation_events)
        .service(export::export_installation_events)
        .service(verify::verify_installation_events);
}
