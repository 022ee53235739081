//! What clients may rely on: half-closed connections, announced times, repeats, definitions in another order.

use super::harness::Running;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

const NOOP: &str = r#"{"tasks":[{"type":"NOOP"}]}"#;

fn request(headers: &str) -> String {
    let length = NOOP.len();
    format!(
        "POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{NOOP}"
    )
}

#[test]
fn who_has_said_everything_and_ends_their_side_is_answered() {
    let server = Running::start();
    for pause in [Duration::ZERO, Duration::from_millis(100)] {
        let mut stream = server.connect();
        stream.write_all(request("").as_bytes()).expect("writes");
        std::thread::sleep(pause);
        stream.shutdown(Shutdown::Write).expect("ends its side");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer, and its end");
        assert!(answer.starts_with("HTTP/1.1 202 "), "{pause:?}: {answer:?}");
    }
    // Half a request is none.
    let mut stream = server.connect();
    stream.write_all(&request("").as_bytes()[..120]).expect("writes");
    stream.shutdown(Shutdown::Write).expect("ends its side");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an end");
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer:?}");
    assert_eq!(server.get("/v1/workflows").json()["workflows"].as_array().map(Vec::len), Some(2));
}

#[test]
fn how_long_a_connection_is_kept_is_announced_and_so_is_the_date() {
    let server = Running::start();
    let mut stream = server.connect();
    for _ in 0..2 {
        stream.write_all(b"GET /v1/log/head HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("writes");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a head");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("text");
        assert!(head.contains("keep-alive: timeout=10\r\n") && head.contains("GMT\r\n"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.and_then(|length| length.parse().ok()).expect("a length")];
        stream.read_exact(&mut body).expect("a body");
    }
    let closed = server.get("/v1/log/head");
    assert!(!closed.head.contains("keep-alive"), "who closes needs no time: {}", closed.head);
}

/// Monitors ask so whether something is there; what never ends must not keep them.
#[test]
fn who_asks_for_the_head_of_a_stream_is_answered_at_once() {
    let server = Running::start();
    let id = server.submit(r#"{"tasks":[{"type":"PROCESS","command":["sleep","600"]}]}"#);
    for path in [format!("/v1/workflows/{id}/events"), "/v1/log/copy".to_owned(), "/v1/health".to_owned()] {
        let mut stream = server.connect();
        let sent = format!("HEAD {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(sent.as_bytes()).expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer, and its end");
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{path}: {answer:?}");
    }
    server.post(&format!("/v1/workflows/{id}/cancel"), "", "");
}

#[test]
fn a_body_in_a_coding_that_is_not_read_is_refused() {
    let server = Running::start();
    let chunked = "1b\r\n{\"tasks\":[{\"type\":\"NOOP\"}]}\r\n0\r\n\r\n";
    for (coding, status) in [("chunked", 202), ("gzip, chunked", 501)] {
        let sent = format!(
            "POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: {coding}\r\n\r\n{chunked}"
        );
        assert_eq!(server.raw(sent.as_bytes()).status, status, "{coding}");
    }
}

#[test]
fn a_repeat_is_answered_with_the_sequence_of_the_first_and_in_any_order_of_members() {
    let mut server = Running::start();
    let first = r#"{"name":"x","tasks":[{"id":"a","type":"PROCESS","command":["true"],
        "env":{"A":"1","B":"2","C":"3"},"retry":{"attempts":2,"base_ms":10}}]}"#;
    let others = [
        r#"{"tasks":[{"command":["true"],"env":{"C":"3","A":"1","B":"2"},"type":"PROCESS","id":"a",
        "retry":{"base_ms":10,"attempts":2},"dependencies":[]}],"name":"x"}"#,
        first,
    ];
    let send = |server: &Running, body: &str| {
        let answer = server.post("/v1/workflows", "idempotency-key: k\r\n", body);
        let document = answer.json();
        (answer.status, document["workflow_id"].clone(), document["sequence"].clone())
    };
    let (status, id, sequence) = send(&server, first);
    assert_eq!((status, sequence.is_u64()), (202, true));
    server.finished(id.as_str().expect("an id"));
    server.submit(NOOP);
    for _ in 0..2 {
        for other in others {
            assert_eq!(send(&server, other), (200, id.clone(), sequence.clone()), "{other}");
        }
        server.restart();
    }
    let otherwise = first.replace(r#""C":"3""#, r#""C":"4""#);
    let conflict = server.post("/v1/workflows", "idempotency-key: k\r\n", &otherwise);
    assert_eq!(conflict.verdict(), (409, "idempotency_conflict".to_owned()));
}
