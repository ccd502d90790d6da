//! Replaces inlined schemas by references. utoipa inlines the item type of a page and the data type
//! of an envelope, although these types are also named schemas; a generated client would then have
//! two types for the same thing.

use utoipa::openapi::schema::{Array, ArrayItems};
use utoipa::openapi::{OpenApi, Ref, RefOr, Schema};

pub(super) fn complete(document: &mut OpenApi) {
    let Some(components) = &mut document.components else { return };
    let named = components.schemas.clone();
    for schema in components.schemas.values_mut() {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        for member in object.properties.values_mut().map(of) {
            let name = named.iter().find(|(_, schema)| *schema == member).map(|(name, _)| name);
            if let Some(name) = name {
                *member = Ref::from_schema_name(name).into();
            }
        }
    }
}

/// Item schema of a list, or the member itself.
fn of(member: &mut RefOr<Schema>) -> &mut RefOr<Schema> {
    match member {
        RefOr::T(Schema::Array(Array { items: ArrayItems::RefOrSchema(items), .. })) => items,
        other => other,
    }
}
