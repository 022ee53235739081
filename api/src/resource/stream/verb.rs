//! `triad stream`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ServerOption, StatedReasonOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Streams of a running server that are set aside, because the core panicked on them: list, show, release, close.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad stream list\n  triad stream close 6e0f... --reason \"ticket 2211\""
)]
pub(super) enum Stream {
    /// List the streams in quarantine: since when, after how many panics, and what they were given.
    #[command(after_help = "Examples:\n  triad stream list\n  triad stream list -o json")]
    List {
        #[command(flatten)]
        at: ServerOption,
    },
    /// Show whether a stream goes on, and if not, why, and what to do.
    #[command(after_help = "Example:\n  triad stream show 6e0f...")]
    Show {
        #[command(flatten)]
        of: StreamOptions,
    },
    /// Let a stream in quarantine go on where it was set aside.
    #[command(after_help = "Example:\n  triad stream release 6e0f... --reason \"mended in 0.2\"")]
    Release {
        #[command(flatten)]
        of: StreamOptions,
        #[command(flatten)]
        why: StatedReasonOption,
    },
    /// End a stream in quarantine for ever. What it used is free then: its content can be erased.
    #[command(
        after_help = "Examples:\n  triad stream close 6e0f... --reason \"ticket 2211\"\n  triad subject erase 6e0f... --reason \"request 2211\"    (afterwards)\n\nThere is no way back."
    )]
    Close {
        #[command(flatten)]
        of: StreamOptions,
        #[command(flatten)]
        why: StatedReasonOption,
    },
}

/// The stream that is meant.
#[derive(Debug, Args)]
pub(super) struct StreamOptions {
    #[command(flatten)]
    at: ServerOption,
    /// The stream: the id of its workflow, or of its alert.
    #[arg(value_name = "ID")]
    id: String,
}

impl Verb for Stream {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::List { at } => return list(&Api::of(&at)?, output),
            Self::Show { of } => Api::of(&of.at)?.get(&path(&of, "")?)?,
            Self::Release { of, why } => turn(&of, "/release", &why)?,
            Self::Close { of, why } => turn(&of, "/close", &why)?,
        };
        output.result(|| describe(&shown), || shown.clone())
    }
}

fn list(api: &Api, output: &Output) -> Result<(), Failure> {
    let found = api.get("/v1/streams")?;
    let streams = found["streams"].as_array().cloned().unwrap_or_default();
    if streams.is_empty() {
        output.note("no stream is in quarantine");
    }
    streams.iter().try_for_each(|stream| output.result(|| describe(stream), || stream.clone()))
}

fn turn(of: &StreamOptions, verb: &str, why: &StatedReasonOption) -> Result<Value, Failure> {
    let body = json!({ "reason": why.reason }).to_string();
    Ok(Api::of(&of.at)?.post(&path(of, verb)?, body.as_bytes(), None)?)
}

fn path(of: &StreamOptions, rest: &str) -> Result<String, Failure> {
    Ok(format!("/v1/streams/{}{rest}", checked(&of.id)?))
}

fn describe(stream: &Value) -> String {
    let name = stream["name"].as_str().map(|name| format!(" {}", plain(name))).unwrap_or_default();
    let mut lines = vec![format!(
        "{}  {:<12} {}{name}",
        text(&stream["stream_id"]),
        text(&stream["state"]),
        text(&stream["of"])
    )];
    let quarantine = &stream["quarantine"];
    if !quarantine.is_null() {
        lines.push(format!(
            "    since {} (sequence {}), after {} panics, the last on {}",
            text(&quarantine["since"]["time"]),
            quarantine["since"]["sequence"],
            quarantine["panics"],
            text(&quarantine["input"]),
        ));
    }
    if let Some(fix) = stream["fix"].as_str() {
        lines.push(format!("    {}", plain(fix)));
    }
    lines.join("\n")
}
