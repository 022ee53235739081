//! Why a task failed, and what was done about it, in sentences.

use crate::client::text::{plain, text};
use crate::resource::workflow::healing::fix_in_words;
use serde_json::Value;

/// What was found of a task and done about its failures; none where nothing was.
pub(super) fn healed(task: &Value) -> Option<String> {
    let healing = &task["healing"];
    let mut told: Vec<String> = healing["fixes"].as_array().into_iter().flatten().map(applied).collect();
    if task["waits_for"] == "FIX_APPROVAL" {
        told.push(proposed(&healing["proposed"]));
    } else if task["status"] != "COMPLETED" && told.is_empty() {
        told.extend(found(&healing["diagnosis"]));
    }
    told.extend(declined(&healing["proposed"]));
    told.extend(given_up(healing));
    told.extend(unverified(&healing["verified"]));
    (!told.is_empty()).then(|| told.join(" "))
}

/// A class in words that go on with "because".
fn because(class: &Value) -> &'static str {
    match class.as_str() {
        Some("MISSING_CONFIGURATION") => "configuration that it needs is not set",
        Some("MISSING_FILE") => "a file that it needs is not there",
        Some("COMMAND_NOT_FOUND") => "a program that it needs is not there",
        Some("PERMISSION") => "it may not do what it does",
        Some("OUT_OF_MEMORY") => "memory ran out",
        Some("OUT_OF_DISK") => "space on a disk ran out",
        Some("TIMEOUT") => "something took too long",
        Some("NETWORK") => "a connection did not come about or broke",
        Some("DNS") => "a name could not be resolved",
        Some("TLS") => "a certificate or a handshake was not accepted",
        Some("RATE_LIMIT") => "it asked too often",
        Some("AUTHENTICATION") => "its secret was not accepted",
        Some("BAD_INPUT") => "what it was given could not be read",
        Some("BAD_OUTPUT") => "what came out is not what was wanted",
        Some("DEPENDENCY_UNAVAILABLE") => "something that it depends on is not there",
        Some("CONFLICT") => "somebody else has or changed what it needs",
        Some("CRASH") => "its program ended by a fault of its own",
        Some(_) | None => "of something that no rule knows",
    }
}

fn applied(fix: &Value) -> String {
    let grounds = &fix["grounds"];
    format!(
        "At {} it had failed because {} (rule {}), and a fix was applied: {}.",
        text(&fix["applied"]["time"]),
        because(&grounds["class"]),
        text(&grounds["rule"]),
        fix_in_words(fix),
    )
}

fn proposed(fix: &Value) -> String {
    format!(
        "It failed because {} (rule {}). A fix waits for somebody who approves it, until {}: {}.",
        because(&fix["grounds"]["class"]),
        text(&fix["grounds"]["rule"]),
        text(&fix["due"]),
        fix_in_words(fix),
    )
}

fn declined(fix: &Value) -> Option<String> {
    (fix["verdict"] == "DECLINE").then(|| {
        let reason = fix["reason"].as_str().filter(|reason| !reason.is_empty());
        let reason = reason.map_or(String::new(), |reason| format!(": {}", plain(reason)));
        format!("The fix ({}) was declined by {}{reason}.", fix_in_words(fix), by(fix))
    })
}

fn by(fix: &Value) -> String {
    fix["by"].as_str().map_or("somebody".to_owned(), plain)
}

fn found(diagnosis: &Value) -> Option<String> {
    let rule = diagnosis["rule"].as_str()?;
    Some(format!("It failed because {} (rule {}).", because(&diagnosis["class"]), plain(rule)))
}

fn given_up(healing: &Value) -> Option<String> {
    let why = match healing["not_healed"]["why"].as_str()? {
        "NO_FIX" => "no fix is known for that",
        "NOT_SURE" => "its diagnosis is not sure enough",
        "NOT_OFFERED" => "what is missing is not in the operator's configuration",
        "AT_MOST" => "what would be raised has reached what the operator allows",
        "TASK_LIMIT" => "it had as many fixes as a task may have",
        "WORKFLOW_LIMIT" => "its workflow had as many fixes as it may have",
        "HOUR_LIMIT" => "as many fixes were applied within an hour as may be",
        "DONE_BEFORE" => "the same was done before and did not help",
        "DECLINED" => return None,
        "EXPIRED" => "nobody approved the fix in time",
        other => return Some(format!("Nothing heals it by itself: {}.", plain(other))),
    };
    Some(format!("Nothing heals it by itself: {why}."))
}

fn unverified(verified: &Value) -> Option<String> {
    let (checks, held) = (verified["checks"].as_u64()?, verified["held"].as_u64()?);
    Some(match checks - held.min(checks) {
        0 if checks == 1 => "Its output was verified: the check holds.".to_owned(),
        0 => format!("Its output was verified: all {checks} checks hold."),
        1 if checks == 1 => "The check of its output does not hold.".to_owned(),
        1 => format!("Of the {checks} checks of its output one does not hold."),
        lacking => format!("Of the {checks} checks of its output {lacking} do not hold."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(task: Value, expected: Option<&str>) {
        assert_eq!(healed(&task).as_deref(), expected);
    }

    #[test]
    fn a_failure_and_what_was_done_about_it_are_told() {
        let grounds = json!({ "class": "MISSING_CONFIGURATION", "rule": "variable.not-set" });
        let fix = json!({
            "kind": "SET_ENVIRONMENT", "variables": ["QUEUE_URL"], "grounds": grounds,
            "applied": { "time": "2026-12-01T10:00:00Z" }, "due": "2026-12-08T10:00:00Z",
        });
        check(
            json!({ "status": "COMPLETED", "healing": { "fixes": [fix] } }),
            Some(
                "At 2026-12-01T10:00:00Z it had failed because configuration that it needs is not set (rule \
                 variable.not-set), and a fix was applied: set QUEUE_URL from the operator's configuration.",
            ),
        );
        check(
            json!({ "status": "RUNNING", "waits_for": "FIX_APPROVAL", "healing": { "fixes": [], "proposed": fix } }),
            Some(
                "It failed because configuration that it needs is not set (rule variable.not-set). A fix waits for somebody \
                 who approves it, until 2026-12-08T10:00:00Z: set QUEUE_URL from the operator's configuration.",
            ),
        );
        let diagnosis = json!({ "class": "MISSING_FILE", "rule": "file.missing" });
        check(
            json!({
                "status": "FAILED",
                "healing": { "fixes": [], "diagnosis": diagnosis, "not_healed": { "why": "NO_FIX" } },
            }),
            Some(
                "It failed because a file that it needs is not there (rule file.missing). Nothing heals it by itself: no fix is \
                 known for that.",
            ),
        );
        check(json!({ "status": "COMPLETED", "healing": Value::Null }), None);
        check(
            json!({ "status": "FAILED", "healing": { "fixes": [], "verified": { "checks": 3, "held": 1 } } }),
            Some("Of the 3 checks of its output 2 do not hold."),
        );
    }
}
