//! Preconditions of changes.

/// The condition of `If-Match` (RFC 9110, section 13.1.1) on the current state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Precondition<Tag> {
    /// No condition.
    #[default]
    None,
    /// The current tag must be one of these; never holds for a resource that does not exist.
    AnyOf(Vec<Tag>),
}

impl<Tag: PartialEq> Precondition<Tag> {
    /// Whether a resource with this tag may be changed.
    pub fn holds(&self, present: &Tag) -> bool {
        match self {
            Self::None => true,
            Self::AnyOf(tags) => tags.contains(present),
        }
    }
}
