//! `cargo xtask openapi`: the description of the HTTP interface, kept beside the code.

use std::fs;

use anyhow::{Context, Result, bail};
use api_actix::{Dialects, OrgDialect};

use crate::process::root;

/// Where the documents are, from the root of the workspace, each with the reference APIs that are mounted: what an
/// installation serves by default, and the dialect that shares its paths with another.
const FILES: [(&str, Dialects); 2] = [
    ("openapi/openapi.json", Dialects { org: Some(OrgDialect::Plain), enterprise: true }),
    (
        "openapi/openapi-org-envelope.json",
        Dialects { org: Some(OrgDialect::Envelope), enterprise: true },
    ),
];

/// Writes the documents that the code describes.
pub(crate) fn write() -> Result<()> {
    for (name, dialects) in FILES {
        let file = root().join(name);
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory).context(name)?;
        }
        fs::write(&file, generate(dialects)?).context(name)?;
        println!("openapi: wrote {name}");
    }
    Ok(())
}

/// Fails, naming the first line that differs, unless the documents are those that the code describes.
pub(crate) fn check() -> Result<()> {
    for (name, dialects) in FILES {
        let written =
            fs::read_to_string(root().join(name)).with_context(|| format!("{name}: {ADVICE}"))?;
        if let Some(difference) = first_difference(&written, &generate(dialects)?) {
            bail!("{name}:{difference}; {ADVICE}");
        }
        println!("openapi: {name} is what the code says");
    }
    Ok(())
}

const ADVICE: &str = "run cargo xtask openapi";

fn generate(dialects: Dialects) -> Result<String> {
    let mut text = serde_json::to_string_pretty(&api_actix::openapi(dialects))?;
    text.push('\n');
    Ok(text)
}

fn first_difference(written: &str, generated: &str) -> Option<String> {
    if written == generated {
        return None;
    }
    let line = |text: &str, index| text.lines().nth(index).unwrap_or("(end)").trim().to_owned();
    let same = written.lines().zip(generated.lines()).take_while(|(old, new)| old == new).count();
    let (old, new) = (line(written, same), line(generated, same));
    Some(format!("{}: the file has `{old}`, the code says `{new}`", same + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_documents_do_not_differ() {
        assert_eq!(first_difference("{\n}\n", "{\n}\n"), None);
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let difference = first_difference("{\n  \"a\": 1\n}\n", "{\n  \"b\": 1\n}\n").unwrap();
        assert!(difference.starts_with("2: "), "{difference}");
        assert!(difference.contains("`\"a\": 1`") && difference.contains("`\"b\": 1`"));
    }

    #[test]
    fn a_missing_end_is_a_difference() {
        let difference = first_difference("{\n}\n", "{\n}\n{}\n").unwrap();
        assert_eq!(difference, "3: the file has `(end)`, the code says `{}`");
        assert!(first_difference("{\n}", "{\n}\n").is_some(), "the final line feed counts");
    }
}
