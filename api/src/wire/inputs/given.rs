//! Values as they are given to inputs: of the workflow, or of a sub-workflow.

use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, shown_key};
use crate::wire::value;
use serde_json::Value;
use std::collections::BTreeMap;

/// Values by the names of inputs.
pub(in crate::wire) type Given = BTreeMap<String, GivenValue>;

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::wire) struct GivenValue {
    /// None where it could not be read: then it is no second fault that none was given.
    pub(in crate::wire) value: Option<Value>,
    /// Where its name stands.
    pub(in crate::wire) key_at: usize,
    /// Where it stands itself.
    pub(in crate::wire) at: usize,
}

/// `values: {region: eu}`
pub(in crate::wire) fn read_given(
    around: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Given, Malformed> {
    let mut given = Given::new();
    if !members.expect(reader, around, Kind::Object)? {
        return Ok(given);
    }
    reader.object(|reader, name| {
        let path = format!("{around}.{}", shown_key(&name));
        if given.contains_key(&*name) {
            return members.refuse_repeated(reader, &path);
        }
        let (key_at, at) = (reader.key_place(), reader.place());
        let value = value::read(members, reader, &path)?;
        given.insert(name.into_owned(), GivenValue { value, key_at, at });
        Ok(())
    })?;
    Ok(given)
}
