//! Message framing of requests (RFC 9112, section 6): where a head and a body end.

/// Bytes of a header line that are kept: enough for the fields that frame a body.
const MAX_LINE: usize = 64;

/// Finds the end of a head, and the framing of the body that follows.
#[derive(Default)]
pub(super) struct HeadScanner {
    /// The beginning of the current line, and its length.
    line: Vec<u8>,
    length: usize,
    /// Whether a line was not empty: empty lines before a request are ignored (RFC 9112, section 2.2).
    has_begun: bool,
    fields: Vec<Body>,
}

impl HeadScanner {
    /// The length of the part of `bytes` that belongs to the head, and whether the head ends there.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut taken = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            taken += line.len();
            self.length += line.len();
            let room = MAX_LINE.saturating_sub(self.line.len()).min(line.len());
            self.line.extend(line.iter().take(room));
            if line.ends_with(b"\n") && self.end_line() {
                return (taken, true);
            }
        }
        (taken, false)
    }

    /// Whether the line that ends is the empty one after the fields.
    fn end_line(&mut self) -> bool {
        let is_empty = matches!(self.line.as_slice(), b"\n" | b"\r\n");
        self.fields.extend(self.framing());
        self.line.clear();
        self.length = 0;
        let is_end = is_empty && self.has_begun;
        self.has_begun |= !is_empty;
        is_end
    }

    /// The framing that the current line declares, if it is such a field.
    fn framing(&self) -> Option<Body> {
        let text = std::str::from_utf8(&self.line).ok()?;
        let (name, value) = text.split_once(':')?;
        let value = value.trim();
        let is_whole = self.length <= MAX_LINE;
        if name.eq_ignore_ascii_case("content-length") {
            Some(value.parse().ok().filter(|_| is_whole).map_or(Body::Unknown, Body::Sized))
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            let is_chunked = is_whole && value.eq_ignore_ascii_case("chunked");
            Some(if is_chunked { Body::Chunked(Chunks::default()) } else { Body::Unknown })
        } else {
            None
        }
    }

    /// The framing of the body, as far as it is certain; forgets the head.
    pub(super) fn finish(&mut self) -> Body {
        let mut fields = std::mem::take(self).fields;
        match fields.len() {
            0 => Body::Sized(0),
            1 => fields.remove(0),
            _ => Body::Unknown,
        }
    }
}

/// What remains of the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes.
    Sized(u64),
    /// Chunks.
    Chunked(Chunks),
    /// All that follows.
    Endless,
    /// Not known before the head is parsed.
    Unknown,
}

impl Body {
    /// The length of the part of `bytes` that belongs to the body, which has it then.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Sized(rest) => {
                let taken = bytes.len().min(usize::try_from(*rest).unwrap_or(usize::MAX));
                *rest -= taken as u64;
                taken
            }
            Self::Chunked(chunks) => chunks.take(bytes),
            Self::Endless => bytes.len(),
            Self::Unknown => 0,
        }
    }
}

/// A position in a chunked body (RFC 9112, section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunks {
    /// In the digits of a size.
    Size(u64),
    /// After the digits: in an extension, or at the end of the line.
    Extension(u64),
    /// So many bytes of data are left, and the line end after them.
    Data(u64),
    /// In the trailer section; whether the current line is empty so far.
    Trailer { is_empty: bool },
    /// After the end.
    Done,
    /// Not chunks: the protocol layer refuses them.
    Broken,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::Size(0)
    }
}

