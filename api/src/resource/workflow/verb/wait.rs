//! `triad workflow wait`

use super::interrupt;
use crate::client::text::{checked, plain, text};
use crate::client::{Api, CallError};
use crate::clock;
use crate::failure::Failure;
use crate::output::Output;
use crate::wire::words::Words;
use serde_json::Value;
use std::thread::sleep;
use std::time::Duration;
use triad_event::dag::WorkflowPhase;

/// Between two looks: short at first, for workflows that end soon.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];
/// Tasks of which the outputs are shown: the most of one page.
const TASKS_MAX: usize = 1000;
/// How long a server may be away.
const AWAY_PATIENCE: Duration = Duration::from_secs(300);

/// Waits for the end of a workflow, and says how it ended.
pub(super) fn run(
    api: &Api,
    id: &str,
    limit: Option<u64>,
    with_outputs: bool,
    output: &Output,
) -> Result<(), Failure> {
    let path = format!("/v1/workflows/{}?limit=1", checked(id)?);
    interrupt::say_it_goes_on(id);
    let began = clock::monotonic();
    let deadline = limit.map(|seconds| began + Duration::from_secs(seconds));
    let (mut pause, mut seen) = (PAUSES[0], began);
    loop {
        match api.get(&path) {
            Ok(shown) if phase(&shown).is_some_and(WorkflowPhase::is_terminal) => {
                // Content is opened once, when it is all there.
                let path = format!("/v1/workflows/{id}?outputs=true&limit={TASKS_MAX}");
                let shown = if with_outputs { api.get(&path)? } else { shown };
                return finish(id, &shown, output);
            }
            Ok(_) => seen = clock::monotonic(),
            Err(error) => passing(error, seen)?,
        }
        let now = clock::monotonic();
        let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Failure::late(format!("{id} has not ended in time; it goes on")));
        }
        sleep(left.map_or(pause, |left| left.min(pause)));
        pause = (pause * 2).min(PAUSES[1]);
    }
}

fn passing(error: CallError, seen: tokio::time::Instant) -> Result<(), Failure> {
    let is_short = clock::monotonic().saturating_duration_since(seen) < AWAY_PATIENCE;
    if error.is_passing() && is_short { Ok(()) } else { Err(error.into()) }
}

fn phase(shown: &Value) -> Option<WorkflowPhase> {
    let status = shown["status"].as_str()?;
    WorkflowPhase::ALL.iter().copied().find(|phase| phase.word() == status)
}

fn finish(id: &str, shown: &Value, output: &Output) -> Result<(), Failure> {
    let status = text(&shown["status"]);
    output.result(|| format!("{id} {status}"), || shown.clone())?;
    if phase(shown) == Some(WorkflowPhase::Completed) {
        return Ok(());
    }
    Err(Failure::ended_badly(format!("{id} ended as {}", plain(&status))))
}
