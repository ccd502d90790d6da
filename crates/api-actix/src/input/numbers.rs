//! Precision check for JSON numbers.
//!
//! A number that is not a 64-bit integer is parsed as the nearest double. It is accepted if the
//! shortest decimal form that identifies this double equals the number sent: then no precision is
//! lost, and responses return the same number.

use std::io::Write;

use crate::problem::FieldErrors;

/// Reason why a number would lose precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// Integer of more than 64 bits.
    Integer,
    /// More digits than a double holds, or outside of its range.
    Digits,
}

impl Lost {
    /// Error detail, with what to send instead.
    pub(super) fn detail(self) -> &'static str {
        match self {
            Self::Integer => {
                "must be an integer of at most 64 bits, or a decimal number; send it as a string to keep every digit"
            }
            Self::Digits => {
                "must not exceed the precision or range of a double; send it as a string to keep every digit"
            }
        }
    }
}

/// Returns those of the `doubles` that differ from the written number; at most the first
/// [`FieldErrors::MAX`]. Each double has its index among all numbers of `json`, which must be
/// valid.
pub(super) fn lost(json: &[u8], doubles: &[(usize, f64)]) -> Vec<(usize, Lost)> {
    if doubles.is_empty() {
        return Vec::new();
    }
    let mut written = literals(json).enumerate();
    let lost = doubles.iter().filter_map(|&(count, double)| {
        let (_, literal) = written.find(|(number, _)| *number == count)?;
        loss(literal, double).map(|lost| (count, lost))
    });
    lost.take(FieldErrors::MAX).collect()
}

fn loss(literal: &[u8], double: f64) -> Option<Lost> {
    let is_integer = !literal.iter().any(|byte| b".eE".contains(byte));
    // Negative zero is a double.
    if is_integer && double != 0.0 {
        return Some(Lost::Integer);
    }
    (!is_kept(literal, double)).then_some(Lost::Digits)
}

fn is_kept(literal: &[u8], double: f64) -> bool {
    /// Length of the longest double: -2.2250738585072014e-308.
    const LONGEST: usize = 24;
    let written = Decimal::of(literal);
    if written.is_surely_kept() {
        return true;
    }
    let mut shortest = [0; LONGEST];
    let mut rest = &mut shortest[..];
    // Cannot fail: the buffer is large enough.
    let _ = write!(rest, "{double:e}");
    let length = LONGEST - rest.len();
    // A double may have two shortest forms at the same distance: responses contain one of them, and
    // other programs may write the other.
    let given_back = || serde_json::to_vec(&double).is_ok_and(|text| written == Decimal::of(&text));
    written == Decimal::of(&shortest[..length]) || given_back()
}

/// Decimal number without its sign.
#[derive(Debug)]
struct Decimal<'a> {
    /// Digits from the first to the last nonzero digit, with the decimal point if it is between
    /// them.
    digits: &'a [u8],
    /// Number of digits.
    length: usize,
    /// Number of digits before the decimal point after applying the exponent.
    power: i64,
}

impl<'a> Decimal<'a> {
    fn of(literal: &'a [u8]) -> Self {
        let unsigned = literal.strip_prefix(b"-").unwrap_or(literal);
        let is_mark = |byte: &u8| byte.eq_ignore_ascii_case(&b'e');
        let end = unsigned.iter().position(is_mark).unwrap_or(unsigned.len());
        let (mantissa, exponent) = unsigned.split_at(end);
        let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
        let is_digit = |byte: &u8| (b'1'..=b'9').contains(byte);
        let Some(first) = mantissa.iter().position(is_digit) else {
            return Self { digits: &[], length: 0, power: 0 };
        };
        let last = mantissa.iter().rposition(is_digit).unwrap_or(first);
        let digits = &mantissa[first..=last];
        let length = digits.len() - usize::from(digits.contains(&b'.'));
        let before_point =
            if first < point { distance(first, point) } else { -distance(point + 1, first) };
        Self { digits, length, power: before_point.saturating_add(power(exponent)) }
    }

    /// Whether precision is certainly kept: two decimals of up to 15 digits never have the same
    /// nearest double within the range of normal doubles.
    fn is_surely_kept(&self) -> bool {
        self.length <= 15 && self.power.abs() < 290
    }

    fn digits(&self) -> impl Iterator<Item = &u8> {
        self.digits.iter().filter(|byte| **byte != b'.')
    }
}

