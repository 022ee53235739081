//! Any JSON value, as it stands in a definition.

use super::json::{Kind, Malformed, Reader};
use super::members::Members;
use serde_json::{Map, Value};

/// Reads the value that stands here. In YAML a text that other readers take for something else is a fault, as anywhere.
pub(super) fn read(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
    path: &str,
) -> Result<Option<Value>, Malformed> {
    let before = members.faults.total;
    let value = read_value(members, reader, path)?;
    Ok(Some(value).filter(|_| members.faults.total == before))
}

fn read_value(members: &mut Members<'_>, reader: &mut Reader<'_>, path: &str) -> Result<Value, Malformed> {
    if !members.budget.take_text() {
        reader.skip()?;
        return Ok(Value::Null);
    }
    match reader.kind()? {
        Kind::List => {
            let (mut entries, mut position) = (Vec::new(), 0_u64);
            reader.list(|reader| {
                entries.push(read_value(members, reader, &format!("{path}[{position}]"))?);
                position += 1;
                Ok(())
            })?;
            Ok(Value::Array(entries))
        }
        Kind::Object => {
            let mut object = Map::new();
            reader.object(|reader, key| {
                let inner = format!("{path}.{}", super::members::shown_key(&key));
                if object.contains_key(&*key) {
                    return members.refuse_repeated(reader, &inner);
                }
                let value = read_value(members, reader, &inner)?;
                object.insert(key.into_owned(), value);
                Ok(())
            })?;
            Ok(Value::Object(object))
        }
        Kind::Text if reader.is_plain_json() => Ok(Value::String(reader.text()?.into_owned())),
        kind @ (Kind::Number | Kind::Boolean | Kind::Null) if reader.is_plain_json() => {
            members.at = reader.place();
            let written = reader.raw()?;
            let value = serde_json::from_str(written);
            if value.is_err() {
                members.fault(path, || format!("{kind} out of reach: {}", super::fault::cut(written)));
            }
            Ok(value.unwrap_or(Value::Null))
        }
        Kind::Text | Kind::Number | Kind::Boolean | Kind::Null | Kind::Moment => {
            members.expect(reader, path, Kind::Text)?;
            Ok(Value::Null)
        }
    }
}
