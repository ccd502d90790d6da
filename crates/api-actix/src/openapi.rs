//! The description of the interface, collected from the routes themselves.

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

/// The OpenAPI 3.1 document of an installation that mounts `dialects`.
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

/// The documented ones of `routes`.
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

/// What the operations are put into.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tenantry",
        description = "Organizations, their admins and their documents.\n\n\
            Create an organization, log in as its owner, and send the token that you get as \
            `Authorization: Bearer <token>`.\n\n\
            - Every failure is a problem detail (RFC 9457); its `type` is a page on this server. Those of the reference \
            APIs are what their clients know.\n\
            - Every answer carries `X-Request-Id`: the one that you sent, or a fresh one.\n\
            - A single resource has an `ETag`. Send it back as `If-Match` to change only what you have \
            seen, or as `If-None-Match` to fetch only what you have not.\n\
            - A POST with an `Idempotency-Key` may be sent again for 24 hours: it is carried out once.\n\
            - Lists are given by pages: send `next` back as `after` until it is null.\n\
            - Requests are limited, by organization or by address: `RateLimit` tells how many are left.",
        license(name = "MIT", identifier = "MIT"),
    ),
    tags(
        (name = "Organizations", description = "Creating, changing, suspending and deleting them."),
        (name = "Admins", description = "The people who run an organization."),
        (name = "Documents", description = "What an organization keeps."),
        (name = "Audit trails", description = "Who did what, in chains that show when somebody touches them."),
        (name = "Authentication", description = "Logging in, going on, and logging out."),
        (name = "Reference API: org", description = "For clients of the services that answer flat below `/org`, and of \
            the original `/admin/login`; COMPAT=org."),
        (name = "Reference API: org-envelope", description = "For clients of the services that answer below `/org` in an \
            envelope of `success`, `message` and `data`; COMPAT=org-envelope."),
        (name = "Reference API: enterprise", description = "For clients of the service that answers below \
            `/organizations` and `/auth` in an envelope of `success`, `data` and `message`; COMPAT=enterprise."),
        (name = "System", description = "The installation itself."),
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

/// Leaves out the tags of what is not mounted.
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

/// Whether requests to `path` are counted.
fn is_limited(path: &str) -> bool {
    path.starts_with("/v1/") || compat::is_limited(path)
}
