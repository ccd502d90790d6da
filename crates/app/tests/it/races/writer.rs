//! A client that sends every kind of write to its own documents, and knows the expected contents.

use std::collections::BTreeMap;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Member, text};

/// Statuses and codes of writes that changed nothing.
pub(super) type Refusals = &'static [(u16, &'static str)];

/// The kinds of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Insert,
    Replace,
    Patch,
    Put,
    Delete,
    Import,
}

pub(super) struct Writer {
    member: Member,
    name: usize,
    refusals: Refusals,
    /// The expected contents.
    kept: BTreeMap<String, Value>,
    /// The number of acknowledged writes of each kind.
    pub(super) done: BTreeMap<Kind, usize>,
    pub(super) refused: usize,
}

impl Writer {
    pub(super) fn new(member: Member, name: usize, refusals: Refusals) -> Self {
        let (kept, done) = (BTreeMap::new(), BTreeMap::new());
        Self { member, name, refusals, kept, done, refused: 0 }
    }

    /// Sends every kind of write; `number` is unique.
    pub(super) async fn write(&mut self, number: usize) {
        let id = format!("{}-{number}", self.name);
        let body = json!({"_id": id, "number": number});
        let insert = self.request(Method::POST, "").json(&body);
        if self.send(Kind::Insert, insert, 201).await {
            self.kept.insert(id.clone(), body);
        }
        for (kind, id) in [(Kind::Replace, id.clone()), (Kind::Put, format!("{id}-put"))] {
            let body = json!({"_id": id, "number": number, "put": true});
            let put = self.request(Method::PUT, &format!("/{id}")).json(&body);
            let status = if self.kept.contains_key(&id) { 200 } else { 201 };
            if self.send(kind, put, status).await {
                self.kept.insert(id, body);
            }
        }
        if self.kept.contains_key(&id) {
            let patch = self.request(Method::PATCH, &format!("/{id}"));
            if self.send(Kind::Patch, patch.json(&json!({"patched": number})), 200).await {
                self.kept.get_mut(&id).unwrap()["patched"] = json!(number);
            }
        }
        if number.is_multiple_of(2) && self.kept.contains_key(&id) {
            let delete = self.request(Method::DELETE, &format!("/{id}"));
            if self.send(Kind::Delete, delete, 204).await {
                self.kept.remove(&id);
            }
        }
        self.import(number).await;
    }

    /// Some existing and some new documents.
    async fn import(&mut self, number: usize) {
        let id = |n: usize| format!("{}-import-{n}", self.name);
        let new: Vec<_> = (number..number + 4)
            .map(|n| (id(n), json!({"_id": id(n), "imported": number})))
            .collect();
        let lines: String = new.iter().map(|(_, body)| format!("{body}\n")).collect();
        let import = self.request(Method::POST, "/import?mode=upsert");
        let import = import.header(CONTENT_TYPE, "application/x-ndjson").body(lines);
        if self.send(Kind::Import, import, 200).await {
            self.kept.extend(new);
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let Member { api, id, token } = &self.member;
        api.request(method, &format!("/v1/organizations/{id}/documents{path}"), token)
    }

    /// Whether the write was acknowledged, with `status`.
    async fn send(&mut self, kind: Kind, request: RequestBuilder, status: u16) -> bool {
        let response = self.member.api.send(request).await.unwrap();
        if response.status == status {
            *self.done.entry(kind).or_default() += 1;
            return true;
        }
        let found = (response.status, response.body["code"].as_str().unwrap_or_default());
        assert!(self.refusals.contains(&found), "{kind:?}, to be {status}: {}", response.body);
        let says_when = response.headers.contains_key("retry-after");
        assert_eq!(says_when, response.status == 503, "{:?}", response.headers);
        self.refused += 1;
        false
    }
}

/// Expects exactly the acknowledged documents, in their last state.
pub(super) async fn assert_contents(member: &Member, writers: &[Writer]) {
    let path = format!("/v1/organizations/{}/documents?limit=100", member.id);
    let stored = member.api.all(&member.token, &path).await.unwrap();
    let stored: BTreeMap<_, _> = stored.into_iter().map(|it| (text(&it["_id"]), it)).collect();
    let mut expected = BTreeMap::new();
    for writer in writers {
        expected.extend(writer.kept.clone());
    }
    let lost: Vec<_> = expected.iter().filter(|(id, it)| stored.get(*id) != Some(it)).collect();
    assert!(lost.is_empty(), "acknowledged, but not so: {lost:?}");
    let more: Vec<_> = stored.keys().filter(|id| !expected.contains_key(*id)).collect();
    assert!(more.is_empty(), "there, but refused or deleted: {more:?}");
}

/// The number of acknowledged writes of each kind, of all writers.
pub(super) fn done(writers: &[Writer]) -> BTreeMap<Kind, usize> {
    let mut all = BTreeMap::new();
    for (kind, count) in writers.iter().flat_map(|writer| &writer.done) {
        *all.entry(*kind).or_default() += count;
    }
    all
}
