//! Contract of adoption: another service's data is migrated completely, whatever fails meanwhile.
//! Each call to a port of the store is made to fail, before and after its effect, and then the
//! adoption is run again. The documents are imported.
//!
//! The macro takes an expression that creates empty stores, as that of [`mod@crate::crash`].

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{
    Action, CollectionName, DocumentQuery, EventFilter, Legacy, LegacyAdmin, LegacyCollection,
    LegacyDeletion, LegacyDocument, LegacyOrganization, Organization, PageSize, PasswordHash,
    Placement, Seq, Trail,
};
use domain::ports::{
    LegacyDatabase, LegacyDocuments, OrganizationFilter, Ports, StoreError, TransferMode,
};
use domain::service::{
    Adoption, AdoptionPorts, AdoptionProgress, AdoptionRules, CheckOutcome, MigratedOrganization,
    Plan,
};
use serde_json::{Value, json};

use crate::crash::Stores;
use crate::fakes::{self, SettableClock};
use crate::faults::{self, When, faulty};
use crate::fixtures::at;

suite! { $ adoption(Stores):
    a_legacy_database_is_imported_completely,
    existing_organizations_are_unchanged,
    a_failed_run_is_finished_by_the_next,
    steps_can_be_repeated,
    a_dry_run_changes_nothing,
}

/// On a slow store, only one of this many runs is executed.
const SLOW: usize = 5;

async fn a_legacy_database_is_imported_completely(stores: Stores) {
    let ports = ports(&stores).await;
    adopt(&ports).await.unwrap();
    let seen = seen(&ports).await;
    let statuses: Vec<_> =
        seen.iter().map(|it| it["organization"]["phase"]["kind"].clone()).collect();
    assert_eq!(statuses, ["active", "active", "deleted"]);
    assert_eq!(seen[0]["documents"].as_array().unwrap().len(), 3);
    assert_eq!(seen[0]["organization"]["placement"]["name"], "org_acme");
    let role = |admin: usize| seen[0]["admins"][admin]["role"].clone();
    assert_eq!((role(0), role(1)), (json!("owner"), json!("viewer")));
    assert_eq!(seen[1]["organization"]["placement"]["name"], "org_ri_ben");
}

async fn existing_organizations_are_unchanged(stores: Stores) {
    let ports = ports(&stores).await;
    adopt(&ports).await.unwrap();
    let before = seen(&ports).await;
    let plan = check(&ports).await.unwrap();
    assert_eq!((plan.organizations.len(), plan.already_adopted.len()), (0, 3));
    adopt(&ports).await.unwrap();
    assert_eq!(seen(&ports).await, before);
}

async fn a_failed_run_is_finished_by_the_next(stores: Stores) {
    let undisturbed = ports(&stores).await;
    let none = faults::Plan::none();
    adopt(&faulty(&undisturbed, &none)).await.unwrap();
    let expected = seen(&undisturbed).await;
    for n in 1..=none.calls() {
        for when in [When::Before, When::After] {
            if stores.is_slow() && (n + usize::from(when == When::After)) % SLOW != 0 {
                continue;
            }
            let label = format!("{when:?} call {n} of {}", none.calls());
            let ports = ports(&stores).await;
            let dies = faults::Plan::crash(n, when);
            assert!(adopt(&faulty(&ports, &dies)).await.is_err(), "{label}");
            adopt(&ports).await.unwrap();
            assert_eq!(seen(&ports).await, expected, "{label}");
        }
    }
}

async fn steps_can_be_repeated(stores: Stores) {
    let once = ports(&stores).await;
    adopt(&once).await.unwrap();
    let expected = seen(&once).await;
    for n in 0..2 {
        let ports = ports(&stores).await;
        // The plan from before the first attempt is executed again.
        let plan = check(&ports).await.unwrap();
        for _ in 0..=n {
            adoption(&ports).execute(&plan, &Quiet).await.unwrap();
        }
        assert_eq!(seen(&ports).await, expected);
    }
}

async fn a_dry_run_changes_nothing(stores: Stores) {
    let ports = ports(&stores).await;
    check(&ports).await.unwrap();
    assert!(seen(&ports).await.is_empty());
    assert!(ports.audit.heads(None, PageSize::MAX).await.unwrap().items.is_empty());
    assert!(ports.tenants.collections(None, PageSize::MAX).await.unwrap().items.is_empty());
}

async fn ports(stores: &Stores) -> Ports {
    fakes::ports(stores.make().await, Arc::new(SettableClock::default()))
}

fn adoption(ports: &Ports) -> Adoption {
    let target = AdoptionPorts {
        organizations: ports.organizations.clone(),
        admins: ports.admins.clone(),
        namespaces: ports.namespaces.clone(),
        tenants: ports.tenants.clone(),
        audit: ports.audit.clone(),
        clock: ports.clock.clone(),
        ids: ports.ids.clone(),
    };
    Adoption::new(Arc::new(Old), target, AdoptionRules::default())
}

