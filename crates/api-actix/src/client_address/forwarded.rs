//! Parser for the header Forwarded (RFC 7239). It reads from the right, where the nearest proxy
//! appends; everything further left may be forged.

use std::borrow::Cow;
use std::iter;
use std::str;

use super::node;
use super::resolve::Hop;

/// Hops of one field, nearest first; `None` for a hop that is malformed or hides its address.
pub(super) fn hops(field: &[u8]) -> impl Iterator<Item = Option<Hop>> {
    from_right(field, b',').map(<[u8]>::trim_ascii).filter(|text| !text.is_empty()).map(hop)
}

/// Parses one element: `for=192.0.2.7;proto=https;by=...`.
fn hop(element: &[u8]) -> Option<Hop> {
    let (mut address, mut proto) = (None, None);
    for pair in from_right(element, b';').map(<[u8]>::trim_ascii).filter(|pair| !pair.is_empty()) {
        let (name, text) = str::from_utf8(pair).ok()?.split_once('=')?;
        let value = value(text).filter(|_| is_token(name))?;
        let place = match name.to_ascii_lowercase().as_str() {
            "for" => &mut address,
            "proto" => &mut proto,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return None;
        }
    }
    let https = proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
    Some(Hop { address: node::address(&address?)?, https })
}

/// Parses a token or a quoted string.
fn value(text: &str) -> Option<Cow<'_, str>> {
    match text.strip_prefix('"') {
        None => is_token(text).then_some(Cow::Borrowed(text)),
        Some(quoted) => unquoted(quoted.strip_suffix('"')?).map(Cow::Owned),
    }
}

fn unquoted(text: &str) -> Option<String> {
    let mut chars = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(next) = chars.next() {
        match next {
            '"' => return None,
            '\\' => plain.push(chars.next()?),
            next => plain.push(next),
        }
    }
    Some(plain)
}

/// Whether `text` is a token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(known)
}

/// Splits at separators outside of quotes; the last part comes first.
fn from_right(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        match last(text, separator) {
            Some(at) => {
                rest = Some(&text[..at]);
                Some(&text[at + 1..])
            }
            None => rest.take(),
        }
    })
}

/// Position of the last separator outside of quotes. Quotes are unambiguous from the right, too:
/// outside of quotes, the first quote met closes a value, and the next unescaped one opens it. An
/// unclosed quote forged further left therefore does not affect what a proxy appended.
fn last(text: &[u8], separator: u8) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.iter().enumerate().rev() {
        match *byte {
            b'"' if quoted && is_escaped(&text[..at]) => {}
            b'"' => quoted = !quoted,
            byte if byte == separator && !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses as text, with an `s` appended to those that used TLS.
    fn read(field: &str) -> Vec<String> {
        let shown = |hop: Hop| format!("{}{}", hop.address, if hop.https { " s" } else { "" });
        hops(field.as_bytes()).map(|hop| hop.map_or("-".to_owned(), shown)).collect()
    }

    #[test]
    fn elements_are_parsed_from_right_to_left() {
        for (field, expected) in [
            ("for=192.0.2.1", &["192.0.2.1"][..]),
            ("for=192.0.2.1, for=192.0.2.2", &["192.0.2.2", "192.0.2.1"]),
            ("For=192.0.2.1;Proto=HTTPS;by=203.0.113.60", &["192.0.2.1 s"]),
            ("proto=https ; for=192.0.2.1", &["192.0.2.1 s"]),
            ("for=\"[2001:db8::1]:4711\"", &["2001:db8::1"]),
            ("for=\"192.0.2.1:80\";host=\"a,b;c=\\\"d\\\\\"", &["192.0.2.1"]),
            ("for=\"1\\92.0.2.1\"", &["192.0.2.1"]),
            (",, for=192.0.2.1 ,", &["192.0.2.1"]),
            ("", &[]),
        ] {
            assert_eq!(read(field), expected, "{field}");
        }
    }

    #[test]
    fn obfuscated_or_malformed_nodes_have_no_address() {
        for field in [
            "for=unknown",
            "for=_hidden",
            "for=\"_a.b-c:_d\"",
            "proto=https",
            "for",
            "for=",
            "for=192.0.2.1;for=192.0.2.2",
            "for=192.0.2.1;proto=http;proto=https",
            "for=192.0.2.1:80",
            "for=[2001:db8::1]",
            "for=\"192.0.2.1",
            "for=192.0.2.1\"",
            "for=\"192.0.2.1\\\"",
            "for=\"192.0.2.1\"x",
            "for = 192.0.2.1",
            "for=192.0.2.1;b y=1",
            "for=192.0.2.1;by=a b",
            "192.0.2.1",
            "\"",
            "é=1",
        ] {
            assert_eq!(read(field), ["-"], "{field}");
        }
    }

    #[test]
    fn an_unterminated_quote_does_not_affect_later_elements() {
        for left in ["for=\"", "for=\"192.0.2.9", "\\", "for=\"a\\", "\"\\\"", "for=\"\\\\\""] {
            for right in ["for=192.0.2.1", "for=\"192.0.2.1\";by=\"a\\\"b\""] {
                assert_eq!(read(&format!("{left}, {right}"))[0], "192.0.2.1", "{left}, {right}");
            }
        }
    }
}
