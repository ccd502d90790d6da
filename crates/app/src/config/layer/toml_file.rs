//! Parser for `tenantry.toml`: settings by name, in lower or upper case.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::{ConfigError, Layer, settings};

/// Reads the settings in the file `path`.
pub(crate) fn toml_file(path: &Path, problems: &mut Vec<ConfigError>) -> Layer {
    let mut layer = Layer::file(path);
    match fs::read_to_string(path) {
        Ok(text) => match text.parse::<Table>() {
            Ok(table) => read(table, path, &mut layer, problems),
            Err(error) => problems.push(unreadable(&text, path, &error)),
        },
        Err(error) => problems.push(ConfigError::new(path.display(), error)),
    }
    layer
}

fn read(table: Table, path: &Path, layer: &mut Layer, problems: &mut Vec<ConfigError>) {
    for (key, value) in table {
        match setting(&key, value, layer) {
            Ok((name, value)) => layer.add(name, value),
            Err(about) => {
                let subject = format_args!("{key} ({})", path.display());
                problems.push(ConfigError::new(subject, about));
            }
        }
    }
}

fn setting(key: &str, value: Value, layer: &Layer) -> Result<(String, String), String> {
    let name = key.to_ascii_uppercase();
    let one_case = key == name || key == key.to_ascii_lowercase();
    if !one_case || !settings::names().any(|known| known == name) {
        return Err(unknown(&name));
    }
    if layer.get(&name).is_some() {
        return Err("is given both in lower and in upper case".to_owned());
    }
    match value {
        Value::String(text) => Ok((name, text)),
        Value::Integer(number) => Ok((name, number.to_string())),
        Value::Array(items) if items.iter().all(Value::is_str) => {
            let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            Ok((name, serde_json::json!(items).to_string()))
        }
        _ => Err("must be a string, an integer or a list of strings".to_owned()),
    }
}

/// Error for an unknown setting; suggests the closest one if it is similar enough.
fn unknown(name: &str) -> String {
    let near = settings::names()
        .map(|known| (distance(name, &known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3);
    match near {
        Some((_, known)) => {
            format!("is not a setting; did you mean {}?", known.to_ascii_lowercase())
        }
        None => "is not a setting".to_owned(),
    }
}

/// Levenshtein distance between `a` and `b`: insertions, deletions and replacements of characters.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Error for invalid TOML. Omits the parser's excerpt, because the line may contain a secret.
fn unreadable(text: &str, path: &Path, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    ConfigError::new(format_args!("{} line {line}", path.display()), error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_settings_suggest_the_nearest_name() {
        assert!(unknown("DATADIR").ends_with("did you mean data_dir?"));
        assert!(unknown("SECRET_KEY_FLIE").ends_with("did you mean secret_key_file?"));
        assert_eq!(unknown("COLOUR"), "is not a setting");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
