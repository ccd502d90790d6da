//! What comes of requests about documents.

use super::{Expected, Model, NO_ORGANIZATION, Stage, Told, View};
use crate::operations::{DocumentsRequest, Session};

const NO_DOCUMENT: &str = "NotFound(Document)";

impl Model {
    /// What may come of a request about the documents of `id`. If the owner was let in long ago, what happened
    /// since shows, or doesn't.
    pub(super) fn reached(
        &self,
        id: Option<&str>,
        session: Session,
        request: DocumentsRequest,
    ) -> Vec<Expected> {
        let stage = id.and_then(|id| self.organizations.get(id)).map(|org| &org.stage);
        let (Some(id), Some(stage), true) = (id, stage, session.is_old) else {
            return self.certain(|after| {
                let id = after.enter(id)?;
                after.reach(&id, request)
            });
        };
        let mut expected = self.certain(|after| after.reach(id, request));
        match stage {
            Stage::Suspended => expected.extend(self.certain(|_| Err("Suspended"))),
            Stage::Deleting | Stage::Deleted => {
                expected.extend(self.certain(|_| Err(NO_ORGANIZATION)));
                if !matches!(request, DocumentsRequest::Insert { .. }) {
                    let empty = |after: &mut Self| after.without_documents(id).reach(id, request);
                    expected.extend(self.certain(empty));
                } else if *stage == Stage::Deleted {
                    expected.remove(0);
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

    fn reach(&mut self, id: &str, request: DocumentsRequest) -> Told<'static> {
        let key = |document: &str| (id.to_owned(), document.to_owned());
        match request {
            DocumentsRequest::Insert { id: document, n } => {
                if self.documents.contains_key(&key(document)) {
                    return Err("DocumentExists");
                }
                self.documents.insert(key(document), u64::from(n));
                Ok(View::Nothing)
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
}
