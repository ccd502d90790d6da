//! Where in the database a tenant's documents lie, and under which keys.

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document as Fields, doc};
use domain::model::{
    CollectionName, CollectionUuid, Document, DocumentId, OrganizationId, Placement, Tenant,
};
use domain::ports::StoreError;

use crate::json::{from_document, to_document};
use crate::records::corrupt;
use crate::schema::{DOCUMENTS, SHARED_DOCUMENTS};

/// Ends the organization's part of a key in the shared collection: before every character of an id, so that keys
/// are in the order of ids.
pub(super) const END: char = '#';
/// The character after [`END`]: no key of the organization comes after its id and this.
pub(super) const AFTER_END: char = '$';

/// The collection that holds a tenant's documents, and the part of the keys that is the tenant's.
pub(super) struct Place<'a> {
    /// The physical name.
    pub(super) collection: &'a str,
    /// What tells the collection from any other that ever had the name, if that is known.
    pub(super) uuid: Option<Bson>,
    sharer: Option<&'a OrganizationId>,
}

impl<'a> Place<'a> {
    pub(super) fn of(tenant: &'a Tenant) -> Self {
        match tenant.placement() {
            Placement::Collection { name, uuid } => Self::own(name, *uuid),
            Placement::Shared => {
                let sharer = Some(tenant.organization());
                Self { collection: SHARED_DOCUMENTS, uuid: None, sharer }
            }
        }
    }

    /// A collection that is a tenant's own.
    pub(super) fn own(name: &'a CollectionName, uuid: Option<CollectionUuid>) -> Self {
        Self { collection: name.as_str(), uuid: uuid.map(binary), sharer: None }
    }

    /// The same place, by the name that its collection has now.
    pub(super) fn named<'b>(&self, name: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place { collection: name, uuid: self.uuid.clone(), sharer: self.sharer }
    }

    /// The key of a document.
    pub(super) fn key(&self, id: &DocumentId) -> String {
        self.key_of(id.as_str())
    }

    /// The key of what may be no id, but is compared with ids.
    pub(super) fn key_of(&self, text: &str) -> String {
        match self.sharer {
            None => text.to_owned(),
            Some(organization) => format!("{organization}{END}{text}"),
        }
    }

    /// Finds the tenant's documents from the first after `after`. Keys that are not text are none of ours,
    /// and no comparison with a text finds them.
    pub(super) fn range(&self, after: Option<&DocumentId>) -> Fields {
        match (self.sharer, after) {
            (None, None) => doc! { "_id": { "$gte": "" } },
            (None, Some(after)) => doc! { "_id": { "$gt": after.as_str() } },
            (Some(organization), _) => {
                let first = after.map_or_else(|| format!("{organization}{END}"), |id| self.key(id));
                doc! { "_id": { "$gt": first, "$lt": format!("{organization}{AFTER_END}") } }
            }
        }
    }

    pub(super) fn encode(&self, document: &Document) -> Result<Fields, StoreError> {
        let mut fields = doc! { "_id": self.key(document.id()) };
        fields.extend(to_document(document.fields())?);
        Ok(fields)
    }

    pub(super) fn decode(&self, mut fields: Fields) -> Result<Document, StoreError> {
        let key = match fields.remove("_id") {
            Some(Bson::String(key)) => key,
            other => return Err(corrupt(DOCUMENTS, format!("{other:?}"), "_id: not text")),
        };
        let id = match self.sharer {
            None => DocumentId::parse(key.as_str()),
            Some(organization) => {
                let own = key.strip_prefix(organization.as_str());
                let own = own.and_then(|rest| rest.strip_prefix(END));
                DocumentId::parse(own.unwrap_or_default())
            }
        };
        let id = id.map_err(|invalid| corrupt(DOCUMENTS, key, format!("_id: {invalid}")))?;
        Ok(Document::stored(id, from_document(fields)))
    }
}

/// A uuid as commands have it.
pub(super) fn binary(uuid: CollectionUuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: uuid.0.as_bytes().to_vec() })
}