async fn check(ports: &Ports) -> Result<Plan, StoreError> {
    match adoption(ports).check().await? {
        CheckOutcome::Accepted(plan) => Ok(plan),
        CheckOutcome::Rejected(problems) => panic!("{problems:?}"),
    }
}

async fn adopt(ports: &Ports) -> Result<(), domain::service::AdoptionError> {
    let plan = check(ports).await?;
    adoption(ports).execute(&plan, &Quiet).await
}

/// Every organization with its admins, its documents, and the first event of its trail.
async fn seen(ports: &Ports) -> Vec<Value> {
    let all = OrganizationFilter::default();
    let organizations = ports.organizations.list(&all, None, PageSize::MAX).await.unwrap().items;
    let mut seen = Vec::new();
    for organization in organizations {
        let id = organization.id();
        let admins = ports.admins.list(id, None, PageSize::MAX).await.unwrap().items;
        let documents = match organization.tenant() {
            Some(tenant) => {
                let query = DocumentQuery::default();
                ports.tenants.list(&tenant, &query, PageSize::MAX).await.unwrap().items
            }
            None => Vec::new(),
        };
        let trail = Trail::Organization(id.clone());
        let adopted =
            EventFilter { action: Some(Action::OrganizationAdopted), ..Default::default() };
        let listed =
            ports.audit.list(&trail, &adopted, Seq::default(), PageSize::MAX).await.unwrap();
        let places: Vec<u64> = listed.items.iter().map(|it| it.seq.get()).collect();
        let mut record = json!(organization);
        if let Some(placement) = record["placement"].as_object_mut() {
            placement.remove("uuid");
        }
        let view = json!({
            "organization": record, "admins": admins, "documents": documents, "positions": places,
        });
        assert_eq!(view["positions"], json!([1]), "once, and first");
        seen.push(view);
    }
    seen
}

struct Quiet;

impl AdoptionProgress for Quiet {
    fn copied(&self, _: &MigratedOrganization, _: u64, _: u64) {}

    fn adopted(&self, _: &Organization) {}
}

/// A database of another service: two organizations, the first of which has two admins, and one
/// deleted organization.
struct Old;

#[async_trait]
impl LegacyDatabase for Old {
    fn name(&self) -> &str {
        "old"
    }

    fn transfer_mode(&self) -> TransferMode {
        TransferMode::Import
    }

    async fn read(&self) -> Result<Legacy, StoreError> {
        let gone = LegacyDeletion { at: Some(at(3)), by: None };
        Ok(Legacy {
            organizations: vec![
                organization("o1", "acme", "org_acme", None),
                organization("o2", "日本", "org_", None),
                organization("o3", "Acme", "org_acme", Some(gone)),
            ],
            admins: vec![
                admin("a1", "o1", None),
                admin("a2", "o2", Some("admin")),
                admin("a9", "o1", Some("viewer")),
            ],
            collections: ["org_acme", "org_"].map(ToOwned::to_owned).into(),
        })
    }

    async fn count(&self, _: &LegacyCollection) -> Result<u64, StoreError> {
        Ok(3)
    }

    async fn documents(
        &self,
        _: &LegacyCollection,
    ) -> Result<Box<dyn LegacyDocuments>, StoreError> {
        Ok(Box::new(Documents(0)))
    }

    async fn set_aside(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn transfer(
        &self,
        _: &LegacyCollection,
        _: &CollectionName,
        _: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError> {
        panic!("documents are imported")
    }
}

/// Three documents, in two batches.
struct Documents(u32);

#[async_trait]
impl LegacyDocuments for Documents {
    async fn next(&mut self) -> Result<Option<Vec<LegacyDocument>>, StoreError> {
        let document = |n: u32| {
            let fields = json!({ "n": n }).as_object().unwrap().clone();
            LegacyDocument { id: format!("d{n}"), fields }
        };
        self.0 += 1;
        Ok(match self.0 {
            1 => Some(vec![document(1), document(2)]),
            2 => Some(vec![document(3)]),
            _ => None,
        })
    }
}

fn organization(
    id: &str,
    name: &str,
    collection: &str,
    deletion: Option<LegacyDeletion>,
) -> LegacyOrganization {
    LegacyOrganization {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        description: None,
        collection: collection.to_owned(),
        founder: Some(id.replace('o', "a")),
        created_at: Some(at(1)),
        updated_at: Some(at(2)),
        is_active: true,
        deletion,
    }
}

fn admin(id: &str, organization: &str, role: Option<&str>) -> LegacyAdmin {
    LegacyAdmin {
        id: id.to_owned(),
        organization: Some(organization.to_owned()),
        collection: "admins".to_owned(),
        is_document: false,
        email: Some(format!("{id}@example.com")),
        name: None,
        role: role.map(ToOwned::to_owned),
        password_hash: Some(PasswordHash::new(format!("$2b$12${}", "a".repeat(53)))),
        is_active: true,
        last_login: None,
        created_at: Some(at(1)),
    }
}
