//! Iteration over a whole list.

use crate::model::{Page, PageSize};
use crate::ports::StoreError;

use super::finding::Findings;

/// Iterates over a list page by page. An unreadable record fails its page; pages of one item lead
/// past it.
pub(super) struct Scan<K> {
    after: Option<K>,
    size: PageSize,
    ended: bool,
}

impl<K: Clone + Ord + TryFrom<String>> Scan<K> {
    /// Whether there is another page to request.
    pub(super) fn has_next(&self) -> bool {
        !self.ended
    }

    /// The key after which the next page begins.
    pub(super) fn after(&self) -> Option<&K> {
        self.after.as_ref()
    }

    /// Size of the page to request.
    pub(super) fn size(&self) -> PageSize {
        self.size
    }

    /// Returns the items of `page`. An unreadable one is added to `findings`.
    pub(super) fn take<T>(
        &mut self,
        page: Result<Page<T>, StoreError>,
        key: impl Fn(&T) -> &K,
        findings: &mut Findings,
    ) -> Result<Vec<T>, StoreError> {
        match page {
            Ok(page) => {
                self.after = page.items.last().map(|last| key(last).clone()).or(self.after.take());
                self.ended = !page.more;
                Ok(page.items)
            }
            Err(StoreError::Corrupt { .. }) if self.size != PageSize::ONE => {
                self.size = PageSize::ONE;
                Ok(Vec::new())
            }
            Err(error) => {
                self.skip_unreadable(error, findings)?;
                Ok(Vec::new())
            }
        }
    }

    /// Continues after an unreadable record, if its key is readable.
    fn skip_unreadable(
        &mut self,
        error: StoreError,
        findings: &mut Findings,
    ) -> Result<(), StoreError> {
        let StoreError::Corrupt { id, .. } = &error else { return Err(error) };
        let key = K::try_from(id.clone()).ok();
        let Some(key) = key.filter(|key| self.after.as_ref() < Some(key)) else {
            return Err(error);
        };
        self.after = Some(key);
        self.size = PageSize::MAX;
        findings.add(Err(error))
    }
}

impl<K> Default for Scan<K> {
    fn default() -> Self {
        Self { after: None, size: PageSize::MAX, ended: false }
    }
}
