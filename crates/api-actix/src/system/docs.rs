//! `/docs`: Swagger UI, where users can try out every operation.

use super::asset::Asset;

/// Responds with the page. Its images are `data:` URLs in the style sheet.
pub(super) async fn get() -> Asset {
    Asset::page(
        include_str!("../../assets/docs.html"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
}
