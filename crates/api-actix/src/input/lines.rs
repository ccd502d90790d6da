//! Streaming reader of bodies of any length, line by line.

use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::rt::time::timeout;
use actix_web::web::Bytes;
use futures_util::StreamExt;

use super::media_type;
use crate::in_flight::RequestBytes;
use crate::problem::{Code, Problem};
use crate::response::LINES;
use crate::streams::{Pace, StreamOptions};

/// Lines of a body, read on demand. Memory holds at most one line and a part of the next.
pub(crate) struct Lines {
    payload: Payload,
    /// Maximum length of a line in bytes, without its terminator.
    limit: usize,
    silence: Duration,
    pace: Pace,
    /// When the current wait for the client began.
    waiting: Option<Instant>,
    /// Received bytes that are not yet scanned.
    rest: Bytes,
    /// Received part of the next line.
    begun: Vec<u8>,
    /// Whether the next line exceeds the limit; its bytes are discarded.
    is_too_long: bool,
    number: u64,
    /// The bytes in flight of the lines that the caller keeps, and of the next one.
    held: RequestBytes,
    /// The bytes of the lines that the caller keeps.
    kept: usize,
}

/// Line of a body.
#[derive(Debug)]
pub(crate) struct Line {
    /// Line number, starting at 1.
    pub(crate) number: u64,
    /// Content of the line without its terminator; none if it exceeds the limit.
    pub(crate) text: Option<Bytes>,
}

impl Lines {
    /// Reads the body of `request` in lines of at most `limit` bytes. Acquires bytes in flight as
    /// they arrive.
    pub(crate) fn of(
        request: &HttpRequest,
        payload: Payload,
        limit: usize,
        options: StreamOptions,
    ) -> Result<Self, Problem> {
        media_type::check(request, &[LINES])?;
        Ok(Self::new(payload, limit, options, RequestBytes::of(request)))
    }

    fn new(payload: Payload, limit: usize, options: StreamOptions, held: RequestBytes) -> Self {
        Self {
            payload,
            limit,
            silence: options.silence,
            pace: Pace::new(options.least_rate),
            waiting: None,
            rest: Bytes::new(),
            begun: Vec::new(),
            is_too_long: false,
            number: 0,
            held,
            kept: 0,
        }
    }

    /// Records that the caller holds `bytes` of the returned lines. Returns whether they fit into
    /// the limit; if not, the caller must release them soon.
    pub(crate) fn keep(&mut self, bytes: usize) -> bool {
        self.kept = bytes;
        self.held.try_raise(bytes)
    }

    /// Records that the caller holds none of the returned lines and waits for the client again:
    /// processing time does not count as waiting for the client.
    pub(crate) fn release(&mut self) {
        self.kept = 0;
        self.waiting = None;
        self.held.release();
    }

    /// Returns the next line; none after the last, which may lack a terminator. After an error
    /// nothing more can be read, and an incomplete line is discarded. Cancel safe: a dropped call
    /// loses no input.
    pub(crate) async fn next(&mut self) -> Result<Option<Line>, Problem> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let piece = self.rest.split_to(end + 1).slice(..end);
                return Ok(Some(self.ended(piece)));
            }
            let piece = std::mem::take(&mut self.rest);
            self.begin(&piece);
            self.held.raise(self.kept + self.begun.len()).await?;
            match self.came().await? {
                Some(came) => self.rest = came,
                None if self.begun.is_empty() && !self.is_too_long => return Ok(None),
                None => return Ok(Some(self.ended(Bytes::new()))),
            }
        }
    }

    /// Receives the next bytes of the body; fails if the client is silent or too slow.
    async fn came(&mut self) -> Result<Option<Bytes>, Problem> {
        let since = *self.waiting.get_or_insert_with(Instant::now);
        let left = self.silence.saturating_sub(since.elapsed());
        let came = timeout(left, self.payload.next()).await.map_err(|_| silent())?;
        self.waiting = None;
        let Some(came) = came.transpose().map_err(|_| broken())? else { return Ok(None) };
        if self.pace.note(since.elapsed(), came.len()) { Ok(Some(came)) } else { Err(slow()) }
    }

    /// Appends a piece of an incomplete line.
    fn begin(&mut self, piece: &[u8]) {
        // One extra byte: the piece may contain the CR of a CRLF terminator.
        if self.is_too_long || self.begun.len() + piece.len() > self.limit + 1 {
            self.is_too_long = true;
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(piece);
        }
    }

    /// Completes the line that ends with `piece`.
    fn ended(&mut self, piece: Bytes) -> Line {
        let whole = if self.begun.is_empty() && !self.is_too_long {
            piece
        } else {
            self.begin(&piece);
            std::mem::take(&mut self.begun).into()
        };
        let is_too_long = std::mem::take(&mut self.is_too_long);
        self.number += 1;
        let text = if whole.ends_with(b"\r") { whole.slice(..whole.len() - 1) } else { whole };
        let text = (!is_too_long && text.len() <= self.limit).then_some(text);
        Line { number: self.number, text }
    }
}

