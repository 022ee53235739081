//! What `triad key` can be asked.

use crate::options::{Directory, KeepOptions, UnlockOptions};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyVerb {
    /// Make a recovery key: keep it offline, and name it when a log is created. Says too what can protect keys here.
    #[command(
        after_help = "Examples:\n  triad key init recovery.key --protection passphrase\n  triad log init --protection tpm --recovery-key HEX    (what `key init` printed)\n\nA log whose signing key is lost or locked goes on with this key, and with no other."
    )]
    Init {
        /// The file to write; it must not exist.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        keep: KeepOptions,
        #[command(flatten)]
        unlock: UnlockOptions,
    },
    /// Show the key of a log: its epoch, what protects it, who vouched for it. Opens nothing.
    #[command(
        after_help = "Examples:\n  triad key show\n  triad key show --dir ./triad-data -o json\n\nOf a running server: triad log head --server URL"
    )]
    Show {
        #[command(flatten)]
        at: Directory,
    },
    /// Begin a new epoch with a new key, signed by both. The log must be closed.
    #[command(
        after_help = "Examples:\n  triad key rotate                                  (another key in a file)\n  triad key rotate --protection tpm                 (from now on the TPM keeps it)\n  triad key rotate --protection passphrase --new-passphrase-file next.txt\n\nOthers go on verifying with the key of genesis; copies that they hold stay valid."
    )]
    Rotate {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        keep: KeepOptions,
        #[command(flatten)]
        unlock: UnlockOptions,
        /// A file with the passphrase of the new key. Without it TRIAD_NEW_PASSPHRASE counts, and then the terminal asks.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Begin a new epoch on the word of the recovery key, because the signing key is lost or its TPM refuses.
    #[command(
        after_help = "Examples:\n  triad key recover --recovery-key recovery.key\n  triad key recover --recovery-key recovery.key --protection tpm\n\nThe log says for ever that it was recovered. Whether this copy is the newest cannot be told any more."
    )]
    Recover {
        #[command(flatten)]
        at: Directory,
        /// The file that `triad key init` made.
        #[arg(long, value_name = "FILE")]
        recovery_key: PathBuf,
        #[command(flatten)]
        keep: KeepOptions,
        #[command(flatten)]
        unlock: UnlockOptions,
        /// A file with the passphrase of the new key. Without it TRIAD_NEW_PASSPHRASE counts, and then the terminal asks.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
}
