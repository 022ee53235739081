//! How urgent a workflow or a task is, and when it must have ended, as it comes in.

use super::fault::cut;
use super::json::{Kind, Malformed, Reader};
use super::members::Members;
use super::words::{Words, words};
use jiff::Timestamp;
use serde_json::{Value, json};
use triad_decide::limits::WAIT_MS_MAX;
use triad_event::intake::{Deadline, Priority};
use triad_event::quantity::{Micros, Millis};

words! {
    Priority as Priority:
    Low = "LOW",
    Normal = "NORMAL",
    High = "HIGH",
    Critical = "CRITICAL",
}

/// `priority: HIGH`
pub(super) fn read_priority(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Option<Priority>, Malformed> {
    let Some(name) = members.text(reader, "priority")? else { return Ok(None) };
    let found = Priority::ALL.iter().copied().find(|priority| priority.word() == name);
    if found.is_none() {
        let known = <Priority as Words>::ALL.join(", ");
        members.fault("priority", || format!("must be one of {known}, not {:?}", cut(&name)));
    }
    Ok(found)
}

/// `deadline: "2026-12-24T18:00:00Z"`, or a number of seconds.
pub(super) fn read_deadline(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Option<Deadline>, Malformed> {
    if reader.kind()? == Kind::Number {
        if !members.expect(reader, "deadline", Kind::Number)? {
            return Ok(None);
        }
        let written = reader.number()?;
        let Ok(seconds) = written.parse::<u64>() else {
            let problem = || {
                format!("must be a whole number of seconds, in digits alone such as 30, not {}", cut(written))
            };
            members.fault("deadline", problem);
            return Ok(None);
        };
        return Ok(Some(Deadline { at: None, after: Some(Millis(seconds.saturating_mul(1000))) }));
    }
    let Some(text) = members.text(reader, "deadline")? else { return Ok(None) };
    match text.parse::<Timestamp>() {
        Ok(moment) => Ok(Some(Deadline { at: Some(Micros(moment.as_microsecond())), after: None })),
        Err(_) => {
            members.fault("deadline", || {
                format!(
                    "must be a moment with its offset, such as \"2026-12-24T18:00:00Z\", or a number of seconds, not {:?}",
                    cut(&text)
                )
            });
            Ok(None)
        }
    }
}

pub(super) fn priority_schema(whose: &str) -> Value {
    json!({
        "description": format!("How urgent {whose} is: what is more urgent gets the next free place. What is equally urgent takes turns."),
        "enum": <Priority as Words>::ALL, "default": "NORMAL",
    })
}

pub(super) fn deadline_schema(what: &str) -> Value {
    let doc = format!(
        "When {what} must have ended: a moment (RFC 3339), or so many seconds after the workflow was accepted. What has not ended by \
         then fails with DEADLINE_PASSED, and what runs is stopped."
    );
    json!({
        "description": doc,
        "anyOf": [
            { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}" },
            { "type": "integer", "minimum": 1, "maximum": WAIT_MS_MAX / 1000 },
        ],
    })
}
