//! URL encoding.

use std::fmt::Write;

/// Encodes `text` as one path segment: percent-encodes all but the unreserved characters (RFC 3986,
/// section 2).
pub(crate) fn segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            segment.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(segment, "%{byte:02X}");
        }
    }
    segment
}
