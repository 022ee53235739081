//! `triad workflow submit`, and what `triad run` begins with.

use super::progress::Steps;
use super::validate;
use super::values::InputOptions;
use super::watch;
use super::written::Written;
use crate::client::{Api, CallError};
use crate::entropy;
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::{Output, hex};
use crate::resource::schedule::describe;
use crate::wire::source::{Document, Language};
use clap::Args;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// How often a submission is sent when the server breaks off. Under one key it counts once.
const ATTEMPTS: u32 = 5;
/// Between two of them.
const PAUSE: Duration = Duration::from_secs(1);

/// A definition, and how it is submitted.
#[derive(Debug, Args)]
pub(crate) struct SubmitOptions {
    #[command(flatten)]
    pub(super) at: ServerOption,
    /// The definition, in YAML or JSON; - reads standard input.
    #[arg(value_name = "FILE")]
    pub(super) file: String,
    /// Processes that name no working directory run in this one, seen from here.
    #[arg(long = "in", value_name = "DIR")]
    pub(super) within: Option<PathBuf>,
    #[command(flatten)]
    pub(super) inputs: InputOptions,
    /// Submitting again under the same key gives the same workflow; without one, each call makes a new one.
    #[arg(long, value_name = "KEY")]
    pub(super) idempotency_key: Option<String>,
}

pub(super) fn run(options: SubmitOptions, follow: bool, output: &Output) -> Result<(), Failure> {
    let api = Api::of(&options.at)?;
    let submitted = submit(&api, options, output)?;
    if !follow {
        return Ok(());
    }
    let id = submitted.ok_or_else(nothing_runs)?;
    watch::run(&api, &id, Steps::AreProgress, Failure::refused, output)
}

/// A schedule was set: whoever wants to see the workflow end has nothing to see.
pub(super) fn nothing_runs() -> Failure {
    Failure::refused("it is set as a schedule, and nothing of it runs now")
}

/// Submits a definition, says the id of the workflow, and gives it back; none where that is to be a schedule, which is shown.
pub(super) fn submit(api: &Api, options: SubmitOptions, output: &Output) -> Result<Option<String>, Failure> {
    let SubmitOptions { file, within, inputs, idempotency_key, .. } = options;
    let written = Written::read(&file)?;
    let values = inputs.values(&written)?;
    let changed = within.is_some() || !values.is_empty();
    let placed = changed.then(|| placed(&written, within.as_deref(), values)).transpose()?;
    let key = idempotency_key.unwrap_or_else(|| hex(&entropy::id()));
    let answer = match &placed {
        Some(json) => send(api, Language::Json, json, &key, output),
        None => send(api, written.language, &written.bytes, &key, output),
    };
    // The places of what was sent instead are not those of the file.
    let answer = match placed {
        Some(_) => answer?,
        None => answer.map_err(|error| written.refused(error))?,
    };
    if answer["schedule_id"].is_string() {
        output.result(|| describe(&answer), || answer.clone())?;
        return Ok(None);
    }
    let id = answer["workflow_id"].as_str().unwrap_or_default().to_owned();
    output.result(|| id.clone(), || answer.clone())?;
    Ok(Some(id))
}

fn send(
    api: &Api,
    language: Language,
    definition: &[u8],
    key: &str,
    output: &Output,
) -> Result<Value, CallError> {
    let mut attempt = 1;
    loop {
        match api.post_as(language.media_type(), "/v1/workflows", definition, Some(key)) {
            Err(error) if error.is_passing() && attempt < ATTEMPTS && !is_absent(&error) => {
                output.note("the server did not answer; sending it again under the same key");
                attempt += 1;
                sleep(PAUSE);
            }
            answer => return answer,
        }
    }
}

/// Nobody listens: nothing was sent, and waiting is for whoever starts the server.
fn is_absent(error: &CallError) -> bool {
    match error {
        CallError::Unreachable { source: ureq::Error::Io(error), .. } => {
            error.kind() == std::io::ErrorKind::ConnectionRefused
        }
        CallError::Unreachable { source, .. } => matches!(source, ureq::Error::ConnectionFailed),
        CallError::Distrusted { .. } | CallError::Refused(_) => false,
    }
}

/// The definition in JSON with these values, and with a directory for every process that names none. What has faults is not
/// sent: they
/// are told here, where their places are known.
fn placed(
    written: &Written,
    directory: Option<&Path>,
    values: Map<String, Value>,
) -> Result<Vec<u8>, Failure> {
    let remarks = validate::check(written, values.clone()).remarks;
    let document = Document::new(written.language, &written.bytes);
    let (true, Ok(document)) = (remarks.is_empty(), document) else {
        return Err(Failure::refused(written.show(&remarks)));
    };
    let mut document: Value = serde_json::from_str(document.json()).map_err(Failure::refused)?;
    if let Some(directory) = directory {
        let found = directory.canonicalize().map_err(Failure::file("failed to find", directory))?;
        let path = found.to_str().ok_or_else(|| Failure::usage("the path of the directory is no UTF-8"))?;
        run_within(&mut document, path);
    }
    if !values.is_empty() {
        let given = document["values"].as_object().cloned().unwrap_or_default();
        document["values"] = given.into_iter().chain(values).collect::<Map<_, _>>().into();
    }
    Ok(document.to_string().into_bytes())
}

/// Gives a directory to every process that names none, those of sub-workflows as well.
fn run_within(workflow: &mut Value, path: &str) {
    let tasks = workflow.get_mut("tasks").and_then(Value::as_array_mut);
    for task in tasks.into_iter().flatten().filter_map(Value::as_object_mut) {
        if task.contains_key("command") && task.get("type").is_none_or(|kind| kind != "NOOP") {
            task.entry("working_directory").or_insert_with(|| path.into());
        }
        task.get_mut("workflow").into_iter().for_each(|inner| run_within(inner, path));
    }
}
