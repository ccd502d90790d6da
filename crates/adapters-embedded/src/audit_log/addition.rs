//! Events on their way into the log, in the transaction of the record that they tell of.

use std::collections::{BTreeMap, BTreeSet};

use domain::model::{AuditEvent, Head, Trail};
use domain::ports::StoreError;
use redb::{ReadableTable, WriteTransaction};

use super::stored_head;
use crate::records::encode;
use crate::stop::Stop;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS, AUDIT_HEADS};

/// Events that are ready to be written, and where their trails end then.
pub(crate) struct Addition<'a> {
    heads: BTreeMap<&'a Trail, Head>,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    trail: &'a str,
    seq: u64,
    id: &'a str,
    json: Vec<u8>,
}

impl<'a> Addition<'a> {
    /// Gives the events their places. All that can be refused is refused here, where nothing is written: so a
    /// caller does this before its first write, and [`Self::write`] after it.
    pub(crate) fn of<E: From<StoreError>>(
        tx: &WriteTransaction,
        events: impl IntoIterator<Item = &'a AuditEvent>,
    ) -> Result<Self, Stop<E>> {
        let mut addition = Self { heads: BTreeMap::new(), entries: Vec::new() };
        let mut events = events.into_iter().peekable();
        // Most writes tell nothing, and need not look.
        if events.peek().is_none() {
            return Ok(addition);
        }
        let (ids, heads) = (tx.open_table(AUDIT_EVENT_IDS)?, tx.open_table(AUDIT_HEADS)?);
        let mut new = BTreeSet::new();
        for event in events {
            let key = (event.trail.key(), event.id.as_str());
            if ids.get(key)?.is_none() && new.insert(key) {
                addition.add(&heads, event)?;
            }
        }
        Ok(addition)
    }

    fn add<E: From<StoreError>>(
        &mut self,
        heads: &impl ReadableTable<&'static str, (u64, &'static str)>,
        event: &'a AuditEvent,
    ) -> Result<(), Stop<E>> {
        let head = match self.heads.remove(&event.trail) {
            Some(head) => Some(head),
            None => stored_head(heads, &event.trail)?,
        };
        let mut head = head.unwrap_or_else(|| Head::start(event.trail.clone()));
        let json = encode(&head.push(event))?;
        let (trail, seq, id) = (event.trail.key(), head.seq.get(), event.id.as_str());
        self.entries.push(Entry { trail, seq, id, json });
        self.heads.insert(&event.trail, head);
        Ok(())
    }

    /// Writes the events. Refuses nothing.
    pub(crate) fn write<E: From<StoreError>>(self, tx: &WriteTransaction) -> Result<(), Stop<E>> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let mut events = tx.open_table(AUDIT_EVENTS)?;
        let mut ids = tx.open_table(AUDIT_EVENT_IDS)?;
        for Entry { trail, seq, id, json } in self.entries {
            events.insert((trail, seq), json.as_slice())?;
            ids.insert((trail, id), ())?;
        }
        let mut heads = tx.open_table(AUDIT_HEADS)?;
        for (trail, head) in self.heads {
            heads.insert(trail.key(), (head.seq.get(), head.hash.to_string().as_str()))?;
        }
        Ok(())
    }
}
