//! What a page is of, and what is in an envelope: its type has a schema with a name, and stands in
//! the schema around it once more, as a whole. It is referred to instead, or a client made from the
//! document has two types for the same thing.

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

/// What the items of a list are, or the member itself.
fn of(member: &mut RefOr<Schema>) -> &mut RefOr<Schema> {
    match member {
        RefOr::T(Schema::Array(Array { items: ArrayItems::RefOrSchema(items), .. })) => items,
        other => other,
    }
}
