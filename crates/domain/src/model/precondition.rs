//! Conditions under which a caller wants its change made.

/// What `If-Match` (RFC 9110, section 13.1.1) asks of the present state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Precondition<Tag> {
    /// Nothing was asked.
    #[default]
    None,
    /// The present tag must be one of these; none of them holds for what does not exist.
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
