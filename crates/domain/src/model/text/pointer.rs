//! JSON Pointers (RFC 6901) of bounded length, for errors.

/// Maximum length of a pointer in an error, in bytes.
pub const MAX_POINTER: usize = 1024;

/// `pointer`, or the pointer to the innermost enclosing value that is short enough. The cut is
/// before a `/`, so characters and escapes stay whole.
#[must_use]
pub fn bounded_pointer(pointer: &str) -> &str {
    match pointer.as_bytes().get(..=MAX_POINTER) {
        None => pointer,
        Some(begin) => {
            let end = begin.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            &pointer[..end]
        }
    }
}

/// Prepends the member or index `token` to `pointer`; bounded as [`bounded_pointer`] does.
pub(in crate::model) fn pointer_below(token: &str, pointer: &str) -> String {
    if token.len() >= MAX_POINTER {
        return String::new();
    }
    let mut below = format!("/{}{pointer}", token.replace('~', "~0").replace('/', "~1"));
    below.truncate(bounded_pointer(&below).len());
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pointer_is_cut_to_the_enclosing_value() {
        let within = format!("/a/{}", "b".repeat(MAX_POINTER - 3));
        assert_eq!(bounded_pointer(&within), within);
        assert_eq!(bounded_pointer(&format!("{within}/c")), within);
        assert_eq!(bounded_pointer(&format!("{within}b/c/d")), "/a");
        assert_eq!(bounded_pointer(&format!("/{}", "é".repeat(1000))), "");
        assert_eq!(bounded_pointer(&format!("/a{}", "/~1é".repeat(1000))).len(), 1022);
        assert_eq!(bounded_pointer(""), "");
    }

    #[test]
    fn a_pointer_built_from_the_inside_is_cut_the_same_way() {
        let tokens = ["a/b".repeat(50), "~".repeat(300), "é".repeat(200), "x".repeat(2000)];
        for first in 0..tokens.len() {
            let inner = tokens[first..].iter().rev();
            let grown = inner.fold(String::new(), |pointer, token| pointer_below(token, &pointer));
            let escape = |token: &String| token.replace('~', "~0").replace('/', "~1");
            let whole: String =
                tokens[first..].iter().map(|token| format!("/{}", escape(token))).collect();
            assert_eq!(grown, bounded_pointer(&whole));
        }
    }
}
