//! Test values, built through the transitions of the model.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use domain::model::{
    Action, Actor, Admin, AdminChange, AdminId, AuditActor, AuditContext, AuditEvent, AuditTarget,
    Batch, Changes, ClientAddress, CollectionName, Description, Device, Document, DocumentId,
    Email, EventId, ImportMode, LimitsChange, Metadata, MetadataPatch, Naming, NewAdmin,
    NewOrganization, NewPassword, NewSession, NextName, Organization, OrganizationChange,
    OrganizationId, OrganizationName, PageSize, PasswordHash, PendingAdminChange, Placement,
    PlacementKind, RequestId, RequestInfo, Role, Secret, SessionId, Slug, StorageQuotaChange,
    Tenant, Timestamp, Trail, UserAgent,
};
use domain::service::TokenLifetimes;
use serde_json::{Map, Value, json};

/// The point in time `seconds` after the start of 2026.
#[must_use]
pub fn at(seconds: u64) -> Timestamp {
    let start = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
    Timestamp::new(start) + Duration::from_secs(seconds)
}

/// An id of an organization.
#[must_use]
pub fn organization_id(text: &str) -> OrganizationId {
    OrganizationId::parse(text).unwrap()
}

/// An id of an admin.
#[must_use]
pub fn admin_id(text: &str) -> AdminId {
    AdminId::parse(text).unwrap()
}

/// An id of a document.
#[must_use]
pub fn document_id(text: &str) -> DocumentId {
    DocumentId::parse(text).unwrap()
}

/// A name of an organization.
#[must_use]
pub fn organization_name(text: &str) -> OrganizationName {
    OrganizationName::parse(text).unwrap()
}

/// The slug of a name.
#[must_use]
pub fn slug(name: &str) -> Slug {
    Slug::of(&organization_name(name))
}

/// A physical name.
#[must_use]
pub fn collection(text: &str) -> CollectionName {
    CollectionName::parse(text).unwrap()
}

/// A device on this machine.
#[must_use]
pub fn device() -> Device {
    let address = ClientAddress::new(IpAddr::V4(Ipv4Addr::LOCALHOST));
    Device { address, user_agent: UserAgent::of("test") }
}

/// A new session of one hour.
#[must_use]
pub fn session(id: &str) -> NewSession {
    NewSession {
        id: SessionId::parse(id).unwrap(),
        family: Secret::new([1; 32]),
        secret: Secret::new([2; 32]),
        device: device(),
        lifetime: Duration::from_secs(3600),
    }
}

/// A request from this machine.
#[must_use]
pub fn request_info() -> RequestInfo {
    RequestInfo { address: device().address, request_id: RequestId::parse("test").unwrap() }
}

/// An operation of the operator at [`at`]`(1)`, whose event has this id.
#[must_use]
pub fn act(id: &str) -> AuditContext {
    let id = EventId::parse(id).unwrap();
    AuditContext {
        id,
        at: at(1),
        actor: AuditActor::operator(),
        request_info: Some(request_info()),
    }
}

/// An event of the trail of an organization.
#[must_use]
pub fn event(id: &str, organization: &str) -> AuditEvent {
    let organization = organization_id(organization);
    let (target, changes) = (AuditTarget::organization(&organization), Changes::noted("mark", id));
    act(id).event(Trail::Organization(organization), Action::OrganizationUpdated, target, changes)
}

/// An e-mail address.
#[must_use]
pub fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A client address.
#[must_use]
pub fn client(text: &str) -> ClientAddress {
    ClientAddress::new(text.parse().unwrap())
}

/// A page size.
#[must_use]
pub fn page_of(size: usize) -> PageSize {
    PageSize::new(size).unwrap()
}

/// A new admin, created at [`at`]`(0)`.
#[must_use]
pub fn admin(id: &str, organization: &str, address: &str) -> Admin {
    let new = NewAdmin {
        id: admin_id(id),
        organization: organization_id(organization),
        email: email(address),
        name: None,
        role: Role::Owner,
        password_hash: PasswordHash::new(format!("hash of {id}")),
    };
    Admin::new(new, at(0))
}

