//! Audit trail: who did what, in hash chains that reveal manipulation.

mod action;
mod chain;
mod changes;
mod draft;
mod event;
mod head;
mod people;

pub use action::Action;
pub use chain::{EventHash, LoggedEvent, Seq, StoredEvent};
pub use changes::Changes;
pub use draft::EncodedEvent;
pub use event::{Act, AuditEvent, EventFilter};
pub use head::{Checkpoint, Head, TrailLine};
pub use people::{AuditActor, AuditTarget, By, TargetKind, Trail};
