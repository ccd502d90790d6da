//! `/redoc`: ReDoc, the API reference.

use super::asset::Asset;

/// Responds with the page.
///
/// ReDoc adds two inline styles: an empty one (the first hash), which it fills through the CSS
/// object model, and that of its scroll bars (the second). Its search runs in a worker created from
/// a `blob:` URL.
pub(super) async fn get() -> Asset {
    Asset::page(
        include_str!("../../assets/redoc.html"),
        "default-src 'none'; script-src 'self'; \
         style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
         'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; \
         img-src 'self' data:; connect-src 'self'; worker-src blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
}