impl Chunks {
    fn take(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match *self {
                Self::Done => return at,
                Self::Broken => return bytes.len(),
                Self::Data(left) => {
                    let rest = bytes.len() - at;
                    let skipped = rest.min(usize::try_from(left).unwrap_or(usize::MAX));
                    at += skipped;
                    *self = match left - skipped as u64 {
                        0 => Self::Size(0),
                        left => Self::Data(left),
                    };
                    continue;
                }
                Self::Size(size) => *self = Self::in_size(size, *byte),
                Self::Extension(size) => *self = Self::in_line(size, *byte),
                Self::Trailer { is_empty } => {
                    *self = match byte {
                        b'\n' if is_empty => Self::Done,
                        b'\n' => Self::Trailer { is_empty: true },
                        b'\r' => Self::Trailer { is_empty },
                        _ => Self::Trailer { is_empty: false },
                    }
                }
            }
            at += 1;
        }
        at
    }

    fn in_size(size: u64, byte: u8) -> Self {
        match char::from(byte).to_digit(16) {
            Some(digit) => match size.checked_mul(16) {
                Some(size) => Self::Size(size + u64::from(digit)),
                None => Self::Broken,
            },
            None => Self::in_line(size, byte),
        }
    }

    fn in_line(size: u64, byte: u8) -> Self {
        match (byte, size) {
            (b'\n', 0) => Self::Trailer { is_empty: true },
            // The data, and CR and LF.
            (b'\n', size) => size.checked_add(2).map_or(Self::Broken, Self::Data),
            _ => Self::Extension(size),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lengths of head and body in `message`, fed in pieces of `size`.
    fn lengths(message: &[u8], size: usize) -> (usize, usize) {
        let (mut scanner, mut body, mut head, mut rest) = (HeadScanner::default(), None, 0, 0);
        for piece in message.chunks(size) {
            let mut piece = piece;
            if body.is_none() {
                let (taken, ended) = scanner.scan(piece);
                head += taken;
                piece = &piece[taken..];
                body = ended.then(|| scanner.finish());
            }
            if let Some(body) = &mut body {
                rest += body.take(piece);
            }
        }
        (head, rest)
    }

    #[test]
    fn heads_and_bodies_are_delimited() {
        let long = format!("X: {}\r\n", "x".repeat(200));
        for (head, body) in [
            ("GET / HTTP/1.1\r\nHost: t\r\n\r\n", ""),
            ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", ""),
            ("GET / HTTP/1.1\nHost: t\n\n", ""),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "12345"),
            ("POST / HTTP/1.1\r\ncontent-length:  5 \r\n\r\n", "12345"),
            (&*format!("POST / HTTP/1.1\r\n{long}Content-Length: 5\r\n{long}\r\n"), "12345"),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\n12345\r\n0\r\n\r\n"),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n",
                "a;x=\"y\"\r\n0\r\n\r\n67890\r\n1\r\nz\r\n000\r\nT: 1\r\n\r\n",
            ),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", ""),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", ""),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", ""),
            ("POST / HTTP/1.1\r\nContent-Length: +5x\r\n\r\n", ""),
        ] {
            let message = format!("{head}{body}GET /next HTTP/1.1\r\n\r\n");
            for size in [1, 2, 7, message.len()] {
                let found = lengths(message.as_bytes(), size);
                assert_eq!(found, (head.len(), body.len()), "{message:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn malformed_chunks_are_passed_through() {
        for broken in ["fffffffffffffffff\r\n", "ffffffffffffffff\r\n"] {
            let mut body = Body::Chunked(Chunks::default());
            assert_eq!(body.take(broken.as_bytes()), broken.len());
            assert_eq!(body.take(b"GET"), 3);
        }
    }

    proptest! {
        #[test]
        fn the_end_of_a_chunked_body_is_found(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            size in 1_usize..50,
        ) {
            let mut message = Vec::new();
            for chunk in &chunks {
                message.extend(format!("{:x}\r\n", chunk.len()).bytes());
                message.extend(chunk);
                message.extend(b"\r\n");
            }
            message.extend(b"0\r\n\r\n");
            let end = message.len();
            message.extend(b"5\r\n");
            let mut body = Body::Chunked(Chunks::default());
            let taken: usize = message.chunks(size).map(|piece| body.take(piece)).sum();
            prop_assert_eq!(taken, end);
        }
    }
}
