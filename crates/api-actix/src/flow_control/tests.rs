use std::future::poll_fn;
use std::net::TcpListener;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::dev::{AppConfig, Extensions};
use actix_web::middleware::from_fn;
use actix_web::rt::{self, net::TcpStream, time::timeout};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use futures_util::future::join;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::*;

const KIB: usize = 1024;
/// Bytes between client and server in each direction.
const PIPE: usize = 16 * KIB;
/// Maximum bytes that leave a client during a request: what is read ahead, and what is in between.
const AHEAD: usize = PORTION + PIPE + KIB;
/// A hang.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What `/slow` waits for, and reports.
struct Slow {
    permits: Semaphore,
    begun: Semaphore,
    ended: Semaphore,
}

struct InProgress(Rc<Slow>);

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.ended.add_permits(1);
    }
}

/// Serves `io`. `/slow` waits for a permit, `/read` responds with the size of the body, and
/// `/empty` has no content.
async fn serve<T: AsyncRead + AsyncWrite + Unpin + 'static>(io: T) -> Rc<Slow> {
    let none = || Semaphore::new(0);
    let slow = Rc::new(Slow { permits: none(), begun: none(), ended: none() });
    let app = App::new()
        .app_data(slow.clone())
        .default_service(web::to(respond))
        .wrap(from_fn(track))
        .into_factory()
        .map_err(|error: Error| error.error_response());
    let http = HttpService::build()
        .client_disconnect_timeout(TIMEOUT)
        .on_connect_ext(|io: &Controlled<T>, data: &mut Extensions| {
            data.insert(io.flow().clone());
        })
        .finish(map_config(app, |()| AppConfig::default()));
    let service = http.new_service(()).await.unwrap();
    rt::spawn(async move { service.call((Controlled::new(io), Protocol::Http1, None)).await });
    slow
}

async fn respond(request: HttpRequest, mut body: web::Payload) -> HttpResponse {
    match request.path() {
        "/slow" => {
            let slow = request.app_data::<Rc<Slow>>().unwrap();
            let _in_progress = InProgress(slow.clone());
            slow.begun.add_permits(1);
            slow.permits.acquire().await.unwrap().forget();
        }
        "/read" => {
            let mut size = 0;
            while let Some(chunk) = body.next().await {
                size += chunk.unwrap().len();
            }
            return HttpResponse::Ok().body(format!("<{size}>"));
        }
        "/empty" => return HttpResponse::NoContent().finish(),
        _ => {}
    }
    HttpResponse::Ok().body(format!("<{}>", request.path()))
}

async fn connect() -> (DuplexStream, Rc<Slow>) {
    let (client, server) = tokio::io::duplex(PIPE);
    (client, serve(server).await)
}

/// A request of `size` bytes, or a little more.
fn get(path: &str, size: usize) -> Vec<u8> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: t\r\nX: ");
    let value = "x".repeat(size.saturating_sub(head.len() + 4));
    (head + &value + "\r\n\r\n").into_bytes()
}

fn post(path: &str, size: usize) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {size}\r\n\r\n");
    [head.into_bytes(), vec![b' '; size]].concat()
}

/// Sends what the server reads of `bytes`; returns how many that were.
async fn send(client: &mut DuplexStream, bytes: &[u8]) -> usize {
    let (mut sent, mut refused) = (0, 0);
    while sent < bytes.len() && refused < 1000 {
        let written = poll_fn(|context| {
            Poll::Ready(Pin::new(&mut *client).poll_write(context, &bytes[sent..]))
        });
        match written.await {
            Poll::Ready(Ok(size)) => (sent, refused) = (sent + size, 0),
            Poll::Ready(Err(_)) => return sent,
            Poll::Pending => refused += 1,
        }
        yield_now().await;
    }
    sent
}

