//! Audit trails: of an organization, and of what belongs to none.

mod events;
mod export;
mod installation;
mod lines;
mod list;
mod verify;

use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list_audit_events)
        .service(export::export_audit_events)
        .service(verify::verify_audit_events)
        .configure(installation::configure);
}
