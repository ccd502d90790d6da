//! The Markdown files of the project.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The Markdown files in the root, in `docs` and in `.github`.
pub(super) fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = entries(root)?;
    let mut directories = vec![root.join("docs"), root.join(".github")];
    while let Some(directory) = directories.pop() {
        let (inner, found): (Vec<_>, Vec<_>) =
            entries(&directory)?.into_iter().partition(|path| path.is_dir());
        directories.extend(inner);
        files.extend(found);
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    Ok(files)
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

/// Markdown with blanks in place of its code blocks and code spans, which quote programs.
pub(super) fn prose(text: &str) -> String {
    let (mut in_block, mut in_span) = (false, false);
    let lines = text.lines().map(|line| {
        if line.trim_start().starts_with("```") {
            (in_block, in_span) = (!in_block, false);
            return String::new();
        }
        // A span ends with its paragraph.
        if in_block || line.trim().is_empty() {
            in_span = false;
            return String::new();
        }
        let prose = line.chars().map(|c| {
            in_span ^= c == '`';
            if in_span || c == '`' { ' ' } else { c }
        });
        prose.collect()
    });
    lines.collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;

    #[test]
    fn files_in_subfolders_are_found() {
        let files = files(root()).unwrap();
        for name in ["README.md", "docs/decisions/README.md", ".github/pull_request_template.md"] {
            assert!(files.contains(&root().join(name)), "{name}");
        }
    }

    #[test]
    fn code_is_not_prose() {
        let text = "`--caller one` is a flag\n```\nsecond\n```\nfirst `a\nb` third\n";
        let prose = prose(text);
        let words: Vec<Vec<_>> =
            prose.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            words,
            [vec!["is", "a", "flag"], vec![], vec![], vec![], vec!["first"], vec!["third"]]
        );
    }
}
