//! Every fault with its exact words and its place, in both languages: the rows of `faults.txt`.
//!
//! A row is a document behind `%% json` or `%% yaml`, and behind `%% is` a line for each fault. In a document that is
//! `escaped`, `\xNN` is a byte.

use super::super::definition::{Reading, Unacceptable, read};
use super::super::fault::Fault;
use super::super::library::Library;
use super::super::source::Language;
use triad_decide::intake::Bounds;

const TABLE: &str = include_str!("faults.txt");
/// Small, so that rows about them are.
const BOUNDS: Bounds = Bounds { tasks_max: 5, dependencies_max: 4 };

struct Row {
    language: Language,
    document: Vec<u8>,
    expected: Vec<String>,
}

fn rows() -> Vec<Row> {
    let rows = TABLE.split("%% ").skip(1).collect::<Vec<_>>();
    rows.chunks(2).map(row).collect()
}

fn row(parts: &[&str]) -> Row {
    let [document, expected] = parts else { panic!("a document without its faults: {parts:?}") };
    let (head, document) = document.split_once('\n').expect("a document");
    let language = if head.starts_with("json") { Language::Json } else { Language::Yaml };
    let document = if head.ends_with("escaped") { unescaped(document) } else { document.as_bytes().to_vec() };
    let expected = expected.strip_prefix("is\n").unwrap_or_else(|| panic!("{expected}: faults"));
    Row { language, document, expected: expected.lines().map(str::to_owned).collect() }
}

/// With a byte for each `\xNN`, and without the end of the last line.
fn unescaped(document: &str) -> Vec<u8> {
    let mut parts = document.trim_end_matches('\n').split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

fn told(row: &Row) -> Vec<String> {
    match read(row.language, &row.document, &Reading::to_run(&BOUNDS, &Library::default())) {
        Ok(_) => Vec::new(),
        Err(Unacceptable::Malformed(malformed)) => vec![malformed.to_string()],
        Err(Unacceptable::Faults(faults)) => faults.listed.iter().map(line).collect(),
    }
}

fn line(fault: &Fault) -> String {
    let place = fault.place.expect("every fault has its place");
    format!("{}:{}: {}: {}", place.line, place.column, fault.path(), fault.problem)
}

#[test]
fn every_fault_is_told_with_its_place_in_the_language_that_was_written() {
    let rows = rows();
    let mut differences = String::new();
    for row in &rows {
        let told = told(row);
        if told != row.expected {
            let document = String::from_utf8_lossy(&row.document);
            differences += &format!("{:?}\n{document}\nis\n{}\n\n", row.language, told.join("\n"));
        }
    }
    assert!(differences.is_empty(), "{differences}");
    let faults: usize = rows.iter().map(|row| row.expected.len()).sum();
    assert!(rows.len() >= 100 && faults >= rows.len() - 10, "{} rows, {faults} faults", rows.len());
}
