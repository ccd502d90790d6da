use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::model::{
    AdminChange, AdminId, AuditActor, CollectionName, Email, EventId, NewAdmin, NextName,
    PasswordHash, Role, StorageQuotaChange,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(seconds))
}

fn name(text: &str) -> OrganizationName {
    OrganizationName::parse(text).unwrap()
}

fn provisioning() -> Organization {
    let id = OrganizationId::parse("o1").unwrap();
    let admin = NewAdmin {
        id: AdminId::parse("a1").unwrap(),
        organization: id.clone(),
        email: Email::parse("ada@example.com").unwrap(),
        name: None,
        role: Role::Owner,
        password_hash: PasswordHash::new("hash".into()),
    };
    let new = NewOrganization {
        id,
        name: name("Acme"),
        description: None,
        metadata: Metadata::default(),
        admin: Admin::new(admin, at(0)),
        placement: PlacementKind::Collection,
        act: act(),
    };
    Organization::provisioning(new, at(0))
}

fn place(name: &str) -> Placement {
    Placement::Collection { name: CollectionName::parse(name).unwrap(), uuid: None }
}

fn active() -> Organization {
    let name = CollectionName::for_slug(provisioning().slug());
    provisioning().provisioned(place(name.as_str()))
}

/// An organization with a pending change of an admin's address, to be renamed to Beta after that.
fn updating_admin_then_renaming() -> Organization {
    let email = Some(Email::parse("bob@example.com").unwrap());
    let change = AdminChange { email, ..AdminChange::default() };
    let next = NextName::new(name("Beta"), EventId::parse("named").unwrap());
    active()
        .updating_admin_then_renaming(AdminId::parse("a1").unwrap(), change, next, act(), at(1))
        .unwrap()
}

fn act() -> AuditContext {
    let id = EventId::parse("event").unwrap();
    AuditContext { id, at: at(0), actor: AuditActor::anonymous(), request_info: None }
}

fn rename(to: &str) -> OrganizationChange {
    OrganizationChange { name: Some(name(to)), ..OrganizationChange::default() }
}

/// A change of the rate limit only.
fn requests(rate_limit: Option<RateLimit>) -> LimitsChange {
    LimitsChange { rate_limit: Some(rate_limit), ..LimitsChange::default() }
}

fn limit(requests: u64) -> Option<RateLimit> {
    Some(RateLimit::parse(requests).unwrap())
}

fn slugs(organization: &Organization) -> Vec<&str> {
    organization.reserved_slugs().map(Slug::as_str).collect()
}

#[test]
fn provisioning_ends_with_an_active_organization_and_its_placement() {
    let begun = provisioning();
    assert!(begun.is_pending() && begun.tenant().is_none());
    assert_eq!(begun.lease_until(), Some(at(15)));
    let done = active();
    assert_eq!(done.status(), Status::Active);
    assert_eq!(done.lease_until(), None);
    assert_eq!(done.version(), begun.version().next());
    assert_eq!(done.tenant().unwrap().placement().collection_name(), "org_acme");
}

#[test]
fn a_rename_reserves_both_names_until_it_is_finished() {
    let begun = active().amended(&rename("Beta"), Naming::Slug, at(1)).unwrap();
    assert_eq!(slugs(&begun), ["acme", "beta"]);
    assert_eq!(begun.name(), &name("Acme"), "all old until all new");
    let done = begun.renamed(place("org_beta"));
    assert_eq!(slugs(&done), ["beta"]);
    assert_eq!(done.name(), &name("Beta"));
    assert_eq!(done.placement().unwrap().collection_name(), "org_beta");
}

#[test]
fn every_rename_makes_a_claim_of_its_own() {
    let first = active().amended(&rename("Beta"), Naming::Slug, at(1)).unwrap();
    let beta = first.renamed(place("org_beta"));
    let back = beta.amended(&rename("Acme"), Naming::Slug, at(2)).unwrap();
    assert_ne!(first.claim(), active().claim());
    assert_ne!(first.claim(), back.claim());
    assert_eq!(first.claim(), first.claimed(at(3)).claim(), "a recovery makes the same claim");
}

