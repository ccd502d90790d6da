//! Contract of [`IdempotencyRepo`].

use std::sync::Arc;

use domain::model::{
    DocumentId, Fingerprint, IdempotencyKey, Reservation, StoredResponse, Timestamp,
};
use domain::ports::{IdempotencyRepo, IdempotencyState};

use crate::fixtures::at;
use crate::suite::at_once;

type Repo = Arc<dyn IdempotencyRepo>;

suite! { $ idempotency_repo(Repo):
    begin_reserves_an_unknown_key,
    begin_scopes_keys_to_their_caller,
    one_of_many_concurrent_begins_reserves_the_key,
    begin_detects_another_request_under_a_known_key,
    begin_ignores_an_expired_reservation,
    begin_ignores_an_expired_response,
    finish_stores_the_response_until_it_expires,
    release_frees_a_reserved_key,
    release_keeps_a_completed_key,
    a_late_caller_cannot_finish_or_release_a_newer_reservation,
    sweep_removes_only_expired_records,
}

async fn begin_reserves_an_unknown_key(repo: Repo) {
    assert_eq!(begin(&repo, "k", "asked", at(0), at(10)).await, IdempotencyState::New);
    assert_eq!(begin(&repo, "k", "asked", at(1), at(11)).await, IdempotencyState::InProgress);
    assert_eq!(begin(&repo, "other", "asked", at(1), at(11)).await, IdempotencyState::New);
}

async fn begin_scopes_keys_to_their_caller(repo: Repo) {
    for scope in ["alice", "bob", ""] {
        let key = IdempotencyKey::parse(scope, "k").unwrap();
        let reservation = Reservation { key, ..reserved("k", "asked", at(10)) };
        let begun = repo.begin(&reservation, at(0)).await.unwrap();
        assert_eq!(begun, IdempotencyState::New, "{scope:?}");
    }
}

async fn one_of_many_concurrent_begins_reserves_the_key(repo: Repo) {
    begin(&repo, "ended", "asked", at(0), at(1)).await;
    for known in ["new", "ended"] {
        let begun = at_once(32, |_| {
            let repo = Arc::clone(&repo);
            async move { begin(&repo, known, "asked", at(2), at(10)).await }
        })
        .await;
        assert_eq!(
            begun.iter().filter(|&begun| *begun == IdempotencyState::New).count(),
            1,
            "{known}"
        );
        assert_eq!(
            begun.iter().filter(|&begun| *begun == IdempotencyState::InProgress).count(),
            31,
            "{known}"
        );
    }
}

async fn begin_detects_another_request_under_a_known_key(repo: Repo) {
    begin(&repo, "k", "asked", at(0), at(10)).await;
    assert_eq!(
        begin(&repo, "k", "something else", at(1), at(11)).await,
        IdempotencyState::Mismatch
    );
    repo.finish(&reserved("k", "asked", at(10)), &stored_response(201), at(10)).await.unwrap();
    assert_eq!(
        begin(&repo, "k", "something else", at(2), at(12)).await,
        IdempotencyState::Mismatch
    );
    assert_eq!(
        begin(&repo, "k", "asked", at(3), at(13)).await,
        IdempotencyState::Completed(stored_response(201))
    );
}

async fn begin_ignores_an_expired_reservation(repo: Repo) {
    begin(&repo, "k", "asked", at(0), at(10)).await;
    assert_eq!(begin(&repo, "k", "asked", at(9), at(19)).await, IdempotencyState::InProgress);
    assert_eq!(begin(&repo, "k", "something else", at(10), at(20)).await, IdempotencyState::New);
    assert_eq!(
        begin(&repo, "k", "something else", at(19), at(29)).await,
        IdempotencyState::InProgress
    );
}

async fn begin_ignores_an_expired_response(repo: Repo) {
    begin(&repo, "k", "asked", at(0), at(5)).await;
    repo.finish(&reserved("k", "asked", at(5)), &stored_response(201), at(10)).await.unwrap();
    assert_eq!(begin(&repo, "k", "something else", at(10), at(20)).await, IdempotencyState::New);
}

