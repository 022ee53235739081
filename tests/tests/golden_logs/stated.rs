//! The golden logs are as they are stated here, for this crate and for the second reader.

use super::agreement::newest_note;
use super::kept::{THREADS, path, vkey};
use super::second_reader::{argument, run, scratch};
use crate::environment::root;
use fixtures::golden::{GoldenLog, logs};
use triad_proof::parallel::verify_file;
use triad_proof::verify::{Counts, Report, Trust};

/// What is stated of a golden log, written down here and not computed.
struct Stated {
    file_name: &'static str,
    counts: Counts,
    blocks: u64,
    streams: u64,
    epochs: usize,
    recovered: &'static str,
    root: &'static str,
    chain: &'static str,
}

const fn counts(verified: u64, redacted: u64, erased: u64) -> Counts {
    Counts { verified, redacted, erased, missing: 0 }
}

const STATED: [Stated; 7] = [
    Stated {
        file_name: "v1-plain.triadlog",
        counts: counts(7, 0, 0),
        blocks: 1,
        streams: 4,
        epochs: 1,
        recovered: "none",
        root: "a5eae68039547366f13856981b23edc8c084bbbf281e4a1926c4dc49e3913f40",
        chain: "64696491ce06f3e0dcf6180f01348296addbe2deb51c36d75751a5df4ef99551",
    },
    Stated {
        file_name: "v1-blocks.triadlog",
        counts: counts(310, 0, 0),
        blocks: 9,
        streams: 4,
        epochs: 1,
        recovered: "none",
        root: "ba9ecf0a3dbfa4c82a12ede80f556d0d0e29e37a8504ae50bb32156a13f4a08c",
        chain: "22904f99571532f11d688b6459418bf3671e5bd61da87598ed5fcca5dd65db56",
    },
    Stated {
        file_name: "v1-redacted.triadlog",
        counts: counts(13, 6, 5),
        blocks: 3,
        streams: 4,
        epochs: 1,
        recovered: "none",
        root: "1aac867878baab2b5a9b2d231d441efad2045da582914c4d3f6a094f9581f780",
        chain: "c2f0ab22d95ec86eb61df10409bb7815491cf48ff8e6b5f829d52fcb54c5c182",
    },
    Stated {
        file_name: "v1-empty-payloads.triadlog",
        counts: counts(8, 0, 0),
        blocks: 2,
        streams: 4,
        epochs: 1,
        recovered: "none",
        root: "0723d361d5abe5bac67aa6c12ffdf0fd8636963f4b1a624359a557981b63fc5b",
        chain: "195078bbd55b30c16839cda1136a4c4711356e3046511ece9be9a3a1e3de5b38",
    },
    Stated {
        file_name: "v1-rotation.triadlog",
        counts: counts(13, 0, 0),
        blocks: 5,
        streams: 4,
        epochs: 3,
        recovered: "none",
        root: "d3788467629045702767f7c5756fb861e4768b5d3cd75005b11e9529a29a1efb",
        chain: "f04a751c0decbcd8bd16752a5bfa46e3ecf362a838c1c3b38b6fa808d7de7123",
    },
    Stated {
        file_name: "v1-recovery.triadlog",
        counts: counts(8, 0, 0),
        blocks: 4,
        streams: 4,
        epochs: 4,
        recovered: "2",
        root: "b24e56b3ac7d326455e5a713505673cf9491819f499ab3274268dc5d0fe06ea0",
        chain: "e7d516bc0bc1bc42758c397105871cd95f47de8d4b10e2f424a01a7ef4f5f9fe",
    },
    Stated {
        file_name: "v1-hardware.triadlog",
        counts: counts(12, 0, 0),
        blocks: 6,
        streams: 4,
        epochs: 3,
        recovered: "none",
        root: "f7982b51a3778cdf22a9ba0ac3d5814a9316f5bffb55b7ab801ba8a939bb2ab2",
        chain: "d261af322cce03e5ee9e713aad7c6ebd53076a83e14605bd3c0c5e3214de5815",
    },
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn verify(golden: &GoldenLog) -> Report {
    let file = std::fs::read(path(golden)).expect("a golden log is in the repository");
    let trust = Trust { genesis_key: Some(golden.log.verifying_key()), checkpoints: Vec::new() };
    verify_file(file.as_slice(), trust, THREADS).expect("a golden log verifies")
}

#[test]
fn the_golden_logs_are_exactly_the_ones_that_are_stated() {
    let made: Vec<&str> = logs().iter().map(|golden| golden.file_name).collect();
    assert_eq!(made, STATED.map(|stated| stated.file_name));
    let directory = root().join("fixtures/logs");
    let entries = std::fs::read_dir(directory).expect("the directory of golden logs can be read");
    let mut kept: Vec<String> = entries
        .map(|entry| entry.expect("an entry can be read").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.starts_with("v1-"))
        .collect();
    let mut stated: Vec<String> = made.into_iter().map(str::to_owned).collect();
    kept.sort();
    stated.sort();
    assert_eq!(kept, stated);
}

#[test]
fn what_is_written_today_has_the_bytes_of_the_golden_logs() {
    for golden in logs() {
        let kept = std::fs::read(path(&golden)).expect("a golden log is in the repository");
        assert!(kept == golden.file(), "{} would be written with other bytes today", golden.file_name);
        assert!(kept.len() < 200 << 10, "{} is too large to keep", golden.file_name);
    }
}

#[test]
fn golden_logs_verify_as_stated() {
    for (golden, stated) in logs().iter().zip(&STATED) {
        let report = verify(golden);
        let name = golden.file_name;
        assert_eq!(report.counts, stated.counts, "{name}");
        assert_eq!((report.block_count, report.stream_count), (stated.blocks, stated.streams), "{name}");
        assert_eq!(
            (report.epochs.len(), report.recovered),
            (stated.epochs, stated.recovered != "none"),
            "{name}"
        );
        assert_eq!(
            (hex(&report.checkpoint.root), hex(&report.chain)),
            (stated.root.into(), stated.chain.into())
        );
    }
}

#[test]
fn the_second_reader_verifies_the_golden_logs_as_stated() {
    for (golden, stated) in logs().iter().zip(&STATED) {
        let held = scratch(&format!("{}.checkpoint", golden.file_name), newest_note(golden).as_bytes());
        let key = vkey(&golden.log);
        let path = path(golden);
        let found = run(&["verify", argument(&path), "--key", &key, "--checkpoint", argument(&held)]);
        let Stated { counts, .. } = stated;
        let records = counts.verified + counts.redacted + counts.erased;
        let expected = format!(
            "ok records={records} verified={} redacted={} erased={} missing=0 blocks={} epochs={} recovered={} root={} \
             chain={} key=given",
            counts.verified,
            counts.redacted,
            counts.erased,
            stated.blocks,
            stated.epochs,
            stated.recovered,
            stated.root,
            stated.chain
        );
        assert!(found.holds && found.output.starts_with(&expected), "{}\nwhere {expected}", found.output);
    }
}
