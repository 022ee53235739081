//! `triad log head`

use crate::clock;
use crate::failure::Failure;
use crate::output::{Output, hex};
use crate::signing;
use crate::unlock::Unlocking;
use serde_json::Value;
use std::path::Path;
use triad_log::ReadOnly;
use triad_proof::checkpoint::verifier;

/// The one part that is asked for, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    All,
    Note,
    Statement,
    Key,
}

impl Part {
    pub(super) fn of(note: bool, statement: bool, key: bool) -> Self {
        match (note, statement, key) {
            (true, _, _) => Self::Note,
            (_, true, _) => Self::Statement,
            (_, _, true) => Self::Key,
            (false, false, false) => Self::All,
        }
    }
}

pub(crate) fn run(
    directory: &Path,
    part: Part,
    unlocking: &Unlocking,
    output: &Output,
) -> Result<(), Failure> {
    let opened = ReadOnly::open(directory)?;
    let head = &opened.head;
    if part == Part::Statement {
        let key = signing::open(directory, head, unlocking)?;
        return output.raw(&signing::protection_note(&key, head));
    }
    let [genesis, ..] = head.epochs.statements() else {
        return Err(Failure::refused("the key statement of genesis is missing"));
    };
    let genesis_key = verifier(&head.log_id, genesis.verifying_key).to_string();
    let document = serde_json::json!({
        "log_id": hex(&head.log_id),
        "size": head.last_sequence + 1,
        "last_sequence": head.last_sequence,
        "last_time": clock::show(opened.position.time_us),
        "key_epoch": head.statement.epoch,
        "key_protection": head.statement.protection.describe(),
        "nv_counter": head.nv_counter,
        "genesis_key": genesis_key,
        "checkpoint": head.checkpoint_note,
    });
    show(&document, part, output)
}

/// Shows where a log stands, from the document that a server gives too.
pub(super) fn show(head: &Value, part: Part, output: &Output) -> Result<(), Failure> {
    let text_of = |name: &str| head[name].as_str().unwrap_or_default();
    match part {
        Part::Note => return output.raw(text_of("checkpoint")),
        Part::Statement => return output.raw(text_of("key_statement")),
        Part::Key => return output.raw(text_of("genesis_key")),
        Part::All => {}
    }
    let counter = match head["nv_counter"].as_u64() {
        // No TPM keeps the key, so nothing counts.
        None | Some(0) => String::new(),
        Some(counter) => format!("\ncounter     {counter}"),
    };
    let text = || {
        format!(
            "log         {}\nrecords     {}\nlast        sequence {} at {}\nkey epoch   {} ({}){counter}\ngenesis key {}\n\n{}",
            text_of("log_id"),
            head["size"],
            head["last_sequence"],
            text_of("last_time"),
            head["key_epoch"],
            text_of("key_protection"),
            text_of("genesis_key"),
            text_of("checkpoint").trim_end(),
        )
    };
    output.result(text, || head.clone())
}
