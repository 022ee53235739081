//! Handshakes that go well, and those that do not: nothing that a client does in one holds up others or ends the server.

use crate::client::{Client, request, tcp};
use crate::served::Place;
use crate::stopwatch::Stopwatch;
use rustls::version;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// What a handshake is given, and what a busy machine may need beside it.
const PATIENCE: Duration = Duration::from_secs(10);
const SLACK: Duration = Duration::from_secs(6);

#[test]
fn both_versions_are_spoken_and_http_1_1_over_them() {
    let place = Place::new();
    let server = place.serve(&[]);
    for version in [&version::TLS12, &version::TLS13] {
        let client = Client::speaking(server.port(), &place.authority.pem(), version);
        let stream = client.connect().expect("connects");
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]), "{version:?}");
        let answer = client.get("").expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{version:?}: {answer}");
    }
    server.stop();
}

#[test]
fn pages_are_the_servers_own_if_they_came_by_https() {
    let place = Place::new();
    let server = place.serve(&[]);
    let client = Client::new(server.port(), &place.authority.pem());
    for (origin, status) in [("https://localhost", 200), ("http://localhost", 403)] {
        let answer = client.get(&format!("origin: {origin}\r\n")).expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}: {answer}");
    }
    server.stop();
}

#[test]
fn who_has_said_everything_and_ends_their_side_is_answered() {
    let place = Place::new();
    let server = place.serve(&[]);
    let mut stream = Client::new(server.port(), &place.authority.pem()).connect().expect("connects");
    stream.write_all(request("").as_bytes()).expect("writes");
    stream.conn.send_close_notify();
    stream.flush().expect("writes");
    stream.sock.shutdown(Shutdown::Write).expect("ends its side");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer, and its end");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    server.stop();
}

#[test]
fn who_speaks_no_tls_is_told_so_or_let_go() {
    let place = Place::new();
    let server = place.serve(&[]);
    let answered = |sent: &[u8]| {
        let mut stream = tcp(server.port());
        stream.write_all(sent).expect("writes");
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer).is_err();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let large =
        format!("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 30000\r\n\r\n{}", "x".repeat(30_000));
    for sent in [request("").as_bytes(), large.as_bytes(), b"hello\r\n\r\n"] {
        let answer = answered(sent);
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    }
    // What begins as TLS and goes on as something else.
    for junk in [&[22, 3, 1, 0, 5, 1, 2, 3, 4, 5][..], &[22; 70_000], &[22, 3, 1, 255, 255]] {
        let mut stream = tcp(server.port());
        let _refused_early = stream.write_all(junk).is_err();
        stream.shutdown(Shutdown::Write).ok();
        let _reset = stream.read_to_end(&mut Vec::new()).is_err();
    }
    server.will_say("it does not speak TLS");
    assert!(Client::new(server.port(), &place.authority.pem()).get("").is_ok());
    server.stop();
}

#[test]
fn who_stalls_in_the_handshake_holds_up_nobody_and_is_let_go() {
    let place = Place::new();
    let server = place.serve(&[]);
    let watch = Stopwatch::start();
    let stalled: Vec<TcpStream> = (0..200).map(|_| tcp(server.port())).collect();
    // Half of them have begun.
    for mut stream in stalled.iter().step_by(2) {
        stream.write_all(&[22, 3, 1, 2, 0, 1]).expect("writes");
    }
    let client = Client::new(server.port(), &place.authority.pem());
    for _ in 0..20 {
        assert!(client.get("").expect("an answer").starts_with("HTTP/1.1 200 "));
    }
    assert!(watch.passed() < PATIENCE, "others were held up: {:?}", watch.passed());
    for mut stream in &stalled {
        let _reset = stream.read_to_end(&mut Vec::new()).is_err();
    }
    assert!((PATIENCE..PATIENCE + SLACK).contains(&watch.passed()), "{:?}", watch.passed());
    server.will_say("it took too long");
    // One that has asked for nothing does not hold up the end either.
    let _stalled = tcp(server.port());
    let watch = Stopwatch::start();
    server.stop();
    assert!(watch.passed() < SLACK);
}
