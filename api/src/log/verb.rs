//! What `triad log` can be asked.

use super::ranges::{self, Ranges};
use crate::options::{ConnectOptions, Directory, KeepOptions, ReasonOption, ServerOption, UnlockOptions};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// A log that a server has open.
#[derive(Debug, Args)]
pub(crate) struct Remote {
    /// Ask the server that has the log open, instead of opening a directory.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    connect: ConnectOptions,
}

impl Remote {
    /// The server; none when a directory is meant.
    pub(super) fn server(self) -> Option<ServerOption> {
        let Self { server, connect } = self;
        server.map(|server| ServerOption { server, connect })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogVerb {
    /// Create a log: its directory, its signing key, and the record that begins it.
    #[command(
        after_help = "Examples:\n  triad log init --dir ./triad-data\n  triad log init --protection passphrase\n  triad log init --protection tpm --recovery-key HEX    (triad key init makes one)\n\nKeep the printed verifying key elsewhere: it is what others verify with."
    )]
    Init {
        #[command(flatten)]
        at: Directory,
        /// Verifying key (64 hex digits) of an offline recovery key that may authorise a new signing key.
        #[arg(long, value_name = "HEX", value_parser = parse_key)]
        recovery_key: Option<[u8; 32]>,
        #[command(flatten)]
        keep: KeepOptions,
        #[command(flatten)]
        unlock: UnlockOptions,
    },
    /// Append notes, one record each, and print their sequences once they are durable.
    #[command(
        after_help = "Examples:\n  triad log append \"rack 7 was opened\"\n  journalctl -f | triad log append"
    )]
    Append {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        unlock: UnlockOptions,
        /// The notes; without any, each line of standard input is one.
        #[arg(value_name = "TEXT")]
        texts: Vec<String>,
    },
    /// Show where the log stands: sequence, checkpoint, key and its protection.
    #[command(
        after_help = "Examples:\n  triad log head\n  triad log head --note > checkpoint.txt    (to hold elsewhere)\n  triad log head --statement > protection.txt    (how the key is kept, signed)\n  triad log head --key > log.vkey\n  triad log head --server http://127.0.0.1:8420"
    )]
    Head {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        of: Remote,
        #[command(flatten)]
        unlock: UnlockOptions,
        /// Print only the signed checkpoint.
        #[arg(long, conflicts_with_all = ["key", "statement"])]
        note: bool,
        /// Print only the signed statement of how the key is kept, for the same checkpoint. Opens the key.
        #[arg(long, conflicts_with = "key")]
        statement: bool,
        /// Print only the verifying key of genesis, in the form that `--key` takes.
        #[arg(long)]
        key: bool,
    },
    /// List records.
    #[command(
        after_help = "Examples:\n  triad log show --from 100 --limit 20\n  triad log show copy.triadlog -o json"
    )]
    Show {
        /// A directory or a .triadlog file.
        #[arg(default_value = "triad-data", env = "TRIAD_DIR", value_name = "PATH")]
        path: PathBuf,
        /// First sequence.
        #[arg(long, default_value_t = 0, value_name = "SEQUENCE")]
        from: u64,
        /// How many records.
        #[arg(long, default_value_t = 100, value_name = "COUNT")]
        limit: u64,
    },
    /// Verify a whole log, from a directory or a .triadlog file.
    #[command(
        after_help = "Examples:\n  triad log verify ./triad-data --key \"$(cat log.vkey)\"\n  triad log verify copy.triadlog --key \"$(cat log.vkey)\" --checkpoint checkpoint.txt\n  triad log verify --server http://127.0.0.1:8420 --key \"$(cat log.vkey)\"\n\nWithout --key the log is only shown to be whole and consistent with itself."
    )]
    Verify {
        /// A directory or a .triadlog file.
        #[arg(default_value = "triad-data", env = "TRIAD_DIR", value_name = "PATH")]
        path: PathBuf,
        #[command(flatten)]
        of: Remote,
        /// Verifying key of genesis (name+id+base64), received by other means.
        #[arg(long, value_name = "VKEY")]
        key: Option<String>,
        /// A signed checkpoint received earlier, in a file; may be repeated.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
    },
    /// Copy the log into one plain file that others verify, whole or with payloads withheld.
    #[command(
        after_help = "Examples:\n  triad log copy log.triadlog\n  triad log copy public.triadlog --redact 3,10-20\n  triad log copy log.triadlog --server http://127.0.0.1:8420\n  triad log copy log.triadlog --server https://triad.example:8420 --ca ca.pem"
    )]
    Copy {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        of: Remote,
        #[command(flatten)]
        unlock: UnlockOptions,
        /// The file to write; it must not exist.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Sequences whose payloads are withheld, for example 3,10-20.
        #[arg(long, value_name = "RANGES", value_parser = ranges::parse)]
        redact: Option<Ranges>,
    },
    /// Write the proof that a record is in the log (C2SP tlog-proof).
    #[command(
        after_help = "Examples:\n  triad log prove 42 > 42.tlog-proof\n  triad log check 42.tlog-proof --key \"$(cat log.vkey)\""
    )]
    Prove {
        #[command(flatten)]
        at: Directory,
        /// The record.
        #[arg(value_name = "SEQUENCE")]
        sequence: u64,
    },
    /// Write the proof that the log extends an earlier checkpoint.
    #[command(
        after_help = "Example:\n  triad log extend checkpoint.txt > extension.txt\n  triad log check extension.txt --key \"$(cat log.vkey)\" --since checkpoint.txt"
    )]
    Extend {
        #[command(flatten)]
        at: Directory,
        /// The earlier signed checkpoint.
        #[arg(value_name = "FILE")]
        checkpoint: PathBuf,
    },
    /// Check a proof that `prove` or `extend` wrote, or a statement of `head --statement`; needs no log.
    #[command(
        after_help = "Examples:\n  triad log check 42.tlog-proof --key \"$(cat log.vkey)\"\n  triad log check protection.txt --key \"$(cat log.vkey)\""
    )]
    Check {
        /// The proof.
        #[arg(value_name = "FILE")]
        proof: PathBuf,
        /// Verifying key of the log (name+id+base64).
        #[arg(long, value_name = "VKEY")]
        key: String,
        /// The earlier checkpoint, for a proof of extension.
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
    },
    /// Write the tree as static tiles (C2SP tlog-tiles), for any web server and any transparency-log client.
    #[command(after_help = "Example:\n  triad log tiles ./public")]
    Tiles {
        #[command(flatten)]
        at: Directory,
        /// The directory to write; it must not exist.
        #[arg(value_name = "TARGET")]
        target: PathBuf,
    },
    /// Take a log into service where it lies, after it was copied, restored or moved to another disk. The log records it.
    #[command(
        after_help = "Examples:\n  triad log adopt --dir ./restored --reason \"the disk of rack 7 failed\"\n\nOnly one directory may go on: two that do contradict each other under the same key. A directory that was renamed\nwithin its file system needs none, and reading, copying and verifying never do."
    )]
    Adopt {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        unlock: UnlockOptions,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Rebuild a damaged log from every block that can still be found. Says what it would lose before it loses it.
    #[command(
        after_help = "Examples:\n  triad log repair\n  triad log repair --accept-loss --reason \"disk failed on 3 May\""
    )]
    Repair {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        unlock: UnlockOptions,
        /// Go on although acknowledged records cannot be found. The loss is recorded in the log.
        #[arg(long, requires = "reason")]
        accept_loss: bool,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

fn parse_key(text: &str) -> Result<[u8; 32], String> {
    let digits: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    digits
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "a verifying key is 64 hex digits".to_owned())
}
