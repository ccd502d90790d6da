//! `GET /metrics`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::Metrics;
use crate::problem::{Code, Problem};

/// Get figures about the running process
///
/// Requests by route, method and status, how long they took, and how much room there is for
/// tenants, in the text format of Prometheus. With `METRICS_BIND` set, this is on that address
/// alone.
#[utoipa::path(
    tag = "System",
    operation_id = "get_metrics",
    responses((
        status = OK,
        description = "The figures",
        body = String,
        content_type = TEXT,
        example = "# HELP tenantry_build_info The version that runs; always 1\n\
                   # TYPE tenantry_build_info gauge\n\
                   tenantry_build_info{version=\"0.1.0\"} 1\n",
    )),
    security(()),
)]
#[get("/metrics")]
pub(super) async fn get_metrics(metrics: Data<Metrics>) -> Result<HttpResponse, Problem> {
    let text = metrics.text().map_err(|error| Problem::new(Code::Internal).caused_by(error))?;
    Ok(HttpResponse::Ok().content_type(TEXT).body(text))
}

/// The media type of the format; readers tell its version by the parameter.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
