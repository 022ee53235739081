//! Options that several commands share: the log's directory, how a key is opened and kept, the server that is asked.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use triad_keys::Registers;

#[derive(Debug, Args)]
pub(crate) struct Directory {
    /// The log's directory.
    #[arg(short, long, default_value = "triad-data", env = "TRIAD_DIR", value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

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

/// The server that is asked when none is named.
pub(crate) const SERVER_DEFAULT: &str = "http://127.0.0.1:8420";

/// The server that is asked.
#[derive(Debug, Args)]
pub(crate) struct ServerOption {
    /// The server's address; https:// where it speaks TLS.
    #[arg(long, default_value = SERVER_DEFAULT, env = "TRIAD_SERVER", value_name = "URL")]
    pub(crate) server: String,
    #[command(flatten)]
    pub(crate) connect: ConnectOptions,
}

/// Who asks a server, and how it is connected to over https.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConnectOptions {
    /// A file with the key to show, which only its user can read. Without it TRIAD_KEY counts. No option holds the key
    /// itself, because options are shown to everybody on the machine.
    #[arg(long, env = "TRIAD_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Trust a server over https if one of the authorities in this file (PEM) vouches for it, and no other. Without it those that
    /// this machine trusts count.
    #[arg(long, env = "TRIAD_CA", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// The certificate to show to a server that asks for one (PEM).
    #[arg(long, env = "TRIAD_CLIENT_CERT", value_name = "FILE", requires = "client_key")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Its key (PEM), in a file that only its owner can read.
    #[arg(long, env = "TRIAD_CLIENT_KEY", value_name = "FILE", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,
}

/// Why something is asked that nobody does without a reason.
#[derive(Debug, Args)]
pub(crate) struct StatedReasonOption {
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Why something is asked.
#[derive(Debug, Args)]
pub(crate) struct ReasonOption {
    /// Why, for the record.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub(crate) reason: String,
}
