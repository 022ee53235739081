//! `triad workflow submit`

use super::progress::Steps;
use super::watch;
use crate::client::{Api, CallError};
use crate::entropy;
use crate::failure::Failure;
use crate::output::{Output, hex};
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// How often a submission is sent when the server breaks off. Under one key it counts once.
const ATTEMPTS: u32 = 5;
/// Between two of them.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(
    api: &Api,
    file: &str,
    within: Option<&Path>,
    key: Option<String>,
    follow: bool,
    output: &Output,
) -> Result<(), Failure> {
    let definition = read(file)?;
    let definition = match within {
        Some(directory) => placed(definition, directory)?,
        None => definition,
    };
    let key = key.unwrap_or_else(|| hex(&entropy::id()));
    let answer = submit(api, &definition, &key, output)?;
    let id = answer["workflow_id"].as_str().unwrap_or_default().to_owned();
    output.result(|| id.clone(), || answer.clone())?;
    if follow { watch::run(api, &id, Steps::AreProgress, output) } else { Ok(()) }
}

fn submit(api: &Api, definition: &[u8], key: &str, output: &Output) -> Result<Value, Failure> {
    let mut attempt = 1;
    loop {
        match api.post("/v1/workflows", definition, Some(key)) {
            Ok(answer) => return Ok(answer),
            Err(error) if error.is_passing() && attempt < ATTEMPTS && !is_absent(&error) => {
                output.note("the server did not answer; sending it again under the same key");
                attempt += 1;
                sleep(PAUSE);
            }
            Err(error) => return Err(error.into()),
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

/// The definition with a directory for every process that names none. What is no definition goes to the server as it is,
/// which says everything that is wrong with it.
fn placed(definition: Vec<u8>, directory: &Path) -> Result<Vec<u8>, Failure> {
    let found = directory.canonicalize().map_err(Failure::file("failed to find", directory))?;
    let path = found.to_str().ok_or_else(|| Failure::usage("the path of the directory is no UTF-8"))?;
    let Ok(mut document) = serde_json::from_slice::<Value>(&definition) else { return Ok(definition) };
    let tasks = document.get_mut("tasks").and_then(Value::as_array_mut);
    for task in tasks.into_iter().flatten().filter_map(Value::as_object_mut) {
        if task.contains_key("command") && task.get("type").is_none_or(|kind| kind != "NOOP") {
            task.entry("working_directory").or_insert_with(|| path.into());
        }
    }
    Ok(document.to_string().into_bytes())
}

fn read(file: &str) -> Result<Vec<u8>, Failure> {
    if file == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(Failure::machine)?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(Failure::file("failed to read", Path::new(file)))
}
