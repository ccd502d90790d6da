//! Resources of another organization get the same response as missing resources.

use serde_json::json;

use super::requests::request;
use super::table::Who;
use super::world::{Installation, Person, Place};
use crate::support::{Answer, Call, call, delete, get};
use crate::walk::{Operation, operations};

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
fn nowhere(place: &Place) -> Place {
    let unknown = |id: &str| format!("{}x", &id[..id.len() - 1]);
    Place {
        organization: unknown(&place.organization),
        name: unknown(&place.name),
        admin: unknown(&place.admin),
        document: unknown(&place.document),
        session: unknown(&place.session),
    }
}

/// The response with the ids of `place` replaced by those of `nowhere`, because it may echo the
/// request.
fn sent(answer: &Answer, place: &Place, nowhere: &Place) -> String {
    let mut lines: Vec<_> = answer.headers.iter().map(|header| format!("{header:?}")).collect();
    lines.sort();
    let text = format!("{}\n{}\n{}", answer.status, lines.join("\n"), answer.text());
    text.replace(&place.organization, &nowhere.organization)
        .replace(&place.admin, &nowhere.admin)
        .replace(&place.document, &nowhere.document)
        .replace(&place.session, &nowhere.session)
}

/// For the admins of the owner's organization, and for callers without an organization.
#[actix_web::test]
async fn another_organization_is_answered_like_a_missing_one() {
    let installation = Installation::new().await;
    let world = installation.world("One").await;
    let there = &world.people[&Who::Stranger].place;
    let before = installation.snapshot(&world).await;
    for operation in naming(&["{organization_id}"]) {
        for (&who, person) in &world.people {
            if [Who::Stranger, Who::Operator].contains(&who) {
                continue;
            }
            for shape in SHAPES {
                let places = [there, &nowhere(there)];
                let found = installation.alike(&operation, shape, (who, person), places).await;
                assert!(found.status.is_client_error(), "{} by {who:?}", operation.name());
            }
        }
    }
    installation.is_as(&before, &world, "all requests").await;
}

/// For callers that may read such resources in their own organization.
#[actix_web::test]
async fn ids_of_another_organization_are_answered_like_missing_ones() {
    let installation = Installation::new().await;
    let world = installation.world("One").await;
    let before = installation.snapshot(&world).await;
    let (stranger, colleague) = (&world.people[&Who::Stranger].place, world.place());
    let session = colleague.session.clone();
    for other in [stranger.clone(), Place { session, ..stranger.clone() }] {
        for operation in naming(&["{admin_id}", "{document_id}", "{session_id}"]) {
            for who in [Who::Owner, Who::Admin] {
                let person = &world.people[&who];
                let organization = &person.place.organization;
                let home = |place| Place { organization: organization.clone(), ..place };
                let places = [&home(other.clone()), &home(nowhere(&other))];
                for shape in SHAPES.into_iter().filter(|shape| !adds(&operation, shape)) {
                    let found = installation.alike(&operation, shape, (who, person), places).await;
                    assert!(found.status.is_client_error(), "{} by {who:?}", operation.name());
                }
            }
        }
        installation.is_as(&before, &world, "all requests").await;
    }
}

/// A document may have the id of another's, and searches in one organization find nothing of
/// another.
#[actix_web::test]
async fn organizations_can_use_equal_ids() {
    let installation = Installation::new().await;
    let world = installation.world("One").await;
    let (owner, stranger) = (&world.people[&Who::Owner], &world.people[&Who::Stranger]);
    let there = &stranger.place;
    let send = |person: &Person, call: Call| {
        installation.server.send(call.header("X-Request-Id", "same").token(person.token()))
    };
    for query in [
        "audit-events?actor={admin}",
        "documents?filter={%22_id%22:%22{document}%22}",
        "documents?filter={%22_id%22:{%22$gte%22:%22{document}%22}}&sort=text",
    ] {
        let ask = |place: &Place| {
            let query = query.replace("{admin}", &place.admin);
            let query = query.replace("{document}", &place.document);
            send(owner, get(&format!("{}/{query}", owner.place.path())))
        };
        let absent = nowhere(there);
        let (found, expected) = (ask(there).await, ask(&absent).await);
        assert_eq!(found.status, 200, "{query}: {}", found.text());
        assert_eq!(sent(&found, there, &absent), sent(&expected, there, &absent), "{query}");
    }
    let path = |person: &Person| format!("{}/documents/{}", person.place.path(), there.document);
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
    async fn alike(
        &self,
        operation: &Operation,
        (shape, shaped): Shape,
        (who, person): (Who, &Person),
        places: [&Place; 2],
    ) -> Answer {
        let ask = |place: &Place| {
            let key = format!("{who:?}:{}:{}:{shape}", operation.id(), place.organization);
            let call = shaped(request(operation, who, person, place), &key);
            self.server.send(call.header("X-Request-Id", "same"))
        };
        let [there, nowhere] = places;
        let (found, expected) = (ask(there).await, ask(nowhere).await);
        let told = format!("{} by {who:?}, {shape}", operation.name());
        assert_eq!(sent(&found, there, nowhere), sent(&expected, there, nowhere), "{told}");
        found
    }
}
