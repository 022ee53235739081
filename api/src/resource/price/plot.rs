//! Prices, and tasks that waited for them, as a picture in a file.

use super::picture::{Picture, Step, Waited};
use crate::client::Api;
use crate::client::text::encoded;
use crate::clock::{now_us, show};
use crate::failure::Failure;
use crate::whole_file::write_whole;
use jiff::Timestamp;
use serde_json::Value;
use std::io::Write;
use std::path::Path;

/// Steps of one page, as many as the server gives at once.
const LIMIT: usize = 672;
/// Pages; more than two weeks of quarters are no picture.
const PAGES_MAX: usize = 4;
const HOUR_MS: i64 = 3_600_000;
/// How far prices alone are drawn ahead: as far as they may be published.
const AHEAD_MS: i64 = 8 * 24 * HOUR_MS;
/// What lies around the tasks of a picture.
const AROUND_MS: i64 = 6 * HOUR_MS;

/// Draws prices from a moment on, or from half a day ago.
pub(super) fn prices(api: &Api, from: Option<&str>, file: &Path) -> Result<(), Failure> {
    let now_ms = now_us().div_euclid(1000);
    let from_ms = match from {
        Some(from) => at_ms(from).ok_or_else(|| Failure::usage(format!("--from: {from:?} is no time")))?,
        None => now_ms - 12 * HOUR_MS,
    };
    draw(api, "Prices of electricity", (from_ms, None), Vec::new(), file)
}

/// Draws prices around the tasks of a workflow, as they are shown, with when each of them waited and ran.
pub(in crate::resource) fn tasks(
    api: &Api,
    title: &str,
    shown: &[Value],
    file: &Path,
) -> Result<(), Failure> {
    let now_ms = now_us().div_euclid(1000);
    let drawn: Vec<Waited> = shown.iter().filter_map(|task| waited(task, now_ms)).collect();
    let spans = drawn.iter().flat_map(|task| [task.waits, task.runs]).flatten();
    let times = spans.flat_map(|(from, until)| [from, until]);
    let times: Vec<i64> = times.chain(drawn.iter().filter_map(|task| task.last_safe_start_ms)).collect();
    let from_ms = times.iter().copied().min().unwrap_or(now_ms) - AROUND_MS;
    let until_ms = times.iter().copied().max().unwrap_or(now_ms) + AROUND_MS;
    draw(api, title, (from_ms, Some(until_ms)), drawn, file)
}

fn draw(
    api: &Api,
    title: &str,
    (from_ms, until_ms): (i64, Option<i64>),
    tasks: Vec<Waited>,
    file: &Path,
) -> Result<(), Failure> {
    let now_ms = now_us().div_euclid(1000);
    let steps = steps(api, from_ms, until_ms.unwrap_or(now_ms + AHEAD_MS))?;
    let picture = Picture { title: title.to_owned(), steps, tasks, now_ms };
    write_whole(file, |out| {
        out.write_all(picture.svg().as_bytes()).map_err(Failure::file("failed to write", file))
    })
}

/// The prices of a time, cut to it.
fn steps(api: &Api, from_ms: i64, until_ms: i64) -> Result<Vec<Step>, Failure> {
    let mut found = Vec::new();
    let mut from = show(from_ms.saturating_mul(1000));
    for _ in 0..PAGES_MAX {
        let page = api.get(&format!("/v1/prices?limit={LIMIT}&from={}", encoded(&from)))?;
        found.extend(page["steps"].as_array().into_iter().flatten().filter_map(step));
        match page["next_from"].as_str() {
            Some(next) if at_ms(next).is_some_and(|next| next < until_ms) => from = next.to_owned(),
            Some(_) | None => break,
        }
    }
    let is_within = |step: &Step| step.until_ms > from_ms && step.from_ms < until_ms;
    let cut = |step: Step| Step {
        from_ms: step.from_ms.max(from_ms),
        until_ms: step.until_ms.min(until_ms),
        ..step
    };
    Ok(found.into_iter().filter(is_within).map(cut).collect())
}

fn step(shown: &Value) -> Option<Step> {
    Some(Step {
        // A fixed price has a beginning, and an end beyond the years that are written.
        from_ms: at_ms(shown["from"].as_str()?)?,
        until_ms: at_ms(shown["until"].as_str()?).unwrap_or(i64::MAX),
        micro_usd_per_kwh: shown["micro_usd_per_kwh"].as_i64()?,
    })
}

/// When a task waited for a price and ran; none of one that did neither.
fn waited(task: &Value, now_ms: i64) -> Option<Waited> {
    let moment = |value: &Value| value["time"].as_str().and_then(at_ms);
    let deferral = &task["deferral"];
    let until = if deferral["released"].is_null() { Some(now_ms) } else { moment(&deferral["decided"]) };
    let waits = moment(&deferral["since"]).zip(until);
    let started = moment(&task["started"]);
    let runs = started.map(|from| (from, moment(&task["ended"]).unwrap_or(now_ms)));
    let last_safe_start_ms = deferral["last_safe_start"].as_str().and_then(at_ms);
    let name = task["id"].as_str().unwrap_or("-").to_owned();
    let planned_ms = deferral["plan"]["start"].as_str().and_then(at_ms).filter(|_| started.is_none());
    (waits.is_some() || runs.is_some()).then_some(Waited {
        name,
        waits,
        runs,
        planned_ms,
        last_safe_start_ms,
    })
}

fn at_ms(written: &str) -> Option<i64> {
    written.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_task_is_drawn_from_what_is_shown_of_it() {
        let time = |hour: u32| json!({ "sequence": 1, "time": format!("1970-01-01T{hour:02}:00:00Z") });
        let hours = |from: i64, until: i64| Some((from * HOUR_MS, until * HOUR_MS));
        let waits =
            json!({ "id": "a", "deferral": { "since": time(1), "last_safe_start": "1970-01-01T08:00:00Z" } });
        let drawn = waited(&waits, 5 * HOUR_MS).expect("it waits");
        assert_eq!((drawn.waits, drawn.runs), (hours(1, 5), None));
        assert_eq!(drawn.last_safe_start_ms, Some(8 * HOUR_MS));
        let ran = json!({
            "id": "b", "started": time(3), "ended": time(4),
            "deferral": { "since": time(1), "decided": time(3), "released": "WITHIN_BID" },
        });
        let drawn = waited(&ran, 5 * HOUR_MS).expect("it ran");
        assert_eq!((drawn.waits, drawn.runs), (hours(1, 3), hours(3, 4)));
        assert_eq!(waited(&json!({ "id": "c", "status": "PENDING" }), 0), None);
    }
}
