//! Changes the password of the authenticated admin.

use actix_web::{HttpResponse, post, web};
use domain::model::Password;
use domain::service::Services;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::input::{Body, FieldReader, FromFields, text};
use crate::problem::Problem;

/// Current and new password.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// Current password.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    current_password: Password,
    /// New password.
    #[schema(
        value_type = String,
        format = Password,
        min_length = 8,
        max_length = 128,
        example = "staple and a second horse"
    )]
    new_password: Password,
}

impl FromFields for ChangePassword {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let current = fields.required("current_password", text(|text| Ok(Password::attempt(text))));
        let new = fields.required("new_password", text(Password::choose));
        Some(Self { current_password: current?, new_password: new? })
    }
}

/// Change your password
///
/// Ends all sessions except the current one.
#[utoipa::path(
    tag = "Authentication",
    request_body = ChangePassword,
    responses(
        (status = 204, description = "Password changed"),
        (status = 403, description = "forbidden"),
        (status = 409, description = "contended"),
        (status = 429, description = "too_many_attempts"),
        (status = 503, description = "overloaded, store_unavailable"),
    ),
    security(("bearer" = [])),
)]
#[post("/auth/password")]
pub(super) async fn change_password(
    services: web::Data<Services>,
    admin: Admin,
    body: Body<ChangePassword>,
) -> Result<HttpResponse, Problem> {
    let ChangePassword { current_password, new_password } = body.0;
    services.passwords.change(&admin.context()?, current_password, new_password).await?;
    Ok(HttpResponse::NoContent().finish())
}
