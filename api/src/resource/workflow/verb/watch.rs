//! `triad workflow watch`

use super::interrupt;
use super::progress::{End, Progress, Steps};
use crate::client::events::{Event, Events};
use crate::client::{Api, Opened};
use crate::failure::Failure;
use crate::output::Output;
use serde_json::Value;
use std::thread::sleep;
use std::time::Duration;

/// Between two attempts to reach a server.
const PAUSE: Duration = Duration::from_secs(1);
/// How many such attempts follow each other without an event: five minutes.
const ATTEMPTS_MAX: u32 = 300;

/// Follows a workflow to its end, over as many connections as it takes. `bad` makes a failure of any end but completion.
pub(super) fn run(
    api: &Api,
    id: &str,
    steps: Steps,
    bad: fn(String) -> Failure,
    output: &Output,
) -> Result<(), Failure> {
    if !id.bytes().all(|byte| byte.is_ascii_hexdigit()) || id.is_empty() {
        return Err(Failure::usage(format!("{id:?} is no id")));
    }
    interrupt::say_it_goes_on(id);
    let path = format!("/v1/workflows/{id}/events");
    let mut progress = Progress::new(api, id, steps, output);
    let (mut last, mut failures) = (None, 0);
    loop {
        let before = last;
        match api.open(&path, last) {
            Ok(Some(opened)) => {
                if let Some(end) = follow(opened, &mut last, &mut progress)? {
                    return progress.finish(id, &end, bad);
                }
            }
            Ok(None) => {
                let text = format!("{id} has ended; `triad workflow show {id}` says how");
                return Err(Failure::refused(text));
            }
            Err(error) if error.is_passing() => {
                if failures == 0 {
                    progress.note("the server is not there; waiting for it");
                }
                if failures == ATTEMPTS_MAX {
                    return Err(error.into());
                }
            }
            Err(error) => return Err(error.into()),
        }
        failures = if last == before { failures + 1 } else { 0 };
        sleep(PAUSE);
    }
}

/// One connection. None when it broke off before the end.
fn follow(
    opened: Opened,
    last: &mut Option<u64>,
    progress: &mut Progress<'_>,
) -> Result<Option<End>, Failure> {
    let mut events = Events::new(opened.reader);
    while let Ok(Some(Event { id, data })) = events.next_event() {
        *last = Some(id);
        let Ok(record) = serde_json::from_str::<Value>(&data) else { continue };
        if let Some(end) = progress.take(&record, &data)? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}
