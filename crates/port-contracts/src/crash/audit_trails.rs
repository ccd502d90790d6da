//! Checks that the audit trails match what happened: replayed from the beginning, every trail ends
//! in the stored state. This detects events that are missing, duplicated or wrong.

use std::collections::BTreeMap;

use domain::model::{EventFilter, LoggedEvent, Organization, PageSize, Phase, Seq, Status, Trail};
use domain::ports::OrganizationFilter;
use serde_json::{Map, Value, json};

use super::world::World;

type Fields = Map<String, Value>;

/// An organization as its trail describes it.
#[derive(Debug, Default)]
struct ReplayedTrail {
    organization: Fields,
    /// By their ids.
    admins: BTreeMap<String, Fields>,
    /// Number of logins of each admin.
    logins: BTreeMap<String, usize>,
}

/// Checks the trails of all organizations, and that there are no others.
pub(super) async fn assert_audited(world: &World, label: &str) {
    let all = OrganizationFilter::default();
    let page = world.ports.organizations.list(&all, None, PageSize::MAX).await.unwrap();
    let organizations = page.items;
    world.ports.audit.flush_outbox(None).await.unwrap();
    for head in world.ports.audit.heads(None, PageSize::MAX).await.unwrap().items {
        let known = |it: &Organization| Trail::Organization(it.id().clone()) == head.trail;
        let has_a_reason = head.trail == Trail::Installation || organizations.iter().any(known);
        assert!(has_a_reason, "{label}: a trail of {:?}, which never was", head.trail);
    }
    for organization in &organizations {
        let label = format!("{label}: {}", organization.name());
        assert_intact(world, organization, &label).await;
        let replayed = ReplayedTrail::of(&events(world, organization).await, &label);
        assert_eq!(
            replayed.organization,
            audited_fields(organization),
            "{label}: what the trail tells of it"
        );
        assert_admins(world, organization, &replayed, &label).await;
    }
}

/// Number of events for `action` on the document `id` in the trail of `organization`.
pub(super) async fn count_events(
    world: &World,
    organization: &Organization,
    action: &str,
    id: &str,
) -> usize {
    world.ports.audit.flush_outbox(None).await.unwrap();
    let of_document = |event: &&LoggedEvent| {
        event.action() == Some(action) && event.members()["target"]["id"] == id
    };
    events(world, organization).await.iter().filter(of_document).count()
}

async fn assert_intact(world: &World, organization: &Organization, label: &str) {
    let (services, operator) = (world.services(), world.operator().await.unwrap());
    let trail = services.audit.events_of(&operator, organization.id()).await.unwrap();
    let verification = services.audit.verify(&trail).await.unwrap();
    assert_eq!(verification.first_break, None, "{label}: its trail");
}

async fn events(world: &World, organization: &Organization) -> Vec<LoggedEvent> {
    let (mut events, mut after) = (Vec::new(), Seq::START);
    loop {
        let (trail, all) = (Trail::Organization(organization.id().clone()), EventFilter::default());
        let page = world.ports.audit.list(&trail, &all, after, PageSize::MAX).await.unwrap();
        after = page.items.last().map_or(after, |last| last.seq);
        events.extend(page.items.into_iter().map(|stored| stored.event));
        if !page.more {
            return events;
        }
    }
}

async fn assert_admins(
    world: &World,
    organization: &Organization,
    replayed: &ReplayedTrail,
    label: &str,
) {
    let page = world.ports.admins.list(organization.id(), None, PageSize::MAX).await.unwrap();
    let shown = |field: &str, admin: &Value| (field.to_owned(), admin[field].clone());
    let mut stored = BTreeMap::new();
    for admin in &page.items {
        let fields = json!(admin);
        let names = ["id", "email", "name", "role", "is_active"];
        let stored_fields = names.iter().map(|name| shown(name, &fields)).collect::<Fields>();
        stored.insert(admin.id().to_string(), stored_fields);
        let sessions = admin.sessions(world.ports.clock.now()).count();
        let logins = replayed.logins.get(admin.id().as_str()).copied().unwrap_or_default();
        assert_eq!(logins, sessions, "{label}: logins of {}, and sessions", admin.email());
    }
    // Null values have no events.
    let without_null = |admins: &BTreeMap<String, Fields>| -> BTreeMap<String, Fields> {
        let set = |fields: &Fields| {
            fields.clone().into_iter().filter(|(_, value)| !value.is_null()).collect::<Fields>()
        };
        admins.iter().map(|(id, fields)| (id.clone(), set(fields))).collect()
    };
    assert_eq!(without_null(&replayed.admins), without_null(&stored), "{label}: its admins");
}

/// The audited fields of an organization, as stored.
fn audited_fields(organization: &Organization) -> Fields {
    assert!(matches!(organization.phase(), Phase::Active | Phase::Suspended | Phase::Deleted));
    let status = match organization.status() {
        Status::Active => "active",
        Status::Suspended => "suspended",
        _ => "deleted",
    };
    let all = json!({
        "name": organization.name(),
        "slug": organization.slug(),
        "description": organization.description(),
        "metadata": organization.metadata(),
        "quota": organization.quota(),
        "status": status,
    });
    let Value::Object(all) = all else { panic!() };
    all.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

impl ReplayedTrail {
    fn of(events: &[LoggedEvent], label: &str) -> Self {
        let mut replayed = Self::default();
        for event in events {
            let label = format!("{label}: {}", json!(event));
            replayed.replay(event.members(), &label);
        }
        replayed.organization.retain(|_, value| !value.is_null());
        replayed
    }

    fn replay(&mut self, event: &Fields, label: &str) {
        let Value::Object(mut changes) = event["changes"].clone() else { panic!("{label}") };
        let target = event["target"]["id"].as_str().unwrap_or_default().to_owned();
        match event["action"].as_str().unwrap() {
            "organization.created" => {
                let owner = changes.shift_remove("owner").unwrap()["after"].clone();
                let Value::Object(fields) = owner else { panic!("{label}") };
                self.admins.insert(fields["id"].as_str().unwrap().to_owned(), fields);
                apply(&mut self.organization, &changes, label);
            }
            "organization.updated" | "organization.suspended" | "organization.activated" => {
                apply(&mut self.organization, &changes, label);
            }
            "organization.deleted" => {
                apply(&mut self.organization, &changes, label);
                self.admins.clear();
            }
            "admin.created" | "admin.updated" => {
                apply(self.admins.entry(target).or_default(), &changes, label);
            }
            "admin.deleted" => {
                let mut gone = self.admins.remove(&target).unwrap();
                apply(&mut gone, &changes, label);
                assert!(gone.values().all(Value::is_null), "{label}: not all of it");
            }
            "login.succeeded" => {
                let actor = event["actor"]["id"].as_str().unwrap().to_owned();
                *self.logins.entry(actor).or_default() += 1;
            }
            // Every session ended except the one that changed the password.
            "admin.password_changed" => drop(self.logins.insert(target, 1)),
            "login.failed" | "login.refused" | "document.inserted" | "document.deleted"
            | "documents.imported" => {}
            other => panic!("{label}: unexpected action {other}"),
        }
    }
}

/// Applies `changes` to `fields`; they must not be empty, and must contain the previous values.
fn apply(fields: &mut Fields, changes: &Fields, label: &str) {
    assert!(!changes.is_empty(), "{label}: tells nothing");
    for (name, change) in changes {
        let before = fields.insert(name.clone(), change["after"].clone()).unwrap_or_default();
        assert_eq!(before, change["before"], "{label}: {name} before");
    }
}
