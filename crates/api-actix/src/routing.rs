//! Requests that no operation takes.

use std::collections::HashMap;
use std::sync::OnceLock;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};

use crate::api_description::ApiDescription;
use crate::problem::{Code, Problem};

/// The allowed methods of each path in the API description.
static METHODS: OnceLock<HashMap<String, String>> = OnceLock::new();

/// Pages of the system, which the description does not have, can be read and nothing else.
const OF_PAGES: &str = "GET, HEAD";

/// Refuses paths that match a route only after percent-decoding, such as `/%6Detrics`: a rule of a
/// reverse proxy for `/metrics` does not match them. Parameters may be encoded.
pub(crate) async fn refuse_encoded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.path().contains('%') && request.match_pattern().is_none() {
        return Ok(request.error_response(Problem::new(Code::RouteNotFound)));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Tells an unknown path from a known one with another method.
pub(crate) async fn refuse(
    request: HttpRequest,
    description: web::Data<ApiDescription>,
) -> Result<HttpResponse, Problem> {
    let Some(path) = request.match_pattern() else {
        return Err(Problem::new(Code::RouteNotFound));
    };
    let methods = METHODS.get_or_init(|| methods_of_paths(&description));
    // Where a path may end in a slash, or not, the description has it with one.
    let known = methods.get(&path).or_else(|| methods.get(&format!("{path}/")));
    let allowed = known.map_or(OF_PAGES, String::as_str);
    let problem = Problem::new(Code::MethodNotAllowed);
    Err(match HeaderValue::from_str(allowed) {
        Ok(allowed) => problem.with_header(ALLOW, allowed),
        Err(_) => problem,
    })
}

fn methods_of_paths(description: &ApiDescription) -> HashMap<String, String> {
    // The two dialects that share their paths have the same methods.
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
