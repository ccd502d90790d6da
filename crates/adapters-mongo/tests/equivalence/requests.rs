//! Arguments of the use cases.

use domain::model::{
    Description, Document, LimitsChange, Organization, OrganizationChange, Page, Precondition,
    RateLimit, StorageQuotaChange,
};
use domain::ports::OrganizationFilter;
use domain::service::{Caller, Error, Services};
use port_contracts::fixtures::{document, document_id, organization_name, page_of};
use serde_json::json;

use crate::contents::without_uuid;
use crate::installation::{Output, output};
use crate::known::Known;
use crate::operations::{DocumentsRequest, Listing, OperatorsRequest, OwnersRequest};

pub(crate) async fn of_owner(
    services: &Services,
    caller: &Caller,
    request: OwnersRequest,
    known: &Known,
) -> Result<Organization, Error> {
    let (organizations, admin) = (&services.organizations, caller.admin()?);
    let id = admin.organization().id();
    match request {
        OwnersRequest::Rename { name, condition } => {
            let name = Some(organization_name(name));
            let change = OrganizationChange { name, ..OrganizationChange::default() };
            organizations.update(admin, id, &change, &known.condition(condition, id)).await
        }
        OwnersRequest::Describe { text } => {
            let description = Some(text.map(|text| Description::parse(text).unwrap()));
            let change = OrganizationChange { description, ..OrganizationChange::default() };
            organizations.update(admin, id, &change, &Precondition::None).await
        }
        OwnersRequest::Delete => organizations.delete(caller, id, &Precondition::None).await,
        OwnersRequest::Look { organization } => {
            organizations.get(caller, &known.id(organization)).await
        }
    }
}

pub(crate) async fn of_operator(
    services: &Services,
    caller: &Caller,
    request: OperatorsRequest,
    known: &Known,
) -> Result<Output, Error> {
    let (organizations, operator) = (&services.organizations, caller.operator()?);
    let (any_version, id) = (Precondition::None, |n| known.id(n));
    match request {
        OperatorsRequest::Suspend { organization, condition } => {
            let id = id(organization);
            let condition = known.condition(condition, &id);
            output(organizations.suspend(operator, &id, &condition).await)
        }
        OperatorsRequest::Activate { organization } => {
            output(organizations.activate(operator, &id(organization), &any_version).await)
        }
        OperatorsRequest::Limit { organization, rate_limit, quota } => {
            let limit = rate_limit.map(|limit| RateLimit::parse(limit.into()).unwrap());
            let quota = StorageQuotaChange { documents: Some(quota.0), bytes: Some(quota.1) };
            let change = LimitsChange { rate_limit: Some(limit), quota };
            output(organizations.limit(operator, &id(organization), change, &any_version).await)
        }
        OperatorsRequest::Delete { organization } => {
            output(organizations.delete(caller, &id(organization), &any_version).await)
        }
        OperatorsRequest::Look { organization } => {
            output(organizations.get(caller, &id(organization)).await)
        }
        OperatorsRequest::List(Listing { status, part, after, size }) => {
            let slug_contains = part.map(ToOwned::to_owned);
            let filter = OrganizationFilter { status, slug_contains, own_collection: false };
            let after = after.map(id);
            let list = organizations.list(operator, &filter, after.as_ref(), page_of(size));
            let Page { items, more } = list.await?;
            let items = items.iter().map(without_uuid).collect();
            Ok(Output::Organizations(Page { items, more }))
        }
    }
}

pub(crate) async fn for_documents(
    services: &Services,
    caller: &Caller,
    request: DocumentsRequest,
) -> Result<Output, Error> {
    let (documents, admin) = (&services.documents, caller.admin()?);
    let organization = admin.organization().id();
    match request {
        DocumentsRequest::Insert { id, n } => {
            documents.insert(admin, organization, &written(id, n)).await?;
            Ok(Output::Nothing)
        }
        DocumentsRequest::Import { mode, documents: both } => {
            let mut importer = documents.import(admin, organization, mode)?;
            let both = both.map(|(id, n)| written(id, n)).to_vec();
            Ok(Output::Imported(importer.write(1..=2, both, 0).await?))
        }
        DocumentsRequest::Get { id } => {
            Ok(Output::Document(documents.get(admin, organization, &document_id(id)).await?))
        }
        DocumentsRequest::Delete { id, only } => {
            let only = only.map(|n| Precondition::AnyOf(vec![written(id, n).tag()]));
            let only = only.unwrap_or_default();
            documents.delete(admin, organization, &document_id(id), &only).await?;
            Ok(Output::Nothing)
        }
        DocumentsRequest::List { after, size } => {
            let after = after.map(document_id);
            let page = documents
                .list(
                    admin,
                    organization,
                    &domain::model::DocumentQuery::by_id(after.as_ref()),
                    page_of(size),
                )
                .await?;
            Ok(Output::Documents(page))
        }
    }
}

/// A document with the given id.
pub(crate) fn written(id: &str, n: u8) -> Document {
    document(id, json!({ "n": n }))
}
