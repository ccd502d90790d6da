//! Physical location of a tenant's documents: collection and keys.

use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document as Fields, doc};
use domain::model::{
    CollectionName, CollectionUuid, Document, DocumentId, OrganizationId, Placement, Tenant,
};
use domain::ports::StoreError;

use super::object_ids;
use crate::json::{from_document, to_document};
use crate::records::corrupt;
use crate::schema::{DOCUMENTS, SHARED_DOCUMENTS};

/// Ends the organization's part of a key in the shared collection. It sorts before every character
/// of an id, so that keys are in the order of ids.
pub(super) const KEY_SEPARATOR: char = '#';
/// The character after [`KEY_SEPARATOR`]: all keys of the organization come before its id followed
/// by this.
pub(super) const AFTER_SEPARATOR: char = '$';

/// The collection that holds a tenant's documents, and the tenant's prefix of the keys.
pub(super) struct CollectionRef<'a> {
    /// The physical name.
    pub(super) name: &'a str,
    /// The uuid of the collection, if known; distinguishes it from others that ever had the name.
    pub(super) uuid: Option<Bson>,
    organization: Option<&'a OrganizationId>,
    /// Whether there may be `ObjectId` keys.
    has_object_ids: bool,
}

impl<'a> CollectionRef<'a> {
    pub(super) fn of(tenant: &'a Tenant) -> Self {
        match tenant.placement() {
            Placement::Collection { name, uuid } => {
                let has_object_ids = !tenant.document_ids().is_text();
                Self { has_object_ids, ..Self::dedicated(name, *uuid) }
            }
            Placement::Shared => {
                let organization = Some(tenant.organization());
                Self { name: SHARED_DOCUMENTS, uuid: None, organization, has_object_ids: false }
            }
        }
    }

    /// A dedicated collection with text keys.
    pub(super) fn dedicated(name: &'a CollectionName, uuid: Option<CollectionUuid>) -> Self {
        Self {
            name: name.as_str(),
            uuid: uuid.map(uuid_bson),
            organization: None,
            has_object_ids: false,
        }
    }

    /// The same place under the current name of its collection.
    pub(super) fn renamed<'b>(&self, name: &'b str) -> CollectionRef<'b>
    where
        'a: 'b,
    {
        CollectionRef { name, uuid: self.uuid.clone(), ..*self }
    }

    /// Whether there may be documents under `ObjectId` keys.
    pub(super) fn has_object_ids(&self) -> bool {
        self.has_object_ids
    }

    /// The key that Tenantry gives to a document.
    pub(super) fn key(&self, id: &DocumentId) -> String {
        self.text_key(id.as_str())
    }

    /// The key for a text that may not be a valid id, for comparisons.
    pub(super) fn text_key(&self, text: &str) -> String {
        match self.organization {
            None => text.to_owned(),
            Some(organization) => format!("{organization}{KEY_SEPARATOR}{text}"),
        }
    }

    /// The `ObjectId` key whose hex form is `text`, where such keys may exist.
    pub(super) fn object_id_key(&self, text: &str) -> Option<ObjectId> {
        object_ids::object_id(text).filter(|_| self.has_object_ids)
    }

    /// Filter for the document with this id. If two documents have it, because another program
    /// wrote one, the one with the text key comes first.
    pub(super) fn id_filter(&self, id: &DocumentId) -> Fields {
        match self.object_id_key(id.as_str()) {
            Some(object_id) => doc! { "_id": { "$in": [self.key(id), object_id] } },
            None => doc! { "_id": self.key(id) },
        }
    }

    /// All keys whose text forms are in `texts`.
    pub(super) fn all_keys(&self, texts: &[String]) -> Vec<Bson> {
        let object_ids = texts.iter().filter_map(|text| self.object_id_key(text)).map(Bson::from);
        texts.iter().map(Bson::from).chain(object_ids).collect()
    }

    /// The id of a key, without the tenant's prefix; none for a foreign key.
    pub(super) fn id_text(&self, key: Option<&Bson>) -> Option<String> {
        match key {
            Some(Bson::String(text)) => Some(text.clone()),
            Some(Bson::ObjectId(object_id)) if self.has_object_ids => Some(object_id.to_hex()),
            _ => None,
        }
    }

    /// Filters for the tenant's documents from the first after `after`, one for each type of keys:
    /// an index orders one type after the other. Keys of other types are foreign, and no filter
    /// matches them.
    pub(super) fn range_filters(&self, after: Option<&DocumentId>) -> Vec<Fields> {
        let mut ranges = vec![self.text_key_filter(after)];
        let first = match after {
            Some(after) => object_ids::first_after(after.as_str()),
            None => Some(object_ids::MIN),
        };
        if let (true, Some(first)) = (self.has_object_ids, first) {
            ranges.push(doc! { "_id": { "$gte": first } });
        }
        ranges
    }

    /// The filter for text keys.
    pub(super) fn text_key_filter(&self, after: Option<&DocumentId>) -> Fields {
        match (self.organization, after) {
            (None, None) => doc! { "_id": { "$gte": "" } },
            (None, Some(after)) => doc! { "_id": { "$gt": after.as_str() } },
            (Some(organization), _) => {
                let start = || format!("{organization}{KEY_SEPARATOR}");
                let first = after.map_or_else(start, |id| self.key(id));
                doc! { "_id": { "$gt": first, "$lt": format!("{organization}{AFTER_SEPARATOR}") } }
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
        let Some(key) = self.id_text(key.as_ref()) else {
            return Err(corrupt(DOCUMENTS, format!("{key:?}"), "_id: not text"));
        };
        let id = match self.organization {
            None => DocumentId::parse(key.as_str()),
            Some(organization) => {
                let own = key.strip_prefix(organization.as_str());
                let own = own.and_then(|rest| rest.strip_prefix(KEY_SEPARATOR));
                DocumentId::parse(own.unwrap_or_default())
            }
        };
        let id = id.map_err(|invalid| corrupt(DOCUMENTS, key, format!("_id: {invalid}")))?;
        Ok(Document::stored(id, &from_document(fields)))
    }
}

/// A uuid in the form that commands use.
pub(super) fn uuid_bson(uuid: CollectionUuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: uuid.0.as_bytes().to_vec() })
}
