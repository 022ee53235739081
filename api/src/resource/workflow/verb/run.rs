//! `triad run`: submits a definition and follows the workflow to its end, whose exit code is that of the command.

use super::progress::Steps;
use super::submit::{SubmitOptions, nothing_runs, submit};
use super::watch;
use crate::client::Api;
use crate::failure::Failure;
use crate::output::Output;

/// Submits, follows, and fails unless the workflow completed.
pub(crate) fn run(options: SubmitOptions, output: &Output) -> Result<(), Failure> {
    let api = Api::of(&options.at)?;
    let id = submit(&api, options, output)?.ok_or_else(nothing_runs)?;
    watch::run(&api, &id, Steps::AreProgress, Failure::ended_badly, output)
}
