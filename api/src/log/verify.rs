//! `triad log verify`

use super::prove::read_checkpoint;
use crate::clock;
use crate::failure::Failure;
use crate::output::{Output, hex};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use triad_log::ReadOnly;
use triad_log::copy::{CopyError, copy};
use triad_proof::note::Verifier;
use triad_proof::parallel::verify_file;
use triad_proof::verify::{Report, Trust};

pub(crate) fn run(
    path: &Path,
    key: Option<&str>,
    checkpoints: &[PathBuf],
    output: &Output,
) -> Result<(), Failure> {
    let trust = trust(key, checkpoints)?;
    let report = if path.is_dir() {
        verify_directory(path, trust, output)?
    } else {
        verify_copy(path, trust, output)?
    };
    show(&report, &path.display().to_string(), output)
}

pub(super) fn trust(key: Option<&str>, checkpoints: &[PathBuf]) -> Result<Trust, Failure> {
    let Some(key) = key else {
        if checkpoints.is_empty() {
            return Ok(Trust::default());
        }
        return Err(Failure::usage("--checkpoint needs --key: without the key a checkpoint proves nothing"));
    };
    let verifier = Verifier::parse(key).map_err(Failure::usage)?;
    let checkpoints = checkpoints.iter().map(|file| read_checkpoint(file)).collect::<Result<_, _>>()?;
    Ok(Trust { genesis_key: Some(verifier.key), checkpoints })
}

pub(super) fn threads() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

fn verify_copy(path: &Path, trust: Trust, output: &Output) -> Result<Report, Failure> {
    let file = File::open(path).map_err(Failure::file("failed to open", path))?;
    let length = file.metadata().map_err(Failure::file("failed to open", path))?.len();
    let bar = output.progress("verifying (bytes)", length);
    let report = verify_file(bar.wrap_read(BufReader::with_capacity(1 << 20, file)), trust, threads());
    bar.finish_and_clear();
    Ok(report?)
}

/// A directory is verified as the file that a copy of it would be, while the copy is made; then its index.
fn verify_directory(path: &Path, trust: Trust, output: &Output) -> Result<Report, Failure> {
    let opened = ReadOnly::open(path)?;
    let (log_id, last) = (opened.head.log_id, opened.head.last_sequence);
    let bar = output.progress("verifying", last + 1);
    let (reading, writing) = std::io::pipe().map_err(Failure::machine)?;
    let reader = opened.reader().clone();
    let (report, copied) = std::thread::scope(|scope| {
        let bar = &bar;
        let copying = scope.spawn(move || {
            let mut out = BufWriter::with_capacity(1 << 20, writing);
            copy(&reader, &log_id, last, None, &mut out, |last| bar.set_position(last + 1))?;
            out.flush().map_err(CopyError::Write)
        });
        let report = verify_file(BufReader::with_capacity(1 << 20, reading), trust, threads());
        (report, copying.join().expect("invariant: copying does not panic"))
    });
    match copied {
        // A verifier that found a break stops reading; its word counts, not the broken pipe.
        Ok(()) | Err(CopyError::Write(_)) => {}
        Err(CopyError::Read(error)) => return Err(error.into()),
        Err(error) => return Err(Failure::machine(error)),
    }
    let report = report?;
    bar.finish_and_clear();
    Ok(report)
}

pub(super) fn show(report: &Report, source: &str, output: &Output) -> Result<(), Failure> {
    let key = triad_proof::checkpoint::verifier(&report.log_id, report.epochs[0].verifying_key).to_string();
    let (first, last) = (clock::show(report.first_time_us), clock::show(report.last_time_us));
    let counts = report.counts;
    let newest = &report.epochs[report.epochs.len() - 1];
    let text = || {
        let trusted = if report.key_was_given {
            "the key that you gave"
        } else {
            "its own key; give --key to know whose log it is"
        };
        let recovered =
            if report.recovered { "\nRECOVERED  an epoch was authorised by the recovery key" } else { "" };
        format!(
            "verified   {}\nlog        {}\nrecords    {} verified, {} redacted, {} erased, {} missing\nblocks     {}, each signature checked\nstreams    {}, none with a gap\ntime       {first} to {last}\nkey epoch  {} ({}), trusted through {trusted}{recovered}\nroot       {} at size {}",
            source,
            hex(&report.log_id),
            counts.verified,
            counts.redacted,
            counts.erased,
            counts.missing,
            report.block_count,
            report.stream_count,
            newest.epoch,
            newest.protection.describe(),
            hex(&report.checkpoint.root),
            report.checkpoint.size,
        )
    };
    let document = || {
        serde_json::json!({
            "verified": true,
            "log_id": hex(&report.log_id),
            "counts": {
                "verified": counts.verified, "redacted": counts.redacted,
                "erased": counts.erased, "missing": counts.missing,
            },
            "blocks": report.block_count, "streams": report.stream_count,
            "first_time": first, "last_time": last,
            "genesis_key": key, "key_was_given": report.key_was_given, "recovered": report.recovered,
            "key_epoch": newest.epoch, "key_protection": newest.protection.describe(),
            "size": report.checkpoint.size, "root": hex(&report.checkpoint.root), "chain": hex(&report.chain),
        })
    };
    output.result(text, document)
}
