//! Organizations.

mod activate;
mod create;
mod delete;
mod get;
mod list;
mod suspend;
mod update;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use domain::model::Organization;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::OrganizationBody;
use crate::response;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create::create_organization)
        .service(list::list_organizations)
        .service(get::get_organization)
        .service(update::update_organization)
        .service(delete::delete_organization)
        .service(suspend::suspend_organization)
        .service(activate::activate_organization);
}

/// Responds with a changed organization; 202 while the change is still pending.
fn changed(organization: &Organization) -> HttpResponse {
    let status = if organization.is_pending() { StatusCode::ACCEPTED } else { StatusCode::OK };
    response::changed(status, &organization.version(), &OrganizationBody::from(organization))
}