/// An organization whose provisioning began at [`at`]`(0)`; its admin's address is
/// `<id>@example.com`.
#[must_use]
pub fn provisioning(id: &str, name: &str) -> Organization {
    let metadata = json!({"plan": "free", "apps": [1, 2.5, null, {"zeta": true, "alpha": "é"}]});
    let new = NewOrganization {
        id: organization_id(id),
        name: organization_name(name),
        description: Some(Description::parse("First line\nsecond").unwrap()),
        metadata: Metadata::parse(object(metadata)).unwrap(),
        admin: admin(&format!("{id}-owner"), id, &format!("{id}@example.com")),
        placement: PlacementKind::Collection,
        act: act(&format!("{id}-created")),
    };
    Organization::provisioning(new, at(0))
}

/// A dedicated collection named after an organization, on a store without uuids.
#[must_use]
pub fn place(name: &str) -> Placement {
    Placement::Collection { name: CollectionName::for_slug(&slug(name)), uuid: None }
}

/// An organization in use, with a collection named after it.
#[must_use]
pub fn active(id: &str, name: &str) -> Organization {
    provisioning(id, name).provisioned(place(name))
}

/// An organization in use, in the shared collection.
#[must_use]
pub fn sharing(id: &str, name: &str) -> Organization {
    provisioning(id, name).sharing().provisioned(Placement::Shared)
}

/// An active organization whose rename to `to` began at [`at`]`(1)`.
#[must_use]
pub fn renaming(id: &str, name: &str, to: &str) -> Organization {
    let change =
        OrganizationChange { name: Some(organization_name(to)), ..OrganizationChange::default() };
    active(id, name).amended(&change, Naming::Slug, at(1)).unwrap()
}

/// The same organization after that rename.
#[must_use]
pub fn renamed(id: &str, name: &str, to: &str) -> Organization {
    renaming(id, name, to).renamed(place(to))
}

/// A suspended organization.
#[must_use]
pub fn suspended(id: &str, name: &str) -> Organization {
    active(id, name).suspended(at(1)).unwrap()
}

/// The same organization as [`renaming`], suspended meanwhile.
#[must_use]
pub fn suspending(id: &str, name: &str, to: &str) -> Organization {
    renaming(id, name, to).suspending(&act(&format!("{id}-suspended")), at(1)).unwrap()
}

/// An organization whose deletion began at [`at`]`(1)`.
#[must_use]
pub fn deleting(id: &str, name: &str) -> Organization {
    let by = Actor::Admin(admin_id(&format!("{id}-owner")));
    active(id, name).deleting(by, at(1)).unwrap()
}

/// An organization of which only the record is left.
#[must_use]
pub fn deleted(id: &str, name: &str) -> Organization {
    deleting(id, name).deleted(at(2))
}

/// An active organization with a demotion of its admin `<id>-owner` to viewer that began at
/// [`at`]`(1)`.
#[must_use]
pub fn updating_admin(id: &str, name: &str) -> Organization {
    let change = AdminChange { role: Some(Role::Viewer), ..AdminChange::default() };
    let owner = admin_id(&format!("{id}-owner"));
    active(id, name)
        .updating_admin(
            owner,
            PendingAdminChange::Amend(change),
            act(&format!("{id}-relieved")),
            at(1),
        )
        .unwrap()
}

/// An active organization with a change that began at [`at`]`(1)`: its admin `<id>-owner` gets
/// another address and another password, and the organization is renamed to `to`.
#[must_use]
pub fn updating_admin_then_renaming(id: &str, name: &str, to: &str) -> Organization {
    let event = |what: &str| EventId::parse(format!("{id}-{what}")).unwrap();
    let password = NewPassword {
        hash: PasswordHash::new("another hash".to_owned()),
        kept: SessionId::parse(format!("{id}-session")).unwrap(),
        event: event("password"),
    };
    let change = AdminChange {
        email: Some(email(&format!("{id}-new@example.com"))),
        password: Some(password),
        ..AdminChange::default()
    };
    let (owner, to) = (admin_id(&format!("{id}-owner")), organization_name(to));
    let next = NextName::new(to, event("named"));
    active(id, name)
        .updating_admin_then_renaming(owner, change, next, act(&format!("{id}-amended")), at(1))
        .unwrap()
}

