//! The contents of a store.

use std::collections::BTreeMap;

use domain::model::{
    Admin, CollectionName, Document, DocumentQuery, Naming, Organization, OrganizationId, PageSize,
    Placement, Usage,
};
use domain::ports::{OrganizationFilter, Ports, Requester};
use port_contracts::fixtures::tenant_at;
use serde_json::Value;

/// The contents of a store, without the uuids of collections, which only some stores have.
#[derive(Debug, PartialEq)]
pub(crate) struct Contents {
    pub(crate) organizations: Vec<Organization>,
    pub(crate) admins: Vec<Admin>,
    pub(crate) collections: BTreeMap<CollectionName, Collection>,
    /// The documents in the shared collection.
    pub(crate) shared: BTreeMap<OrganizationId, Vec<Document>>,
    /// The usage of organizations with a placement.
    pub(crate) usage: BTreeMap<OrganizationId, Usage>,
}

/// The dedicated collection of a tenant.
#[derive(Debug, PartialEq)]
pub(crate) struct Collection {
    /// The organization to which the ledger gave the name.
    pub(crate) owner: OrganizationId,
    pub(crate) documents: Vec<Document>,
}

impl Contents {
    pub(crate) async fn read(ports: &Ports) -> Self {
        let all = OrganizationFilter::default();
        let organizations = ports.organizations.list(&all, None, PageSize::MAX).await.unwrap();
        let shown = ports
            .organizations
            .list_public(&Requester::Installation, None, 0, PageSize::MAX)
            .await
            .unwrap();
        let may_be_known = organizations.items.iter().filter(|it| it.is_public());
        assert!(may_be_known.eq(&shown.items), "what is shown: {shown:?}");
        let mut contents = Self {
            organizations: organizations.items.iter().map(without_uuid).collect(),
            admins: ports.admins.all(None, PageSize::MAX).await.unwrap().items,
            collections: BTreeMap::new(),
            shared: BTreeMap::new(),
            usage: BTreeMap::new(),
        };
        for name in ports.tenants.collections(None, PageSize::MAX).await.unwrap().items {
            let owner = ports.namespaces.owner(&name).await.unwrap().unwrap();
            let at = Placement::Collection { name: name.clone(), uuid: None };
            let documents = documents(ports, &owner, at).await;
            contents.collections.insert(name, Collection { owner, documents });
        }
        for organization in &organizations.items {
            let Some(tenant) = organization.tenant() else { continue };
            let usage = ports.tenants.usage(&tenant).await.unwrap();
            contents.usage.insert(organization.id().clone(), usage);
        }
        for sharer in ports.tenants.shared_tenants(None, PageSize::MAX).await.unwrap().items {
            let documents = documents(ports, &sharer, Placement::Shared).await;
            contents.shared.insert(sharer, documents);
        }
        contents
    }

    /// The inconsistencies of a store without pending organizations.
    pub(crate) fn inconsistency(&self, naming: Naming) -> Option<String> {
        if let Some(pending) = self.organizations.iter().find(|it| it.is_pending()) {
            return Some(format!("{} is {}", pending.id(), pending.status().as_str()));
        }
        let living = || self.organizations.iter().filter_map(|it| Some((it, it.tenant()?)));
        let own: BTreeMap<_, _> = living()
            .filter_map(|(it, tenant)| Some((tenant.placement().own_collection()?.clone(), it)))
            .collect();
        if !own.keys().eq(self.collections.keys()) {
            return Some("there are other collections than organizations have".to_owned());
        }
        let misnamed = own.iter().find(|(name, organization)| {
            self.collections[*name].owner != *organization.id()
                || !is_called_after(name, organization, naming)
        });
        if let Some((name, organization)) = misnamed {
            return Some(format!("{name} is that of {}", organization.id()));
        }
        let shares = |id| {
            living().any(|(it, tenant)| it.id() == id && *tenant.placement() == Placement::Shared)
        };
        if let Some(lost) = self.shared.keys().find(|id| !shares(*id)) {
            return Some(format!("documents of {lost} are shared"));
        }
        if let Some((id, usage)) = self.usage.iter().find(|(id, usage)| **usage != self.there(id)) {
            return Some(format!("{usage:?} is counted of {id}"));
        }
        let lives = |id| living().any(|(it, _)| it.id() == id);
        let lost = self.admins.iter().find(|admin| !lives(admin.organization_id()));
        lost.map(|admin| format!("{} has no organization", admin.id()))
    }
}

impl Contents {
    /// The usage of an organization.
    fn there(&self, id: &OrganizationId) -> Usage {
        let own = self.collections.values().filter(|it| it.owner == *id).map(|it| &it.documents);
        let documents = own.chain(self.shared.get(id)).flatten();
        documents.map(Usage::of).fold(Usage::default(), Usage::plus)
    }
}

/// The organization without uuids.
pub(crate) fn without_uuid(organization: &Organization) -> Organization {
    let mut record = serde_json::to_value(organization).unwrap();
    if let Some(Value::Object(placement)) = record.get_mut("placement") {
        placement.remove("uuid");
    }
    serde_json::from_value(record).unwrap()
}

/// Whether the name is that of the organization, or a numbered one because others had it before.
fn is_called_after(name: &CollectionName, organization: &Organization, naming: Naming) -> bool {
    let wanted = match naming {
        Naming::Slug => CollectionName::for_slug(organization.slug()),
        Naming::Id => CollectionName::for_id(organization.id()),
    };
    let number = name.as_str().strip_prefix(wanted.as_str());
    number.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

async fn documents(ports: &Ports, owner: &OrganizationId, at: Placement) -> Vec<Document> {
    let tenant = tenant_at(owner, at);
    ports.tenants.list(&tenant, &DocumentQuery::default(), PageSize::MAX).await.unwrap().items
}
