//! Banned phrases: text uses the standard word of the field instead (CONTRIBUTING.md, "Style").

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::finding::Finding;
use super::markdown;
use super::sources::rust_files;

/// Phrases in lower case, each with what to write instead.
const BANNED: [(&str, &str); 12] = [
    ("whose word", "trusted"),
    ("told of", "recorded, reported or logged"),
    ("is told", "is recorded, reported or returned"),
    ("are told", "are recorded, reported or returned"),
    ("in the way of", "conflicting or concurrent"),
    ("what there is", "the noun"),
    ("whoever", "the actor: the caller, the server, an operator"),
    ("nobody", "no and the noun: no client, no other process"),
    ("somebody", "the actor"),
    ("anybody", "any and the noun: any client, an unauthenticated caller"),
    ("everybody", "all and the noun: all clients"),
    ("is none of", "the fact"),
];

/// This file, which is not checked because it contains the phrases.
const SELF: &str = "words.rs";

/// The OpenAPI documents.
const OPENAPI: [&str; 2] = ["openapi/openapi.json", "openapi/openapi-org-envelope.json"];

/// Checks the Markdown files of the project and the OpenAPI documents.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in markdown::files(root)? {
        findings.extend(check_file(&file, markdown::prose)?);
    }
    for name in OPENAPI {
        findings.extend(check_file(&root.join(name), str::to_owned)?);
    }
    Ok(findings)
}

/// Checks `src` of the crate at `directory`.
pub(super) fn check_crate(directory: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in rust_files(&directory.join("src"))? {
        if !file.ends_with(SELF) {
            findings.extend(check_file(&file, str::to_owned)?);
        }
    }
    Ok(findings)
}

fn check_file(file: &Path, prose: impl Fn(&str) -> String) -> Result<Vec<Finding>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let matches = find_banned(&prose(&text)).into_iter();
    let findings = matches.map(|(line, phrase, instead)| {
        Finding::error(file, line, format!("banned phrase `{phrase}`; write {instead}"))
    });
    Ok(findings.collect())
}

/// Line number (from 1), phrase and replacement of each match, which may end on the next line.
fn find_banned(text: &str) -> Vec<(usize, &'static str, &'static str)> {
    let lines: Vec<String> = text.lines().map(str::to_lowercase).collect();
    let mut matches = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1).map_or("", |next| strip_markers(next));
        let joined = format!("{} {next}", line.trim_end());
        for (phrase, instead) in BANNED {
            if offsets_of(&joined, phrase).any(|offset| offset < line.trim_end().len()) {
                matches.push((index + 1, phrase, instead));
            }
        }
    }
    matches
}

/// A line without its indentation, comment marker or quote marker.
fn strip_markers(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '!' | '>'))
}

/// Byte offsets at which `phrase` occurs as whole words.
fn offsets_of<'a>(line: &'a str, phrase: &'a str) -> impl Iterator<Item = usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(phrase).map(|(offset, _)| offset).filter(move |offset| {
        let (before, after) = (&line[..*offset], &line[offset + phrase.len()..]);
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        find_banned(text).into_iter().map(|(line, ..)| line).collect()
    }

    #[test]
    fn banned_phrases_are_found_in_any_case_and_across_lines() {
        assert_eq!(lines("fine\nWhoever signs.\n"), [2]);
        assert_eq!(lines("/// Proxies whose\n/// word counts.\n"), [1]);
        assert_eq!(lines("  //! It is\n  //! told later.\nfine"), [1]);
        assert_eq!(lines("> Nobody, and\n> somebody.\n"), [1, 2]);
    }

    #[test]
    fn parts_of_words_and_identifiers_are_not_phrases() {
        assert_eq!(lines("is toldable, nobody_else, anybodys\n"), [0; 0]);
        assert_eq!(lines("this told\nof\n"), [1]);
    }

    #[test]
    fn banned_phrases_are_in_lower_case() {
        assert!(BANNED.iter().all(|(phrase, _)| *phrase == phrase.to_lowercase()));
    }
}
