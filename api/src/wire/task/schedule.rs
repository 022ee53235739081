//! When a workflow is submitted again and again, as one of its tasks says it.

use super::gate::read_object;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::Members;
use serde_json::{Value, json};
use triad_calendar::{Field, Rules, TEXT_BYTES_MAX, Timing};

/// When the workflow is submitted of which a task says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recurrence {
    /// The expression, as it was written.
    pub(crate) at: String,
    /// The time zone in which it is read, as the database spells it.
    pub(crate) zone: String,
}

/// The same with the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wire) struct Written {
    pub(in crate::wire) recurrence: Recurrence,
    pub(in crate::wire) at: usize,
}

/// `schedule: "@daily"`, or an object with `at` and `zone`.
pub(super) fn read(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Option<Written>, Malformed> {
    let begins = reader.place();
    if reader.kind()? != Kind::Object {
        let Some(text) = members.text(reader, "schedule")? else { return Ok(None) };
        let recurrence = checked(text, None, ["schedule"; 2], [begins; 2], members);
        return Ok(recurrence.map(|recurrence| Written { recurrence, at: begins }));
    }
    let (mut at, mut zone, mut places) = (None, None, [begins; 2]);
    let mut follows = false;
    read_object(members, reader, "schedule", "at and zone", |key, members, reader| {
        match key {
            "at" => {
                places[0] = reader.place();
                at = Some(members.text(reader, "schedule.at")?);
            }
            "zone" => {
                places[1] = reader.place();
                zone = members.text(reader, "schedule.zone")?;
            }
            "after" => {
                follows = true;
                let problem =
                    "is not said in a task: `triad schedule set NAME FILE --after schedule:NAME` does";
                members.at = reader.place();
                members.fault("schedule.after", || problem.to_owned());
                reader.skip()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if follows {
        return Ok(None);
    }
    let Some(at) = at else {
        members.at = begins;
        members.fault("schedule.at", || "is missing".to_owned());
        return Ok(None);
    };
    let recurrence =
        at.and_then(|at| checked(at, zone.as_deref(), ["schedule.at", "schedule.zone"], places, members));
    Ok(recurrence.map(|recurrence| Written { recurrence, at: begins }))
}

/// What fires. Expression and zone have their paths and places.
fn checked(
    at: String,
    zone: Option<&str>,
    paths: [&str; 2],
    places: [usize; 2],
    members: &mut Members<'_>,
) -> Option<Recurrence> {
    match Timing::parse(&at, zone, Rules::default()) {
        Ok(timing) => Some(Recurrence { at, zone: timing.zone().to_owned() }),
        Err(fault) => {
            let which = usize::from(fault.field == Field::Zone);
            members.at = places[which];
            members.fault(paths[which], || fault.to_string());
            None
        }
    }
}

pub(super) fn schema() -> Value {
    let expression = json!({ "type": "string", "minLength": 1, "maxLength": TEXT_BYTES_MAX });
    let zone = "A time zone, such as Europe/Berlin; UTC unless it is given.";
    json!({
        "description": "When the whole workflow is submitted: submitting it sets the schedule that has its name, and begins \
                        nothing. Cron with five or six fields, @daily and the like, or @every 15m; alone, or as `at` \
                        beside a time zone. Each task of a workflow that has it says the same.",
        "anyOf": [expression, {
            "type": "object",
            "properties": {
                "at": {
                    "description": "Cron with five or six fields, @daily and the like, or @every 15m.",
                    "type": "string", "minLength": 1, "maxLength": TEXT_BYTES_MAX,
                },
                "zone": { "description": zone, "type": "string", "minLength": 1 },
            },
            "required": ["at"],
            "additionalProperties": false,
        }],
    })
}
