//! Audit trail: who did what, in hash chains that reveal manipulation.

mod action;
mod chain;
mod changes;
mod checkpoint;
mod draft;
mod event;
mod people;

pub use action::Action;
pub use chain::{EventHash, LoggedEvent, Seq, StoredEvent};
pub use changes::Changes;
pub use checkpoint::{Checkpoint, Head, TrailLine};
pub use draft::EncodedEvent;
pub use event::{Act, AuditEvent, EventFilter};
pub use people::{AuditActor, AuditTarget, By, TargetKind, Trail};
