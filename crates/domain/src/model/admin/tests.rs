use std::time::Duration;

use chrono::DateTime;

use super::*;
use crate::model::{Device, NewSession, RefreshToken, Salt, Secret, SessionId, TokenId};

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(DateTime::UNIX_EPOCH) + Duration::from_secs(seconds)
}

fn ada(role: Role) -> Admin {
    let new = NewAdmin {
        id: AdminId::parse("ada").unwrap(),
        organization: OrganizationId::parse("acme").unwrap(),
        email: Email::parse("ada@example.com").unwrap(),
        name: Some(AdminName::parse("Ada").unwrap()),
        role,
        password_hash: PasswordHash::new("hash".to_owned()),
    };
    Admin::new(new, at(0))
}

fn session(number: u8) -> NewSession {
    NewSession {
        id: SessionId::parse(format!("s-{number}")).unwrap(),
        family: Secret::new([number; 32]),
        secret: Secret::new([100 + number; 32]),
        device: Device {
            address: crate::model::ClientAddress::new([127, 0, 0, 1].into()),
            user_agent: None,
        },
        lifetime: Duration::from_secs(1000),
    }
}

fn fresh(number: u8) -> (Salt, TokenId) {
    (Salt::new([number; 32]), TokenId::parse(format!("t-{number}")).unwrap())
}

/// The admin after a use of `token`, and the next token.
fn rotate(admin: &Admin, token: &RefreshToken, number: u8, now: u64) -> (Admin, RefreshToken) {
    let (salt, id) = fresh(number);
    match admin.refreshed(token, (&salt, &id), at(now)) {
        Refreshed::Rotated(next) => {
            let (token, made, when) = next.answer_to(token).unwrap();
            assert_eq!((made, when), (id, at(now)));
            (next, token)
        }
        other => panic!("{other:?}"),
    }
}

fn reuse(admin: &Admin, token: &RefreshToken, now: u64) -> Refreshed {
    let (salt, id) = fresh(99);
    admin.refreshed(token, (&salt, &id), at(now))
}

#[test]
fn each_refresh_token_is_valid_once_and_yields_the_next() {
    let (admin, one) = logged_in();
    let (admin, two) = rotate(&admin, &one, 2, 1);
    let (admin, three) = rotate(&admin, &two, 3, 2);
    assert!(matches!(reuse(&admin, &three, 3), Refreshed::Rotated(_)));
    assert_eq!(admin.session(&three.session, at(3)).unwrap().last_used_at(), at(2));
}

#[test]
fn reuse_within_the_grace_period_yields_the_same_token() {
    let (admin, one) = logged_in();
    let (admin, two) = rotate(&admin, &one, 2, 1);
    assert!(matches!(reuse(&admin, &one, 10), Refreshed::Repeated));
    let (again, id, when) = admin.answer_to(&one).unwrap();
    assert_eq!((again.expose(), id, when), (two.expose(), fresh(2).1, at(1)));
}

#[test]
fn refresh_token_reuse_ends_only_its_session() {
    let (admin, one) = logged_in();
    let admin = admin.logged_in(None, &session(7), at(1));
    let (rotated, two) = rotate(&admin, &one, 2, 1);
    let Refreshed::Reused(late) = reuse(&rotated, &one, 11) else { panic!("after the grace") };
    let (further, _) = rotate(&rotated, &two, 3, 2);
    let Refreshed::Reused(older) = reuse(&further, &one, 3) else { panic!("of before the last") };
    for ended in [late, older] {
        assert!(matches!(reuse(&ended, &two, 12), Refreshed::Unknown));
        let left: Vec<_> = ended.sessions(at(12)).map(|one| one.id().as_str()).collect();
        assert_eq!(left, ["s-7"]);
    }
}

#[test]
fn an_invalid_token_ends_no_session() {
    let (admin, one) = logged_in();
    let guessed = RefreshToken { family: Secret::new([9; 32]), ..one.clone() };
    assert!(matches!(reuse(&admin, &guessed, 1), Refreshed::Unknown));
    let elsewhere = RefreshToken { session: SessionId::parse("s-9").unwrap(), ..one };
    assert!(matches!(reuse(&admin, &elsewhere, 1), Refreshed::Unknown));
}

#[test]
fn a_session_expires_however_often_it_is_refreshed() {
    let (admin, one) = logged_in();
    let (admin, two) = rotate(&admin, &one, 2, 999);
    assert!(matches!(reuse(&admin, &two, 1000), Refreshed::Unknown));
    assert_eq!(admin.sessions(at(1000)).count(), 0);
}

#[test]
fn the_longest_idle_session_is_evicted() {
    let mut admin = ada(Role::Owner);
    for number in 0..Admin::MAX_SESSIONS as u8 {
        admin = admin.logged_in(None, &session(number), at(number.into()));
    }
    let first = session(0).token(admin.id());
    let (admin, _) = rotate(&admin, &first, 200, 60);
    let admin = admin.logged_in(None, &session(90), at(61));
    assert_eq!(admin.sessions(at(61)).count(), Admin::MAX_SESSIONS);
    let has = |number| admin.session(&session(number).id, at(61)).is_some();
    assert_eq!((has(0), has(1), has(2), has(90)), (true, false, true, true));
}

