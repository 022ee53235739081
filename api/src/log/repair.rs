//! `triad log repair`

use crate::clock;
use crate::failure::Failure;
use crate::open_log::OpenLog;
use crate::output::Output;
use crate::unlock::Unlocking;
use std::path::Path;
use triad_log::repair::{RepairError, repair};

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to be of the machine is refused")]
pub(crate) fn run(
    directory: &Path,
    unlocking: &Unlocking,
    accept_loss: bool,
    reason: Option<String>,
    output: &Output,
) -> Result<(), Failure> {
    output.note("looking for every block that can still be read ...");
    let repaired = repair(directory, accept_loss).map_err(|error| match error {
        RepairError::Open(error) => error.into(),
        RepairError::Io(_) | RepairError::Database(_) => Failure::machine(error),
        error => Failure::refused(error),
    })?;
    let end = repaired.report.checkpoint.size - 1;
    let mut log = OpenLog::open_anywhere(directory, unlocking)?;
    log.append_group(&[triad_event::log::Repaired {
        last_kept_sequence: end,
        watermark_sequence: repaired.watermark,
        salvaged_blocks: repaired.salvaged_blocks,
        reason: reason.unwrap_or_default(),
    }
    .into()])?;
    log.close()?;
    let lost = repaired.watermark.map(|watermark| watermark.saturating_sub(end));
    let set_aside = repaired.set_aside.display();
    let time = clock::show(repaired.report.last_time_us);
    let text = || {
        let lost = lost.map_or("unknown".to_owned(), |lost| lost.to_string());
        format!(
            "verified   every record up to sequence {end} ({time})\nlost       {lost} acknowledged records\nsalvaged   {} blocks from journals\nset aside  {set_aside}",
            repaired.salvaged_blocks
        )
    };
    let document = || {
        serde_json::json!({
            "last_kept_sequence": end, "lost": lost, "salvaged_blocks": repaired.salvaged_blocks,
            "set_aside": repaired.set_aside,
        })
    };
    output.result(text, document)
}