/// Sends `bytes` and reads until the responses end with `end`, or the connection does.
async fn exchange(client: &mut DuplexStream, bytes: &[u8], end: &str) -> String {
    let (mut reader, mut writer) = tokio::io::split(client);
    let read = async {
        let (mut all, mut part) = (Vec::new(), [0; 4096]);
        while !all.ends_with(end.as_bytes()) {
            match reader.read(&mut part).await {
                Ok(size @ 1..) => all.extend(&part[..size]),
                _ => break,
            }
        }
        String::from_utf8(all).unwrap()
    };
    let both = join(async { drop(writer.write_all(bytes).await) }, read);
    timeout(TIMEOUT, both).await.unwrap().1
}

/// The bodies of the responses in `text`.
fn bodies(text: &str) -> Vec<&str> {
    text.split('<').skip(1).map(|part| part.split('>').next().unwrap()).collect()
}

#[actix_web::test]
async fn pipelined_requests_are_not_read_ahead() {
    for size in [0, 200, 60 * KIB] {
        let (mut client, slow) = connect().await;
        let paths: Vec<_> = (0..2 * KIB * KIB / size.max(200)).map(|n| format!("/{n}")).collect();
        let later: Vec<u8> = paths.iter().flat_map(|path| get(path, size)).collect();
        let all = [get("/slow", 0), later].concat();
        let sent = send(&mut client, &all).await;
        assert!(sent < AHEAD, "{sent} bytes of heads of {size}");
        slow.permits.add_permits(1);
        let end = format!("<{}>", paths.last().unwrap());
        let responses = exchange(&mut client, &all[sent..], &end).await;
        let served = bodies(&responses);
        assert_eq!(served[0], "/slow");
        assert!(served[1..] == paths, "{} of {} in order", served.len() - 1, paths.len());
    }
}

#[actix_web::test]
async fn a_client_that_receives_no_responses_is_not_read_from() {
    for path in ["/empty", "/full"] {
        let (mut client, _) = connect().await;
        let count = 20_000;
        let all = [get(path, 0).repeat(count), get("/last", 0)].concat();
        let sent = send(&mut client, &all).await;
        assert!(sent < 2 * AHEAD, "{sent} bytes");
        let responses = exchange(&mut client, &all[sent..], "</last>").await;
        assert_eq!(responses.matches("HTTP/1.1 20").count(), count + 1);
    }
}

#[actix_web::test]
async fn bodies_are_read_but_not_the_bytes_after_them() {
    let size = KIB * KIB;
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    let head = b"POST /read HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunked = [head, chunk.repeat(16), b"0\r\n\r\n".to_vec()].concat();
    for body in [post("/read", size), chunked] {
        let (mut client, slow) = connect().await;
        let later = [get("/slow", 0), get("/later", 60 * KIB), post("/read", 7)].concat();
        let all = [body, later.clone()].concat();
        let sent = send(&mut client, &all).await;
        assert!((size..all.len() - later.len() + AHEAD).contains(&sent), "{sent}");
        slow.permits.add_permits(1);
        let responses = exchange(&mut client, &all[sent..], "<7>").await;
        assert_eq!(bodies(&responses), [size.to_string().as_str(), "/slow", "/later", "7"]);
    }
}

#[actix_web::test]
async fn a_body_begins_after_100_continue() {
    let (mut client, _) = connect().await;
    let head =
        b"POST /read HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 20000\r\n\r\n";
    let first = exchange(&mut client, head, "\r\n\r\n").await;
    assert_eq!(first, "HTTP/1.1 100 Continue\r\n\r\n");
    let responses = exchange(&mut client, &[b' '; 20_000], ">").await;
    assert_eq!(bodies(&responses), ["20000"]);
}

