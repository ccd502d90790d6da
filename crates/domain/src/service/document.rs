//! Use cases of documents.

mod documents;
mod offload;
mod page_tokens;

pub use documents::{DocumentRules, Documents, Export, Exporter, Importer, Put, Storage};
pub use offload::Offload;
pub use page_tokens::PageTokens;
