//! `triad log head`

use crate::clock;
use crate::failure::Failure;
use crate::output::{Output, hex};
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
    let time = clock::show(opened.position.time_us);
    let statement = &head.statement;
    if note {
        output.raw(&head.checkpoint_note);
    } else if key {
        output.raw(&genesis_key);
    } else {
        let text = || {
            format!(
                "log         {}\nrecords     {}\nlast        sequence {} at {time}\nkey epoch   {} ({})\ngenesis key {genesis_key}\n\n{}",
                hex(&head.log_id),
                head.last_sequence + 1,
                head.last_sequence,
                statement.epoch,
                statement.protection.describe(),
                head.checkpoint_note.trim_end(),
            )
        };
        let document = || {
            serde_json::json!({
                "log_id": hex(&head.log_id),
                "size": head.last_sequence + 1,
                "last_sequence": head.last_sequence,
                "last_time": time,
                "key_epoch": statement.epoch,
                "key_protection": statement.protection.describe(),
                "genesis_key": genesis_key,
                "checkpoint": head.checkpoint_note,
            })
        };
        output.result(text, document);
    }
    opened.close().map_err(Failure::file("close", directory))
}
