use chrono::{DateTime, TimeDelta, Utc};

use super::admins::{by_organization, read};
use crate::model::{
    Admin, Legacy, LegacyAdmin, LegacyCollection, LegacyDeletion, LegacyOrganization,
    OrganizationId, PasswordHash, Role, Timestamp,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(seconds))
}

fn organization(id: &str, founder: &str) -> LegacyOrganization {
    LegacyOrganization {
        id: id.to_owned(),
        name: Some(id.to_owned()),
        description: None,
        collection: format!("org_{id}"),
        founder: Some(founder.to_owned()),
        created_at: None,
        updated_at: None,
        is_active: true,
        deletion: None,
    }
}

fn admin(id: &str, organization: Option<&str>) -> LegacyAdmin {
    LegacyAdmin {
        id: id.to_owned(),
        organization: organization.map(ToOwned::to_owned),
        collection: "admins".to_owned(),
        is_document: false,
        email: Some(format!("{id}@example.com")),
        name: Some("  ".to_owned()),
        role: None,
        password_hash: Some(PasswordHash::new(format!("$2b$12${}", "a".repeat(53)))),
        is_active: true,
        last_login: Some(at(7)),
        created_at: Some(at(5)),
    }
}

/// The converted admin, or its problems.
fn made(legacy: &LegacyAdmin, is_founder: bool) -> Result<Admin, Vec<String>> {
    let (id, mut problems) = (OrganizationId::parse("o").unwrap(), Vec::new());
    let made = read(legacy, &id, is_founder, at(9), &mut problems);
    made.map(|made| made.admin).ok_or_else(|| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn an_admin_belongs_to_the_organization_it_names_or_that_names_it() {
    let gone = LegacyOrganization {
        deletion: Some(LegacyDeletion::default()),
        ..organization("gone", "a5")
    };
    let legacy = Legacy {
        organizations: vec![
            organization("o1", "a1"),
            organization("o2", "a2"),
            organization("o3", "a7"),
            organization("o4", "a7"),
            gone,
        ],
        admins: vec![
            admin("a1", Some("o2")),
            admin("a2", None),
            admin("a3", Some("unknown")),
            admin("a4", None),
            admin("a5", Some("gone")),
            admin("a7", None),
        ],
        ..Legacy::default()
    };
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let grouped = by_organization(&legacy, false, &mut problems, &mut notes);
    let found: Vec<(&str, Vec<&str>)> = grouped
        .iter()
        .map(|(id, admins)| (*id, admins.iter().map(|admin| admin.id.as_str()).collect()))
        .collect();
    assert_eq!(found, [("o2", vec!["a1", "a2"])]);
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["admin a7: _id: is that of the organizations o3 and o4"]);
    assert_eq!(
        notes,
        [
            "admin a3 is left: its organization is not there",
            "admin a4 is left: its organization is not there",
            "admin a5 is left: organization gone is deleted",
        ]
    );
}

#[test]
fn unknown_and_differently_spelled_roles_become_viewer() {
    for (role, is_founder, expected) in [
        (Some("owner"), false, Role::Owner),
        (Some("admin"), false, Role::Admin),
        (Some("viewer"), false, Role::Viewer),
        (Some("Owner"), false, Role::Viewer),
        (Some("ADMIN"), false, Role::Viewer),
        (Some(" owner"), false, Role::Viewer),
        (Some("read_only"), false, Role::Viewer),
        (Some("superadmin"), false, Role::Viewer),
        (None, false, Role::Viewer),
        (Some("owner"), true, Role::Owner),
        (Some("admin"), true, Role::Owner),
        (None, true, Role::Owner),
        (Some("viewer"), true, Role::Viewer),
        (Some("read_only"), true, Role::Viewer),
        (Some("Owner"), true, Role::Viewer),
    ] {
        let legacy = LegacyAdmin { role: role.map(ToOwned::to_owned), ..admin("a", None) };
        assert_eq!(made(&legacy, is_founder).unwrap().role(), expected, "{role:?} {is_founder}");
    }
}

#[test]
fn legacy_admins_keep_their_times_and_state() {
    let made = made(&admin("a", None), false).unwrap();
    assert_eq!((made.created_at(), made.last_login()), (at(5), Some(at(7))));
    assert_eq!((made.name(), made.is_active()), (None, true));
    assert_eq!(made.sessions(at(9)).count(), 0);
}

#[test]
fn among_documents_only_the_founder_is_imported_by_default() {
    let among = |id: &str| LegacyAdmin { is_document: true, ..admin(id, Some("o1")) };
    let legacy = Legacy {
        organizations: vec![organization("o1", "a1")],
        admins: vec![among("a1"), among("customer")],
        ..Legacy::default()
    };
    for (asked, expected) in [(false, &["a1"][..]), (true, &["a1", "customer"])] {
        let mut notes = Vec::new();
        let grouped = by_organization(&legacy, asked, &mut Vec::new(), &mut notes);
        let found: Vec<&str> = grouped["o1"].iter().map(|admin| admin.id.as_str()).collect();
        assert_eq!(found, expected);
        assert_eq!(notes.len(), usize::from(!asked), "{notes:?}");
        assert!(notes.iter().all(|note| note.ends_with(": _id customer")), "{notes:?}");
    }
}

#[test]
fn an_admin_is_listed_with_its_role_and_source() {
    let listed = |role: Option<&str>, is_founder, is_active| {
        let role = role.map(ToOwned::to_owned);
        let legacy = LegacyAdmin { role, is_active, ..admin("a", None) };
        let id = OrganizationId::parse("o").unwrap();
        read(&legacy, &id, is_founder, at(9), &mut Vec::new()).unwrap().to_string()
    };
    assert_eq!(
        listed(Some("admin"), true, true),
        r#"admin a: a@example.com, owner, founder, role was "admin"; found in "admins", _id a"#
    );
    assert_eq!(
        listed(Some("\u{1b}[2K"), false, false),
        r#"admin a: a@example.com, viewer, role was "\u{1b}[2K", deactivated; found in "admins", _id a"#
    );
    assert!(listed(None, false, true).contains(", viewer, role was not set;"));
}

#[test]
fn only_supported_password_hashes_are_imported() {
    let with = |hash: &str| {
        let password_hash = Some(PasswordHash::new(hash.to_owned()));
        made(&LegacyAdmin { password_hash, ..admin("a", None) }, false)
    };
    let rest = "a".repeat(53);
    for version in ["2a", "2b", "2y"] {
        assert!(with(&format!("${version}$12${rest}")).is_ok());
    }
    for bad in [
        String::new(),
        "secret".to_owned(),
        format!("$2x$12${rest}"),
        format!("$2b$17${rest}"),
        format!("$2b$4${rest}"),
        format!("$2b$12${}", "a".repeat(52)),
        format!("$2b$12${}", "!".repeat(53)),
        format!("$2b$12${rest}$"),
        format!("x$2b$12${rest}"),
    ] {
        let wrong = with(&bad).unwrap_err();
        assert_eq!(wrong, ["admin a: password: must be a bcrypt hash"], "{bad}");
    }
}

#[test]
fn all_problems_of_an_admin_are_reported() {
    let none = LegacyAdmin {
        id: "a b".to_owned(),
        email: None,
        name: Some("a\nb".to_owned()),
        password_hash: None,
        ..admin("a", None)
    };
    assert_eq!(
        made(&none, false).unwrap_err(),
        [
            "admin a b: _id: must not contain the character U+0020",
            "admin a b: email: must not be empty",
            "admin a b: name: must not contain the character U+000A",
            "admin a b: password: must be a bcrypt hash",
        ]
    );
}

#[test]
fn a_collection_keeps_a_name_that_allows_a_numeric_suffix() {
    let kept = |name: &str| {
        let collection = LegacyCollection { name: name.to_owned(), admins: Vec::new() };
        collection.kept_name().is_some()
    };
    assert!(kept("org_acme") && kept("org_Acme-2") && kept(&format!("org_{}", "a".repeat(50))));
    for name in ["org_", "acme", "org_日本", "org_a.b"] {
        assert!(!kept(name), "{name}");
    }
    assert!(kept(&format!("org_{}", "a".repeat(78))));
    assert!(!kept(&format!("org_{}", "a".repeat(79))), "no number fits behind it");
}
