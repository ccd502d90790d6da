//! Pagination.

use crate::model::Invalid;

/// One page of a list, in the order of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items, at most the requested number.
    pub items: Vec<T>,
    /// Whether more items follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// Maximum size of the documents of a page in bytes of JSON: a page that would exceed it ends
    /// early, so that no client can make the server hold a hundred documents of the maximum size.
    /// The first item is always on the page.
    pub const MAX_BYTES: usize = 1024 * 1024;

    /// Builds a page from up to `size` + 1 items: the extra item only shows that more follow.
    #[must_use]
    pub fn from_overfetch(mut items: Vec<T>, size: PageSize) -> Self {
        let more = items.len() > size.get();
        items.truncate(size.get());
        Self { items, more }
    }
}

/// Number of items per page: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    /// Maximum page size.
    pub const MAX: Self = Self(100);
    /// A page of one item.
    pub const ONE: Self = Self(1);

    /// Validates a size from a client.
    ///
    /// # Errors
    /// [`Invalid`] for anything except 1 to 100.
    pub fn new(size: usize) -> Result<Self, Invalid> {
        if (1..=Self::MAX.0).contains(&size) {
            Ok(Self(size))
        } else {
            Err(Invalid::Format("must be a number from 1 to 100"))
        }
    }

    /// `wanted`, limited to the range of page sizes.
    #[must_use]
    pub fn up_to(wanted: usize) -> Self {
        Self(wanted.clamp(1, Self::MAX.0))
    }

    /// The size as a number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}
