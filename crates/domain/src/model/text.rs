//! Validated texts and the errors of validation.

mod invalid;
mod metadata;
mod names;
pub(super) mod pointer;
pub(super) mod slug;

pub use invalid::{Invalid, InvalidAt};
pub use metadata::{Metadata, MetadataPatch};
pub use names::{AdminName, Description, OrganizationName};
pub use pointer::{MAX_POINTER, bounded_pointer};
pub use slug::Slug;
