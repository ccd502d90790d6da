//! Callers that are revoked between the head and the body of their request.

use std::collections::BTreeSet;

use api_actix::Dialects;
use serde_json::{Value, json};

use super::dialect_details::dialect_detail;
use super::requests::request;
use super::table::{Expected, Row, Who};
use super::world::{Caller, Installation, World, colleague, succeed};
use super::{Case, ENVELOPE, rows, rows_of_envelope};
use crate::support::{Between, Call, OPERATOR, delete, get, patch, post};

/// How an owner is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Revocation {
    SessionEnded,
    Removed,
    Deactivated,
    Demoted,
    Suspended,
}

use Revocation::{Deactivated, Demoted, Removed, SessionEnded, Suspended};

impl Revocation {
    const ALL: [Self; 5] = [SessionEnded, Removed, Deactivated, Demoted, Suspended];

    /// The kind of caller whose responses the owner gets afterwards.
    fn becomes(self) -> Who {
        match self {
            SessionEnded | Removed | Deactivated => Who::Deactivated,
            Demoted => Who::Viewer,
            Suspended => Who::Suspended,
        }
    }

    fn of(self, actor: &Caller, owner: &Caller) -> Call {
        let organization = actor.place.path();
        let admin = format!("{organization}/admins/{}", actor.place.admin);
        match self {
            SessionEnded => delete("/v1/auth/sessions").token(actor.token()),
            Removed => delete(&admin).token(owner.token()),
            Deactivated => patch(&admin, &json!({"is_active": false})).token(owner.token()),
            Demoted => patch(&admin, &json!({"role": "viewer"})).token(owner.token()),
            Suspended => post(&format!("{organization}/suspend")).token(OPERATOR),
        }
    }
}

/// Whether an owner is refused after `revocation`: not where tokens are ignored.
fn is_refused(row: &Row, revocation: Revocation) -> bool {
    let may = |who| row.may.contains(&who);
    may(Who::Owner) && !may(Who::Garbage) && !may(revocation.becomes())
}

#[actix_web::test]
async fn callers_revoked_during_a_body_are_refused_and_change_nothing() {
    for revocation in Revocation::ALL {
        for (dialects, mut rows) in [(Dialects::default(), rows()), (ENVELOPE, rows_of_envelope())]
        {
            rows.retain(|(operation, row)| operation.has_body() && is_refused(row, revocation));
            assert!(!rows.is_empty());
            assert_refused(&Installation::with(dialects).await, rows, revocation).await;
        }
    }
}

/// All operations with a body, except those that need no token.
#[test]
fn the_revocation_test_covers_every_operation_with_a_body() {
    let rows = rows().into_iter().chain(rows_of_envelope());
    let with_body = rows.filter(|(operation, _)| operation.has_body());
    let (asked, others): (Vec<_>, Vec<_>) =
        with_body.partition(|(_, row)| is_refused(row, SessionEnded));
    assert!(asked.len() >= 11);
    let others: BTreeSet<_> = others.into_iter().map(|(_, row)| row.id).collect();
    let without_token = [
        "enterprise_create",
        "enterprise_login",
        "login",
        "org_admin_login",
        "org_create",
        "org_envelope_admin_login",
        "org_envelope_create",
        "org_login",
        "refresh",
    ];
    assert_eq!(others, BTreeSet::from(without_token));
}

async fn assert_refused(installation: &Installation, rows: Vec<Case>, revocation: Revocation) {
    let server = &installation.server;
    for (operation, row) in rows {
        let world = installation.world(row.id).await;
        let owner = &world.callers[&Who::Owner];
        let actor = colleague(server, owner, Who::Owner, "owner").await;
        let before = installation.contents(&world, &actor).await;
        let call = request(&operation, Who::Owner, &actor, world.place());
        let revoking = server.sending(revocation.of(&actor, owner));
        let between: Between = Box::pin(async move {
            let response = revoking.await;
            assert!(response.status.is_success(), "{}", response.text());
        });
        let response = server.send_in_halves(call, between).await;
        let context = format!("{} when {revocation:?}: {}", operation.name(), response.text());
        let Expected::Refusal(status, code) = row.expects(revocation.becomes(), &operation.path)
        else {
            panic!("{context}")
        };
        assert_eq!(response.status, status, "{context}");
        let detail = match operation.is_of_dialect() {
            true => response.detail(status),
            false => response.problem(status),
        };
        assert_eq!(detail, dialect_detail(&operation.path, code), "{context}");
        operation.assert_described(&response);
        if revocation == Suspended {
            let activate = post(&format!("{}/activate", actor.place.path()));
            succeed(server, activate.token(OPERATOR)).await;
        }
        assert_eq!(installation.contents(&world, &actor).await, before, "{context}");
        if [SessionEnded, Demoted, Suspended].contains(&revocation) {
            server.login(&actor.email).await;
        }
    }
}

impl Installation {
    /// The contents of the organization of `world` without the admin `actor`, and the list of
    /// organizations.
    async fn contents(&self, world: &World, actor: &Caller) -> Vec<Value> {
        let owner = &world.callers[&Who::Owner];
        let path = owner.place.path();
        let asked = [
            (get(&format!("{path}/admins?limit=100")), owner.token()),
            (get(&format!("{path}/documents?limit=100")), owner.token()),
            (get(&path), owner.token()),
            (get("/v1/organizations?limit=100"), OPERATOR),
        ];
        let mut contents = Vec::new();
        for (call, token) in asked {
            let text = succeed(&self.server, call.token(token)).await;
            let value: Value = serde_json::from_str(&text).unwrap();
            match value["items"].as_array() {
                Some(items) => contents.extend(items.iter().cloned()),
                None => contents.push(value),
            }
        }
        contents.retain(|item| item["email"] != actor.email);
        for item in contents.iter_mut().filter_map(Value::as_object_mut) {
            // A revocation may change these.
            for member in ["version", "updated_at"] {
                item.remove(member);
            }
        }
        contents
    }
}
