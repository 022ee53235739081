//! Schedules for people.

use crate::client::text::{plain, text};
use crate::failure::Failure;
use serde_json::{Value, json};
use triad_calendar::{Fault, Field};

/// A moment in UTC, and as the wall shows it.
pub(super) fn columns(moment: &str, local: &str) -> String {
    format!("{moment:<20}  {local}")
}

/// What is wrong with an expression or a zone, with a caret under the place.
pub(super) fn faulty(expression: &str, zone: Option<&str>, fault: &Fault) -> Failure {
    let (name, shown) = match fault.field {
        Field::Zone => ("--zone", zone.unwrap_or_default()),
        Field::Expression
        | Field::Second
        | Field::Minute
        | Field::Hour
        | Field::DayOfMonth
        | Field::Month
        | Field::DayOfWeek => ("--at", expression),
    };
    let document = json!({
        "code": "invalid_schedule", "field": fault.field.to_string(), "column": fault.column, "detail": fault.to_string(),
    });
    Failure::refused(pointed(shown, fault.column, &fault.to_string(), name)).with_document(document)
}

/// The text with a caret under a column, which counts bytes.
fn pointed(shown: &str, column: usize, what: &str, name: &str) -> String {
    let before = &shown[..shown.floor_char_boundary(column.saturating_sub(1))];
    // As it is printed: a character that nobody would see takes the place of its escape.
    let indent = " ".repeat(plain(before).chars().count());
    format!("{what}\n  {name} | {}\n  {}   {indent}^", plain(shown), " ".repeat(name.len()))
}

/// A schedule on one line.
pub(super) fn line(schedule: &Value) -> String {
    let next = schedule["next"][0]["local"].as_str().map_or_else(|| "-".to_owned(), plain);
    format!(
        "{:<24}  {:<6}  {:<25}  {}, fired {}, left out {}",
        text(&schedule["name"]),
        text(&schedule["status"]),
        next,
        when(schedule),
        schedule["fired"],
        schedule["left_out"],
    )
}

/// A schedule with what comes and what was.
pub(in crate::resource) fn describe(schedule: &Value) -> String {
    let mut lines = vec![
        format!(
            "{}  {}  {}",
            text(&schedule["name"]),
            text(&schedule["status"]),
            text(&schedule["schedule_id"])
        ),
        format!("  {}", when(schedule)),
        format!(
            "  {}overlap {}, catch-up {}, jitter {} s",
            clock_rules(schedule),
            text(&schedule["overlap"]),
            catch_up(schedule),
            schedule["jitter_seconds"],
        ),
        format!("  fired {}, left out {}", schedule["fired"], schedule["left_out"]),
    ];
    if schedule["paused"].is_object() {
        let paused = &schedule["paused"];
        lines.push(format!("  paused: {} {}", text(&paused["why"]), text(&paused["reason"])));
    }
    if schedule["status"] == "ACTIVE" {
        lines.extend(follows_next(&schedule["after"]));
    }
    lines.extend(followed_last(&schedule["after"]));
    let next = schedule["next"].as_array().into_iter().flatten();
    lines
        .extend(next.map(|one| format!("  next   {}", columns(&text(&one["moment"]), &text(&one["local"])))));
    lines.extend(schedule["recent"].as_array().into_iter().flatten().map(recent));
    if schedule["backfill"].is_object() {
        lines.push(backfill(&schedule["backfill"]));
    }
    lines.join("\n")
}

/// By which calendar it fires, or after whose runs.
fn when(schedule: &Value) -> String {
    match whose(&schedule["after"]) {
        Some(whose) => format!("after runs of {whose}, on {}", text(&schedule["after"]["on"])),
        None => format!("{} in {}", text(&schedule["at"]), text(&schedule["zone"])),
    }
}

/// What becomes of times that a clock leaves out or shows twice, which only a calendar has.
fn clock_rules(schedule: &Value) -> String {
    match schedule["after"].is_object() {
        true => String::new(),
        false => format!("gap {}, fold {}, ", text(&schedule["gap"]), text(&schedule["fold"])),
    }
}

/// Whose runs are followed, when any are.
fn whose(after: &Value) -> Option<String> {
    let named = |kind| after[kind].as_str().map(|name| format!("{kind} {}", plain(name)));
    named("schedule").or_else(|| named("definition"))
}

/// When something fires next that follows runs.
pub(super) fn follows_next(after: &Value) -> Option<String> {
    let whose = whose(after)?;
    if after["is_there"] == false {
        return Some(format!("  next   never while there is no {whose}: it waits for one"));
    }
    let moment = after["fires_next"]["moment"].as_str();
    let fires = moment.map(|moment| format!(" (which fires at {})", plain(moment)));
    Some(format!("  next   after the next run of {whose}{}", fires.unwrap_or_default()))
}

fn followed_last(after: &Value) -> Option<String> {
    let last = after["last"].as_object()?;
    let (run, ended, moment) = (text(&last["workflow_id"]), text(&last["ended"]), text(&last["moment"]));
    Some(format!("  followed {run}, {ended} at {moment}; {} wait", after["waiting"]))
}

fn catch_up(schedule: &Value) -> String {
    match schedule["catch_up_count_max"].as_u64() {
        Some(count) => format!("ALL (at most {count}, {} s back)", schedule["catch_up_age_seconds"]),
        None => text(&schedule["catch_up"]),
    }
}

fn recent(handled: &Value) -> String {
    let moment = text(&handled["moment"]);
    match handled["workflow_id"].as_str() {
        Some(workflow) => {
            let follows = handled["follows"].as_str().map(|run| format!(" after {}", plain(run)));
            let (how, follows) = (text(&handled["how"]), follows.unwrap_or_default());
            format!("  fired  {moment:<20}  {how}  {}{follows}", plain(workflow))
        }
        None => {
            let problem = handled["problem"].as_str().map(|code| format!(" ({})", plain(code)));
            let (why, problem) = (text(&handled["left_out"]), problem.unwrap_or_default());
            format!(
                "  not    {moment:<20}  {why}{problem}, {} to {}",
                handled["count"],
                text(&handled["last_moment"])
            )
        }
    }
}

fn backfill(backfill: &Value) -> String {
    let why = backfill["why"].as_str().map_or_else(|| "under way".to_owned(), plain);
    let (fired, expected) = (&backfill["fired"], &backfill["expected"]);
    format!(
        "  backfill {} to {}: {fired} of {expected}, {why}",
        text(&backfill["from"]),
        text(&backfill["until"])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_what_is_wrong() {
        let shown = pointed("0 22-2 * * *", 3, "hour, column 3: wrong", "--at");
        assert_eq!(shown, "hour, column 3: wrong\n  --at | 0 22-2 * * *\n           ^");
        let caret = |text: &str| text.lines().last().map(|line| line.chars().count());
        assert_eq!(
            caret(&pointed("\u{e4}\u{e4} x", 6, "", "--at")),
            Some("  --at | \u{e4}\u{e4} x".chars().count())
        );
    }
}
