//! `triad log append` from standard input: each line as soon as no more is at hand, many together when they are there.

use crate::program::{Log, text};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// A log that is being appended to.
struct Appending {
    log: Log,
    process: Child,
    lines: Option<ChildStdin>,
    acknowledged: Lines<BufReader<ChildStdout>>,
}

impl Appending {
    fn begin() -> Self {
        let log = Log::nowhere();
        log.run(&["log", "init"]).done();
        let mut command = log.command(&["log", "append"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program runs");
        let lines = process.stdin.take();
        let acknowledged = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self { log, process, lines, acknowledged }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.lines.as_mut().expect("open").write_all(bytes).expect("is read");
    }

    /// The next acknowledgement: what comes back is durable.
    fn next(&mut self) -> u64 {
        let line = self.acknowledged.next().expect("one comes").expect("text");
        line.parse().expect("a sequence")
    }

    /// The input ends; the exit code, what else was acknowledged, and what was said.
    fn end(mut self) -> (Option<i32>, Vec<u64>, String, Log) {
        drop(self.lines.take());
        let rest = self.acknowledged.map(|line| line.expect("text").parse().expect("a sequence")).collect();
        let said = self.process.wait_with_output().expect("ends");
        (said.status.code(), rest, String::from_utf8(said.stderr).expect("text"), self.log)
    }
}

#[test]
fn a_line_is_acknowledged_before_the_next_one_comes() {
    let mut appending = Appending::begin();
    appending.write(b"one\n");
    let first = appending.next();
    appending.write(b"two\nthree\n");
    assert_eq!((appending.next(), appending.next()), (first + 1, first + 2));
    // The beginning of a line keeps nobody waiting for what came before it.
    appending.write(b"four\nfi");
    assert_eq!(appending.next(), first + 3);
    appending.write(b"ve\r\nsix");
    assert_eq!(appending.next(), first + 4);
    let (code, rest, said, log) = appending.end();
    assert_eq!((code, rest, said.as_str()), (Some(0), vec![first + 5], ""));
    let shown = log.run(&["log", "show", text(&log.path()), "--from", &first.to_string()]).done();
    let texts: Vec<&str> =
        shown.lines().filter_map(|line| line.rsplit_once("text: ").map(|(_, text)| text)).collect();
    let expected = ["one", "two", "three", "four", "five", "six"].map(|text| format!("{text:?}"));
    assert_eq!(texts, expected);
}

#[test]
fn characters_that_come_in_two_parts_and_bytes_of_zero_are_recorded_as_they_are() {
    let mut appending = Appending::begin();
    appending.write(b"nul \0 here\ncaf\xc3");
    let first = appending.next();
    appending.write(b"\xa9\n\n");
    assert_eq!((appending.next(), appending.next()), (first + 1, first + 2));
    let (code, rest, said, log) = appending.end();
    assert_eq!((code, rest, said.as_str()), (Some(0), vec![], ""));
    let from = first.to_string();
    let shown = log.run(&["log", "show", text(&log.path()), "--from", &from, "-o", "json"]).done();
    let texts: Vec<Value> = shown
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["payload"]["text"].clone())
        .collect();
    assert_eq!(texts[..3], [json!("nul \0 here"), json!("café"), json!("")]);
}

#[test]
fn what_is_no_line_ends_it_and_what_came_before_is_recorded() {
    let long = [vec![b'x'; 2 << 20], b"\n".to_vec()].concat();
    for (bad, expected) in [(&b"caf\xe9\n"[..], "line 3 is no text"), (&long, "line 3 has")] {
        let mut appending = Appending::begin();
        appending.write(b"one\ntwo\n");
        let first = appending.next();
        assert_eq!(appending.next(), first + 1);
        // It may end before it has read all of it.
        let _unread = appending.lines.as_mut().expect("open").write_all(bad).is_err();
        let (code, rest, said, log) = appending.end();
        assert_eq!((code, rest), (Some(2), vec![]), "{said}");
        assert!(said.contains(expected), "{said}");
        let head = log.run(&["log", "head", "-o", "json"]).json();
        assert_eq!(head["last_sequence"], first + 1, "nothing else is recorded, and the log was closed");
    }
}

#[test]
fn many_lines_that_are_there_share_a_sync() {
    let mut appending = Appending::begin();
    let many: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
    let mut lines = appending.lines.take().expect("open");
    let feeding = std::thread::spawn(move || lines.write_all(many.as_bytes()));
    let first = appending.next();
    for number in 1..20_000 {
        assert_eq!(appending.next(), first + number);
    }
    feeding.join().expect("no panic").expect("everything is read");
    let (code, rest, said, log) = appending.end();
    assert_eq!((code, rest, said.as_str()), (Some(0), vec![], ""));
    let report = log.run(&["log", "verify", text(&log.path()), "-o", "json"]).json();
    assert!(report["blocks"].as_u64().is_some_and(|blocks| blocks < 1_000), "{report}");
}
