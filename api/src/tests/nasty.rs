//! Requests that no honest client sends: the right refusal each, and nothing is recorded.

use super::harness::Running;

const NOOP: &str = r#"{"tasks":[{"type":"NOOP"}]}"#;

/// What is sent, and the status and code of the answer; an empty code where the answer is not ours.
type Row = (&'static str, String, (u16, &'static str));

fn post(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

fn json(headers: &str, body: &str) -> String {
    post(&format!("content-type: application/json\r\n{headers}"), body)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

fn submissions() -> Vec<Row> {
    let deep = format!(r#"{{"tasks":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let long_key = format!("idempotency-key: {}\r\n", "k".repeat(300));
    let announced = json("", NOOP).replace("content-length: ", "content-length: 99999999");
    vec![
        ("no type", post("", NOOP), (415, "unsupported_media_type")),
        ("a form", post("content-type: text/plain\r\n", NOOP), (415, "unsupported_media_type")),
        ("compressed", json("content-encoding: gzip\r\n", NOOP), (415, "unsupported_media_type")),
        ("a page of another site", json("origin: http://evil\r\n", NOOP), (403, "foreign_origin")),
        ("an empty key", json("idempotency-key:\r\n", NOOP), (400, "invalid_header")),
        ("two keys", json("idempotency-key: a\r\nidempotency-key: b\r\n", NOOP), (400, "invalid_header")),
        ("a long key", json(&long_key, NOOP), (400, "invalid_header")),
        ("nothing", json("", ""), (400, "malformed_json")),
        ("half", json("", "{\"tasks\":["), (400, "malformed_json")),
        ("a byte order mark", json("", "\u{feff}{}"), (400, "malformed_json")),
        ("deep nesting", json("", &deep), (400, "malformed_json")),
        ("two documents", json("", &format!("{NOOP}{NOOP}")), (400, "malformed_json")),
        ("no tasks", json("", "{}"), (422, "invalid_definition")),
        ("too large by its own word", announced, (413, "too_large")),
    ]
}

fn other_requests() -> Vec<Row> {
    let (unknown, zero) = ("a".repeat(32), "0".repeat(32));
    vec![
        ("another method", get("/v1/workflows").replace("GET", "DELETE"), (405, "method_not_allowed")),
        ("no such place", get("/v1/"), (404, "not_found")),
        ("a path as an id", get("/v1/workflows/..%2F..%2Fetc%2Fpasswd"), (404, "workflow_unknown")),
        ("the log's own stream", get(&format!("/v1/workflows/{zero}")), (404, "workflow_unknown")),
        ("an unknown id", get(&format!("/v1/workflows/{unknown}/events")), (404, "workflow_unknown")),
        ("an unknown parameter", get("/v1/workflows?page=2"), (400, "invalid_query")),
        ("a limit of none", get("/v1/workflows?limit=0"), (400, "invalid_query")),
        ("an unknown status", get("/v1/workflows?status=DONE"), (400, "invalid_query")),
        ("the future", get(&format!("/v1/workflows/{unknown}?as_of=99999999")), (404, "not_yet_recorded")),
        ("no host", get("/v1/health").replace("host: localhost\r\n", ""), (400, "invalid_header")),
        ("another host", get("/v1/health").replace("localhost", "evil.example"), (403, "foreign_origin")),
        ("no HTTP", "hello\r\n\r\n".to_owned(), (400, "")),
        ("a huge head", get(&format!("/{}", "x".repeat(100_000))), (431, "")),
    ]
}

#[test]
fn each_gets_its_refusal_and_nothing_is_recorded() {
    let server = Running::start();
    let before = server.durable_sequence();
    for (what, request, (status, code)) in submissions().into_iter().chain(other_requests()) {
        let answer = server.raw(request.as_bytes());
        assert_eq!(answer.verdict(), (status, code.to_owned()), "{what}: {answer:?}");
        if !code.is_empty() {
            assert!(answer.head.contains("application/problem+json"), "{what}: {}", answer.head);
        }
    }
    assert_eq!(server.durable_sequence(), before);
}

#[test]
fn a_body_with_two_lengths_is_one_request_at_most() {
    let server = Running::start();
    let before = server.durable_sequence();
    let smuggled = "GET /v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let request = format!(
        "POST /v1/workflows HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        smuggled.len() + 5
    );
    let answer = server.raw(request.as_bytes());
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(server.durable_sequence(), before);
}

#[test]
fn a_body_longer_than_may_be_is_refused_as_it_arrives() {
    let server = Running::start();
    let long = "x".repeat(20_000);
    let request = format!(
        "POST /v1/engine/pause HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );
    assert_eq!(server.raw(request.as_bytes()).verdict(), (413, "too_large".to_owned()));
}
