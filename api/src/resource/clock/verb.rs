//! `triad clock`

use crate::client::Api;
use crate::client::text::text;
use crate::failure::Failure;
use crate::options::{ServerOption, StatedReasonOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};

/// The clock of a running server: show, accept.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  triad clock show")]
pub(super) enum Clock {
    /// Show what the machine's clock says beside the time that the engine goes by, and what to do when they part.
    #[command(after_help = "Examples:\n  triad clock show\n  triad clock show -o json")]
    Show {
        #[command(flatten)]
        at: ServerOption,
    },
    /// Say that the machine's clock is right as it is, after it stepped. That is recorded, and the engine goes by it.
    #[command(
        after_help = "Example:\n  triad clock accept --reason \"set by hand; compared with time.example\"\n\nRefused while nothing waits to be accepted."
    )]
    Accept {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: StatedReasonOption,
    },
}

impl Verb for Clock {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Show { at } => Api::of(&at)?.get("/v1/clock")?,
            Self::Accept { at, why } => {
                let body = json!({ "reason": why.reason }).to_string();
                Api::of(&at)?.post("/v1/clock/accept", body.as_bytes(), None)?
            }
        };
        output.result(|| describe(&shown), || shown.clone())
    }
}

fn describe(shown: &Value) -> String {
    let mut lines = vec![
        format!("state        {}", text(&shown["state"])),
        format!("wall time    {}", text(&shown["wall_time"])),
        format!("engine time  {}", text(&shown["engine_time"])),
    ];
    let ahead_ms = shown["wall_ahead_ms"].as_i64().unwrap_or(0);
    let side = if ahead_ms < 0 { "behind" } else { "ahead" };
    let apart_ms = ahead_ms.unsigned_abs();
    lines.push(format!("apart        {}.{:03} s {side}", apart_ms / 1000, apart_ms % 1000));
    let step = &shown["step"];
    if !step.is_null() {
        let (time, sequence) = (text(&step["since"]["time"]), &step["since"]["sequence"]);
        lines.push(format!("stepped      at {time} (sequence {sequence})"));
        lines.push(format!(
            "             to {} instead of {}",
            text(&step["found"]),
            text(&step["expected"])
        ));
    }
    if !shown["fix"].is_null() {
        lines.push(format!("\n{}", text(&shown["fix"])));
    }
    lines.join("\n")
}
