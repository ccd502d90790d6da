//! List of common passwords; `common/README.md` names its sources.

use std::cmp::Ordering;

/// 10,000 lower-case lines, sorted.
const PASSWORDS: &str = include_str!("common/passwords.txt");

/// Whether `password` is in the list, case-insensitively. It is not copied: copies would not be
/// wiped.
pub(super) fn is_common(password: &str) -> bool {
    let mut rest = PASSWORDS;
    while !rest.is_empty() {
        let (start, line, end) = middle(rest);
        match compare(password, line) {
            Ordering::Equal => return true,
            Ordering::Less => rest = &rest[..start],
            Ordering::Greater => rest = &rest[end..],
        }
    }
    false
}

/// The line around the middle of `lines`, with its start and the start of the next line.
fn middle(lines: &str) -> (usize, &str, usize) {
    let bytes = lines.as_bytes();
    let half = bytes.len() / 2;
    let is_end = |byte: &u8| *byte == b'\n';
    let start = bytes[..half].iter().rposition(is_end).map_or(0, |end| end + 1);
    let end = bytes[half..].iter().position(is_end).map_or(bytes.len(), |end| half + end);
    (start, &lines[start..end], (end + 1).min(bytes.len()))
}

fn compare(password: &str, line: &str) -> Ordering {
    password.chars().flat_map(char::to_lowercase).cmp(line.chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_matches_its_readme() {
        let lines: Vec<_> = PASSWORDS.lines().collect();
        assert_eq!(lines.len(), 10_000);
        assert!(lines.is_sorted_by(|a, b| a < b), "sorted, and none is there twice");
        for line in lines {
            assert!((8..=128).contains(&line.len()) && line.is_ascii(), "{line}");
            assert!(!line.bytes().any(|byte| byte.is_ascii_uppercase()), "{line}");
        }
    }

    #[test]
    fn common_passwords_are_found_in_any_case() {
        for line in PASSWORDS.lines() {
            assert!(is_common(line), "{line}");
            assert!(is_common(&line.to_uppercase()), "{line}");
        }
        assert!(is_common("PassWord1"));
        assert!(is_common("987654321"));
        assert!(is_common("\u{212A}iller123"), "the sign of Kelvin is a K");
    }

    #[test]
    fn similar_passwords_are_not_common() {
        for line in PASSWORDS.lines() {
            for other in
                [format!("{line}\u{1F511}"), format!("\u{1F511}{line}"), format!("{line}\n")]
            {
                assert!(!is_common(&other), "{other:?}");
            }
        }
        for other in [
            "",
            "\n",
            "password\npassword1",
            "~~~~~~~~",
            "correct horse battery staple",
            "пароль пароль",
        ] {
            assert!(!is_common(other), "{other:?}");
        }
    }
}
