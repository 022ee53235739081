//! The `triad-replay` binary: an auditor's tool. It reads log files, never a database, and needs nothing but
//! the file and a key.
//!
//! Exit codes: 0 verified, and identical when decided again; 1 not; 2 wrong usage; 3 the file could not be read, or the result
//! not be written; 141 whoever read the result left.

mod check_receipt;
mod failure;
mod output;

use check_receipt::Handed;
use clap::{Args, Parser, Subcommand, ValueEnum};
use failure::{Failure, unreadable};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::File;
use std::io::{BufReader, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use triad_decide::DECIDE_VERSION;
use triad_proof::break_point::hex;
use triad_proof::checkpoint::verifier;
use triad_proof::held::SignedCheckpoint;
use triad_proof::note::Verifier;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::{Report, Trust};
use triad_proof::{Block, Break, Fault, KeyStatement};
use triad_replay::attested::{self, Attestations, Seen, Unattested, seen};
use triad_replay::frame::frames;
use triad_replay::references::{References, Tally, Ways};
use triad_replay::replay::{Progress, Replay, Stopped};

/// Verifies a TRIAD log and decides it again, offline.
#[derive(Debug, Parser)]
#[command(
    name = "triad-replay",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "Examples:\n  triad log copy log.triadlog\n  triad-replay replay log.triadlog --key \"$(cat log.vkey)\""
)]
struct Arguments {
    /// How the result is printed; messages and progress go to standard error either way.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text)]
    output: Format,
    /// The same as `-o json`.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Verify payloads, chain, tree, signatures and streams of a .triadlog file.
    #[command(
        after_help = "Example:\n  triad-replay verify log.triadlog --key \"$(cat log.vkey)\" --checkpoint checkpoint.txt"
    )]
    Verify(Source),
    /// Verify, and decide every group again from its first record; show the first difference field by field.
    #[command(after_help = "Example:\n  triad-replay replay log.triadlog --key \"$(cat log.vkey)\"")]
    Replay(Source),
    /// Check a receipt (.tlog-proof): that one record is in the log, and what its header says. Needs no log.
    #[command(
        after_help = "Examples:\n  triad-replay receipt 15.tlog-proof --key \"$(cat log.vkey)\"\n  triad-replay receipt 15.tlog-proof --key \"$(cat log.vkey)\" --checkpoint checkpoint.txt -o json\n\nThe key is that of genesis, or of any epoch up to the one in which the receipt was made: a receipt carries the\nstatements by which one key follows another."
    )]
    Receipt(Handed),
}

#[derive(Debug, Args)]
struct Source {
    /// The log file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Verifying key of genesis (name+id+base64), received by other means.
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// A signed checkpoint received earlier, in a file; may be repeated.
    #[arg(long, value_name = "FILE", requires = "key")]
    checkpoint: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(said) => return answer(&said),
    };
    let json = arguments.json || arguments.output == Format::Json;
    let done = match &arguments.verb {
        Verb::Verify(source) => verify(source).map(|found| found.show(json)),
        Verb::Replay(source) => replay(source).map(|found| found.show(json)),
        Verb::Receipt(handed) => check_receipt::run(handed, json),
    };
    match done {
        Ok(text) => output::print(&text, json),
        Err(failure) => {
            let (code, text) = match failure {
                Failure::Refused(text) => (1, text),
                Failure::Usage(text) => (2, text),
                Failure::Machine(text) => (3, text),
            };
            output::say(&if json {
                serde_json::json!({ "error": text }).to_string()
            } else {
                format!("error: {text}")
            });
            ExitCode::from(code)
        }
    }
}

/// Help and the version are results like any other; what is wrong is told as the command line tells it.
fn answer(said: &clap::Error) -> ExitCode {
    if said.use_stderr() {
        let _nobody_reads = said.print().is_err();
        return ExitCode::from(2);
    }
    output::exit_code(said.print())
}

