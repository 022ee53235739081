//! Streams of events: from the start, from the middle, across a restart, and beside clients that never read.

use super::harness::{Running, events_in};
use std::io::{Read, Write};

const CHAIN: &str = r#"{"tasks":[{"id":"a","type":"NOOP"},{"id":"b","type":"NOOP","dependencies":["a"]},
    {"id":"c","type":"NOOP","dependencies":["b"]}]}"#;

#[test]
fn a_stream_resumes_behind_every_event() {
    let server = Running::start();
    let id = server.submit(CHAIN);
    let all = server.events(&id, None);
    let names: Vec<&str> = all.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names.first().copied(), Some("intake.workflow_submitted"));
    assert_eq!(names.last().copied(), Some("workflow.complete"));
    assert_eq!(names.iter().filter(|name| **name == "task.executing").count(), 3);
    assert_eq!(names.iter().filter(|name| **name == "task.complete").count(), 3);
    for (place, (sequence, _)) in all.iter().enumerate().take(all.len() - 1) {
        assert_eq!(server.events(&id, Some(*sequence)), all[place + 1..], "after {sequence}");
    }
}

/// A young stream is read from the newest blocks in memory, an old one from the database.
#[test]
fn whoever_watches_at_once_sees_what_is_seen_after_a_restart() {
    let mut server = Running::start();
    let long =
        r#"{"tasks":[{"id":"t","type":"NOOP","input":"INPUT"}]}"#.replace("INPUT", &"x".repeat(20_000));
    let many: Vec<String> =
        (0..2000).map(|number| format!(r#"{{"id":"t{number}","type":"NOOP"}}"#)).collect();
    let many = format!(r#"{{"tasks":[{}]}}"#, many.join(","));
    let ids: Vec<String> = [CHAIN, &long, &many].iter().map(|definition| server.submit(definition)).collect();
    let at_once: Vec<_> = ids.iter().map(|id| server.events(id, None)).collect();
    let again: Vec<_> = ids.iter().map(|id| server.events(id, None)).collect();
    assert_eq!(at_once, again);
    server.restart();
    let after: Vec<_> = ids.iter().map(|id| server.events(id, None)).collect();
    assert_eq!(at_once, after);
    for (place, (sequence, _)) in at_once[0].iter().enumerate().take(at_once[0].len() - 1) {
        assert_eq!(server.events(&ids[0], Some(*sequence)), at_once[0][place + 1..], "after {sequence}");
    }
}

#[test]
fn what_is_no_event_to_go_on_after_is_refused() {
    let server = Running::start();
    let id = server.submit(CHAIN);
    let last = server.events(&id, None).last().expect("events").0;
    let path = format!("/v1/workflows/{id}/events");
    let ask = |header: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{header}\r\n\r\n");
        server.raw(request.as_bytes()).verdict()
    };
    let refused = (400, "invalid_event_id".to_owned());
    for header in
        ["last-event-id: x", "last-event-id: -1", "last-event-id: +1", "last-event-id: 1.0", "last-event-id:"]
    {
        assert_eq!(ask(header), refused, "{header}");
    }
    assert_eq!(ask("last-event-id: 99999999"), refused);
    assert_eq!(ask("last-event-id: 99999999999999999999999"), refused);
    assert_eq!(ask("last-event-id: 1\r\nlast-event-id: 2"), (400, "invalid_header".to_owned()));
    assert_eq!(ask(&format!("last-event-id: {last}")), (204, String::new()), "a browser stops to connect");
}

#[test]
fn a_stream_ends_when_the_server_stops_and_goes_on_when_it_is_back() {
    let mut server = Running::start();
    let id = server.submit(
        r#"{"tasks":[{"id":"first","type":"NOOP"},
            {"id":"slow","type":"PROCESS","command":["sleep","0.3"],"dependencies":["first"]}]}"#,
    );
    let mut stream = server.connect();
    let request = format!("GET /v1/workflows/{id}/events HTTP/1.0\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the server listens");
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        stream.read_to_string(&mut text).map(|_| text)
    });
    std::thread::sleep(std::time::Duration::from_millis(100));
    server.restart();
    let mut seen = events_in(&reading.join().expect("no panic").expect("the stream ended in order"));
    assert!(
        seen.iter().all(|(_, name)| name != "workflow.complete"),
        "it was stopped in the middle: {seen:?}"
    );
    let last = seen.last().expect("events").0;
    seen.extend(server.events(&id, Some(last)));
    assert_eq!(seen, server.events(&id, None));
}

#[test]
fn clients_that_never_read_hold_up_nobody() {
    let server = Running::start();
    let chain: Vec<String> = (0..200)
        .map(|number| match number {
            0 => r#"{"id":"t0","type":"NOOP"}"#.to_owned(),
            _ => format!(r#"{{"id":"t{number}","type":"NOOP","dependencies":["t{}"]}}"#, number - 1),
        })
        .collect();
    assert!(server.post("/v1/engine/pause", "", "").status == 200);
    let id = server.submit(&format!(r#"{{"tasks":[{}]}}"#, chain.join(",")));
    let request = format!("GET /v1/workflows/{id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let stalled: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(request.as_bytes()).expect("the server listens");
            stream
        })
        .collect();
    assert!(server.post("/v1/engine/resume", "", "").status == 200);
    let all = server.events(&id, None);
    assert_eq!(all.iter().filter(|(_, name)| name == "task.complete").count(), 200);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0), "each once and in order");
    drop(stalled);
}
