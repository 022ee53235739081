//! What `triad receipt` can be asked.

use super::workflow::Caller;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptVerb {
    /// Get the receipt of a workflow: the proof that its acceptance is in the log (C2SP tlog-proof).
    #[command(
        after_help = "Examples:\n  triad receipt get 6e0f... --out night.tlog-proof\n  triad receipt get 6e0f... --sequence 42 > 42.tlog-proof\n  triad-replay receipt night.tlog-proof --key \"$(cat log.vkey)\"    (checks it, without the server and the log)"
    )]
    Get {
        #[command(flatten)]
        at: Caller,
        /// The workflow.
        #[arg(value_name = "ID")]
        id: String,
        /// Another record of the workflow than its acceptance.
        #[arg(long, value_name = "SEQUENCE")]
        sequence: Option<u64>,
        /// The file to write, which must not exist; without it the receipt is printed.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