async fn finish_stores_the_response_until_it_expires(repo: Repo) {
    begin(&repo, "k", "asked", at(0), at(5)).await;
    repo.finish(&reserved("k", "asked", at(5)), &stored_response(201), at(10)).await.unwrap();
    for seconds in [1, 9] {
        let again = begin(&repo, "k", "asked", at(seconds), at(20)).await;
        assert_eq!(again, IdempotencyState::Completed(stored_response(201)), "after {seconds} s");
    }
    begin(&repo, "l", "asked", at(0), at(5)).await;
    repo.finish(&reserved("l", "asked", at(5)), &stored_response(409), at(10)).await.unwrap();
    let without_document = begin(&repo, "l", "asked", at(1), at(20)).await;
    assert_eq!(without_document, IdempotencyState::Completed(stored_response(409)));
}

async fn release_frees_a_reserved_key(repo: Repo) {
    begin(&repo, "k", "asked", at(0), at(10)).await;
    repo.release(&reserved("k", "asked", at(10))).await.unwrap();
    assert_eq!(begin(&repo, "k", "something else", at(1), at(11)).await, IdempotencyState::New);
}

async fn release_keeps_a_completed_key(repo: Repo) {
    begin(&repo, "k", "asked", at(0), at(10)).await;
    let reservation = reserved("k", "asked", at(10));
    repo.finish(&reservation, &stored_response(201), at(10)).await.unwrap();
    repo.release(&reservation).await.unwrap();
    assert_eq!(
        begin(&repo, "k", "asked", at(1), at(11)).await,
        IdempotencyState::Completed(stored_response(201))
    );
}

async fn a_late_caller_cannot_finish_or_release_a_newer_reservation(repo: Repo) {
    let late = reserved("k", "asked", at(10));
    repo.begin(&late, at(0)).await.unwrap();
    for next in ["asked", "something else"] {
        let begun = begin(&repo, "k", next, at(10), at(20)).await;
        assert_eq!(begun, IdempotencyState::New, "{next}");
        repo.finish(&late, &stored_response(201), at(99)).await.unwrap();
        repo.release(&late).await.unwrap();
        assert_eq!(
            begin(&repo, "k", next, at(11), at(21)).await,
            IdempotencyState::InProgress,
            "{next}"
        );
        repo.release(&reserved("k", next, at(20))).await.unwrap();
    }
    repo.finish(&late, &stored_response(201), at(99)).await.unwrap();
    assert_eq!(
        begin(&repo, "k", "asked", at(12), at(22)).await,
        IdempotencyState::New,
        "the key is new"
    );
}

/// A removed key is new even for a node whose clock is behind.
async fn sweep_removes_only_expired_records(repo: Repo) {
    for (name, until) in [("reserved-to-10", 10), ("reserved-to-11", 11)] {
        begin(&repo, name, "asked", at(0), at(until)).await;
    }
    for (name, until) in [("answered-to-10", 10), ("answered-to-11", 11)] {
        begin(&repo, name, "asked", at(0), at(1)).await;
        repo.finish(&reserved(name, "asked", at(1)), &stored_response(201), at(until))
            .await
            .unwrap();
    }
    repo.sweep(at(10)).await.unwrap();
    for (name, expected) in [
        ("reserved-to-10", IdempotencyState::New),
        ("reserved-to-11", IdempotencyState::InProgress),
        ("answered-to-10", IdempotencyState::New),
        ("answered-to-11", IdempotencyState::Completed(stored_response(201))),
    ] {
        assert_eq!(begin(&repo, name, "asked", at(5), at(20)).await, expected, "{name}");
    }
}

async fn begin(
    repo: &Repo,
    name: &str,
    asked: &str,
    now: Timestamp,
    until: Timestamp,
) -> IdempotencyState {
    repo.begin(&reserved(name, asked, until), now).await.unwrap()
}

fn reserved(name: &str, asked: &str, until: Timestamp) -> Reservation {
    let key = IdempotencyKey::parse("caller", name).unwrap();
    Reservation { key, asked: Fingerprint(asked.to_owned()), until }
}

fn stored_response(status: u16) -> StoredResponse {
    let location = ("location".to_owned(), "/v1/organizations/a".to_owned());
    let tag = ("etag".to_owned(), "\"1\"".to_owned());
    let document = (status == 201).then(|| DocumentId::parse("ä").unwrap());
    let body = "{\"ä\": \"\u{0}\"}".to_owned();
    StoredResponse { status, headers: vec![location, tag], body, document }
}
