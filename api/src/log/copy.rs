//! `triad log copy`

use super::ranges::Ranges;
use crate::failure::Failure;
use crate::mask::OwnersAlone;
use crate::open_log::OpenLog;
use crate::output::Output;
use crate::unlock::Unlocking;
use crate::whole_file::write_whole;
use std::path::Path;
use triad_event::log::Occasion;
use triad_log::ReadOnly;
use triad_log::copy::{CopyError, copy};
use triad_proof::file::EndMark;

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to be refused is of the machine")]
pub(crate) fn run(
    directory: &Path,
    unlocking: &Unlocking,
    file: &Path,
    withheld: Option<&Ranges>,
    output: &Output,
) -> Result<(), Failure> {
    attest_first(directory, unlocking, output)?;
    let opened = ReadOnly::open(directory)?;
    let head = &opened.head;
    if let Some(last) = withheld.and_then(Ranges::last).filter(|last| *last > head.last_sequence) {
        let text = format!("--redact names sequence {last}, but the log ends at {}", head.last_sequence);
        return Err(Failure::usage(text));
    }
    let bar = output.progress("copying", head.last_sequence + 1);
    let withhold = withheld.map(|ranges| |sequence| ranges.contains(sequence));
    let withhold = withhold.as_ref().map(|withhold| withhold as &dyn Fn(u64) -> bool);
    let end = write_whole(file, |out| {
        let progress = |last| bar.set_position(last + 1);
        let copied = copy(opened.reader(), &head.log_id, head.last_sequence, withhold, out, progress);
        copied.map_err(|error| match error {
            CopyError::Read(error) => error.into(),
            error => Failure::machine(error),
        })
    })?;
    bar.finish_and_clear();
    show(file, &end, withheld, output)
}

/// A log whose key a TPM keeps has it attest what is handed out. Without the TPM the copy verifies all the same, and
/// whoever makes it is told what it lacks.
fn attest_first(directory: &Path, unlocking: &Unlocking, output: &Output) -> Result<(), Failure> {
    if !ReadOnly::open(directory)?.head.statement.protection.is_hardware() {
        return Ok(());
    }
    let _mask = OwnersAlone::begin();
    match OpenLog::open(directory, unlocking) {
        Ok(mut log) => {
            log.attest(Occasion::Exported)?;
            log.close()
        }
        Err(failure) => {
            output.note(&format!("the copy is not attested: {}", failure.chain().join(": ")));
            Ok(())
        }
    }
}

pub(super) fn show(
    file: &Path,
    end: &EndMark,
    withheld: Option<&Ranges>,
    output: &Output,
) -> Result<(), Failure> {
    let withheld = withheld.map_or(0, Ranges::count);
    let text = || format!("{} records to {}, {withheld} payloads withheld", end.record_count, file.display());
    let (records, blocks) = (end.record_count, end.block_count);
    let document =
        || serde_json::json!({ "file": file, "records": records, "blocks": blocks, "withheld": withheld });
    output.result(text, document)
}
