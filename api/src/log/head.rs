//! `triad log head`

use crate::clock;
use crate::failure::Failure;
use crate::output::{Output, hex};
use serde_json::Value;
use std::path::Path;
use triad_log::directory::LogDirectory;
use triad_log::storage::LogRead;
use triad_proof::checkpoint::verifier;

pub(crate) fn run(directory: &Path, note: bool, key: bool, output: &Output) -> Result<(), Failure> {
    let opened = LogDirectory::open(directory)?;
    let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
    let genesis = opened
        .reader()
        .statement(0)?
        .ok_or_else(|| Failure::refused("the key statement of genesis is missing"))?;
    let genesis_key = verifier(&head.log_id, genesis.verifying_key).to_string();
    let document = serde_json::json!({
        "log_id": hex(&head.log_id),
        "size": head.last_sequence + 1,
        "last_sequence": head.last_sequence,
        "last_time": clock::show(opened.position.time_us),
        "key_epoch": head.statement.epoch,
        "key_protection": head.statement.protection.describe(),
        "genesis_key": genesis_key,
        "checkpoint": head.checkpoint_note,
    });
    show(&document, note, key, output);
    opened.close().map_err(Failure::file("close", directory))
}

/// Shows where a log stands, from the document that a server gives too.
pub(super) fn show(head: &Value, note: bool, key: bool, output: &Output) {
    let part = |name: &str| head[name].as_str().unwrap_or_default();
    if note {
        return output.raw(part("checkpoint"));
    }
    if key {
        return output.raw(part("genesis_key"));
    }
    let text = || {
        format!(
            "log         {}\nrecords     {}\nlast        sequence {} at {}\nkey epoch   {} ({})\ngenesis key {}\n\n{}",
            part("log_id"),
            head["size"],
            head["last_sequence"],
            part("last_time"),
            head["key_epoch"],
            part("key_protection"),
            part("genesis_key"),
            part("checkpoint").trim_end(),
        )
    };
    output.result(text, || head.clone());
}
