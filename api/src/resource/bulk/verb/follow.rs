//! `--follow`: how far a bulk action got, until it has ended.

use super::super::wire::Status;
use super::line;
use crate::client::Api;
use crate::failure::Failure;
use crate::output::Output;
use crate::resource::workflow::say_when_interrupted;
use crate::wire::words::Words;
use std::thread::sleep;
use std::time::Duration;

/// Between two looks.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];

/// Waits for the end of a bulk action, and says how it ended.
pub(super) fn run(api: &Api, id: &str, output: &Output) -> Result<(), Failure> {
    say_when_interrupted(format!("{id} goes on; `triad bulk show {id} --follow` follows it again"));
    let path = format!("/v1/bulk/{id}");
    let mut found = api.get(&path)?;
    let bar = output.progress("workflows", found["expected"].as_u64().unwrap_or_default());
    let mut pause = PAUSES[0];
    while found["ended"].is_null() {
        bar.set_position(tried(&found));
        sleep(pause);
        pause = (pause * 2).min(PAUSES[1]);
        match api.get(&path) {
            Ok(newer) => found = newer,
            // It goes on without whoever looks at it.
            Err(error) if error.is_passing() => {}
            Err(error) => return Err(error.into()),
        }
    }
    bar.finish_and_clear();
    output.result(|| line(&found), || found.clone())?;
    let is_finished = found["status"] == Status::Finished.word();
    if is_finished && found["refused"] == 0 {
        return Ok(());
    }
    Err(Failure::ended_badly(format!(
        "it was not done to all: {} done, {} not; `triad bulk items {id} --undone` says why",
        found["done"], found["refused"]
    )))
}

fn tried(found: &serde_json::Value) -> u64 {
    found["done"].as_u64().unwrap_or_default() + found["refused"].as_u64().unwrap_or_default()
}
