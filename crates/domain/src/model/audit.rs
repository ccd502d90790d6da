//! Audit trail: who did what, in hash chains that reveal manipulation.

mod action;
mod actor;
mod chain;
mod changes;
mod checkpoint;
mod encoded_event;
mod event;

pub use action::Action;
pub use actor::{ActorKind, AuditActor, AuditTarget, TargetKind, Trail};
pub use chain::{EventHash, LoggedEvent, Seq, StoredEvent};
pub use changes::Changes;
pub use checkpoint::{ChainHead, Checkpoint, TrailLine};
pub use encoded_event::EncodedEvent;
pub use event::{AuditContext, AuditEvent, EventFilter};
