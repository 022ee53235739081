//! `triad workflow retry`

use super::progress::Steps;
use super::watch;
use crate::client::Api;
use crate::client::text::checked;
use crate::entropy;
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::{Output, hex};
use clap::Args;
use serde_json::json;

/// A workflow that has ended, and from where it goes on.
#[derive(Debug, Args)]
pub(in crate::resource::workflow) struct RetryOptions {
    #[command(flatten)]
    at: ServerOption,
    /// The workflow.
    #[arg(value_name = "ID")]
    id: String,
    /// Run this task and everything behind it again, also what has completed.
    #[arg(long, value_name = "TASK")]
    from: Option<String>,
    /// Follow the new workflow to its end; its steps go to standard error.
    #[arg(long)]
    follow: bool,
    /// Asking again under the same key gives the same workflow; without one, each call makes a new one.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

/// Says the id of the new workflow.
pub(super) fn run(options: RetryOptions, output: &Output) -> Result<(), Failure> {
    let RetryOptions { at, id, from, follow, idempotency_key } = options;
    let api = Api::of(&at)?;
    let body = from.map_or_else(|| json!({}), |from| json!({ "from": from })).to_string();
    let key = idempotency_key.unwrap_or_else(|| hex(&entropy::id()));
    let answer = api.post(&format!("/v1/workflows/{}/retry", checked(&id)?), body.as_bytes(), Some(&key))?;
    let made = answer["workflow_id"].as_str().unwrap_or_default().to_owned();
    output.result(|| made.clone(), || answer.clone())?;
    if follow { watch::run(&api, &made, Steps::AreProgress, Failure::ended_badly, output) } else { Ok(()) }
}
