//! Resources of another organization get the same response as missing resources.

use serde_json::json;

use super::requests::request;
use super::table::Who;
use super::world::{Caller, Installation, ResourceIds};
use crate::openapi::{Operation, operations};
use crate::support::{Call, Response, call, delete, get};

/// How a request is sent, each with its own idempotency key: valid, or with an error that could be
/// found before the caller is checked.
type Shape = (&'static str, fn(Call, &str) -> Call);

const SHAPES: [Shape; 8] = [
    ("plain", |call, _| call),
    ("If-Match", |call, _| call.header("If-Match", "\"1\"")),
    ("If-Match, malformed", |call, _| call.header("If-Match", "1")),
    ("If-None-Match", |call, _| call.header("If-None-Match", "*")),
    ("Idempotency-Key", |call, key| call.header("Idempotency-Key", key)),
    ("Idempotency-Key, malformed", |call, _| call.header("Idempotency-Key", "")),
    ("another encoding", |call, _| call.header("Content-Encoding", "gzip")),
    ("cut off", |call, _| call.body("{")),
];

/// Ids of the same length that were never issued.
fn unknown_ids(place: &ResourceIds) -> ResourceIds {
    let unknown = |id: &str| format!("{}x", &id[..id.len() - 1]);
    ResourceIds {
        organization: unknown(&place.organization),
        name: unknown(&place.name),
        admin: unknown(&place.admin),
        document: unknown(&place.document),
        session: unknown(&place.session),
    }
}

/// The response with the ids of `place` replaced by those of `unknown`, because it may echo the
/// request.
fn sent(response: &Response, place: &ResourceIds, unknown: &ResourceIds) -> String {
    let mut lines: Vec<_> = response.headers.iter().map(|header| format!("{header:?}")).collect();
    lines.sort();
    let text = format!("{}\n{}\n{}", response.status, lines.join("\n"), response.text());
    text.replace(&place.organization, &unknown.organization)
        .replace(&place.admin, &unknown.admin)
        .replace(&place.document, &unknown.document)
        .replace(&place.session, &unknown.session)
}

/// For the admins of the owner's organization, and for callers without an organization.
#[actix_web::test]
async fn another_organization_is_answered_like_a_missing_one() {
    let installation = Installation::new().await;
    let world = installation.world("One").await;
    let there = &world.callers[&Who::Stranger].place;
    let before = installation.snapshot(&world).await;
    for operation in naming(&["{organization_id}"]) {
        for (&who, caller) in &world.callers {
            if [Who::Stranger, Who::Operator].contains(&who) {
                continue;
            }
            for shape in SHAPES {
                let places = [there, &unknown_ids(there)];
                let found =
                    installation.same_response(&operation, shape, (who, caller), places).await;
                assert!(found.status.is_client_error(), "{} by {who:?}", operation.name());
            }
        }
    }
    installation.assert_unchanged(&before, &world, "all requests").await;
}

/// For callers that may read such resources in their own organization.
#[actix_web::test]
async fn ids_of_another_organization_are_answered_like_missing_ones() {
    let installation = Installation::new().await;
    let world = installation.world("One").await;
    let before = installation.snapshot(&world).await;
    let (stranger, colleague) = (&world.callers[&Who::Stranger].place, world.place());
    let session = colleague.session.clone();
    for other in [stranger.clone(), ResourceIds { session, ..stranger.clone() }] {
        for operation in naming(&["{admin_id}", "{document_id}", "{session_id}"]) {
            for who in [Who::Owner, Who::Admin] {
                let caller = &world.callers[&who];
                let organization = &caller.place.organization;
                let home = |place| ResourceIds { organization: organization.clone(), ..place };
                let places = [&home(other.clone()), &home(unknown_ids(&other))];
                for shape in SHAPES.into_iter().filter(|shape| !adds(&operation, shape)) {
                    let found =
                        installation.same_response(&operation, shape, (who, caller), places).await;
                    assert!(found.status.is_client_error(), "{} by {who:?}", operation.name());
                }
            }
        }
        installation.assert_unchanged(&before, &world, "all requests").await;
    }
}

/// A document may have the id of another's, and searches in one organization find nothing of
/// another.
#[actix_web::test]
async fn organizations_can_use_equal_ids() {
    let installation = Installation::new().await;
    let world = installation.world("One").await;
    let (owner, stranger) = (&world.callers[&Who::Owner], &world.callers[&Who::Stranger]);
    let there = &stranger.place;
    let send = |caller: &Caller, call: Call| {
        installation.server.send(call.header("X-Request-Id", "same").token(caller.token()))
    };
    for query in [
        "audit-events?actor={admin}",
        "documents?filter={%22_id%22:%22{document}%22}",
        "documents?filter={%22_id%22:{%22$gte%22:%22{document}%22}}&sort=text",
    ] {
        let ask = |place: &ResourceIds| {
            let query = query.replace("{admin}", &place.admin);
            let query = query.replace("{document}", &place.document);
            send(owner, get(&format!("{}/{query}", owner.place.path())))
        };
        let absent = unknown_ids(there);
        let (found, expected) = (ask(there).await, ask(&absent).await);
        assert_eq!(found.status, 200, "{query}: {}", found.text());
        assert_eq!(sent(&found, there, &absent), sent(&expected, there, &absent), "{query}");
    }
    let path = |caller: &Caller| format!("{}/documents/{}", caller.place.path(), there.document);
    let theirs = send(stranger, get(&path(stranger))).await.text();
    let put = call("PUT", &path(owner)).json(&json!({"n": 1}));
    assert_eq!(send(owner, put).await.status, 201);
    assert_eq!(send(owner, delete(&path(owner))).await.status, 204);
    assert_eq!(send(owner, delete(&path(owner))).await.problem(404), "document_not_found");
    assert_eq!(send(stranger, get(&path(stranger))).await.text(), theirs);
}

/// The operations whose paths name one of these.
fn naming(parts: &[&str]) -> Vec<Operation> {
    let mut operations = operations();
    // The dialects distinguish them, and return public data to any client.
    operations.retain(Operation::is_ours);
    operations.retain(|operation| parts.iter().any(|part| operation.path.contains(part)));
    assert!(operations.len() >= 8, "{parts:?}");
    operations
}

/// Whether the request adds a document.
fn adds(operation: &Operation, (shape, _): &Shape) -> bool {
    let succeeds =
        !["If-Match", "If-Match, malformed", "another encoding", "cut off"].contains(shape);
    operation.id() == "put_document" && succeeds
}

impl Installation {
    /// Sends a request about each of `places`, expects the same response, and returns that of the
    /// first.
    async fn same_response(
        &self,
        operation: &Operation,
        (shape, shaped): Shape,
        (who, caller): (Who, &Caller),
        places: [&ResourceIds; 2],
    ) -> Response {
        let ask = |place: &ResourceIds| {
            let key = format!("{who:?}:{}:{}:{shape}", operation.id(), place.organization);
            let call = shaped(request(operation, who, caller, place), &key);
            self.server.send(call.header("X-Request-Id", "same"))
        };
        let [there, unknown] = places;
        let (found, expected) = (ask(there).await, ask(unknown).await);
        let context = format!("{} by {who:?}, {shape}", operation.name());
        assert_eq!(sent(&found, there, unknown), sent(&expected, there, unknown), "{context}");
        found
    }
}
