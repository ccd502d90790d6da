//! Authorization: every operation of the OpenAPI document, called by every kind of caller.

mod absent;
mod dialect_details;
mod requests;
mod revoked;
mod table;
mod world;

use std::collections::BTreeSet;

use api_actix::{Dialects, OrgDialect};
use serde_json::json;

use dialect_details::dialect_detail;
use requests::request;
use table::{Expected, Row, TABLE, Who};
use world::{Caller, Installation, ResourceIds, SECRET, succeed};

use crate::openapi::{Operation, operations, operations_with};
use crate::support::{OPERATOR, Response, get, post};

/// The dialect that shares its paths with another.
const ENVELOPE: Dialects = Dialects { org: Some(OrgDialect::Envelope), enterprise: false };

/// An operation with its row.
type Case = (Operation, &'static Row);

/// The operations of the OpenAPI document with their rows.
fn rows() -> Vec<Case> {
    with_rows(operations())
}

/// The operations of the dialect that is not mounted by default.
fn rows_of_envelope() -> Vec<Case> {
    let mut operations = operations_with(ENVELOPE);
    operations.retain(Operation::is_of_dialect);
    with_rows(operations)
}

fn with_rows(operations: Vec<Operation>) -> Vec<Case> {
    let rows = operations.into_iter().map(|operation| {
        let row = TABLE.iter().find(|row| row.id == operation.id());
        let row = row.unwrap_or_else(|| panic!("who may {}? The table has no row", operation.id()));
        (operation, row)
    });
    rows.collect()
}

#[test]
fn the_table_covers_every_operation() {
    let rows = rows().into_iter().chain(rows_of_envelope());
    let described: BTreeSet<_> = rows.map(|(_, row)| row.id).collect();
    let in_table: BTreeSet<_> = TABLE.iter().map(|row| row.id).collect();
    assert_eq!(described, in_table);
    assert_eq!(TABLE.len(), in_table.len(), "there is one row for each");
}

#[actix_web::test]
async fn unauthorized_callers_are_refused_and_change_nothing() {
    for (dialects, rows) in [(Dialects::default(), rows()), (ENVELOPE, rows_of_envelope())] {
        assert_refused(Installation::with(dialects).await, rows).await;
    }
}

async fn assert_refused(installation: Installation, rows: Vec<Case>) {
    let world = installation.world("One").await;
    let before = installation.snapshot(&world).await;
    for (operation, row) in rows {
        let refused = || Who::ALL.iter().filter(|who| !row.may.contains(who));
        for &who in refused() {
            let caller = &world.callers[&who];
            let mut places = vec![world.place()];
            // Callers that are refused everywhere are refused at home, too. Logins name no
            // organization, and repeated failures would be throttled.
            let is_refused_at_home = who != Who::Stranger && !operation.id().ends_with("login");
            places.extend(is_refused_at_home.then_some(&caller.place));
            for place in places {
                let response = installation.check((&operation, row), (who, caller), place).await;
                assert!(!response.text().contains(SECRET), "{} by {who:?}", operation.name());
            }
        }
        if refused().count() > 0 {
            installation.assert_unchanged(&before, &world, row.id).await;
        }
    }
    // Activates the suspended organization, so that its contents can be compared.
    let (server, Caller { place, .. }) = (&installation.server, &installation.suspended);
    succeed(server, post(&format!("{}/activate", place.path())).token(OPERATOR)).await;
    let documents = get(&format!("{}/documents", place.path()));
    let documents = server.send(documents.token(installation.suspended.token())).await.json();
    assert_eq!(documents["items"], json!([{"_id": place.document, "text": SECRET}]));
}

#[actix_web::test]
async fn authorized_callers_succeed() {
    for (dialects, rows) in [(Dialects::default(), rows()), (ENVELOPE, rows_of_envelope())] {
        assert_allowed(Installation::with(dialects).await, rows).await;
    }
}

async fn assert_allowed(installation: Installation, rows: Vec<Case>) {
    let unchanged = installation.world("One").await;
    for (operation, row) in rows {
        for &who in row.may {
            // Public operations and logins change nothing that others need.
            let keeps = row.may == Who::ALL || operation.id().ends_with("login");
            let fresh = match operation.method.as_str() {
                "GET" => None,
                _ if keeps => None,
                _ => Some(installation.world(&format!("{} {who:?}", operation.id())).await),
            };
            let world = fresh.as_ref().unwrap_or(&unchanged);
            let caller = &world.callers[&who];
            // Sessions are ended by their owners.
            let session = caller.place.session.clone();
            let place = ResourceIds { session, ..world.place().clone() };
            installation.check((&operation, row), (who, caller), &place).await;
        }
    }
}

impl Installation {
    /// Sends a request and checks the response.
    async fn check(
        &self,
        (operation, row): (&Operation, &Row),
        (who, caller): (Who, &Caller),
        place: &ResourceIds,
    ) -> Response {
        let response = self.server.send(request(operation, who, caller, place)).await;
        let context = format!("{} by {who:?}: {}", operation.name(), response.text());
        match row.expects(who, &operation.path) {
            Expected::Success(status) => assert_eq!(response.status, status, "{context}"),
            Expected::Refusal(status, code) => {
                assert_eq!(response.status, status, "{context}");
                let detail = match operation.is_of_dialect() {
                    true => response.detail(status),
                    false => response.problem(status),
                };
                assert_eq!(detail, dialect_detail(&operation.path, code), "{context}");
            }
        }
        if operation.is_ours() || operation.is_of_dialect() {
            operation.assert_described(&response);
        }
        response
    }
}
