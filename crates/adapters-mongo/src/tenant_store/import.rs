//! Batch imports. Each id is written once, with its content after the whole batch, in as few
//! commands as possible; each command reports the outcome of each document. A document that changes
//! between the read and the write is read again.

mod work;

use std::collections::{BTreeMap, HashMap};

use bson::Document as Fields;
use domain::model::{Batch, CollectionName, ImportMode, Imported, Placement, Tenant};
use domain::ports::{StoreError, TenantError};
use futures_util::TryStreamExt;

use super::change::LOOKS;
use super::place::Place;
use super::usage::UsageDelta;
use crate::call::bounded;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use work::{Done, Item, Work};

/// Progress of a batch.
struct Course<'a> {
    mode: ImportMode,
    /// The undecided items, by key.
    rest: BTreeMap<String, Item<'a>>,
    /// The outcome of each document.
    imported: Vec<Option<Imported>>,
    /// The keys of inserted documents.
    added: Vec<String>,
}

impl<'a> Course<'a> {
    fn of(batch: &'a Batch, place: &Place<'_>) -> Result<Self, StoreError> {
        let mut rest: BTreeMap<String, Item<'a>> = BTreeMap::new();
        for (at, document) in batch.documents.iter().enumerate() {
            let key = place.key(document.id());
            match rest.get_mut(&key) {
                Some(item) if batch.mode == ImportMode::Upsert => {
                    item.replace(document, place, at)?;
                }
                Some(item) => item.at.push(at),
                None => drop(rest.insert(key, Item::new(document, place, at)?)),
            }
        }
        let imported = vec![None; batch.documents.len()];
        Ok(Self { mode: batch.mode, rest, imported, added: Vec::new() })
    }

    /// Records the outcome of the document under `key`, which existed before or not. Later
    /// documents of the batch with the same key find it.
    fn decide(&mut self, key: &str, was_there: bool) {
        let Some(item) = self.rest.remove(key) else { return };
        let mut is_there = was_there;
        for at in item.at {
            if let Some(imported) = self.imported.get_mut(at) {
                *imported = Some(self.mode.decide(is_there));
            }
            is_there = true;
        }
        if !was_there {
            self.added.push(key.to_owned());
        }
    }

    fn wrote_some(&self) -> bool {
        self.imported.iter().flatten().any(|imported| imported.is_written())
    }
}

impl MongoStore {
    pub(super) async fn import_batch(
        &self,
        tenant: &Tenant,
        batch: &Batch,
    ) -> Result<Vec<Imported>, TenantError> {
        let place = Place::of(tenant);
        self.must_be_there(&place).await?;
        self.must_be_counted(tenant).await?;
        let mut course = Course::of(batch, &place)?;
        let ended = self.import_rounds(tenant, &place, &mut course).await;
        self.end_of(tenant, &place, course, ended).await
    }

    async fn import_rounds(
        &self,
        tenant: &Tenant,
        place: &Place<'_>,
        course: &mut Course<'_>,
    ) -> Result<(), TenantError> {
        let mut name = place.collection.to_owned();
        for _ in 0..LOOKS {
            if course.rest.is_empty() {
                return Ok(());
            }
            let here = place.named(&name);
            match self.import_round(tenant, &here, course).await {
                // The rest has to follow, or a retry of the whole batch would find its own
                // documents and count them as existing.
                Err(TenantError::Moved) if course.wrote_some() => {
                    name = self.name_now(place).await?.ok_or(TenantError::Moved)?.into();
                }
                round => round?,
            }
        }
        Err(StoreError::unavailable("too many concurrent modifications of documents").into())
    }

    /// Removes documents that were written too late, however the batch `ended`: a part may have
    /// been written.
    async fn end_of(
        &self,
        tenant: &Tenant,
        place: &Place<'_>,
        course: Course<'_>,
        ended: Result<(), TenantError>,
    ) -> Result<Vec<Imported>, TenantError> {
        if *tenant.placement() == Placement::Shared && self.is_too_late(tenant).await? {
            if !course.added.is_empty() {
                self.take_back(place, &course.added).await?;
            }
            return Err(TenantError::Moved);
        }
        ended?;
        let imported: Option<Vec<Imported>> = course.imported.into_iter().collect();
        imported
            .ok_or_else(|| StoreError::unavailable("a document of the batch has no outcome").into())
    }

