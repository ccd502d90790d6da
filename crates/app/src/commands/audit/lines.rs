//! Line reader for exports.

use std::io::{BufRead, Read, Result};
use std::str;

use domain::model::TrailLine;

/// Maximum length of a line in bytes: many times the largest event, which contains metadata twice.
const MAX: usize = 1024 * 1024;

/// Reads lines in bounded memory, whatever the input.
pub(super) struct LineReader<R> {
    input: R,
    line: Vec<u8>,
}

impl<R: BufRead> LineReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: Vec::new() }
    }

    /// Returns the next line; `Some(None)` if Tenantry cannot have written it, `None` at the end.
    ///
    /// # Errors
    /// Fails if the file can't be read.
    pub(super) fn next(&mut self) -> Result<Option<Option<TrailLine>>> {
        self.line.clear();
        let most = MAX as u64 + 1;
        self.input.by_ref().take(most).read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            return Ok(None);
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if self.line.len() > MAX {
            self.input.skip_until(b'\n')?;
            return Ok(Some(None));
        }
        Ok(Some(parse(&self.line)))
    }
}

/// Parses a line that serializes to the same bytes again. Any other line contains something that
/// the parser ignores, such as a duplicate member, or an unknown member of a checkpoint.
fn parse(line: &[u8]) -> Option<TrailLine> {
    let text = str::from_utf8(line).ok()?;
    let line: TrailLine = serde_json::from_str(text).ok()?;
    serde_json::to_string(&line).is_ok_and(|again| again == text).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each line of `text` has the form that Tenantry writes.
    fn read(text: &[u8]) -> Vec<bool> {
        let mut lines = LineReader::new(text);
        std::iter::from_fn(|| lines.next().unwrap()).map(|line| line.is_some()).collect()
    }

    #[test]
    fn only_lines_in_canonical_form_are_accepted() {
        assert!(read(b"").is_empty());
        assert_eq!(read(br#"{"seq":1,"n":1.5,"t":"\u00e9"}"#), [false]);
        assert_eq!(read(b"{\"seq\":1,\"n\":[1.5,0.1,-7,18446744073709551615]}\n{}"), [true; 2]);
        for bad in [
            &b"{\"a\":1,\"a\":1}\n"[..],
            b"{\"a\":{\"b\":1,\"b\":2}}\n",
            b"{\"a\": 1}\n",
            b" {}\n",
            b"{}\r\n",
            b"\n",
            b"7\n",
            b"[]\n",
            b"{}{}\n",
            b"{\"a\":1e2}\n",
            b"{\"a\":\"\xff\"}\n",
            b"\xef\xbb\xbf{}\n",
            b"{\"a\":\"b",
        ] {
            assert_eq!(read(bad), [false], "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn an_endless_line_is_one_malformed_line() {
        let mut text = b"{\"a\":\"".to_vec();
        text.resize(3 * MAX, b'x');
        text.extend(b"\"}\n{}\n");
        assert_eq!(read(&text), [false, true]);
        let mut longest = vec![b' '; MAX];
        longest.extend(b"\n{}\n");
        assert_eq!(read(&longest), [false, true]);
        let deep = "[".repeat(MAX);
        assert_eq!(read(deep.as_bytes()), [false]);
    }
}
