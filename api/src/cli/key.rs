//! What `triad key` can be asked, and the options with which other commands open a key.

use super::Directory;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use triad_keys::Registers;

/// How a key that is there is opened.
#[derive(Debug, Clone, Args)]
pub(crate) struct UnlockOptions {
    /// The TPM, when one keeps the key: a device, or swtpm:host=127.0.0.1,port=2321.
    #[arg(long, default_value = "device:/dev/tpmrm0", env = "TPM_DEVICE", value_name = "CONNECTION")]
    pub(crate) tpm: String,
    /// A file with the passphrase, when the key has one. Without it TRIAD_PASSPHRASE counts, and then the terminal asks.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// How a new key is kept.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeepOptions {
    /// What protects the new key.
    #[arg(long, value_enum, default_value_t = Protection::File)]
    pub(crate) protection: Protection,
    /// Registers of the TPM that must hold what they hold now whenever the key is opened.
    #[arg(long, default_value_t = triad_keys::REGISTERS_DEFAULT, value_name = "LIST")]
    pub(crate) pcrs: Registers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protection {
    /// A file that only its owner can read.
    File,
    /// A file that is encrypted under a passphrase.
    Passphrase,
    /// Sealed by this machine's TPM, which also tells an older copy of the log from the newest.
    Tpm,
}

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
