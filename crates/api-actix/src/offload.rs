//! Runs computations over large bodies outside of the worker threads.

use actix_web::{HttpRequest, web};
use domain::model::Document;
use domain::service::{Offload, Services};

use crate::auth::{reauthorize, requester};
use crate::problem::Problem;

/// Runs `work`, which processes `bytes` for the client of `request`. Offloaded work may have waited
/// in a queue, so the caller is authorized again after it.
pub(crate) async fn run<T: Send + 'static>(
    request: &HttpRequest,
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let Some(services) = request.app_data::<web::Data<Services>>() else { return Ok(work()) };
    let result = services.offload.run(&requester(request), bytes, work).await?;
    if bytes > Offload::INLINE {
        reauthorize(request).await;
    }
    Ok(result)
}

/// Computes the entity tag of `document`.
pub(crate) async fn hashed(request: &HttpRequest, document: Document) -> Result<Document, Problem> {
    let bytes = document.json().len();
    let hash = move || {
        let _ = document.tag();
        document
    };
    run(request, bytes, hash).await
}
