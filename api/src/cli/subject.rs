//! What `triad subject` can be asked.

use super::workflow::Caller;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum SubjectVerb {
    /// Show where a data subject stands: its holds, its erasure, how often its content was read.
    #[command(
        after_help = "Examples:\n  triad subject show 6e0f...    (a workflow is a data subject by itself)\n  triad subject show 6e0f... -o json"
    )]
    Show {
        #[command(flatten)]
        whose: Whose,
    },
    /// Destroy the key of a data subject: what was sealed for it can be read by nobody any more, wherever copies lie.
    #[command(
        after_help = "Examples:\n  triad subject erase 6e0f... --reason \"request 2211\"\n  triad workflow submit job.json    (with \"data_subject\": 32 hex digits, several workflows share one)\n\nRefused, and the refusal recorded, while a legal hold is on it, while a workflow uses it, and before the setting\nretention_min allows it. There is no way back."
    )]
    Erase {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        why: Why,
    },
    /// Place a legal hold: nothing of the data subject is erased until every hold on it is released.
    #[command(
        after_help = "Example:\n  triad subject hold 6e0f... --name case-17 --reason \"preservation order\""
    )]
    Hold {
        #[command(flatten)]
        whose: Whose,
        /// A name for the hold, unique on the data subject: 1 to 64 of a-z, 0-9, _ and -.
        #[arg(long, value_name = "NAME")]
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Release a legal hold.
    #[command(
        after_help = "Example:\n  triad subject release 6e0f... --name case-17 --reason \"case closed\""
    )]
    Release {
        #[command(flatten)]
        whose: Whose,
        /// The name of the hold.
        #[arg(long, value_name = "NAME")]
        name: String,
        #[command(flatten)]
        why: Why,
    },
}

/// The data subject that is meant.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    #[command(flatten)]
    pub(crate) at: Caller,
    /// The data subject; the id of a workflow names the one that it is by itself.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why, for the record.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub(crate) reason: String,
}
