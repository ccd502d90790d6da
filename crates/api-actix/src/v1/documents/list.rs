//! Lists the documents of an organization, page by page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{
    Document, DocumentId, DocumentQuery, Filter, Invalid, OrganizationId, Page, Position,
    Projection, Sort,
};
use domain::service::{self, Services};
use serde_json::Value;

use crate::auth::Admin;
use crate::input::{FieldReader, FromFields, Id, InvalidInput, PageQuery, Parameters, parse, text};
use crate::problem::{Code, ErrorLocation, FieldError, Problem};
use crate::response::{DocumentPage, PageBody};
use crate::v1::model::DocumentBody;
use crate::v1::params::{OrganizationPath, PageParams};
use crate::{in_flight, offload};

/// Filter, order and projection of a list of documents.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DocumentQueryParams {
    /// Only documents that match this filter: a JSON object in MongoDB's query language with
    /// equality, `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`, `$exists`, `$and` and
    /// `$or` over dotted paths; at most 16 KiB, 8 nesting levels and 64 conditions.
    #[param(value_type = Option<String>, nullable = false, example = r#"{"paid": false, "total": {"$gte": 100}}"#)]
    filter: Option<Filter>,
    /// Comma-separated paths to sort by; a leading `-` sorts in descending order. Ties are broken
    /// by `_id`.
    #[param(value_type = Option<String>, nullable = false, example = "-total,customer.name")]
    sort: Option<Sort>,
    /// Comma-separated paths of the fields to return; `_id` is always included. Default: all
    /// fields.
    #[param(value_type = Option<String>, nullable = false, example = "total,customer.name")]
    fields: Option<Projection>,
}

/// Query of a list of documents: filter, order, projection and page.
struct ListDocuments {
    params: DocumentQueryParams,
    page: PageQuery<Cursor>,
}

/// Cursor of a list of documents: a document id, or the token of a sorted list.
struct Cursor(String);

impl TryFrom<String> for Cursor {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Ok(Self(text))
    }
}

impl FromFields for ListDocuments {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let filter = fields.optional("filter", filter);
        let sort = fields.optional("sort", text(|text: String| Sort::parse(&text)));
        let shown = fields.optional("fields", text(|text: String| Projection::parse(&text)));
        let page = PageQuery::from_fields(fields);
        let params = DocumentQueryParams { filter: filter?, sort: sort?, fields: shown? };
        Some(Self { params, page: page? })
    }
}

pub(super) fn filter(value: Value) -> Result<Filter, InvalidInput> {
    let wrong = |invalid: Invalid| InvalidInput::Invalid(invalid.into());
    let Value::String(text) = value else { return Err(InvalidInput::Type("must be a string")) };
    if text.len() > Filter::MAX_BYTES {
        return Err(wrong(Invalid::TooLarge { max: Filter::MAX_BYTES }));
    }
    match parse(text.as_bytes()) {
        Ok(Value::Object(members)) => Filter::parse(members).map_err(InvalidInput::Invalid),
        Ok(_) => Err(wrong(Invalid::Format("must be a JSON object"))),
        Err(_) => Err(wrong(Invalid::Format(NOT_JSON))),
    }
}

const NOT_JSON: &str =
    "must be JSON without duplicate members and without numbers that exceed 64 bits";

/// List documents
///
/// Returns the documents of the organization that match a filter. Open to every admin of the
/// organization.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath, DocumentQueryParams, PageParams),
    responses(
        (status = 200, description = "Page of documents", body = PageBody<DocumentBody>),
        (status = 403, description = "forbidden"),
        (status = 409, description = "contended"),
        (status = 503, description = "moving, overloaded, query_too_expensive"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/documents")]
pub(super) async fn list_documents(
    services: web::Data<Services>,
    admin: Admin,
    id: Id<OrganizationId>,
    query: Parameters<ListDocuments>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let ListDocuments { params, page: PageQuery { after, size } } = query.0;
    let DocumentQueryParams { filter, sort, fields } = params;
    let (filter, sort) = (filter.unwrap_or_default(), sort.unwrap_or_default());
    let after = after.map(|after| position(&services, &id.0, &sort, after)).transpose()?;
    let query = DocumentQuery { filter, sort, after };
    let admin = admin.context()?;
    let read = || services.documents.list(&admin, &id.0, &query, size);
    let found = in_flight::read(&request, read, bytes).await?;
    let (bytes, sort) = (bytes(&found), query.sort);
    let page = move || page(&services, &id.0, (&sort, fields.as_ref()), &found);
    Ok(offload::run(&request, bytes, page).await??.respond(&request))
}

fn bytes(page: &Page<Document>) -> usize {
    page.items.iter().map(|document| document.json().len()).sum()
}

/// Renders the page `found` with the requested fields and the cursor of the next page.
fn page(
    services: &Services,
    organization: &OrganizationId,
    (sort, fields): (&Sort, Option<&Projection>),
    found: &Page<Document>,
) -> Result<DocumentPage, Problem> {
    let last = found.items.last().filter(|_| found.more);
    let next = last.map(|last| cursor(services, organization, sort, last)).transpose()?;
    Ok(match fields {
        Some(fields) => {
            let shown: Vec<_> = found.items.iter().map(|document| fields.of(document)).collect();
            DocumentPage::from_items(&shown, next.as_deref())
        }
        None => DocumentPage::from_items(&found.items, next.as_deref()),
    })
}

fn position(
    services: &Services,
    organization: &OrganizationId,
    sort: &Sort,
    Cursor(token): Cursor,
) -> Result<Position, Problem> {
    let position = if sort.is_by_id() {
        DocumentId::parse(token).ok().map(|id| Position { values: Vec::new(), id })
    } else {
        services.page_tokens.read(organization, sort, &token)
    };
    position.ok_or_else(|| {
        let location = ErrorLocation::Parameter("after");
        let detail = "must be a cursor from `next` of a list with the same order";
        let error = FieldError::new(location, "invalid_format", detail);
        Problem::invalid(Code::InvalidParameter, error)
    })
}

fn cursor(
    services: &Services,
    organization: &OrganizationId,
    sort: &Sort,
    last: &Document,
) -> Result<String, Problem> {
    if sort.is_by_id() {
        return Ok(last.id().to_string());
    }
    let position = sort.position(&last.tree()).map_err(service::Error::from)?;
    Ok(services.page_tokens.make(organization, sort, &position)?)
}
