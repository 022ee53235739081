//! Values between JSON and CEL, and the limits of lists.

use crate::limits::{ENTRIES_MAX, ENTRY_BYTES_MAX, LIST_BYTES_MAX, VALUE_DEPTH_MAX};
use crate::question::Unanswered;
use cel::Value;
use cel::objects::{Key, Map};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// A whole number that fits is an `int`, one above that a `uint`, any other a `double`.
pub(crate) fn from_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::UInt(number),
            (None, None) => number.as_f64().map_or(Value::Null, Value::Float),
        },
        serde_json::Value::String(text) => Value::String(Arc::new(text)),
        serde_json::Value::Array(entries) => {
            Value::List(Arc::new(entries.into_iter().map(from_json).collect()))
        }
        serde_json::Value::Object(members) => {
            map(members.into_iter().map(|(name, value)| (name, from_json(value))))
        }
    }
}

/// A map with text keys.
pub(crate) fn map(members: impl Iterator<Item = (String, Value)>) -> Value {
    let map = members.map(|(name, value)| (Key::from(name), value)).collect();
    Value::Map(Map { map: Arc::new(map) })
}

/// An output: what its JSON says, else its text without the line ends at its end. None when it is not even text.
pub(crate) fn from_output(output: &[u8]) -> Option<Value> {
    if let Ok(json) = serde_json::from_slice(output) {
        return Some(from_json(json));
    }
    let text = std::str::from_utf8(output).ok()?;
    Some(Value::String(Arc::new(text.trim_end_matches(['\n', '\r']).to_owned())))
}

/// A list as JSON, within its limits.
pub(crate) fn list(value: &Value) -> Result<Vec<serde_json::Value>, Unanswered> {
    let Value::List(entries) = value else {
        return Err(Unanswered::NoValue(format!("it gives {}, where a list is wanted", value.type_of())));
    };
    within_count(entries.len())?;
    let mut taken = 0;
    let checked = entries.iter().map(|entry| {
        let entry = to_json(entry, 0)?;
        within_size(&entry, &mut taken)?;
        Ok(entry)
    });
    checked.collect()
}

/// A list that was written out, within its limits.
pub(crate) fn literal_list(value: &serde_json::Value) -> Result<Vec<serde_json::Value>, Unanswered> {
    check_list(value)?;
    Ok(value.as_array().cloned().expect("invariant: what was checked is a list"))
}

/// Whether a list that was written out is within the limits of one ([`limits`](crate::limits)).
pub fn check_list(value: &serde_json::Value) -> Result<(), Unanswered> {
    let serde_json::Value::Array(entries) = value else {
        return Err(Unanswered::NoValue("what is written out is no list".to_owned()));
    };
    within_count(entries.len())?;
    let mut taken = 0;
    entries.iter().try_for_each(|entry| match within_depth(entry, VALUE_DEPTH_MAX) {
        true => within_size(entry, &mut taken),
        false => Err(too_deep()),
    })
}

/// Whether lists and objects lie within each other at most so deep.
pub(crate) fn within_depth(json: &serde_json::Value, depth: usize) -> bool {
    let is_within = |part| depth > 0 && within_depth(part, depth - 1);
    match json {
        serde_json::Value::Array(entries) => entries.iter().all(is_within),
        serde_json::Value::Object(members) => members.values().all(is_within),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => true,
    }
}

pub(crate) fn too_deep() -> Unanswered {
    Unanswered::TooMuch(format!("lists and objects lie within each other more than {VALUE_DEPTH_MAX} deep"))
}

fn within_count(entries: usize) -> Result<(), Unanswered> {
    match entries > ENTRIES_MAX {
        true => Err(Unanswered::TooMuch(format!(
            "a list has at most {ENTRIES_MAX} entries, and this one {entries}"
        ))),
        false => Ok(()),
    }
}

/// Counts an entry.
fn within_size(entry: &serde_json::Value, taken: &mut usize) -> Result<(), Unanswered> {
    let mut bytes = Counted(0);
    serde_json::to_writer(&mut bytes, entry).expect("invariant: a value is JSON, and counting does not fail");
    // With the comma after it.
    *taken += bytes.0 + 1;
    if bytes.0 > ENTRY_BYTES_MAX {
        return Err(Unanswered::TooMuch(format!(
            "an entry of a list has at most {ENTRY_BYTES_MAX} bytes of JSON"
        )));
    }
    if *taken > LIST_BYTES_MAX {
        return Err(Unanswered::TooMuch(format!("a list has at most {LIST_BYTES_MAX} bytes of JSON")));
    }
    Ok(())
}

fn to_json(value: &Value, depth: usize) -> Result<serde_json::Value, Unanswered> {
    if depth > VALUE_DEPTH_MAX {
        return Err(too_deep());
    }
    if let Value::Map(map) = value {
        // In the order of their names: the map itself has another one each time.
        let members: BTreeMap<&Key, &Value> = map.map.iter().collect();
        let members = members.into_iter().map(|(key, value)| match key {
            Key::String(name) => Ok(((**name).clone(), to_json(value, depth + 1)?)),
            Key::Int(_) | Key::Uint(_) | Key::Bool(_) => Err(no_json("a map whose keys are no texts")),
        });
        return members.collect::<Result<_, _>>().map(serde_json::Value::Object);
    }
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Float(number) => {
            let number = serde_json::Number::from_f64(*number);
            number.ok_or_else(|| no_json("a number that is not finite"))?.into()
        }
        Value::String(text) => text.as_str().into(),
        Value::List(entries) => {
            entries.iter().map(|entry| to_json(entry, depth + 1)).collect::<Result<_, _>>()?
        }
        Value::Map(_) | Value::Bytes(_) | Value::Function(..) | Value::Opaque(_) | Value::Struct(_) => {
            return Err(no_json(&value.type_of().to_string()));
        }
    })
}

fn no_json(what: &str) -> Unanswered {
    Unanswered::NoValue(format!("the list holds {what}, which JSON has not"))
}

/// How much was written.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
