//! Requests that match no operation.

use std::collections::HashMap;
use std::sync::OnceLock;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};

use crate::api_description::ApiDescription;
use crate::problem::{Code, Problem};

/// Allowed methods of each path in the OpenAPI document.
static METHODS: OnceLock<HashMap<String, String>> = OnceLock::new();

/// Allowed methods of system pages, which are not in the OpenAPI document.
const OF_PAGES: &str = "GET, HEAD";

/// Rejects paths that match a route only after percent-decoding, such as `/%6Detrics`: a rule of a
/// reverse proxy for `/metrics` would not match them. Path parameters may be encoded.
pub(crate) async fn refuse_encoded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.path().contains('%') && request.match_pattern().is_none() {
        return Ok(request.error_response(Problem::new(Code::RouteNotFound)));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Responds with 404 for an unknown path, and with 405 for an unsupported method.
pub(crate) async fn refuse(
    request: HttpRequest,
    description: web::Data<ApiDescription>,
) -> Result<HttpResponse, Problem> {
    let Some(path) = request.match_pattern() else {
        return Err(Problem::new(Code::RouteNotFound));
    };
    let methods = METHODS.get_or_init(|| methods_of_paths(&description));
    // If the trailing slash is optional, the OpenAPI document has the path with it.
    let known = methods.get(&path).or_else(|| methods.get(&format!("{path}/")));
    let allowed = known.map_or(OF_PAGES, String::as_str);
    let problem = Problem::new(Code::MethodNotAllowed);
    Err(match HeaderValue::from_str(allowed) {
        Ok(allowed) => problem.with_header(ALLOW, allowed),
        Err(_) => problem,
    })
}

fn methods_of_paths(description: &ApiDescription) -> HashMap<String, String> {
    // The two dialects that share their paths support the same methods.
    let paths = description.default_document().paths.paths.into_iter();
    paths.map(|(path, item)| (path, methods(&item))).collect()
}

fn methods(item: &utoipa::openapi::PathItem) -> String {
    let of = |method, there: bool| there.then_some(method);
    let all = [
        of("GET, HEAD", item.get.is_some()),
        of("POST", item.post.is_some()),
        of("PUT", item.put.is_some()),
        of("PATCH", item.patch.is_some()),
        of("DELETE", item.delete.is_some()),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
