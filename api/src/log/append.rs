//! `triad log append`

use super::lines::Lines;
use crate::failure::Failure;
use crate::open_log::OpenLog;
use crate::output::Output;
use crate::unlock::Unlocking;
use std::path::Path;
use triad_event::log::NoteRecorded;
use triad_proof::header::PAYLOAD_LENGTH_MAX;

/// Bytes of a note: what a record holds, less what its encoding adds to the text.
const NOTE_BYTES_MAX: usize = PAYLOAD_LENGTH_MAX as usize - 64;
/// Lines of standard input that are made durable together when they are there at once.
const LINES_PER_FLUSH: usize = 4096;

pub(crate) fn run(
    directory: &Path,
    unlocking: &Unlocking,
    texts: &[String],
    output: &Output,
) -> Result<(), Failure> {
    for (number, text) in (1..).zip(texts) {
        check(text, number)?;
    }
    let mut log = OpenLog::open(directory, unlocking)?;
    let appended =
        if texts.is_empty() { append_lines(&mut log, output) } else { append_all(&mut log, texts, output) };
    // What is durable is closed like any other log, whatever became of the rest.
    log.close().and(appended)
}

fn append_all(log: &mut OpenLog, texts: &[String], output: &Output) -> Result<(), Failure> {
    let sequences = texts.iter().map(|text| append(log, text)).collect::<Result<Vec<_>, _>>()?;
    acknowledge(log, sequences, output)
}

/// Each line is durable as soon as no more is at hand. Lines that are at hand together share a sync.
fn append_lines(log: &mut OpenLog, output: &Output) -> Result<(), Failure> {
    let mut lines = Lines::of_stdin(NOTE_BYTES_MAX).map_err(Failure::machine)?;
    let mut waiting = Vec::new();
    loop {
        let taken = take_lines(&mut lines, log, &mut waiting);
        let is_full = waiting.len() >= LINES_PER_FLUSH;
        if taken.is_err() || is_full || !lines.is_more_at_hand() {
            acknowledge(log, std::mem::take(&mut waiting), output)?;
        }
        taken?;
        if !is_full && !lines.read_more().map_err(Failure::machine)? {
            take_lines(&mut lines, log, &mut waiting)?;
            return acknowledge(log, waiting, output);
        }
    }
}

/// Appends the lines that are at hand, as many as share one sync.
fn take_lines(lines: &mut Lines, log: &mut OpenLog, waiting: &mut Vec<u64>) -> Result<(), Failure> {
    while waiting.len() < LINES_PER_FLUSH
        && let Some(line) = lines.next_at_hand()?
    {
        waiting.push(append(log, &line)?);
    }
    Ok(())
}

fn check(text: &str, number: usize) -> Result<(), Failure> {
    if text.len() > NOTE_BYTES_MAX {
        let length = text.len();
        return Err(Failure::usage(format!(
            "note {number} has {length} bytes; at most {NOTE_BYTES_MAX} fit into a record"
        )));
    }
    Ok(())
}

fn append(log: &mut OpenLog, text: &str) -> Result<u64, Failure> {
    log.check_clock()?;
    log.append_group(&[NoteRecorded { text: text.to_owned() }.into()])
}

fn acknowledge(log: &mut OpenLog, sequences: Vec<u64>, output: &Output) -> Result<(), Failure> {
    log.flush()?;
    sequences.into_iter().try_for_each(|sequence| {
        output.result(|| sequence.to_string(), || serde_json::json!({ "sequence": sequence }))
    })
}
