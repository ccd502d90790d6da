//! `cargo xtask openapi`: the description of the HTTP interface, kept beside the code.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::artifacts;
use crate::process::{command, root};

/// Where the documents are, from the root of the workspace, each with the legacy dialects that are
/// mounted (`COMPAT`): the default, and the dialect that shares its paths with another.
const FILES: [(&str, &str); 2] = [
    ("openapi/openapi.json", "org,enterprise"),
    ("openapi/openapi-org-envelope.json", "org-envelope,enterprise"),
];

const ADVICE: &str = "run cargo xtask openapi";

/// Writes the documents that the code describes.
pub(crate) fn write() -> Result<()> {
    let program = artifacts::server()?;
    for (name, dialects) in FILES {
        let file = root().join(name);
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory).context(name)?;
        }
        fs::write(&file, generate(&program, dialects)?).context(name)?;
        println!("openapi: wrote {name}");
    }
    Ok(())
}

/// Fails, naming the first line that differs, unless the documents are those that the code
/// describes.
pub(crate) fn check() -> Result<()> {
    let program = artifacts::server()?;
    for (name, dialects) in FILES {
        let written =
            fs::read_to_string(root().join(name)).with_context(|| format!("{name}: {ADVICE}"))?;
        if let Some(difference) = first_difference(&written, &generate(&program, dialects)?) {
            bail!("{name}:{difference}; {ADVICE}");
        }
        println!("openapi: {name} matches the code");
    }
    Ok(())
}

fn generate(program: &Path, dialects: &str) -> Result<String> {
    let output = command(program).arg("openapi").env("COMPAT", dialects).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
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
