//! Dialect `org-envelope`: the paths of `org`, with answers in an envelope.

use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts the operations below `/org`.
pub(super) fn configure(_config: &mut ServiceConfig<'_>) {}

/// Mounts the operations below `/admin`.
pub(super) fn configure_admin(_config: &mut ServiceConfig<'_>) {}
