//! What both readers say of the same files.

use super::kept::{THREADS, vkey};
use super::second_reader::{argument, field, run, scratch};
use fixtures::golden::GoldenLog;
use triad_proof::held::SignedCheckpoint;
use triad_proof::parallel::verify_file;
use triad_proof::verify::Trust;

/// A changed log, and how it was changed.
pub(crate) struct Changed {
    pub(crate) what: String,
    pub(crate) file: Vec<u8>,
}

/// How many of the files were verified and how many refused.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) verified: usize,
    pub(crate) refused: usize,
}

/// The newest checkpoint of a log, as its reader may hold it.
pub(crate) fn newest_note(golden: &GoldenLog) -> String {
    golden.log.note(golden.log.blocks.len() - 1)
}

/// Has both readers verify all files, which must come to the same: verified, or the same first bad sequence.
///
/// # Panics
/// When they differ.
#[track_caller]
pub(crate) fn assert_readers_agree(golden: &GoldenLog, changed: &[Changed], holds_newest: bool) -> Tally {
    let theirs = second_verdicts(golden, changed, holds_newest);
    let (mut tally, mut differ) = (Tally::default(), Vec::new());
    for (Changed { what, file }, line) in changed.iter().zip(&theirs) {
        let ours = verdict(golden, file, holds_newest);
        let same = if line.starts_with("ok ") { ours == "ok" } else { ours == field(line, "sequence") };
        if !same {
            differ.push(format!("{what}: triad-proof says {ours}, the second reader: {line}"));
        }
        *(if ours == "ok" { &mut tally.verified } else { &mut tally.refused }) += 1;
    }
    assert!(differ.is_empty(), "{} of {} differ:\n{}", differ.len(), changed.len(), differ.join("\n"));
    tally
}

fn second_verdicts(golden: &GoldenLog, changed: &[Changed], holds_newest: bool) -> Vec<String> {
    let name = golden.file_name;
    let paths: Vec<_> = (0..changed.len())
        .map(|number| scratch(&format!("{name}.{holds_newest}.{number}"), &changed[number].file))
        .collect();
    let held = scratch(&format!("{name}.{holds_newest}.held"), newest_note(golden).as_bytes());
    let key = vkey(&golden.log);
    let mut arguments = vec!["verify", "--key", &key];
    if holds_newest {
        arguments.extend(["--checkpoint", argument(&held)]);
    }
    arguments.extend(paths.iter().map(|path| argument(path)));
    let lines: Vec<String> = run(&arguments).output.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), changed.len(), "one line for each file");
    lines
}

/// "ok", or the first bad sequence, which is "none" before any record.
fn verdict(golden: &GoldenLog, file: &[u8], holds_newest: bool) -> String {
    let newest = SignedCheckpoint::read(&newest_note(golden)).expect("a checkpoint");
    let checkpoints = if holds_newest { vec![newest] } else { Vec::new() };
    let trust = Trust { genesis_key: Some(golden.log.verifying_key()), checkpoints };
    match verify_file(file, trust, THREADS) {
        Ok(_) => "ok".into(),
        Err(damage) => damage.sequence.map_or("none".into(), |sequence| sequence.to_string()),
    }
}