#[test]
fn a_password_change_and_a_deactivation_end_sessions() {
    let (admin, one) = logged_in();
    let admin = admin.logged_in(None, &session(7), at(1));
    let changed = admin.with_password(PasswordHash::new("new".to_owned()), &one.session, at(2));
    let left: Vec<_> = changed.sessions(at(2)).map(|one| one.id().as_str()).collect();
    assert_eq!(left, ["s-1"]);
    let change = AdminChange { is_active: Some(false), ..AdminChange::default() };
    let deactivated = admin.amended(&change, at(2));
    assert_eq!((deactivated.sessions(at(2)).count(), deactivated.is_active()), (0, false));
}

#[test]
fn a_change_without_effect_is_not_a_write() {
    let admin = ada(Role::Admin);
    let same = AdminChange { role: Some(Role::Admin), is_active: Some(true), ..Default::default() };
    assert_eq!(admin.amended(&same, at(5)), admin);
    let nameless = admin.amended(&AdminChange { name: Some(None), ..Default::default() }, at(5));
    assert_eq!((nameless.name(), nameless.updated_at()), (None, at(5)));
    assert_eq!(nameless.version(), admin.version().next());
}

#[test]
fn a_pending_change_is_applied_once() {
    let admin = ada(Role::Owner);
    let change = AdminChange { role: Some(Role::Viewer), ..AdminChange::default() };
    let begun = Version::FIRST.next();
    let relieved = admin.with_pending_change(&change, begun, at(1)).unwrap();
    assert_eq!((relieved.role(), relieved.is_active_owner()), (Role::Viewer, false));
    let back = AdminChange { role: Some(Role::Owner), ..AdminChange::default() };
    let promoted = relieved.amended(&back, at(2));
    assert_eq!(promoted.with_pending_change(&change, begun, at(3)), None);
    assert!(promoted.with_pending_change(&change, begun.next(), at(3)).is_some());
}

#[test]
fn a_declined_change_is_not_applied_later() {
    let admin = ada(Role::Owner);
    let change = AdminChange { role: Some(Role::Viewer), ..AdminChange::default() };
    let begun = Version::FIRST.next();
    let declined = admin.declining(begun);
    assert_eq!((declined.email(), declined.updated_at()), (admin.email(), admin.updated_at()));
    assert_eq!(declined.version(), admin.version().next());
    assert_eq!(
        (declined.with_pending_change(&change, begun, at(1)), declined.has_applied(begun)),
        (None, false)
    );
    let later = declined.with_pending_change(&change, begun.next(), at(1)).unwrap();
    assert!(later.has_applied(begun.next()) && !later.has_applied(begun));
    assert_eq!(later.with_pending_change(&change, begun, at(2)), None);
    let again = later.declining(begun.next().next());
    assert!(again.has_applied(begun.next()), "what was made stays made");
}

#[test]
fn a_password_change_keeps_one_session() {
    let (admin, one) = logged_in();
    let admin = admin.logged_in(None, &session(7), at(1));
    let new = NewPassword {
        hash: PasswordHash::new("new".to_owned()),
        kept: one.session,
        event: EventId::parse("event").unwrap(),
    };
    let change = AdminChange { password: Some(new), ..AdminChange::default() };
    let json = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<AdminChange>(&json).unwrap(), change, "{json}");
    let changed = admin.amended(&change, at(2));
    assert_eq!(changed.password_hash().expose(), "new");
    assert_eq!((changed.sessions(at(2)).count(), changed.updated_at()), (1, at(2)));
    assert_eq!(changed.version(), admin.version().next());
}

#[test]
fn an_address_change_can_keep_one_session() {
    let (admin, one) = logged_in();
    let admin = admin.logged_in(None, &session(7), at(1));
    let address = |text: &str| Some(Email::parse(text).unwrap());
    let change = AdminChange { email: address("a@example.com"), ..AdminChange::default() };
    assert_eq!(admin.amended(&change, at(2)).sessions(at(2)).count(), 2);
    let change = AdminChange { kept: Some(one.session.clone()), ..change };
    let json = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<AdminChange>(&json).unwrap(), change, "{json}");
    let changed = admin.amended(&change, at(2));
    let left: Vec<_> = changed.sessions(at(2)).map(Session::id).collect();
    assert_eq!(left, [&one.session]);
    let same = AdminChange { email: address("ADA@example.com"), ..change };
    assert_eq!(admin.amended(&same, at(2)).sessions(at(2)).count(), 2, "the same account");
}

#[test]
fn a_record_without_declined_changes_is_read() {
    let mut record = serde_json::to_value(ada(Role::Owner).declining(Version::FIRST)).unwrap();
    record.as_object_mut().unwrap().remove("declined_at").unwrap();
    let read = serde_json::from_value::<Admin>(record).unwrap();
    assert!(!read.has_applied(Version::FIRST));
}

#[test]
fn a_stored_change_distinguishes_no_name_from_an_unchanged_name() {
    for name in [None, Some(None), Some(Some(AdminName::parse("Ada").unwrap()))] {
        let change = AdminChange { name, ..AdminChange::default() };
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<AdminChange>(&json).unwrap(), change, "{json}");
    }
}

fn logged_in() -> (Admin, RefreshToken) {
    let admin = ada(Role::Owner).logged_in(None, &session(1), at(0));
    let token = session(1).token(admin.id());
    (admin, token)
}
