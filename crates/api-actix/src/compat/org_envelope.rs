//! Dialect `org-envelope`: the paths, requests and behaviour of `org`, with responses in an
//! envelope.

mod create;
mod delete;
mod get;
mod login;
mod me;
mod params;
mod shapes;
mod update;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations below `/org`.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create::org_envelope_create)
        .service(get::org_envelope_get)
        .service(update::org_envelope_update)
        .service(delete::org_envelope_delete);
}

/// Registers the operations below `/admin`.
pub(super) fn configure_admin(config: &mut ServiceConfig<'_>) {
    config.service(login::org_envelope_admin_login).service(me::org_envelope_admin_me);
}