fn silent() -> Problem {
    Problem::new(Code::RequestTimeout)
        .because("The client sent nothing of the body for 30 seconds.")
}

fn slow() -> Problem {
    Problem::new(Code::RequestTimeout)
        .because("The client sent the body at less than 1 KiB per second.")
}

fn broken() -> Problem {
    Problem::new(Code::BadRequest).because("The body ended early, or its encoding is broken.")
}

#[cfg(test)]
mod tests {
    use actix_web::error::PayloadError;
    use actix_web::rt::task::yield_now;
    use actix_web::test::TestRequest;
    use actix_web::web::Data;
    use futures_util::{FutureExt, Stream, stream};
    use proptest::prelude::*;

    use super::*;
    use crate::in_flight::InFlight;
    use crate::streams::LeastRate;

    type Came = Result<Bytes, PayloadError>;

    fn payload(came: impl Stream<Item = Came> + 'static) -> Payload {
        Payload::Stream { payload: Box::pin(came) }
    }

    fn lines(came: impl Stream<Item = Came> + 'static, limit: usize) -> Lines {
        bounded(came, limit, StreamOptions::default())
    }

    fn bounded(
        came: impl Stream<Item = Came> + 'static,
        limit: usize,
        options: StreamOptions,
    ) -> Lines {
        let held = RequestBytes::of(&TestRequest::default().to_http_request());
        Lines::new(payload(came), limit, options, held)
    }

    fn pieces(pieces: &[&[u8]]) -> impl Stream<Item = Came> + use<> {
        let pieces: Vec<Came> =
            pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        stream::iter(pieces)
    }

    /// All lines, and the error that ended them.
    async fn read(mut lines: Lines) -> (Vec<Option<Bytes>>, Option<Code>) {
        let mut all = Vec::new();
        loop {
            match lines.next().await {
                Ok(Some(line)) => {
                    all.push(line.text);
                    assert_eq!(line.number, all.len() as u64);
                }
                Ok(None) => return (all, None),
                Err(problem) => return (all, Some(problem.code())),
            }
        }
    }

    fn text(text: &'static str) -> Option<Bytes> {
        Some(Bytes::from_static(text.as_bytes()))
    }

    #[actix_web::test]
    async fn lines_end_with_lf_crlf_or_the_end_of_the_body() {
        let came = pieces(&[b"a\r\n\n  \nb\rc\r", b"\n", b"d\r\r\n", b"", b"e"]);
        let expected = [text("a"), text(""), text("  "), text("b\rc"), text("d\r"), text("e")];
        assert_eq!(read(lines(came, 10)).await, (expected.to_vec(), None));
        for nothing in [&[][..], &[&b""[..]], &[b"", b""]] {
            assert_eq!(read(lines(pieces(nothing), 10)).await, (Vec::new(), None));
        }
        let one = read(lines(pieces(&[b"a\n"]), 10)).await;
        assert_eq!(one, (vec![text("a")], None), "there is no line after the last end");
    }

    #[actix_web::test]
    async fn overlong_lines_are_skipped_in_any_chunking() {
        let came =
            pieces(&[b"123\n1234\n123\r\n1234\r\n12", b"3\r", b"\n12", b"34", b"5678\n1\n12345"]);
        let expected = [text("123"), None, text("123"), None, text("123"), None, text("1"), None];
        assert_eq!(read(lines(came, 3)).await, (expected.to_vec(), None));
    }

    #[actix_web::test]
    async fn overlong_lines_are_not_buffered() {
        let endless = stream::iter((0..10_000).map(|_| Ok(Bytes::from_static(&[b'x'; 1000]))));
        let mut lines = lines(endless.chain(pieces(&[b"\nlast"])), 5000);
        assert!(lines.next().await.unwrap().unwrap().text.is_none());
        assert_eq!(lines.begun.capacity(), 0);
        assert_eq!(lines.next().await.unwrap().unwrap().text, text("last"));
    }