#[actix_web::test]
async fn a_head_over_64_kib_is_refused_before_it_is_read() {
    let (mut client, slow) = connect().await;
    let responses = exchange(&mut client, &get("/first", MAX_HEAD), "</first>").await;
    assert_eq!(bodies(&responses), ["/first"]);
    // A body that has arrived and is not read does not suspend the limit.
    let (waiting, _) = join(exchange(&mut client, &post("/slow", 7), "</slow>"), async {
        yield_now().await;
        slow.permits.add_permits(1);
    })
    .await;
    assert_eq!(bodies(&waiting), ["/slow"]);
    let sent = send(&mut client, &get("/", 2 * MAX_HEAD)).await;
    assert!((MAX_HEAD..=MAX_HEAD + PIPE).contains(&sent), "{sent}");
    let refused = exchange(&mut client, b"", "nothing else").await;
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
    assert_eq!(refused.matches("HTTP/1.1").count(), 1);
}

#[actix_web::test]
async fn a_client_can_send_an_ignored_body_and_read_the_response() {
    let (mut client, _) = connect().await;
    let all = post("/refused", KIB * KIB);
    assert_eq!(send(&mut client, &all).await, all.len());
    let responses = exchange(&mut client, b"", "</refused>").await;
    assert!(responses.contains("connection: close"), "{responses}");
    assert_eq!(bodies(&responses), ["/refused"]);
}

/// Nothing more may be passed on.
#[actix_web::test]
async fn a_reset_ends_a_request_in_progress() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    let server = TcpStream::from_std(server).unwrap();
    let slow = serve(server).await;
    client.write_all(&get("/slow", MAX_HEAD)).await.unwrap();
    timeout(TIMEOUT, slow.begun.acquire()).await.unwrap().unwrap().forget();
    client.set_zero_linger().unwrap();
    drop(client);
    timeout(TIMEOUT, slow.ended.acquire()).await.unwrap().unwrap().forget();
}

/// The protocol layer took what followed a request for its body, or its framing for that of the
/// response.
#[actix_web::test]
async fn responses_are_framed_for_their_own_request() {
    let head = |path: &str| format!("HEAD {path} HTTP/1.1\r\nHost: t\r\n\r\n").into_bytes();
    let close = b"GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".to_vec();
    for (requests, expected, closes) in [
        (vec![get("/empty", 0), post("/read", 9 * KIB), get("/b", 0)], vec!["9216", "/b"], false),
        (
            vec![post("/read", 3000).repeat(20), get("/b", 0)],
            [&["3000"; 20][..], &["/b"]].concat(),
            false,
        ),
        (vec![head("/a"), get("/b", 0)], vec!["/b"], false),
        (vec![get("/a", 0), head("/c"), get("/b", 0)], vec!["/a", "/b"], false),
        (vec![close, get("/b", 0)], vec!["/a"], true),
    ] {
        let (mut client, _) = connect().await;
        let end = if closes { "nothing else" } else { "</b>" };
        let responses = exchange(&mut client, &requests.concat(), end).await;
        assert_eq!(bodies(&responses), expected, "{responses}");
        assert_eq!(responses.contains("connection: close"), closes, "{responses}");
    }
}

#[actix_web::test]
async fn long_extensions_and_trailers_of_chunks_arrive() {
    let long = "x".repeat(40_000);
    for body in [
        format!("5;a={long}\r\n12345\r\n0\r\n\r\n"),
        format!("5\r\n12345\r\n0\r\nT: {long}\r\n\r\n"),
    ] {
        let (mut client, _) = connect().await;
        let head = "POST /read HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
        let all = [head.as_bytes(), body.as_bytes(), &get("/b", 0)].concat();
        assert_eq!(bodies(&exchange(&mut client, &all, "</b>").await), ["5", "/b"]);
    }
}

#[actix_web::test]
async fn many_requests_in_several_sends_are_all_answered() {
    let (mut client, slow) = connect().await;
    let later = [get("/x", 0).repeat(20), get("/last", 0)].concat();
    send(&mut client, &[get("/slow", 0), get("/x", 0).repeat(20)].concat()).await;
    send(&mut client, &later).await;
    slow.permits.add_permits(1);
    let responses = exchange(&mut client, b"", "</last>").await;
    assert_eq!(bodies(&responses).len(), 42);
}