    /// Decides what it can, writes the rest, and leaves items that changed concurrently to the next
    /// round.
    async fn import_round(
        &self,
        tenant: &Tenant,
        place: &Place<'_>,
        course: &mut Course<'_>,
    ) -> Result<(), TenantError> {
        let mut there = self.found(place, course).await?;
        if course.mode != ImportMode::Upsert {
            there.keys().for_each(|key| course.decide(key, true));
        }
        let works = course.rest.iter().map(|(key, item)| {
            let found = there.remove(key).flatten();
            Work::new(key, item, found, place)
        });
        let works = works.collect::<Result<Vec<_>, StoreError>>()?;
        if works.is_empty() {
            return Ok(());
        }
        let reserved =
            works.iter().map(Work::reserved).fold(UsageDelta::default(), UsageDelta::plus);
        let growth =
            works.iter().map(|work| work.growth).fold(UsageDelta::default(), UsageDelta::plus);
        let reign = self.reserve_at_first(tenant, reserved, growth).await?;
        let done = self.carry_out(place, &works).await;
        let mut used: Option<UsageDelta> = None;
        let (mut decided, mut result) = (Vec::new(), Ok(()));
        for (work, done) in works.iter().zip(done) {
            match done {
                Done::Written => {
                    used = Some(used.unwrap_or_default().plus(work.growth));
                    decided.push((work.key.to_owned(), work.found.is_some()));
                }
                Done::InTheWay if course.mode != ImportMode::Upsert => {
                    decided.push((work.key.to_owned(), true));
                }
                Done::InTheWay | Done::NotSent => {}
                Done::Moved => result = result.and(Err(TenantError::Moved)),
                Done::Unknown(fault) => {
                    used = Some(used.unwrap_or_default().plus(work.reserved()));
                    result = Err(TenantError::Store(fault.into()));
                }
            }
        }
        decided.iter().for_each(|(key, was_there)| course.decide(key, *was_there));
        self.settle_reserved(tenant, (reign, reserved), used).await;
        result
    }

    /// The existing documents among the undecided items; with their fields, if they are to be
    /// replaced.
    async fn found(
        &self,
        place: &Place<'_>,
        course: &Course<'_>,
    ) -> Result<HashMap<String, Option<Fields>>, MongoError> {
        let mut keys: Vec<String> = course.rest.keys().cloned().collect();
        let present = self.present(place, &keys).await?;
        if course.mode != ImportMode::Upsert {
            return Ok(present.into_iter().map(|key| (key, None)).collect());
        }
        keys.retain(|key| present.contains(key));
        let mut found = HashMap::new();
        // A single response may not hold all of them.
        while !keys.is_empty() {
            let all = place.keys(&keys);
            let filter = bson::doc! { "_id": { "$in": &all } };
            let batch = self.find(place, filter, all.len()).await?;
            if batch.is_empty() {
                break;
            }
            for fields in batch {
                let key = place.shown(fields.get("_id")).unwrap_or_default();
                found.entry(key).or_insert(Some(fields));
            }
            keys.retain(|key| !found.contains_key(key));
        }
        Ok(found)
    }

    /// The current name of the collection.
    async fn name_now(&self, place: &Place<'_>) -> Result<Option<CollectionName>, MongoError> {
        let Some(uuid) = place.uuid.clone() else { return Ok(None) };
        let link = self.link()?;
        let list = link.database.list_collections().filter(bson::doc! { "info.uuid": uuid });
        let found: Vec<_> = bounded(async { list.await?.try_collect().await }).await?;
        Ok(found.into_iter().find_map(|found| CollectionName::parse(found.name).ok()))
    }
}
