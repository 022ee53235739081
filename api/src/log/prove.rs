//! `triad log prove`, `triad log extend` and `triad log check`

use crate::clock;
use crate::failure::Failure;
use crate::inclusion::prove;
use crate::output::{Output, hex};
use std::path::Path;
use triad_event::Kind;
use triad_log::ReadOnly;
use triad_log::tree_reader::TreeReader;
use triad_proof::held::SignedCheckpoint;
use triad_proof::note::Verifier;
use triad_proof::path::{consistency, verify_consistency};
use triad_proof::proof_file::{Included, consistency_file, verify_consistency_file, verify_inclusion_file};
use triad_proof::protection_note::ProtectionNote;
use triad_proof::{Break, Fault};

pub(crate) fn inclusion(directory: &Path, sequence: u64, output: &Output) -> Result<(), Failure> {
    let opened = ReadOnly::open(directory)?;
    let head = &opened.head;
    if sequence > head.last_sequence {
        let text = format!("sequence {sequence} does not exist: the log ends at {}", head.last_sequence);
        return Err(Failure::usage(text));
    }
    let size = head.last_sequence + 1;
    output.raw(&prove(opened.reader(), sequence, size, &head.checkpoint_note)?.text)
}

pub(crate) fn extension(directory: &Path, checkpoint: &Path, output: &Output) -> Result<(), Failure> {
    let opened = ReadOnly::open(directory)?;
    let head = &opened.head;
    let held = read_checkpoint(checkpoint)?;
    let (older, size) = (&held.checkpoint, head.last_sequence + 1);
    if older.origin != head.checkpoint.origin {
        return Err(Failure::refused(format!("{}: it is a checkpoint of another log", checkpoint.display())));
    }
    if older.size > size {
        return Err(Break::at(head.last_sequence, Fault::Shorter { size: older.size, found: size }).into());
    }
    if !held.is_signed_within(&head.epochs) {
        let fault = Fault::CheckpointKey { size: older.size };
        return Err(Break::at(older.size.saturating_sub(1), fault).into());
    }
    let path = consistency(older.size, size, &mut TreeReader::new(opened.reader().clone(), size))?;
    let newest = opened.position.edge.root();
    if !verify_consistency(older.size, size, &older.root, &newest, &path) {
        return Err(
            Break::at(older.size.saturating_sub(1), Fault::ForeignCheckpoint { size: older.size }).into()
        );
    }
    output.raw(&consistency_file(older.size, &path, &head.checkpoint_note))
}

pub(crate) fn check(proof: &Path, key: &str, since: Option<&Path>, output: &Output) -> Result<(), Failure> {
    let keys = [Verifier::parse(key).map_err(Failure::usage)?];
    let text = std::fs::read_to_string(proof).map_err(Failure::file("failed to read", proof))?;
    if let Some(since) = since {
        let older = read_checkpoint(since)?;
        let newer = verify_consistency_file(&text, &older, &keys).map_err(Failure::refused)?;
        let (old, new) = (older.checkpoint.size, newer.size);
        let line =
            || format!("the log at size {new} extends the one at size {old}: nothing before was changed");
        let document = || serde_json::json!({ "extends": true, "old_size": old, "new_size": new });
        return output.result(line, document);
    }
    if ProtectionNote::is_one(&text) {
        return show_protection(&text, &keys, output);
    }
    let Included { header, checkpoint, .. } =
        verify_inclusion_file(&text, &keys).map_err(Failure::refused)?;
    let kind =
        Kind::from_number(header.kind).map_or_else(|| header.kind.to_string(), |kind| kind.name().to_owned());
    let (sequence, time, size) = (header.sequence, clock::show(header.time_us), checkpoint.size);
    let stream = hex(&header.stream);
    let line = || format!("record {sequence} ({kind}, {time}) is in the log at size {size}");
    let document = || {
        serde_json::json!({
            "included": true, "sequence": sequence, "kind": kind, "time": time, "stream": stream, "size": size,
            "payload_commit": hex(&header.payload_commit),
        })
    };
    output.result(line, document)
}

fn show_protection(note: &str, keys: &[Verifier], output: &Output) -> Result<(), Failure> {
    let stated = ProtectionNote::open(note, keys).map_err(Failure::refused)?;
    let (protection, size) = (stated.protection.describe(), stated.checkpoint.size);
    let (key_epoch, nv_counter) = (stated.key_epoch, stated.nv_counter);
    let counter = if nv_counter == 0 { String::new() } else { format!(", counter {nv_counter}") };
    let line = || format!("the key of epoch {key_epoch} says at size {size}: {protection}{counter}");
    let document = || {
        serde_json::json!({
            "key_epoch": key_epoch, "key_protection": protection, "nv_counter": nv_counter, "size": size,
            "root": hex(&stated.checkpoint.root),
        })
    };
    output.result(line, document)
}

/// Reads a signed checkpoint; who signed it is for the caller to check.
pub(crate) fn read_checkpoint(file: &Path) -> Result<SignedCheckpoint, Failure> {
    let text = std::fs::read_to_string(file).map_err(Failure::file("failed to read", file))?;
    SignedCheckpoint::read(&text).map_err(|error| Failure::refused(format!("{}: {error}", file.display())))
}