#[test]
fn a_rename_after_an_admin_change_reserves_the_name_until_it_is_decided() {
    let begun = updating_admin_then_renaming();
    assert_eq!((begun.status(), slugs(&begun)), (Status::Active, vec!["acme", "beta"]));
    assert_eq!((begun.name(), begun.updated_at()), (&name("Acme"), active().updated_at()));
    let given_up = begun.admin_changed();
    assert_eq!((given_up.status(), slugs(&given_up)), (Status::Active, vec!["acme"]));
    assert_eq!(given_up.updated_at(), active().updated_at());
    let renaming = begun.admin_changed_then_renaming(Naming::Slug, at(2));
    assert_eq!((renaming.status(), slugs(&renaming)), (Status::Renaming, vec!["acme", "beta"]));
    assert_eq!(
        (renaming.version(), renaming.lease_until()),
        (begun.version().next(), Some(at(17)))
    );
    let done = renaming.renamed(place("org_beta"));
    assert_eq!((slugs(&done), done.updated_at()), (vec!["beta"], at(2)));
    let by_id = begun.admin_changed_then_renaming(Naming::Id, at(2));
    assert_eq!(
        (by_id.status(), slugs(&by_id), by_id.lease_until()),
        (Status::Active, vec!["beta"], None)
    );
}

#[test]
fn respelled_names_and_collections_by_id_need_no_rename() {
    let respelled = active().amended(&rename("ACME!"), Naming::Slug, at(1)).unwrap();
    assert_eq!((respelled.status(), respelled.name()), (Status::Active, &name("ACME!")));
    let by_id = active().amended(&rename("Beta"), Naming::Id, at(1)).unwrap();
    assert_eq!((by_id.status(), slugs(&by_id)), (Status::Active, vec!["beta"]));
}

#[test]
fn a_change_without_effect_keeps_the_version() {
    let same = active().amended(&rename("Acme"), Naming::Slug, at(9)).unwrap();
    assert_eq!(same, active());
    assert_eq!(active().activated(at(9)).unwrap(), active());
}

#[test]
fn only_an_active_organization_is_amended() {
    let suspended = active().suspended(at(1)).unwrap();
    let deleting = active().deleting(Actor::Operator, at(1)).unwrap();
    let amend = |it: &Organization| it.amended(&rename("Beta"), Naming::Slug, at(2)).unwrap_err();
    assert_eq!(amend(&suspended), Refusal::Suspended);
    assert_eq!(amend(&deleting), Refusal::Deleted);
    assert_eq!(amend(&deleting.deleted(at(2))), Refusal::Deleted);
    assert_eq!(amend(&provisioning()), Refusal::Pending(Status::Provisioning));
}

#[test]
fn suspension_keeps_name_and_documents() {
    let suspended = active().suspended(at(1)).unwrap();
    assert_eq!(slugs(&suspended), ["acme"]);
    assert!(suspended.tenant().is_some());
    assert_eq!(suspended.activated(at(2)).unwrap().status(), Status::Active);
}

#[test]
fn deletion_finally_frees_the_name_and_records_the_actor() {
    let begun = active().deleting(Actor::Operator, at(1)).unwrap();
    assert_eq!(slugs(&begun), ["acme"]);
    let done = begun.deleted(at(2));
    assert!(slugs(&done).is_empty() && done.tenant().is_none());
    assert_eq!((done.deleted_at(), done.deleted_by()), (Some(at(2)), Some(&Actor::Operator)));
    assert_eq!(done.deleting(Actor::Operator, at(3)), Err(Refusal::Deleted));
}

