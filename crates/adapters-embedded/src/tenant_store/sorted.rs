//! The first documents of a sort order, selected from all of them in bounded memory.

use domain::model::{
    DocumentId, DocumentQuery, DocumentTree, PageSize, Position, PositionTooLarge,
};

/// The first positions after that of a query: one page, and one more that shows that more follow.
pub(super) struct Sorted<'a> {
    query: &'a DocumentQuery,
    capacity: usize,
    first: Vec<Position>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(query: &'a DocumentQuery, size: PageSize) -> Self {
        let capacity = size.get() + 1;
        Self { query, capacity, first: Vec::with_capacity(capacity + 1) }
    }

    /// Adds a document, if it is one of the first.
    pub(super) fn add(&mut self, document: &DocumentTree) -> Result<(), PositionTooLarge> {
        let sort = &self.query.sort;
        let position = sort.position(document)?;
        let is_past = |after: &Position| sort.compare(&position, after).is_gt();
        if !self.query.after.as_ref().is_none_or(is_past) {
            return Ok(());
        }
        let at = self.first.partition_point(|other| sort.compare(other, &position).is_lt());
        if at < self.capacity {
            self.first.insert(at, position);
            self.first.truncate(self.capacity);
        }
        Ok(())
    }

    /// The ids of the documents, in their order.
    pub(super) fn into_ids(self) -> Vec<DocumentId> {
        self.first.into_iter().map(|position| position.id).collect()
    }
}
