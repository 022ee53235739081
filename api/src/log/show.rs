//! `triad log show`

use crate::clock;
use crate::failure::Failure;
use crate::output::Output;
use crate::wire::record::write_record;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use triad_event::{Kind, codec};
use triad_log::ReadOnly;
use triad_log::records::blocks;
use triad_proof::Block;
use triad_proof::file::{Frame, FrameReader};
use triad_proof::record::{Presence, Record};

pub(crate) fn run(path: &Path, from: u64, limit: u64, output: &Output) -> Result<(), Failure> {
    if limit == 0 {
        return Err(Failure::usage("--limit 0 shows nothing"));
    }
    let last = from.saturating_add(limit - 1);
    if path.is_dir() { show_directory(path, from, last, output) } else { show_copy(path, from, last, output) }
}

fn show_directory(path: &Path, from: u64, last: u64, output: &Output) -> Result<(), Failure> {
    let opened = ReadOnly::open(path)?;
    let end = opened.head.last_sequence;
    let mut blocks = blocks(opened.reader(), from, last.min(end));
    blocks.try_for_each(|bytes| show_block(&Block::decode(&bytes?)?, from, last, output))
}

fn show_copy(path: &Path, from: u64, last: u64, output: &Output) -> Result<(), Failure> {
    let file = File::open(path).map_err(Failure::file("failed to open", path))?;
    let (_, mut frames) = FrameReader::open(BufReader::new(file))?;
    while let Some(Frame::Block { offset_bytes, bytes }) = frames.next_frame()? {
        let block = Block::decode(&bytes).map_err(|damage| damage.within(offset_bytes))?;
        if block.first_sequence > last {
            break;
        }
        show_block(&block, from, last, output)?;
    }
    Ok(())
}

fn show_block(block: &Block<'_>, from: u64, last: u64, output: &Output) -> Result<(), Failure> {
    for record in block.records() {
        let record = record?;
        if (from..=last).contains(&record.header.sequence) {
            show_record(&record, output)?;
        }
    }
    Ok(())
}

fn show_record(record: &Record<'_>, output: &Output) -> Result<(), Failure> {
    let header = &record.header;
    let text = || {
        let kind = Kind::from_number(header.kind)
            .map_or_else(|| format!("kind {}", header.kind), |kind| kind.name().to_owned());
        let time = clock::show(header.time_us);
        format!("{:>8}  {time:<27}  {kind:<28}  {}", header.sequence, content(record))
    };
    let document = || {
        let mut bytes = Vec::new();
        write_record(record, &mut bytes);
        serde_json::from_slice(&bytes).expect("invariant: a record is written as JSON")
    };
    output.result(text, document)
}

/// What the payload says, or why it does not.
fn content(record: &Record<'_>) -> String {
    match record.presence {
        Presence::Redacted => "(redacted)".to_owned(),
        Presence::Erased => "(erased)".to_owned(),
        Presence::Present => {
            match codec::decode(record.header.kind, record.header.kind_version, record.payload) {
                Ok(event) => event.value().to_string(),
                Err(error) => format!("({error})"),
            }
        }
    }
}
