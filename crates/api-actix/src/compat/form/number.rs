//! Integers in query parameters.

use serde_json::json;

use super::FieldProblem;

/// Parses an integer from `least` to `most`.
pub(in crate::compat) fn integer(
    least: u64,
    most: u64,
) -> impl FnOnce(String) -> Result<u64, FieldProblem> {
    const UNREADABLE: &str =
        "Input should be a valid integer, unable to parse string as an integer";
    move |text| {
        let text = text.trim();
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FieldProblem::new("int_parsing", UNREADABLE, None));
        }
        let is_negative = text.starts_with('-') && digits.bytes().any(|byte| byte != b'0');
        // Too many digits saturate to the maximum.
        let number = digits.parse().unwrap_or(u64::MAX);
        if is_negative || number < least {
            return Err(FieldProblem::new(
                "greater_than_equal",
                format!("Input should be greater than or equal to {least}"),
                Some(json!({ "ge": least })),
            ));
        }
        if number > most {
            return Err(FieldProblem::new(
                "less_than_equal",
                format!("Input should be less than or equal to {most}"),
                Some(json!({ "le": most })),
            ));
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parsed_like_python() {
        for (text, number) in [("7", 7), (" 7 ", 7), ("+7", 7), ("007", 7), ("-0", 0), ("9", 9)] {
            assert_eq!(integer(0, 9)(text.to_owned()).ok(), Some(number), "{text}");
        }
    }

    #[test]
    fn invalid_and_out_of_range_numbers_are_distinguished() {
        for (text, kind) in [
            ("", "int_parsing"),
            ("-", "int_parsing"),
            ("seven", "int_parsing"),
            ("0x7", "int_parsing"),
            ("7 7", "int_parsing"),
            ("0", "greater_than_equal"),
            ("-7", "greater_than_equal"),
            ("-99999999999999999999", "greater_than_equal"),
            ("10", "less_than_equal"),
            ("99999999999999999999", "less_than_equal"),
        ] {
            let wrong = integer(1, 9)(text.to_owned()).err().map(|wrong| wrong.kind);
            assert_eq!(wrong, Some(kind), "{text:?}");
        }
    }
}
