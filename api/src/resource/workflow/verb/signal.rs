//! `triad workflow signal`

use crate::client::Api;
use crate::client::text::{checked, plain};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use clap::Args;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// A signal, and what comes with it.
#[derive(Debug, Args)]
pub(in crate::resource::workflow) struct SignalOptions {
    #[command(flatten)]
    at: ServerOption,
    /// The workflow.
    #[arg(value_name = "ID")]
    id: String,
    /// The name of the signal.
    #[arg(value_name = "NAME")]
    name: String,
    /// What comes with it, as JSON. What is no JSON is sent as text.
    #[arg(long, value_name = "JSON", conflicts_with = "payload_file")]
    payload: Option<String>,
    /// The same from a file; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    payload_file: Option<PathBuf>,
    #[command(flatten)]
    why: ReasonOption,
}

impl SignalOptions {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let Self { at, id, name, payload, payload_file, why } = self;
        let payload = match payload_file {
            Some(path) => Some(read(&path)?),
            None => payload,
        };
        let payload = payload.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        let body = json!({ "payload": payload, "reason": why.reason }).to_string();
        let path = format!("/v1/workflows/{}/signals/{}", checked(&id)?, checked(&name)?);
        let answer = Api::of(&at)?.post(&path, body.as_bytes(), None)?;
        let status = answer["status"].as_str().unwrap_or("UNKNOWN");
        output.result(|| format!("{id} {}", plain(status)), || answer.clone())
    }
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(path)
    };
    text.map_err(|error| Failure::machine(format!("{}: {error}", path.display())))
}
