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
        root: "cc32d03b5c114d53bf7e39a38b4becdbe508c301631942a28db646c94008a251",
        chain: "abe64098afd9ecb6cf04ceb0523c305eeeaa36732c2045449f338bf49b50bd2f",
    },
    Stated {
        file_name: "v1-blocks.triadlog",
        counts: counts(310, 0, 0),
        blocks: 9,
        streams: 4,
        epochs: 1,
        recovered: "none",
        root: "329a9e4da2754f0cccb2b5d03b6995363cc00156842f4ccbe0b3de6e1d67a94a",
        chain: "0b0264c45b3fc8531667e5bd0239ea98f863cc846c581f2744998e40717d9527",
    },
    Stated {
        file_name: "v1-redacted.triadlog",
        counts: counts(13, 6, 5),
        blocks: 3,
        streams: 4,
        epochs: 1,
        recovered: "none",
        root: "e4cd951164214446fbab473dfc3ff45429b832dd42ef2abece495aa2365d3bb5",
        chain: "02e755c94a4d637f06d92b2021f4b71293fe43c3c7e89c47c664f14bd4064a1e",
    },
    Stated {
        file_name: "v1-empty-payloads.triadlog",
        counts: counts(8, 0, 0),
        blocks: 2,
        streams: 4,
        epochs: 1,
        recovered: "none",
        root: "417e12dac2769f893bc638c80cd06e95ffdfcc435a16e364b7535593f8e56cfd",
        chain: "52de38653fe23c253122a6869428343abee4f73a53326cff8631fa4ca63057e6",
    },
    Stated {
        file_name: "v1-rotation.triadlog",
        counts: counts(13, 0, 0),
        blocks: 5,
        streams: 4,
        epochs: 3,
        recovered: "none",
        root: "656c636e00c576eff117e67b838628cb28838fdb8b28311d415c886afc247f7b",
        chain: "879ba0d1c4d500e1d3994f058e4e09ee9df654bb8143adee4f8f5c870f49b018",
    },
    Stated {
        file_name: "v1-recovery.triadlog",
        counts: counts(8, 0, 0),
        blocks: 4,
        streams: 4,
        epochs: 4,
        recovered: "2",
        root: "dac2a843c6eef125b3eef06f2604e8434ede651f089f764e1e72f9e9de8473c4",
        chain: "4d0958cc45d2b4039a9fb2e695e8a2888f127a0d0002e4a777850d75db9bc6be",
    },
    Stated {
        file_name: "v1-hardware.triadlog",
        counts: counts(12, 0, 0),
        blocks: 6,
        streams: 4,
        epochs: 3,
        recovered: "none",
        root: "e3dfc43e548e24d8b829ef52bbb2cc899ea63fb068fa0022f16d221dd78186b5",
        chain: "fa8c3799b7a29bdc50dd34af64dfdd4503ed6f7b6dc21322f186d55bc0ddce3f",
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
