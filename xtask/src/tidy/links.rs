//! Links in Markdown to files of the repository.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::finding::Finding;
use super::markdown;

/// Reports relative links to files that do not exist, as after a rename.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in markdown::files(root)? {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let directory = file.parent().unwrap_or(root);
        for (index, line) in markdown::prose(&text).lines().enumerate() {
            for target in targets(line).filter(|target| !directory.join(target).exists()) {
                let message = format!("broken link: there is no file `{target}`");
                findings.push(Finding::error(&file, index + 1, message));
            }
        }
    }
    Ok(findings)
}

/// The relative paths that `line` links to, without their fragments.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let links = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let paths = links.map(|(link, _)| link.split_once('#').map_or(link, |(path, _)| path));
    paths.filter(|path| !path.is_empty() && !path.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_are_targets() {
        let line = "[a](b.md), [c](../d/e.md#f)[g](#h) (i) [j](https://example.com/k) [l](m";
        assert_eq!(targets(line).collect::<Vec<_>>(), ["b.md", "../d/e.md"]);
    }
}
