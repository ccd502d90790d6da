//! `GET /metrics`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::Metrics;
use crate::problem::{Code, Problem};

/// Get Prometheus metrics
///
/// Returns request counts by route, method and status, request durations, and the number and limit
/// of tenant collections, in the text format of Prometheus. If `METRICS_BIND` is set, metrics are
/// only served on that address.
#[utoipa::path(
    tag = "System",
    operation_id = "get_metrics",
    responses((
        status = OK,
        description = "Metrics",
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

/// Media type of the text format, with its version.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
