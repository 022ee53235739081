//! What an evaluation is asked and what it answers, as both go between two processes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A condition, a list or both, and the values that they name. It need carry only what [`crate::Used`] says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The text of a condition; none holds.
    pub condition: Option<String>,
    /// What is asked for when the condition holds.
    pub list: Option<ListOf>,
    /// Values of inputs: an object.
    pub inputs: Value,
    /// What became of dependencies.
    pub tasks: BTreeMap<String, TaskFacts>,
}

/// Where a list comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOf {
    /// The text of an expression.
    Expression(String),
    /// A list that was written out.
    Literal(Value),
}

/// What became of a dependency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskFacts {
    /// `COMPLETED`, `FAILED` or `SKIPPED`.
    pub status: String,
    /// Its output as it was written; none when it has none.
    #[serde(serialize_with = "encode", deserialize_with = "decode")]
    pub output: Option<Vec<u8>>,
}

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The condition holds, and no list was asked for.
    Holds,
    /// The condition does not hold; the list was not looked at.
    DoesNotHold,
    /// The condition holds, and this is the list.
    List(Vec<Value>),
}

/// Why there is no answer, and there will be none for these values. The texts name variables and types, and no value that
/// is not written in the expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    /// It names a member, an entry or an output that is not there.
    #[error("{0}")]
    Missing(String),
    /// It has no value, or one of another type than is wanted.
    #[error("{0}")]
    NoValue(String),
    /// It takes more, or gives more, than [`crate::limits`] allow.
    #[error("{0}")]
    TooMuch(String),
}

fn encode<S: Serializer>(output: &Option<Vec<u8>>, into: S) -> Result<S::Ok, S::Error> {
    output.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(into)
}

fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| STANDARD.decode(text).map_err(serde::de::Error::custom)).transpose()
}
