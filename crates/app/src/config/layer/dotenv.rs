//! Parser for `.env` files.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{ConfigError, Layer, settings};

/// Reads the variables in the file `path` that are settings; returns an empty layer if there is no
/// such file.
pub(crate) fn dotenv(path: &Path, problems: &mut Vec<ConfigError>) -> Layer {
    let mut layer = Layer::file(path);
    match fs::read_to_string(path) {
        Ok(text) => read(&text, path, &mut layer, problems),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => problems.push(ConfigError::new(path.display(), error)),
    }
    layer
}

fn read(text: &str, path: &Path, layer: &mut Layer, problems: &mut Vec<ConfigError>) {
    let text = text.trim_start_matches('\u{feff}');
    for variable in dotenvy::from_read_iter(text.as_bytes()) {
        match variable {
            Ok((name, value)) if settings::names().any(|known| known == name) => {
                layer.add(name, value);
            }
            Ok(_) => {}
            Err(error) => problems.push(unreadable(text, path, &error)),
        }
    }
}

/// Error for an invalid line. Omits the line itself, which may contain a secret.
fn unreadable(text: &str, path: &Path, error: &dotenvy::Error) -> ConfigError {
    let number = match error {
        // The invalid text begins in this line, and may continue in the next ones.
        dotenvy::Error::LineParse(bad, _) => {
            bad.lines().next().and_then(|bad| text.lines().position(|line| line.ends_with(bad)))
        }
        _ => None,
    };
    let place = number.map_or(String::new(), |index| format!(" line {}", index + 1));
    ConfigError::new(
        format_args!("{}{place}", path.display()),
        "must be NAME=value, with the value in quotes if it has spaces or special characters",
    )
}
