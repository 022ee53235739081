//! `triad log copy`

use super::ranges::Ranges;
use crate::failure::Failure;
use crate::output::Output;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use triad_log::copy::{CopyError, copy};
use triad_log::directory::LogDirectory;

pub(crate) fn run(
    directory: &Path,
    file: &Path,
    redact: Option<Ranges>,
    output: &Output,
) -> Result<(), Failure> {
    if file.exists() {
        return Err(Failure::usage(format!("{} exists already: choose another name", file.display())));
    }
    let opened = LogDirectory::open(directory)?;
    let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
    if let Some(last) = redact.as_ref().and_then(Ranges::last).filter(|last| *last > head.last_sequence) {
        let text = format!("--redact names sequence {last}, but the log ends at {}", head.last_sequence);
        return Err(Failure::usage(text));
    }
    let partial = file.with_extension("triadlog.partial");
    let create = Failure::file("failed to create", &partial);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&partial).map_err(create)?);
    let bar = output.progress("copying", head.last_sequence + 1);
    let withhold = redact.as_ref().map(|ranges| |sequence| ranges.contains(sequence));
    let withhold = withhold.as_ref().map(|withhold| withhold as &dyn Fn(u64) -> bool);
    let copied = copy(opened.reader(), &head.log_id, head.last_sequence, withhold, &mut out, |last| {
        bar.set_position(last + 1)
    });
    bar.finish_and_clear();
    let end = copied.map_err(|error| discard(&partial, error))?;
    out.flush()
        .and_then(|()| out.get_ref().sync_all())
        .map_err(Failure::file("failed to write", &partial))?;
    std::fs::rename(&partial, file).map_err(Failure::file("failed to name", file))?;
    let withheld = redact.as_ref().map_or(0, Ranges::count);
    let text = || format!("{} records to {}, {withheld} payloads withheld", end.record_count, file.display());
    let document = || serde_json::json!({ "file": file, "records": end.record_count, "blocks": end.block_count, "withheld": withheld });
    output.result(text, document);
    opened.close().map_err(Failure::file("close", directory))
}

fn discard(partial: &Path, error: CopyError) -> Failure {
    // The copy is incomplete; leaving it would only look like one.
    drop(std::fs::remove_file(partial));
    match error {
        CopyError::Read(error) => error.into(),
        CopyError::Write(error) => Failure::machine(error),
        error => Failure::machine(error),
    }
}
