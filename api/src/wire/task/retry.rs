//! What a retry says beside numbers of attempts and the base of its delays: after which ends, and how long at most.

use crate::resource::workflow::wire::RETRIED;
use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen};
use crate::wire::words::Words;
use serde_json::{Map, Value, json};
use triad_decide::limits::RETRY_DELAY_MS_MAX;
use triad_event::execution::Ending;
use triad_event::quantity::Millis;

/// What a retry says besides.
#[derive(Debug, Default)]
pub(super) struct Retry {
    pub(super) on: Vec<Ending>,
    pub(super) delay_max: Option<Millis>,
}

/// The members of a retry that are read here.
pub(super) const ROWS: [&str; 2] = ["causes", "max_ms"];

/// Reads one of them.
pub(super) fn read(
    name: &str,
    seen: &mut Seen,
    retry: &mut Retry,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    let (row, path) = if name == ROWS[0] { (ROWS[0], "retry.causes") } else { (ROWS[1], "retry.max_ms") };
    if !seen.first(row) {
        return members.refuse_repeated(reader, path);
    }
    if row == ROWS[0] {
        retry.on = read_endings(members, reader)?;
    } else if members.expect(reader, path, Kind::Number)? {
        let written = reader.number()?;
        match written.parse() {
            Ok(number) => retry.delay_max = Some(Millis(number)),
            Err(_) => members.fault(path, || {
                format!("must be a whole number below 2^64, in digits alone such as 30, not {}", cut(written))
            }),
        }
    }
    Ok(())
}

fn read_endings(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Vec<Ending>, Malformed> {
    let mut endings = Vec::new();
    if !members.expect(reader, "retry.causes", Kind::List)? {
        return Ok(endings);
    }
    let mut position = 0_u64;
    reader.list(|reader| {
        let path = format!("retry.causes[{position}]");
        position += 1;
        let Some(name) = members.text(reader, &path)? else { return Ok(()) };
        match RETRIED.iter().copied().find(|ending| ending.word() == name) {
            Some(ending) if endings.contains(&ending) => {
                members.fault(&path, || format!("{name} is named more than once"));
            }
            Some(ending) => endings.push(ending),
            None => {
                let known: Vec<&str> = RETRIED.iter().map(Words::word).collect();
                members.fault(&path, || format!("must be one of {}, not {:?}", known.join(", "), cut(&name)));
            }
        }
        Ok(())
    })?;
    endings.sort_unstable();
    Ok(endings)
}

/// Their JSON Schema.
pub(super) fn schemas() -> Map<String, Value> {
    let endings: Vec<&str> = RETRIED.iter().map(Words::word).collect();
    let causes = json!({
        "description": "After which ends of an attempt it is tried again; without it after each of them.",
        "type": "array", "items": { "enum": endings }, "uniqueItems": true,
    });
    let max_ms = json!({
        "description": "The longest delay before a retry, in milliseconds. A delay is drawn by chance, up to the base doubled with each attempt.",
        "type": "integer", "minimum": 1, "maximum": RETRY_DELAY_MS_MAX,
    });
    [("causes".to_owned(), causes), ("max_ms".to_owned(), max_ms)].into_iter().collect()
}
