//! Events on their way into the log, in the transaction of the record that they tell of.

use std::collections::{BTreeMap, BTreeSet};

use domain::model::{Draft, Head, Trail};
use domain::ports::StoreError;
use redb::{ReadableTable, WriteTransaction};

use super::recent::{RECENT, file};
use super::stored_head;
use crate::stop::Stop;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS, AUDIT_HEADS, AUDIT_RECENT};

/// Events that are ready to be written, and where their trails end then.
pub(crate) struct Addition<'a> {
    heads: BTreeMap<&'a Trail, Head>,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    trail: &'a str,
    seq: u64,
    id: &'a str,
    json: String,
}

impl<'a> Addition<'a> {
    /// Gives the events their places. All that can be refused is refused here, where nothing is written: so a
    /// caller does this before its first write, and [`Self::write`] after it.
    pub(crate) fn of<E: From<StoreError>>(
        tx: &WriteTransaction,
        events: impl IntoIterator<Item = &'a Draft>,
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
            let key = (event.id().as_str(), event.trail().key());
            if ids.get(key)?.is_none() && new.insert(key) {
                addition.add(&heads, event)?;
            }
        }
        Ok(addition)
    }

    fn add<E: From<StoreError>>(
        &mut self,
        heads: &impl ReadableTable<&'static str, (u64, &'static str)>,
        event: &'a Draft,
    ) -> Result<(), Stop<E>> {
        let head = match self.heads.remove(event.trail()) {
            Some(head) => Some(head),
            None => stored_head(heads, event.trail())?,
        };
        let mut head = head.unwrap_or_else(|| Head::start(event.trail().clone()));
        let json = head.push_draft(event);
        let (trail, seq, id) = (event.trail().key(), head.seq.get(), event.id().as_str());
        self.entries.push(Entry { trail, seq, id, json });
        self.heads.insert(event.trail(), head);
        Ok(())
    }

    /// Writes the events. Refuses nothing.
    pub(crate) fn write<E: From<StoreError>>(self, tx: &WriteTransaction) -> Result<(), Stop<E>> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let mut heads = tx.open_table(AUDIT_HEADS)?;
        for (trail, head) in self.heads {
            heads.insert(trail.key(), (head.seq.get(), head.hash.to_string().as_str()))?;
        }
        let mut recent = tx.open_table(AUDIT_RECENT)?;
        let mut ids = tx.open_table(AUDIT_EVENT_IDS)?;
        let mut number = recent.last()?.map_or(0, |(last, _)| last.value().0 + 1);
        for Entry { trail, seq, id, json } in self.entries {
            recent.insert((number, trail, seq), json.as_bytes())?;
            ids.insert((id, trail), ())?;
            number += 1;
        }
        if number >= RECENT {
            file(&mut recent, &mut tx.open_table(AUDIT_EVENTS)?)?;
        }
        Ok(())
    }
}
