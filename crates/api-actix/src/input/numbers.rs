//! Numbers as they are written in JSON.

/// The numbers of a valid JSON text, in their order.
pub(super) fn literals(json: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = json;
    std::iter::from_fn(move || {
        loop {
            match rest.first()? {
                b'"' => rest = after_string(rest),
                b'-' | b'0'..=b'9' => {
                    let part =
                        |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                    let end = rest.iter().position(|byte| !part(byte)).unwrap_or(rest.len());
                    let (literal, next) = rest.split_at(end);
                    rest = next;
                    return Some(literal);
                }
                _ => rest = &rest[1..],
            }
        }
    })
}

/// What follows the string that `json` begins with.
fn after_string(json: &[u8]) -> &[u8] {
    let mut at = 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return &json[at + 1..],
            _ => at += 1,
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_and_nothing_in_strings() {
        let json = br#"{"1": [0, -12.5e+3, "3\\\"4", true], "a\\": 56}"#;
        let found: Vec<_> = literals(json).collect();
        assert_eq!(found, [&b"0"[..], b"-12.5e+3", b"56"]);
    }
}
