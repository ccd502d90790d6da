//! Physical location of a tenant's documents: collection and keys.

use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document as Fields, doc};
use domain::model::{
    CollectionName, CollectionUuid, Document, DocumentId, OrganizationId, Placement, Tenant,
};
use domain::ports::StoreError;

use super::ids;
use crate::json::{from_document, to_document};
use crate::records::corrupt;
use crate::schema::{DOCUMENTS, SHARED_DOCUMENTS};

/// Ends the organization's part of a key in the shared collection. It sorts before every character
/// of an id, so that keys are in the order of ids.
pub(super) const END: char = '#';
/// The character after [`END`]: all keys of the organization come before its id followed by this.
pub(super) const AFTER_END: char = '$';

/// The collection that holds a tenant's documents, and the tenant's prefix of the keys.
pub(super) struct Place<'a> {
    /// The physical name.
    pub(super) collection: &'a str,
    /// The uuid of the collection, if known; distinguishes it from others that ever had the name.
    pub(super) uuid: Option<Bson>,
    sharer: Option<&'a OrganizationId>,
    /// Whether there may be `ObjectId` keys.
    is_mixed: bool,
}

impl<'a> Place<'a> {
    pub(super) fn of(tenant: &'a Tenant) -> Self {
        match tenant.placement() {
            Placement::Collection { name, uuid } => {
                let is_mixed = !tenant.document_ids().is_text();
                Self { is_mixed, ..Self::own(name, *uuid) }
            }
            Placement::Shared => {
                let sharer = Some(tenant.organization());
                Self { collection: SHARED_DOCUMENTS, uuid: None, sharer, is_mixed: false }
            }
        }
    }

    /// A dedicated collection with text keys.
    pub(super) fn own(name: &'a CollectionName, uuid: Option<CollectionUuid>) -> Self {
        Self { collection: name.as_str(), uuid: uuid.map(binary), sharer: None, is_mixed: false }
    }

    /// The same place under the current name of its collection.
    pub(super) fn named<'b>(&self, name: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place { collection: name, uuid: self.uuid.clone(), ..*self }
    }

    /// Whether there may be documents under `ObjectId` keys.
    pub(super) fn is_mixed(&self) -> bool {
        self.is_mixed
    }

    /// The key that Tenantry gives to a document.
    pub(super) fn key(&self, id: &DocumentId) -> String {
        self.key_of(id.as_str())
    }

    /// The key for a text that may not be a valid id, for comparisons.
    pub(super) fn key_of(&self, text: &str) -> String {
        match self.sharer {
            None => text.to_owned(),
            Some(organization) => format!("{organization}{END}{text}"),
        }
    }

    /// The `ObjectId` key whose hex form is `text`, where such keys may exist.
    pub(super) fn made_key(&self, text: &str) -> Option<ObjectId> {
        ids::object_id(text).filter(|_| self.is_mixed)
    }

    /// Filter for the document with this id. If two documents have it, because another program
    /// wrote one, the one with the text key comes first.
    pub(super) fn only(&self, id: &DocumentId) -> Fields {
        match self.made_key(id.as_str()) {
            Some(made) => doc! { "_id": { "$in": [self.key(id), made] } },
            None => doc! { "_id": self.key(id) },
        }
    }

    /// All keys whose text forms are in `texts`.
    pub(super) fn keys(&self, texts: &[String]) -> Vec<Bson> {
        let made = texts.iter().filter_map(|text| self.made_key(text)).map(Bson::from);
        texts.iter().map(Bson::from).chain(made).collect()
    }

    /// The id of a key, without the tenant's prefix; none for a foreign key.
    pub(super) fn shown(&self, key: Option<&Bson>) -> Option<String> {
        match key {
            Some(Bson::String(text)) => Some(text.clone()),
            Some(Bson::ObjectId(made)) if self.is_mixed => Some(made.to_hex()),
            _ => None,
        }
    }

    /// Filters for the tenant's documents from the first after `after`, one for each type of keys:
    /// an index orders one type after the other. Keys of other types are foreign, and no filter
    /// matches them.
    pub(super) fn ranges(&self, after: Option<&DocumentId>) -> Vec<Fields> {
        let mut ranges = vec![self.range(after)];
        let first = match after {
            Some(after) => ids::first_after(after.as_str()),
            None => Some(ids::FIRST),
        };
        if let (true, Some(first)) = (self.is_mixed, first) {
            ranges.push(doc! { "_id": { "$gte": first } });
        }
        ranges
    }

    /// The filter for text keys.
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
        fields.extend(to_document(document.tree().fields())?);
        Ok(fields)
    }

    pub(super) fn decode(&self, mut fields: Fields) -> Result<Document, StoreError> {
        let key = fields.remove("_id");
        let Some(key) = self.shown(key.as_ref()) else {
            return Err(corrupt(DOCUMENTS, format!("{key:?}"), "_id: not text"));
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
        Ok(Document::stored(id, &from_document(fields)))
    }
}

/// A uuid in the form that commands use.
pub(super) fn binary(uuid: CollectionUuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: uuid.0.as_bytes().to_vec() })
}
