//! Authentication: login, token refresh, passwords, sessions and logout.

mod login;
mod logout;
mod password;
mod refresh;
mod sessions;
mod token;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(login::login)
        .service(refresh::refresh)
        .service(logout::logout)
        .service(password::change_password)
        .service(token::issue_token)
        .configure(sessions::configure);
}
