//! Dialect `enterprise`.

use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::voice::{self, Voice};
use crate::problem::{Code, Problem};

/// Its words for what may go wrong anywhere.
pub(super) const VOICE: Voice = Voice(words);

/// Mounts the operations below `/organizations`.
pub(super) fn configure(_config: &mut ServiceConfig<'_>) {}

/// Mounts the operations below `/auth`.
pub(super) fn configure_auth(_config: &mut ServiceConfig<'_>) {}

fn words(problem: &Problem) -> Value {
    json!(match problem.code() {
        Code::TokenInvalid | Code::TokenExpired => "Invalid or expired token".into(),
        Code::InvalidCredentials => "Incorrect email or password".into(),
        Code::OrganizationNotFound => "Organization not found".into(),
        _ => voice::usual(problem),
    })
}
