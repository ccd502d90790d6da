//! OpenAPI document, generated from the routes.

pub(crate) mod edit;
mod headers;
mod named;
mod problems;

use std::collections::BTreeSet;

use actix_web::App;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_actix_web::{AppExt, UtoipaApp};

use crate::compat::Dialects;
use crate::options::Routes;
use crate::problem::ProblemBody;
use crate::{compat, system, v1};

/// Builds the OpenAPI 3.1 document of an installation that mounts `dialects`.
#[must_use]
pub fn openapi(dialects: Dialects) -> utoipa::openapi::OpenApi {
    let mut document = documented(Routes::All, dialects).split_for_parts().1;
    keep_used_tags(&mut document);
    problems::complete(&mut document, compat::has, is_limited);
    compat::complete(&mut document);
    headers::complete(&mut document, is_limited);
    named::complete(&mut document);
    document
}

/// Registers the documented operations of `routes`.
pub(crate) fn documented(
    routes: Routes,
    dialects: Dialects,
) -> UtoipaApp<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let app = App::new().into_utoipa_app().openapi(Frame::openapi());
    match routes {
        Routes::Metrics => app.configure(system::metrics),
        Routes::AllButMetrics => app
            .configure(v1::configure)
            .configure(compat::configure(dialects))
            .configure(system::operations),
        Routes::All => app
            .configure(v1::configure)
            .configure(compat::configure(dialects))
            .configure(system::operations)
            .configure(system::metrics),
    }
}

/// Frame of the document: title, description, tags and security schemes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tenantry",
        description = "Organizations, their admins and their documents.\n\n\
            Create an organization, log in as its owner, and send the access token as \
            `Authorization: Bearer <token>`.\n\n\
            - Errors are problem details (RFC 9457); `type` is the path of a page on this server. Errors of the reference \
            APIs have the format of the respective legacy service.\n\
            - Every response contains `X-Request-Id`: the one of the request, or a generated one.\n\
            - A single resource has an `ETag`. Send it as `If-Match` to prevent lost updates, \
            or as `If-None-Match` to revalidate a cached representation.\n\
            - A POST with an `Idempotency-Key` can be retried for 24 hours: it is executed once.\n\
            - Lists are paginated: send `next` as `after` until it is null.\n\
            - Requests are rate limited by organization or client address: `RateLimit` contains the remaining number.",
        license(name = "MIT", identifier = "MIT"),
    ),
    tags(
        (name = "Organizations", description = "Creating, updating, suspending and deleting organizations."),
        (name = "Admins", description = "Administrators of an organization."),
        (name = "Documents", description = "Documents of an organization."),
        (name = "Audit trails", description = "Tamper-evident hash chains of audit events."),
        (name = "Authentication", description = "Login, token refresh, passwords, sessions and logout."),
        (name = "Reference API: org", description = "For clients of the legacy services with flat responses at `/org`, and of \
            the original `/admin/login`; COMPAT=org."),
        (name = "Reference API: org-envelope", description = "For clients of the legacy services at `/org` with responses in an \
            envelope of `success`, `message` and `data`; COMPAT=org-envelope."),
        (name = "Reference API: enterprise", description = "For clients of the legacy service at \
            `/organizations` and `/auth` with responses in an envelope of `success`, `data` and `message`; COMPAT=enterprise."),
        (name = "System", description = "Health, metrics, public keys and the API description of the installation."),
    ),
    components(schemas(ProblemBody)),
    modifiers(&Bearer),
)]
struct Frame;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "The `access_token` of POST /v1/auth/login, or the operator's token.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Removes the tags of dialects that are not mounted.
fn keep_used_tags(document: &mut utoipa::openapi::OpenApi) {
    let mut used = BTreeSet::new();
    for item in document.paths.paths.values_mut() {
        used.extend(
            edit::operations(item).filter_map(|operation| operation.tags.clone()).flatten(),
        );
    }
    if let Some(tags) = &mut document.tags {
        tags.retain(|tag| used.contains(&tag.name));
    }
}

/// Whether requests to `path` are rate limited.
fn is_limited(path: &str) -> bool {
    path.starts_with("/v1/") || compat::is_limited(path)
}
