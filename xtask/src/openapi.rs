//! `cargo xtask openapi`: the description of the HTTP interface, kept beside the code.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process::root;

/// Where the document is, from the root of the workspace.
const FILE: &str = "openapi/openapi.json";

/// Writes the document that the code describes.
pub(crate) fn write() -> Result<()> {
    let file = root().join(FILE);
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).context(FILE)?;
    }
    fs::write(&file, generate()?).context(FILE)?;
    println!("openapi: wrote {FILE}");
    Ok(())
}

/// Fails, naming the first line that differs, unless the document is the one the code describes.
pub(crate) fn check() -> Result<()> {
    let written =
        fs::read_to_string(root().join(FILE)).with_context(|| format!("{FILE}: {ADVICE}"))?;
    if let Some(difference) = first_difference(&written, &generate()?) {
        bail!("{FILE}:{difference}; {ADVICE}");
    }
    println!("openapi: {FILE} is what the code says");
    Ok(())
}

const ADVICE: &str = "run cargo xtask openapi";

fn generate() -> Result<String> {
    let mut text = serde_json::to_string_pretty(&api_actix::openapi())?;
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