/// What a file was found to be.
struct Found {
    report: Report,
    attested: attested::Report,
    references: Tally,
    /// Present when it was decided again.
    progress: Option<Progress>,
}

impl Found {
    fn show(&self, json: bool) -> String {
        if json { document(self).to_string() } else { text(self) }
    }

    /// The verifying key of each epoch, in the form that `--key` takes.
    fn keys(&self) -> Vec<String> {
        let key =
            |statement: &KeyStatement| verifier(&self.report.log_id, statement.verifying_key).to_string();
        self.report.epochs.iter().map(key).collect()
    }
}

/// Attestations, until one does not hold.
#[derive(Default)]
struct Following {
    attestations: Attestations,
    first_that_fails: Option<Unattested>,
}

impl Following {
    fn take(&mut self, seen: Seen) {
        if self.first_that_fails.is_none() {
            self.first_that_fails = self.attestations.take(seen).err();
        }
    }

    fn finish(self) -> Result<attested::Report, Failure> {
        match self.first_that_fails {
            Some(fails) => Err(Failure::Refused(fails.to_string())),
            None => Ok(self.attestations.finish()),
        }
    }
}

fn verify(source: &Source) -> Result<Found, Failure> {
    let (file, bar) = open(&source.file, "verifying")?;
    let (mut following, mut references) = (Following::default(), References::default());
    let ways = Ways::of_all_kinds();
    let read = |block: &Block<'_>| (seen(block), ways.said_in_block(block));
    let report = verify_and_fold(file, trust(source)?, threads(), read, |(seen, said)| {
        following.take(seen);
        references.take(said);
    });
    bar.finish_and_clear();
    let report = report.map_err(refused)?;
    Ok(Found { report, attested: following.finish()?, references: references.tally(), progress: None })
}

fn replay(source: &Source) -> Result<Found, Failure> {
    let (file, bar) = open(&source.file, "deciding again")?;
    let (mut replay, mut references) = (Replay::default(), References::default());
    let ways = Ways::of_all_kinds();
    let mut stopped: Option<Stopped> = None;
    let mut following = Following::default();
    let read = |block: &Block<'_>| (seen(block), frames(block));
    let report = verify_and_fold(file, trust(source)?, threads(), read, |(seen, frames)| {
        following.take(seen);
        // Verification goes on after the first difference: whether the file is intact is a question of its own.
        references.take(ways.said_in_frames(&frames));
        if stopped.is_none() {
            stopped = replay.take(frames).err();
        }
    });
    bar.finish_and_clear();
    let report = report.map_err(refused)?;
    let attested = following.finish()?;
    let progress = replay.progress.clone();
    let finished = match stopped {
        Some(stopped) => Err(stopped),
        None => replay.finish(),
    };
    let references = references.tally();
    let found = |(progress, _)| Found { report, attested, references, progress: Some(progress) };
    finished.map(found).map_err(|stopped| {
        let before = format!("{} records before it came out identical", progress.records);
        Failure::Refused(format!("{stopped}\n  the file verifies; {before}"))
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other damage is said as it is")]
fn refused(damage: Break) -> Failure {
    match damage.fault {
        Fault::Read(why) => Failure::Machine(format!("reading failed: {why}")),
        _ => Failure::Refused(format!("verification failed: {damage}")),
    }
}

fn trust(source: &Source) -> Result<Trust, Failure> {
    let Some(key) = &source.key else { return Ok(Trust::default()) };
    let verifier = Verifier::parse(key).map_err(|error| Failure::Usage(error.to_string()))?;
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        SignedCheckpoint::read(&text)
            .map_err(|error| Failure::Refused(format!("{}: {error}", path.display())))
    };
    let checkpoints = source.checkpoint.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Trust { genesis_key: Some(verifier.key), checkpoints })
}

fn open(path: &Path, what: &'static str) -> Result<(impl Read + Send, ProgressBar), Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style =
        ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} eta {eta}");
    bar.set_style(style.expect("invariant: the template is well-formed"));
    bar.set_message(what);
    Ok((bar.wrap_read(BufReader::with_capacity(1 << 20, file)), bar))
}

