//! What is asked of a running server: `triad workflow`, one file per verb, `triad receipt`, `triad subject` and `triad setting`.

mod api;
mod content;
mod control;
mod events;
mod list;
mod progress;
pub(crate) mod setting;
mod receipt;
mod show;
pub(crate) mod subject;
mod submit;
mod watch;

pub(crate) use api::{Api, Opened};

use crate::cli::{ReceiptVerb, WorkflowVerb};
use crate::failure::Failure;
use crate::output::Output;
use progress::Steps;

/// Runs one verb.
pub(crate) fn run(verb: WorkflowVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        WorkflowVerb::Submit { at, file, idempotency_key, watch } => {
            submit::run(&Api::new(&at.server)?, &file, idempotency_key, watch, output)
        }
        WorkflowVerb::List { at, status, limit, cursor } => {
            list::run(&Api::new(&at.server)?, status.as_deref(), limit, cursor, output)
        }
        WorkflowVerb::Show { at, id, as_of, task, input, raw } => {
            let api = Api::new(&at.server)?;
            match (task, input, raw) {
                (Some(task), _, Some(stream)) => content::raw(&api, &id, &task, stream),
                (Some(task), _, None) => content::attempts(&api, &id, &task, output),
                (None, Some(task), _) => content::input(&api, &id, &task, output),
                (None, None, _) => show::run(&api, &id, as_of, output),
            }
        }
        WorkflowVerb::Watch { at, id } => {
            watch::run(&Api::new(&at.server)?, &id, Steps::AreTheResult, output)
        }
        WorkflowVerb::Cancel(named) => control::run("cancel", &named, output),
        WorkflowVerb::Pause(named) => control::run("pause", &named, output),
        WorkflowVerb::Resume(named) => control::run("resume", &named, output),
    }
}

/// Runs one verb of `triad receipt`.
pub(crate) fn receipt(verb: ReceiptVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        ReceiptVerb::Get { at, id, sequence, out } => {
            receipt::get(&Api::new(&at.server)?, &id, sequence, out.as_deref(), output)
        }
    }
}