/// An active organization with an addition of the admin `<id>-second` that began at [`at`]`(1)`.
#[must_use]
pub fn adding_admin(id: &str, name: &str) -> Organization {
    let address = format!("{id}-second@example.com");
    let second = admin(&format!("{id}-second"), id, &address);
    active(id, name).adding_admin(second, act(&format!("{id}-admitted")), at(1)).unwrap()
}

/// Lifetimes of tokens in most tests.
pub const LIFETIMES: TokenLifetimes = TokenLifetimes {
    access: Duration::from_secs(3600),
    session: Duration::from_secs(30 * 24 * 3600),
};

/// The maximum age of a login for step-up authentication, in most tests.
pub const STEP_UP: Duration = Duration::from_secs(900);

/// The next value of an active organization, with `mark` in its metadata.
#[must_use]
pub fn marked(organization: &Organization, mark: impl Into<Value>) -> Organization {
    let patch = MetadataPatch::parse(object(json!({ "mark": mark.into() }))).unwrap();
    let change =
        OrganizationChange { metadata: Some(Some(patch)), ..OrganizationChange::default() };
    organization.amended(&change, Naming::Slug, at(3)).unwrap()
}

/// The handle to the documents of an organization in a collection that does not exist yet.
#[must_use]
pub fn tenant(organization: &str, collection_name: &str) -> Tenant {
    let placement = Placement::Collection { name: collection(collection_name), uuid: None };
    tenant_at(&organization_id(organization), placement)
}

/// The handle to the documents of an organization in the shared collection.
#[must_use]
pub fn sharer(organization: &str) -> Tenant {
    tenant_at(&organization_id(organization), Placement::Shared)
}

/// The handle to the documents of an organization at `placement`.
#[must_use]
pub fn tenant_at(organization: &OrganizationId, placement: Placement) -> Tenant {
    provisioning(organization.as_str(), "Any").provisioned(placement).tenant().unwrap()
}

/// The same handle with a quota of `documents` and `bytes`; 0 means no limit.
#[must_use]
pub fn limited(tenant: &Tenant, documents: u64, bytes: u64) -> Tenant {
    let quota = StorageQuotaChange { documents: Some(documents), bytes: Some(bytes) };
    let change = LimitsChange { quota, ..LimitsChange::default() };
    let settled =
        provisioning(tenant.organization().as_str(), "Any").provisioned(tenant.placement().clone());
    settled.limited(change, at(1)).unwrap().tenant().unwrap()
}

/// The same handle for documents that may have `ObjectId`s.
#[must_use]
pub fn mixed(tenant: &Tenant) -> Tenant {
    let settled =
        provisioning(tenant.organization().as_str(), "Any").provisioned(tenant.placement().clone());
    let mut record = serde_json::to_value(settled).unwrap();
    record["document_ids"] = json!("mixed");
    serde_json::from_value::<Organization>(record).unwrap().tenant().unwrap()
}

/// A batch of documents for `tenant`, one per line; its event has this id.
#[must_use]
pub fn batch(id: &str, tenant: &Tenant, mode: ImportMode, documents: &[Document]) -> Arc<Batch> {
    Arc::new(Batch {
        documents: documents.to_vec(),
        mode,
        lines: 1..=documents.len() as u64,
        refused: 0,
        organization: tenant.organization().clone(),
        act: act(id),
    })
}

/// A document with this id and these members.
#[must_use]
pub fn document(id: &str, members: Value) -> Document {
    let mut fields = object(members);
    fields.insert("_id".to_owned(), Value::String(id.to_owned()));
    Document::parse(fields, || document_id("unused")).unwrap()
}

/// The members of a JSON object.
#[must_use]
pub fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value} is no object") };
    members
}
