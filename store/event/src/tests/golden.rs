//! Golden bytes: the payload of each kind as it was when it was released. They never change.

use std::fmt::Write;

use super::samples::samples_of_all_versions;
use crate::codec::{decode, encode};

/// A line per kind: number, version, name, payload in hexadecimal.
const GOLDEN: &str = include_str!("golden-v1.txt");

#[test]
fn payloads_have_their_golden_bytes() {
    let mut lines = String::new();
    for event in samples_of_all_versions() {
        let mut payload = Vec::new();
        let (kind, version) = encode(&event, &mut payload);
        let _ = writeln!(lines, "{kind} {version} {} {}", event.kind(), hex(&payload));
    }
    assert!(lines == GOLDEN, "payloads differ from golden-v1.txt:\n{lines}");
}

#[test]
fn golden_bytes_read_as_the_samples_of_all_versions() {
    for (line, sample) in GOLDEN.lines().zip(samples_of_all_versions()) {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("four words");
        let (kind, version) = (word().parse().expect("a kind"), word().parse().expect("a version"));
        let payload = bytes(line.rsplit(' ').next().expect("four words"));
        assert_eq!(decode(kind, version, &payload), Ok(sample), "{line}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ascii"), 16).expect("hex"))
        .collect()
}