    #[actix_web::test]
    async fn bytes_in_flight_count_kept_lines_and_the_next_line() {
        const KIB: usize = 1024;
        let in_flight = InFlight::default();
        let request = TestRequest::default().app_data(Data::new(in_flight.clone()));
        let held = RequestBytes::of(&request.to_http_request());
        let begun = [b'x'; 100 * KIB];
        let came = pieces(&[&b"\n".repeat(3000), &begun[..]]).chain(stream::pending());
        let mut lines = Lines::new(payload(came), 1024 * KIB, StreamOptions::default(), held);
        for _ in 0..3000 {
            assert_eq!(lines.next().await.unwrap().unwrap().text, text(""));
            assert_eq!(in_flight.in_use(), 0, "nothing of a blank line is kept");
        }
        let mut in_use = |kept: Option<usize>| {
            match kept {
                Some(bytes) => assert!(lines.keep(bytes)),
                None => lines.release(),
            }
            assert!(lines.next().now_or_never().is_none(), "the client stalls");
            in_flight.in_use() / KIB
        };
        assert_eq!([Some(0), Some(100 * KIB), None].map(&mut in_use), [128, 256, 128]);
        drop(lines);
        assert_eq!(in_flight.in_use(), 0);
    }

    #[actix_web::test]
    async fn complete_lines_of_an_aborted_body_are_read() {
        let broken = stream::once(async { Err(PayloadError::Incomplete(None)) });
        let read = read(lines(pieces(&[b"a\nb\nc"]).chain(broken), 10)).await;
        assert_eq!(read, (vec![text("a"), text("b")], Some(Code::BadRequest)));
    }

    #[actix_web::test]
    async fn a_silent_client_times_out() {
        let came = pieces(&[b"a\nb"]).chain(stream::pending());
        let options =
            StreamOptions { silence: Duration::from_millis(1), ..StreamOptions::default() };
        let read = read(bounded(came, 10, options)).await;
        assert_eq!(read, (vec![text("a")], Some(Code::RequestTimeout)));
    }

    #[actix_web::test]
    async fn a_slow_client_times_out() {
        let window = Duration::from_millis(1);
        let least_rate = LeastRate { bytes: usize::MAX, window };
        let options = StreamOptions { least_rate, ..StreamOptions::default() };
        let begun = Instant::now();
        let blanks = stream::repeat_with(|| Ok(Bytes::from_static(b" ")))
            .then(|blank| yield_now().map(|()| blank));
        let lines = pieces(&[b"a\nb"]).chain(blanks);
        let read = read(bounded(lines, 10, options)).await;
        assert_eq!(read, (vec![text("a")], Some(Code::RequestTimeout)));
        assert!(begun.elapsed() < options.silence, "it did send something all the time");
    }

    #[actix_web::test]
    async fn the_timeout_continues_after_a_cancelled_wait() {
        let silence = Duration::from_millis(50);
        let options = StreamOptions { silence, ..StreamOptions::default() };
        let came = pieces(&[b"a\nb"]).chain(stream::pending());
        let mut lines = bounded(came, 10, options);
        assert_eq!(lines.next().await.unwrap().unwrap().text, text("a"));
        let begun = Instant::now();
        let refused = loop {
            match timeout(Duration::from_millis(1), lines.next()).await {
                Ok(refused) => break refused.unwrap_err(),
                Err(_) => assert!(begun.elapsed() < Duration::from_secs(20), "it begins anew"),
            }
        };
        assert_eq!(refused.code(), Code::RequestTimeout);
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_chunking(
            body in "[ab\r\n]{0,40}",
            cuts in prop::collection::vec(0_usize..40, 0..6),
            limit in 1_usize..8,
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().filter(|cut| *cut <= body.len()).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let came: Vec<_> = cuts.windows(2).map(|cut| &body.as_bytes()[cut[0]..cut[1]]).collect();
            let fitting = |line: &str| (line.len() <= limit).then(|| Bytes::from(line.to_owned()));
            // Lines as split by the standard library, except for a bare CR at the very end.
            let expected: Vec<_> = match body.strip_suffix('\r') {
                Some(_) => (body.clone() + "\n").lines().map(fitting).collect(),
                None => body.lines().map(fitting).collect(),
            };
            let runtime = actix_web::rt::Runtime::new().unwrap();
            let (lines, end) = runtime.block_on(read(lines(pieces(&came), limit)));
            prop_assert_eq!((lines, end), (expected, None));
        }
    }
}