impl PartialEq<Decimal<'_>> for Decimal<'_> {
    fn eq(&self, other: &Decimal<'_>) -> bool {
        self.power == other.power && self.digits().eq(other.digits())
    }
}

/// Parses an exponent with its mark; 0 if it is empty. An exponent beyond 64 bits saturates.
fn power(exponent: &[u8]) -> i64 {
    const BEYOND: i64 = i64::MAX / 4;
    let digits = exponent.get(1..).unwrap_or_default();
    if digits.is_empty() {
        return 0;
    }
    let read = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    read.unwrap_or(if digits.starts_with(b"-") { -BEYOND } else { BEYOND })
}

fn distance(from: usize, to: usize) -> i64 {
    i64::try_from(to - from).unwrap_or(i64::MAX)
}

/// Numbers of a valid JSON text, in order.
fn literals(json: &[u8]) -> impl Iterator<Item = &[u8]> {
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

/// Rest of `json` after the string at its start.
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
    use proptest::prelude::*;

    use super::*;

    fn is_taken(literal: &str) -> bool {
        let double: f64 = literal.parse().unwrap();
        lost(literal.as_bytes(), &[(0, double)]).is_empty()
    }

    #[test]
    fn numbers_are_found_but_not_within_strings() {
        let json = br#"{"1": [0, -12.5e+3, "3\\\"4", true], "a\\": 56}"#;
        let found: Vec<_> = literals(json).collect();
        assert_eq!(found, [&b"0"[..], b"-12.5e+3", b"56"]);
    }

    #[test]
    fn exactly_representable_numbers_are_accepted_in_any_notation() {
        for literal in [
            "0.1",
            "1e5",
            "1.10",
            "100.0",
            "0.000e99999999999999999999",
            "-0",
            "-0.0",
            "0.30000000000000004",
            "0.300000000000000040",
            "1.7976931348623157e308",
            "17976931348623157e+292",
            "2.2250738585072014E-308",
            "5e-324",
            "0.0000000000000000000005e-302",
            "9007199254740993000e-3000000000000000000000000",
            "123456789012345680000.0",
            "1025100354207245.2",
            "1025100354207245.3",
        ] {
            let too_small = literal.ends_with("e-3000000000000000000000000");
            assert_eq!(is_taken(literal), !too_small, "{literal}");
        }
    }

    #[test]
    fn numbers_that_a_double_would_round_are_lost() {
        for literal in [
            "0.1234567890123456789",
            "0.30000000000000003",
            "1025100354207245.25",
            "0.10000000000000000555",
            "9007199254740993.0",
            "123456789012345678901.5",
            "1e-400",
            "-1e-400",
            "4e-324",
            "1.79769313486231580e308",
        ] {
            assert!(!is_taken(literal), "{literal}");
        }
    }

    #[test]
    fn only_lost_numbers_are_reported_with_their_position() {
        let json = b"[1, 0.5, 2, 0.1234567890123456789, 18446744073709551616]";
        let doubles = [(1, 0.5), (3, 0.123_456_789_012_345_68), (4, 18_446_744_073_709_551_616.0)];
        assert_eq!(lost(json, &doubles), [(3, Lost::Digits), (4, Lost::Integer)]);
    }

    proptest! {
        #[test]
        fn serialized_doubles_survive_a_round_trip(bits: u64, scale in -30_i32..30) {
            let double = f64::from_bits(bits);
            let near = f64::from_bits(bits >> 12 | 1.0_f64.to_bits()) * 10_f64.powi(scale);
            for double in [double, near].into_iter().filter(|double| double.is_finite()) {
                let written = serde_json::to_string(&double).unwrap();
                for literal in [&written, &format!("{double:?}"), &format!("{double:e}")] {
                    let read = crate::input::parse(literal.as_bytes()).unwrap();
                    prop_assert_eq!(read.as_f64().map(f64::to_bits), Some(double.to_bits()));
                }
                prop_assert_eq!(serde_json::to_string(&double).unwrap(), written);
            }
        }

        /// Independent formulation of the rule: compares expanded digit strings.
        #[test]
        fn a_decimal_is_accepted_if_its_shortest_double_is_equal(
            whole in 0_u64..100_000,
            fraction in "[0-9]{1,20}",
        ) {
            let literal = format!("{whole}.{fraction}");
            let double: f64 = literal.parse().unwrap();
            let plain = format!("{double}");
            let trimmed = literal.trim_end_matches('0').trim_end_matches('.');
            prop_assert_eq!(is_taken(&literal), trimmed == plain, "{} {}", literal, plain);
        }
    }
}
