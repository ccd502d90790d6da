//! Paginated lists.

use actix_web::http::header::{ContentType, HeaderValue, LINK};
use actix_web::{HttpRequest, HttpResponse};
use data_encoding::BASE64URL_NOPAD;
use domain::model::{Document, Page};
use serde::Serialize;
use utoipa::ToSchema;

/// Page of a list.
#[derive(Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageBody<T> {
    /// Items of the page, ordered by id or sequence number unless the operation sorts them.
    items: Vec<T>,
    /// Cursor of the next page, sent as `after`; null on the last page.
    #[schema(required = true, example = json!(null))]
    next: Option<String>,
}

impl<T: Serialize> PageBody<T> {
    /// Represents the items of `page` by `body`; `id` is the key that the list is ordered by.
    pub(crate) fn new<'a, Item>(
        page: &'a Page<Item>,
        body: impl Fn(&'a Item) -> T,
        id: impl Fn(&'a Item) -> &'a str,
    ) -> Self {
        let last = page.items.last().filter(|_| page.more);
        Self::from_items(page.items.iter().map(body).collect(), last.map(id))
    }

    /// Builds a page from `items` and the key of the last one, if more items follow.
    pub(crate) fn from_items(items: Vec<T>, last: Option<&str>) -> Self {
        Self { items, next: last.map(|last| BASE64URL_NOPAD.encode(last.as_bytes())) }
    }

    /// Responds to `request`, with a link to the next page (RFC 8288).
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(link) = self.next.as_deref().and_then(|next| link(request, next)) {
            response.insert_header((LINK, link));
        }
        response.json(self)
    }
}

/// Page of documents, composed of their stored text; the same JSON as [`PageBody`].
pub(crate) struct DocumentPage {
    json: String,
    next: Option<String>,
}

impl DocumentPage {
    /// Builds a page from `items` and the key of the last one, if more items follow.
    pub(crate) fn from_items(items: &[Document], last: Option<&str>) -> Self {
        let next = last.map(|last| BASE64URL_NOPAD.encode(last.as_bytes()));
        let size: usize = items.iter().map(|item| item.json().len() + 1).sum();
        let mut json = String::with_capacity(size + 64 + next.as_ref().map_or(0, String::len));
        json.push_str("{\"items\":[");
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            json.push_str(item.json());
        }
        json.push_str("],\"next\":");
        // A cursor contains no character that JSON would have to escape.
        match &next {
            Some(next) => json.extend(["\"", next, "\""]),
            None => json.push_str("null"),
        }
        json.push('}');
        Self { json, next }
    }

    /// Responds to `request`, with a link to the next page (RFC 8288).
    pub(crate) fn respond(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(link) = self.next.as_deref().and_then(|next| link(request, next)) {
            response.insert_header((LINK, link));
        }
        response.content_type(ContentType::json()).body(self.json)
    }
}

/// Link to the same request with the cursor `next`.
fn link(request: &HttpRequest, next: &str) -> Option<HeaderValue> {
    let mut query = format!("after={next}");
    for pair in request.query_string().split('&') {
        if !pair.is_empty() && !pair.starts_with("after=") {
            query.push('&');
            query.push_str(pair);
        }
    }
    HeaderValue::from_str(&format!("<{}?{query}>; rel=\"next\"", request.path())).ok()
}
