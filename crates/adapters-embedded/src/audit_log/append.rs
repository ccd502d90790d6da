//! Append of events to the log, in the transaction of their record.

use std::collections::{BTreeMap, BTreeSet};

use domain::model::{ChainHead, EncodedEvent, Trail};
use domain::ports::StoreError;
use redb::{ReadableTable, WriteTransaction};

use super::chain_head;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS};
use crate::tx_error::TxError;

/// Events that are ready to be written, and the resulting chain heads of their trails.
pub(crate) struct EventAppend<'a> {
    heads: BTreeMap<&'a Trail, ChainHead>,
    entries: Vec<LinkedEvent<'a>>,
    /// The ids to remember from now on.
    ids: BTreeSet<(&'a str, &'a str)>,
}

struct LinkedEvent<'a> {
    trail: &'a str,
    seq: u64,
    json: String,
}

impl<'a> EventAppend<'a> {
    /// Links the events of a record. The write of the record happens once, so their ids need not be
    /// remembered. Each table that a commit touches costs it some pages.
    ///
    /// Everything that can be refused is refused here, where nothing is written: a caller must do
    /// this before its first write, and [`Self::write`] after it.
    pub(crate) fn of<E: From<StoreError>>(
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

    /// Links those events that were not appended without a record before.
    pub(super) fn of_new<E: From<StoreError>>(
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
        Self { heads: BTreeMap::new(), entries: Vec::new(), ids: BTreeSet::new() }
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
        self.entries.push(LinkedEvent { trail: event.trail().key(), seq: head.seq.get(), json });
        self.heads.insert(event.trail(), head);
        Ok(())
    }

    /// Writes the events. Never refuses.
    pub(crate) fn write<E: From<StoreError>>(
        self,
        tx: &WriteTransaction,
    ) -> Result<(), TxError<E>> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let mut events = tx.open_table(AUDIT_EVENTS)?;
        for LinkedEvent { trail, seq, json } in self.entries {
            events.insert((trail, seq), json.as_bytes())?;
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
