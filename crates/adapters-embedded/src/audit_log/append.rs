//! Appends events to the log, within the write transaction of the caller.

use std::collections::{BTreeMap, BTreeSet};

use domain::model::{ChainHead, EncodedEvent, Trail};
use domain::ports::StoreError;
use redb::{ReadableTable, WriteTransaction};

use super::chain_head;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS};
use crate::tx_error::TxError;

/// Events that are linked to their predecessors but not yet written, and the resulting chain heads.
pub(crate) struct EventAppend<'a> {
    heads: BTreeMap<&'a Trail, ChainHead>,
    linked: Vec<LinkedEvent<'a>>,
    /// Id and trail key of each standalone event, to be stored with it.
    ids: BTreeSet<(&'a str, &'a str)>,
}

struct LinkedEvent<'a> {
    trail: &'a str,
    seq: u64,
    json: String,
}

impl<'a> EventAppend<'a> {
    /// Links events that are written with a change of a record or document. Does not store their
    /// ids: the change happens once, and each further table costs the commit some pages.
    ///
    /// An unreadable chain head is refused here, where nothing is written. Call this before the
    /// first write of the transaction, and [`Self::write`] after it.
    pub(crate) fn with_change<E: From<StoreError>>(
        tx: &WriteTransaction,
        events: impl IntoIterator<Item = &'a EncodedEvent>,
    ) -> Result<Self, TxError<E>> {
        let mut append = Self::empty();
        let mut events = events.into_iter().peekable();
        if events.peek().is_some() {
            let stored = tx.open_table(AUDIT_EVENTS)?;
            events.try_for_each(|event| append.add(&stored, event))?;
        }
        Ok(append)
    }

    /// Links standalone events, except those that an earlier call appended.
    pub(super) fn standalone<E: From<StoreError>>(
        tx: &WriteTransaction,
        events: &'a [EncodedEvent],
    ) -> Result<Self, TxError<E>> {
        let mut append = Self::empty();
        let (ids, stored) = (tx.open_table(AUDIT_EVENT_IDS)?, tx.open_table(AUDIT_EVENTS)?);
        for event in events {
            let key = (event.id().as_str(), event.trail().key());
            if ids.get(key)?.is_none() && append.ids.insert(key) {
                append.add(&stored, event)?;
            }
        }
        Ok(append)
    }

    fn empty() -> Self {
        Self { heads: BTreeMap::new(), linked: Vec::new(), ids: BTreeSet::new() }
    }

    fn add<E: From<StoreError>>(
        &mut self,
        stored: &impl ReadableTable<(&'static str, u64), &'static [u8]>,
        event: &'a EncodedEvent,
    ) -> Result<(), TxError<E>> {
        let head = match self.heads.remove(event.trail()) {
            Some(head) => Some(head),
            None => chain_head(stored, event.trail())?,
        };
        let mut head = head.unwrap_or_else(|| ChainHead::start(event.trail().clone()));
        let json = head.push_encoded(event);
        self.linked.push(LinkedEvent { trail: event.trail().key(), seq: head.seq.get(), json });
        self.heads.insert(event.trail(), head);
        Ok(())
    }

    /// Writes the events. Fails only when the database fails.
    pub(crate) fn write<E: From<StoreError>>(
        self,
        tx: &WriteTransaction,
    ) -> Result<(), TxError<E>> {
        if self.linked.is_empty() {
            return Ok(());
        }
        let mut table = tx.open_table(AUDIT_EVENTS)?;
        for LinkedEvent { trail, seq, json } in self.linked {
            table.insert((trail, seq), json.as_bytes())?;
        }
        if !self.ids.is_empty() {
            let mut ids = tx.open_table(AUDIT_EVENT_IDS)?;
            for key in self.ids {
                ids.insert(key, ())?;
            }
        }
        Ok(())
    }
}
