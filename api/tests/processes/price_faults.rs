//! Every fault of a source and of a publication with what is said of it: the rows of `price_faults.txt`, by the command
//! line and a
//! real server.
//!
//! A row is a command behind `$`, the file that it publishes behind `|`, line by line, and what comes of it: the exit code
//! and the
//! error. `@3` is the third quarter of an hour from the present one on, `@-3s` a moment three seconds before it.

use crate::served::{Place, Server, TRIAD};
use rustix::time::{ClockId, clock_gettime};
use std::process::Command;

const TABLE: &str = include_str!("price_faults.txt");

struct Row<'a> {
    command: &'a str,
    file: Vec<&'a str>,
    expected: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let rows = TABLE.trim_end().split("\n\n").map(|row| {
        let lines: Vec<&str> = row.lines().filter(|line| !line.starts_with('#')).collect();
        let [command, file @ .., expected] = &lines[..] else { panic!("no row: {row}") };
        let command = command.strip_prefix("$ ").unwrap_or_else(|| panic!("no command: {row}"));
        let file = file.iter().map(|line| line.strip_prefix("| ").unwrap_or_default()).collect();
        Row { command, file, expected }
    });
    rows.collect()
}

/// A text in which moments stand instead of what names them.
fn dated(text: &str, quarter_s: i64) -> String {
    let mut parts = text.split('@');
    let mut dated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|character: char| !(character.is_ascii_digit() || character == '-'));
        let (number, rest) = part.split_at(end.unwrap_or(part.len()));
        let number: i64 = number.parse().expect("a number behind @");
        let (at_s, rest) = match rest.strip_prefix('s') {
            Some(rest) => (quarter_s + number, rest),
            None => (quarter_s + number * 900, rest),
        };
        dated += &jiff::Timestamp::from_second(at_s).expect("a moment").to_string();
        dated += rest;
    }
    dated
}

fn told(row: &Row<'_>, server: &Server, place: &Place) -> String {
    let now_s: i64 = clock_gettime(ClockId::Realtime).tv_sec;
    let quarter_s = now_s.div_euclid(900) * 900;
    let path = place.file("prices.csv");
    std::fs::write(&path, dated(&row.file.join("\n"), quarter_s)).expect("a file");
    let command = dated(row.command, quarter_s).replace("FILE", &path.display().to_string());
    let words = command.split(' ').map(|word| word.trim_matches('\'').replace('_', " "));
    let ran = Command::new(TRIAD).args(words).args(["--server", &server.url]).output().expect("runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    let said = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let code = ran.status.code().expect("it exits");
    format!("{code} {}", said.replace(&path.display().to_string(), "FILE"))
}

#[test]
fn what_is_wrong_with_a_source_or_a_publication_is_told_with_what_to_write() {
    let place = Place::new();
    let server = place.serve();
    let rows = rows();
    let mut differences = String::new();
    for row in &rows {
        let told = told(row, &server, &place);
        // Moments that nobody wrote stand in the last place.
        let is_it = match row.expected.strip_suffix('*') {
            Some(beginning) => told.starts_with(beginning),
            None => told == row.expected,
        };
        if !is_it {
            differences += &format!("$ {}\n{}\n{told}\n\n", row.command, row.file.join("\n"));
        }
    }
    assert!(differences.is_empty(), "{differences}");
    let refused = rows.iter().filter(|row| !row.expected.starts_with("0 ")).count();
    assert!(refused >= 40, "{refused} rows");
    server.stop();
}
