//! Results of requests about documents.

use std::collections::BTreeMap;
use std::mem;

use domain::model::Usage;

use super::{Expected, Model, NO_ORGANIZATION, Outcome, Stage, View};
use crate::operations::{DocumentsRequest, Session};

/// By organization and id.
type Documents = BTreeMap<(String, String), u64>;

const NO_DOCUMENT: &str = "NotFound(Document)";

impl Model {
    /// The possible results of a request about the documents of `id`. If the owner was authorized
    /// long ago, changes since then may apply or not.
    pub(super) fn reached(
        &self,
        id: Option<&str>,
        quota_at_login: Option<(u64, u64)>,
        session: Session,
        request: DocumentsRequest,
    ) -> Vec<Expected> {
        // An import authorizes its caller for each batch.
        let is_import = matches!(request, DocumentsRequest::Import { .. });
        let stage = id.and_then(|id| self.organizations.get(id)).map(|org| &org.stage);
        let (Some(id), Some(stage), true) = (id, stage, session.is_old && !is_import) else {
            return self.certain(|after| {
                let id = after.authorize(id)?;
                after.reach(&id, request)
            });
        };
        let mut expected = self.certain(|after| after.reach(id, request));
        if let (Some(quota), DocumentsRequest::Insert { .. }) = (quota_at_login, request) {
            expected.extend(self.certain(|after| after.reach_with(quota, id, request)));
        }
        match stage {
            Stage::Suspended => expected.extend(self.certain(|_| Err("Suspended"))),
            Stage::Deleting | Stage::Deleted => {
                expected.extend(self.certain(|_| Err(NO_ORGANIZATION)));
                if !matches!(request, DocumentsRequest::Insert { .. }) {
                    let empty = |after: &mut Self| after.without_documents(id).reach(id, request);
                    expected.extend(self.certain(empty));
                } else if *stage == Stage::Deleted {
                    expected = self.certain(|_| Err(NO_ORGANIZATION));
                }
            }
            _ => {}
        }
        expected
    }

    fn without_documents(&self, id: &str) -> Self {
        let mut emptied = self.clone();
        emptied.documents.retain(|(owner, _), _| owner != id);
        emptied
    }

    /// With another quota.
    fn reach_with(
        &mut self,
        quota: (u64, u64),
        id: &str,
        request: DocumentsRequest,
    ) -> Outcome<'static> {
        let Some(organization) = self.organizations.get_mut(id) else {
            return Err(NO_ORGANIZATION);
        };
        let current = mem::replace(&mut organization.quota, quota);
        let outcome = self.reach(id, request);
        if let Some(organization) = self.organizations.get_mut(id) {
            organization.quota = current;
        }
        outcome
    }

    fn reach(&mut self, id: &str, request: DocumentsRequest) -> Outcome<'static> {
        let key = |document: &str| (id.to_owned(), document.to_owned());
        match request {
            DocumentsRequest::Insert { id: document, n } => {
                if self.documents.contains_key(&key(document)) {
                    return Err("DocumentExists");
                }
                let mut after = self.documents.clone();
                after.insert(key(document), u64::from(n));
                self.fill(id, after)?;
                Ok(View::Nothing)
            }
            DocumentsRequest::Import { mode, documents } => {
                let mut after = self.documents.clone();
                let imported = documents.map(|(document, n)| {
                    let imported = mode.decide(after.contains_key(&key(document)));
                    if imported.is_written() {
                        after.insert(key(document), u64::from(n));
                    }
                    imported
                });
                self.fill(id, after)?;
                Ok(View::Imported(imported.to_vec()))
            }
            DocumentsRequest::Get { id: document } => {
                let n = self.documents.get(&key(document)).ok_or(NO_DOCUMENT)?;
                Ok(View::Document(document.to_owned(), *n))
            }
            DocumentsRequest::Delete { id: document, only } => {
                let n = self.documents.get(&key(document)).ok_or(NO_DOCUMENT)?;
                if only.is_some_and(|only| u64::from(only) != *n) {
                    return Err("PreconditionFailed");
                }
                self.documents.remove(&key(document));
                Ok(View::Nothing)
            }
            DocumentsRequest::List { after, size } => {
                let all = self.documents.iter().filter(|((owner, _), _)| owner == id);
                let all = all.map(|((_, document), n)| (document.clone(), *n));
                let rest =
                    all.filter(|(document, _)| after.is_none_or(|after| **document > *after));
                let mut items: Vec<_> = rest.collect();
                let more = items.len() > size;
                items.truncate(size);
                Ok(View::Documents(items, more))
            }
        }
    }

    /// Stores `documents`, if the quota of `id` allows it.
    fn fill(&mut self, id: &str, documents: Documents) -> Result<(), &'static str> {
        let (count, bytes) = self.organizations.get(id).map_or((0, 0), |org| org.quota);
        let (before, after) = (usage(&self.documents, id), usage(&documents, id));
        let is_over = |limit, before, after| limit != 0 && after > before && after > limit;
        if is_over(count, before.documents, after.documents) {
            return Err("QuotaExceeded(Documents)");
        }
        if is_over(bytes, before.bytes, after.bytes) {
            return Err("QuotaExceeded(Bytes)");
        }
        self.documents = documents;
        Ok(())
    }
}

fn usage(documents: &Documents, id: &str) -> Usage {
    let own = documents.iter().filter(|((owner, _), _)| owner == id);
    let sizes = own.map(|((_, document), n)| {
        let text = format!(r#"{{"_id":"{document}","n":{n}}}"#);
        Usage::of_size(text.len() as u64)
    });
    sizes.fold(Usage::default(), Usage::plus)
}