#[test]
fn records_survive_a_round_trip() {
    let stages = [
        provisioning(),
        active(),
        active().amended(&rename("日本"), Naming::Slug, at(1)).unwrap(),
        active().suspended(at(1)).unwrap(),
        updating_admin_then_renaming(),
        active().limited(requests(limit(7)), at(1)).unwrap(),
        active()
            .deleting(Actor::Admin(AdminId::parse("a1").unwrap()), at(1))
            .unwrap()
            .deleted(at(2)),
    ];
    for stage in stages {
        let record = serde_json::to_string(&stage).unwrap();
        assert_eq!(serde_json::from_str::<Organization>(&record).unwrap(), stage);
    }
}

#[test]
fn a_record_without_limits_is_read() {
    let mut record = serde_json::to_value(active()).unwrap();
    record.as_object_mut().unwrap().remove("rate_limit").unwrap();
    assert_eq!(serde_json::from_value::<Organization>(record).unwrap(), active());
}

#[test]
fn a_pending_admin_change_without_a_rename_is_read() {
    let mut record = serde_json::to_value(updating_admin_then_renaming()).unwrap();
    record["phase"].as_object_mut().unwrap().remove("name").unwrap();
    let read = serde_json::from_value::<Organization>(record).unwrap();
    assert_eq!(slugs(&read), ["acme"]);
    assert_eq!(read.admin_changed_then_renaming(Naming::Slug, at(2)), read.admin_changed());
}

#[test]
fn a_record_without_a_founder_is_read() {
    let mut record = serde_json::to_value(active()).unwrap();
    assert_eq!(record.as_object_mut().unwrap().remove("founder").unwrap(), "a1");
    assert_eq!(serde_json::from_value::<Organization>(record).unwrap().founder(), None);
}

#[test]
fn a_rate_limit_survives_transitions_until_it_is_removed() {
    let limited = active().limited(requests(limit(7)), at(1)).unwrap();
    assert_eq!((limited.version(), limited.updated_at()), (active().version().next(), at(1)));
    assert_eq!(limited.limited(requests(limit(7)), at(2)).unwrap(), limited, "no change");
    let suspended = limited.suspended(at(2)).unwrap();
    assert_eq!(suspended.rate_limit(), limit(7));
    assert_eq!(suspended.limited(requests(None), at(3)).unwrap().rate_limit(), None);
    let renaming = limited.amended(&rename("Beta"), Naming::Slug, at(2)).unwrap();
    assert_eq!(renaming.renamed(place("org_beta")).rate_limit(), limit(7));
}

#[test]
fn only_a_settled_organization_accepts_a_rate_limit() {
    assert_eq!(
        provisioning().limited(requests(limit(7)), at(1)),
        Err(Refusal::Pending(Status::Provisioning))
    );
    let deleted = active().deleting(Actor::Operator, at(1)).unwrap().deleted(at(2));
    assert_eq!(deleted.limited(requests(limit(7)), at(3)), Err(Refusal::Deleted));
}

#[test]
fn a_change_of_limits_only_is_recognized() {
    let change = OrganizationChange { rate_limit: Some(None), ..OrganizationChange::default() };
    assert_eq!(change.limits(), requests(None));
    assert!(!change.concerns_more_than_limits());
    let more = OrganizationChange { description: Some(None), ..change };
    assert!(more.concerns_more_than_limits());
    assert_eq!(OrganizationChange::default().limits(), LimitsChange::default());
}

#[test]
fn a_quota_is_part_of_every_tenant_handle_and_survives_transitions() {
    let documents = StorageQuotaChange { documents: Some(3), bytes: None };
    let change = LimitsChange { quota: documents, ..LimitsChange::default() };
    let limited = active().limited(change, at(1)).unwrap();
    assert_eq!(limited.limited(change, at(2)).unwrap(), limited, "no change");
    assert_eq!(limited.tenant().unwrap().quota().documents(), 3);
    let renaming = limited.amended(&rename("Beta"), Naming::Slug, at(2)).unwrap();
    assert_eq!(renaming.renamed(place("org_beta")).quota(), limited.quota());
    assert_eq!(limited.limited(requests(limit(7)), at(2)).unwrap().quota(), limited.quota());
}
