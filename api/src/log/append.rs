//! `triad log append`

use crate::failure::Failure;
use crate::open_log::OpenLog;
use crate::output::Output;
use crate::unlock::Unlocking;
use std::io::BufRead;
use std::path::Path;
use triad_event::log::NoteRecorded;
use triad_proof::header::PAYLOAD_LENGTH_MAX;

/// Bytes that a note's encoding adds to its text, at most.
const ENCODING_BYTES: usize = 64;
/// Lines of standard input that are made durable together when they are there at once.
const LINES_PER_FLUSH: usize = 4096;

pub(crate) fn run(
    directory: &Path,
    unlocking: &Unlocking,
    texts: &[String],
    output: &Output,
) -> Result<(), Failure> {
    for (number, text) in texts.iter().enumerate() {
        check(text, number + 1)?;
    }
    let mut log = OpenLog::open(directory, unlocking)?;
    if texts.is_empty() {
        append_lines(&mut log, output)?;
    } else {
        let sequences = texts.iter().map(|text| append(&mut log, text)).collect::<Result<Vec<_>, _>>()?;
        acknowledge(&mut log, sequences, output)?;
    }
    log.close()
}

fn append_lines(log: &mut OpenLog, output: &Output) -> Result<(), Failure> {
    let mut lines = std::io::stdin().lock();
    let (mut line, mut number, mut waiting) = (String::new(), 0, Vec::new());
    loop {
        line.clear();
        let read = lines
            .read_line(&mut line)
            .map_err(|error| Failure::usage(format!("line {}: {error}", number + 1)));
        if read? == 0 {
            return acknowledge(log, waiting, output);
        }
        number += 1;
        let text = line.trim_end_matches(['\n', '\r']);
        if let Err(failure) = check(text, number) {
            acknowledge(log, waiting, output)?;
            return Err(failure);
        }
        waiting.push(append(log, text)?);
        // More input is at hand: let it share the sync.
        if !lines.fill_buf().is_ok_and(|rest| rest.contains(&b'\n')) || waiting.len() >= LINES_PER_FLUSH {
            acknowledge(log, std::mem::take(&mut waiting), output)?;
        }
    }
}

fn check(text: &str, number: usize) -> Result<(), Failure> {
    let max = PAYLOAD_LENGTH_MAX as usize - ENCODING_BYTES;
    if text.len() > max {
        let length = text.len();
        return Err(Failure::usage(format!(
            "note {number} has {length} bytes; at most {max} fit into a record"
        )));
    }
    Ok(())
}

fn append(log: &mut OpenLog, text: &str) -> Result<u64, Failure> {
    log.append_group(&[NoteRecorded { text: text.to_owned() }.into()])
}

fn acknowledge(log: &mut OpenLog, sequences: Vec<u64>, output: &Output) -> Result<(), Failure> {
    log.flush()?;
    for sequence in sequences {
        output.result(|| sequence.to_string(), || serde_json::json!({ "sequence": sequence }));
    }
    Ok(())
}
