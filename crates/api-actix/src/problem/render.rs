//! Rendering of all errors of the API and of the framework in one format.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use super::{Code, Problem};

/// Marks a response whose error is already rendered.
pub(crate) struct Rendered;

/// Middleware that renders the errors of the operations it wraps.
pub(crate) async fn render(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(rendered(next.call(request).await?.map_into_boxed_body()))
}

/// Returns the response; renders an error as problem details.
pub(crate) fn rendered(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if !failed || is_rendered(response.response()) {
        return response;
    }
    let answer = match response.response().error() {
        Some(error) => match error.as_error::<Problem>() {
            Some(problem) => problem.answer(response.request()),
            None => of_framework(response.status(), error.to_string()).answer(response.request()),
        },
        None => of_framework(response.status(), "no cause given").answer(response.request()),
    };
    response.into_response(answer)
}

fn is_rendered(response: &HttpResponse) -> bool {
    response.extensions().contains::<Rendered>()
}

/// Problem for an error of the framework.
fn of_framework(status: StatusCode, cause: impl Into<String>) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::new(Code::RouteNotFound),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::PayloadTooLarge),
        _ if status.is_client_error() => Problem::new(Code::BadRequest),
        _ => Problem::new(Code::Internal).caused_by(cause.into()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::error::{ErrorImATeapot, ErrorInternalServerError};
    use actix_web::test::TestRequest;
    use serde_json::Value;

    use super::*;

    #[actix_web::test]
    async fn framework_errors_are_rendered_as_problems() {
        for (answer, status, code) in [
            (HttpResponse::NotFound().finish(), 404, "route_not_found"),
            (HttpResponse::PayloadTooLarge().finish(), 413, "payload_too_large"),
            (HttpResponse::from_error(ErrorImATeapot("a secret")), 400, "bad_request"),
            (HttpResponse::from_error(ErrorInternalServerError("a secret")), 500, "internal_error"),
            (HttpResponse::BadGateway().body("a secret"), 500, "internal_error"),
        ] {
            let request = TestRequest::default().to_http_request();
            let rendered = rendered(ServiceResponse::new(request, answer));
            assert_eq!(rendered.status().as_u16(), status);
            let body = to_bytes(rendered.into_body()).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["code"], code);
            assert!(!body.to_string().contains("secret"), "{body}");
        }
    }
}
