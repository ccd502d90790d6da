//! Lists, a page at a time.

use super::Invalid;

/// One page of a list, in the order of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items, at most as many as were asked for.
    pub items: Vec<T>,
    /// Whether there are items after the last one.
    pub more: bool,
}

impl<T> Page<T> {
    /// How many bytes of JSON the documents of a page have: one that would exceed it ends early, so that
    /// nobody can make the server hold a hundred of the greatest. The first item is always there.
    pub const MAX_BYTES: usize = 1024 * 1024;

    /// A page from up to one item more than `size`: the extra one only tells that there is more.
    #[must_use]
    pub fn cut(mut items: Vec<T>, size: PageSize) -> Self {
        let more = items.len() > size.get();
        items.truncate(size.get());
        Self { items, more }
    }
}

/// How many items a page holds: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    /// The greatest page.
    pub const MAX: Self = Self(100);
    /// A page of one item.
    pub const ONE: Self = Self(1);

    /// A size as a client sent it.
    ///
    /// # Errors
    /// Anything but 1 to 100.
    pub fn new(size: usize) -> Result<Self, Invalid> {
        if (1..=Self::MAX.0).contains(&size) {
            Ok(Self(size))
        } else {
            Err(Invalid::Format("must be a number from 1 to 100"))
        }
    }

    /// As many as are wanted, from one to the greatest page.
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
