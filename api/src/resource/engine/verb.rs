//! `triad engine`

use crate::client::Api;
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};

/// The engine of a running server: pause, resume.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  triad engine resume --reason \"the disk was changed\"")]
pub(super) enum Engine {
    /// Start no more attempts of any workflow; what runs goes on. That is recorded, and holds over restarts.
    #[command(after_help = "Example:\n  triad engine pause --reason \"maintenance\"")]
    Pause {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Start attempts again, also after `triad serve --paused`. What waited has its whole time.
    #[command(after_help = "Example:\n  triad engine resume --reason \"maintenance is over\"")]
    Resume {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Engine {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let (at, why, path) = match self {
            Self::Pause { at, why } => (at, why, "/v1/engine/pause"),
            Self::Resume { at, why } => (at, why, "/v1/engine/resume"),
        };
        let body = json!({ "reason": why.reason }).to_string();
        let turned = Api::of(&at)?.post(path, body.as_bytes(), None)?;
        output.result(|| describe(&turned), || turned.clone())
    }
}

fn describe(turned: &Value) -> String {
    let state = if turned["paused"] == true { "paused" } else { "running" };
    format!("engine {state}, recorded at sequence {}", turned["sequence"])
}
