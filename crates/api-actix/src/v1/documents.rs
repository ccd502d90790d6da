//! Documents of an organization.

mod delete;
mod export;
mod get;
mod import;
mod insert;
mod list;
mod put;
mod update;
mod usage;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(insert::insert_document)
        .service(import::import_documents)
        .service(list::list_documents)
        // Before the routes that match any document id.
        .service(export::export_documents)
        .service(get::get_document)
        .service(put::put_document)
        .service(update::update_document)
        .service(delete::delete_document)
        .service(usage::get_usage);
}
