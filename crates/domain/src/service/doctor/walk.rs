//! From the beginning of a list to its end.

use crate::model::{Page, PageSize};
use crate::ports::StoreError;

use super::finding::Findings;

/// Goes through a list page by page. A record that can't be read fails its page; the way past it is in
/// pages of one.
pub(super) struct Walk<K> {
    after: Option<K>,
    size: PageSize,
    ended: bool,
}

impl<K: Clone + Ord + TryFrom<String>> Walk<K> {
    /// Whether there is another page to be asked for.
    pub(super) fn goes_on(&self) -> bool {
        !self.ended
    }

    /// The key after which the page begins.
    pub(super) fn after(&self) -> Option<&K> {
        self.after.as_ref()
    }

    /// How many items to ask for.
    pub(super) fn size(&self) -> PageSize {
        self.size
    }

    /// The items of `page`. One that can't be read is added to `findings`.
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
            Err(unread) => {
                self.pass(unread, findings)?;
                Ok(Vec::new())
            }
        }
    }

    /// Goes on after a record that can't be read, if its key can be.
    fn pass(&mut self, unread: StoreError, findings: &mut Findings) -> Result<(), StoreError> {
        let StoreError::Corrupt { id, .. } = &unread else { return Err(unread) };
        let key = K::try_from(id.clone()).ok();
        let Some(key) = key.filter(|key| self.after.as_ref() < Some(key)) else {
            return Err(unread);
        };
        self.after = Some(key);
        self.size = PageSize::MAX;
        findings.add(Err(unread))
    }
}

impl<K> Default for Walk<K> {
    fn default() -> Self {
        Self { after: None, size: PageSize::MAX, ended: false }
    }
}
