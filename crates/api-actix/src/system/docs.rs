//! `/docs`: Swagger UI, in which every operation can be tried out.

use super::asset::Asset;

/// Answers with the page. Its pictures are in its style, as `data:`.
pub(super) async fn get() -> Asset {
    Asset::page(
        include_str!("../../assets/docs.html"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
}
