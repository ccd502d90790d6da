//! Request bodies over a real connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::serving::{options, serving};

fn head(extra: &str) -> String {
    format!(
        "POST /v1/organizations HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n{extra}\r\n"
    )
}

fn status_of(response: &str) -> &str {
    response.split(' ').nth(1).unwrap_or(response)
}

/// Sends `head` and then 64 MiB without reading; then reads the response.
fn flood(address: SocketAddr, head: &str, frame: fn(&[u8]) -> Vec<u8>) -> String {
    let mut stream = opened(address, head);
    let chunk = frame(&[b' '; 64 * 1024]);
    for _ in 0..1024 {
        stream.write_all(&chunk).unwrap();
    }
    first_of_answer(&mut stream)
}

fn opened(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn first_of_answer(stream: &mut TcpStream) -> String {
    let mut response = vec![0; 64 * 1024];
    let read = stream.read(&mut response).unwrap();
    String::from_utf8_lossy(&response[..read]).into_owned()
}

#[actix_web::test]
async fn an_oversized_content_length_is_refused_before_the_body() {
    let ask = head("Content-Length: 67108864\r\n");
    let response =
        serving(options(), move |address| first_of_answer(&mut opened(address, &ask))).await;
    assert_eq!(status_of(&response), "413", "{response}");
}

#[actix_web::test]
async fn a_client_that_sends_64_mib_can_read_the_refusal() {
    let response = serving(options(), |address| {
        flood(address, &head("Content-Length: 67108864\r\n"), <[u8]>::to_vec)
    })
    .await;
    assert_eq!(status_of(&response), "413", "{response}");
    assert!(response.contains("\"code\":\"payload_too_large\""), "{response}");
}

#[actix_web::test]
async fn a_client_that_sends_64_mib_of_unknown_length_can_read_the_refusal() {
    let chunked = |data: &[u8]| [b"10000\r\n", data, b"\r\n"].concat();
    let response = serving(options(), move |address| {
        flood(address, &head("Transfer-Encoding: chunked\r\n"), chunked)
    })
    .await;
    assert_eq!(status_of(&response), "413", "{response}");
    assert!(response.contains("\"code\":\"payload_too_large\""), "{response}");
}

#[actix_web::test]
async fn an_unread_body_of_unknown_length_closes_the_connection() {
    let refused = "POST /v1/organizations HTTP/1.1\r\nHost: test\r\n\
                   Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n";
    let response =
        serving(options(), move |address| first_of_answer(&mut opened(address, refused))).await;
    assert_eq!(status_of(&response), "415", "{response}");
    assert!(response.to_lowercase().contains("\r\nconnection: close\r\n"), "{response}");
}

#[actix_web::test]
async fn a_read_body_of_unknown_length_keeps_the_connection_open() {
    let read = head("Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n";
    let responses = serving(options(), move |address| {
        let mut stream = opened(address, &read);
        let first = first_of_answer(&mut stream);
        stream.write_all(read.as_bytes()).unwrap();
        [first, first_of_answer(&mut stream)]
    })
    .await;
    assert_eq!(responses.each_ref().map(|response| status_of(response)), ["400", "400"]);
}

#[actix_web::test]
async fn head_responses_have_no_content() {
    let ask = "HEAD /health/live HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let response = serving(options(), move |address| {
        let mut response = String::new();
        opened(address, ask).read_to_string(&mut response).unwrap();
        response
    })
    .await;
    assert_eq!(status_of(&response), "200", "{response}");
    assert!(response.to_lowercase().contains("content-length: "), "{response}");
    assert!(response.ends_with("\r\n\r\n"), "{response}");
}