fn threads() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

fn document(found: &Found) -> serde_json::Value {
    let Found { report, attested, references, progress } = found;
    let counts = report.counts;
    let newest = &report.epochs[report.epochs.len() - 1];
    let mut document = serde_json::json!({
        "verified": counts.verified, "redacted": counts.redacted, "erased": counts.erased,
        "missing": counts.missing, "size": report.checkpoint.size, "key_was_given": report.key_was_given,
        "recovered": report.recovered,
        "keys": found.keys(),
        "key_epoch": newest.epoch, "key_protection": newest.protection.describe(), "nv_counter": report.nv_counter,
        "attested": {
            "count": attested.count, "gone": attested.gone, "newest_size": attested.newest_size,
            "keys": attested.keys.iter().map(|key| hex(key)).collect::<Vec<_>>(),
            "trust": "on first use",
        },
        "references": {
            "sealed": references.sealed, "erased": references.erased,
            "erased_subjects": references.erased_subjects,
        },
    });
    if let Some(progress) = progress {
        document["identical"] = true.into();
        document["groups"] = progress.groups.into();
        document["records"] = progress.records.into();
        document["decide_version"] = DECIDE_VERSION.into();
        document["other_versions"] = progress
            .others
            .iter()
            .map(|(version, anew)| {
                serde_json::json!({
                    "decide_version": version, "groups": anew.groups, "decided_otherwise_now": anew.different,
                    "first": anew.first_different,
                })
            })
            .collect();
    }
    document
}

fn text(found: &Found) -> String {
    let Found { report, attested, references, progress } = found;
    let counts = report.counts;
    let trusted = if report.key_was_given { "the key that was given" } else { "nothing: no --key was given" };
    let newest = &report.epochs[report.epochs.len() - 1];
    let decided = progress.as_ref().map_or(String::new(), decisions);
    format!(
        "records    {} verified, {} redacted, {} erased, {} missing\nreferences {} to sealed content, {} to content that is erased with {} data subjects\nblocks     {}, each signature checked\nkey        epoch {} ({}){}\nattested   {}\ntrust      {trusted}{}{decided}",
        counts.verified,
        counts.redacted,
        counts.erased,
        counts.missing,
        references.sealed,
        references.erased,
        references.erased_subjects,
        report.block_count,
        newest.epoch,
        newest.protection.describe(),
        found
            .keys()
            .iter()
            .zip(0..)
            .fold(String::new(), |lines, (key, epoch)| format!("{lines}\n  epoch {epoch}  {key}")),
        attestations(attested),
        if report.recovered { "\nRECOVERED  an epoch was authorised by the recovery key" } else { "" },
    )
}

fn decisions(progress: &Progress) -> String {
    let again = format!(
        "\nidentical  {} records in {} groups, decided again byte for byte by version {DECIDE_VERSION} of the core",
        progress.records, progress.groups
    );
    progress.others.iter().fold(again, |lines, (version, anew)| {
        let first = anew.first_different.map_or(String::new(), |first| format!(", first at sequence {first}"));
        format!(
            "{lines}\nversion {version:<2} decided {} groups, which were folded; decided anew {} come out otherwise{first}",
            anew.groups, anew.different
        )
    })
}

fn attestations(attested: &attested::Report) -> String {
    let Some(newest) = attested.newest_size else { return "no checkpoint, no TPM was asked".to_owned() };
    let keys: Vec<String> = attested.keys.iter().map(|key| hex(&key[..8])).collect();
    format!(
        "{} checkpoints up to size {newest}, by TPM key {}, trusted on first use",
        attested.count,
        keys.join(", then ")
    )
}
