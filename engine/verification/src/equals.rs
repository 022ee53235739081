//! `equals`: an output that is known beforehand.

use crate::exact::{self, Exact};
use crate::fault::{Faults, kind, listed};
use crate::limits::{JSON_DEPTH_MAX, WRITTEN_BYTES_MAX};
use crate::verdict::Lack;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const FORMS: &[&str] = &["text", "base64", "json", "json_text"];
/// From here on not every whole number is one of 64 bits with a fraction.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
/// Significant digits that such a number keeps of any number.
const DIGITS_KEPT: usize = 15;

/// What an output must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Equals {
    /// These bytes, every one.
    Bytes(Vec<u8>),
    /// This value of JSON, however it is written.
    Json(Exact),
}

impl Equals {
    pub(crate) fn read(faults: &mut Faults, value: &Value) -> Option<Self> {
        let members = faults.members(value, FORMS)?;
        let mut given = members.iter().filter(|(name, _)| FORMS.contains(&name.as_str()));
        let (Some((form, value)), None) = (given.next(), given.next()) else {
            faults.add(format!(
                "says what is wanted in {} ways: write one of {}",
                members.len(),
                listed(FORMS)
            ));
            return None;
        };
        faults.member(form, |faults| {
            if form == "json" {
                return json(faults, value).map(Self::Json);
            }
            let Some(text) = value.as_str() else {
                faults.add(format!("is {}: write a text", kind(value)));
                return None;
            };
            if text.len() > WRITTEN_BYTES_MAX {
                faults.add(format!("has {} bytes: write at most {WRITTEN_BYTES_MAX}", text.len()));
                return None;
            }
            match form.as_str() {
                "text" => Some(Self::Bytes(text.as_bytes().to_vec())),
                "base64" => decoded(faults, text).map(Self::Bytes),
                _ => json_text(faults, text).map(Self::Json),
            }
        })
    }

    pub(crate) fn check(&self, output: &[u8]) -> Result<(), Lack> {
        match self {
            Self::Bytes(wanted) => check_bytes(wanted, output),
            Self::Json(wanted) => {
                let found = read_output(output)?;
                match difference(wanted, &found) {
                    None => Ok(()),
                    Some(at) => Err(Lack::differs(format!("the output differs at {}", at.shown()))),
                }
            }
        }
    }
}

/// An output as JSON.
pub(crate) fn read_output(output: &[u8]) -> Result<Exact, Lack> {
    exact::read(output).map_err(|why| {
        let reason = format!("the output {why}");
        if why.is_a_limit() { Lack::too_much(reason) } else { Lack::differs(reason) }
    })
}

fn decoded(faults: &mut Faults, text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text).ok();
    if bytes.is_none() {
        faults.add("is no base64: write RFC 4648, section 4, with its padding");
    }
    bytes
}

fn json(faults: &mut Faults, value: &Value) -> Option<Exact> {
    if !exact::within_depth(value, JSON_DEPTH_MAX) {
        faults.add(format!(
            "is nested more than {JSON_DEPTH_MAX} deep: compare a part of it with a JSON Schema"
        ));
        return None;
    }
    let bytes = value.to_string().len();
    if bytes > WRITTEN_BYTES_MAX {
        faults.add(format!("has {bytes} bytes as JSON: write at most {WRITTEN_BYTES_MAX}"));
        return None;
    }
    match Exact::of(value) {
        Some(exact) if !may_be_rounded(value) && exact::is_kept(value) => Some(exact),
        _ => {
            faults.add(
                "has a number that reading it may have rounded: write the value as a text, in `json_text`",
            );
            None
        }
    }
}

/// Whether a number in it has more digits than were surely kept when it was read, before it came here.
fn may_be_rounded(value: &Value) -> bool {
    match value {
        Value::Number(number) if number.is_f64() => {
            let digits = number.to_string();
            let digits = digits.split(['e', 'E']).next().unwrap_or_default();
            let digits = digits.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
            let significant = digits.iter().skip_while(|digit| **digit == b'0').count();
            significant > DIGITS_KEPT + 1 || number.as_f64().is_some_and(|number| number.abs() >= WHOLE_MAX)
        }
        Value::Array(entries) => entries.iter().any(may_be_rounded),
        Value::Object(members) => members.values().any(may_be_rounded),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn json_text(faults: &mut Faults, text: &str) -> Option<Exact> {
    let read = exact::read(text.as_bytes());
    if let Err(why) = read {
        faults.add(format!("{why}: write JSON"));
    }
    read.ok()
}

fn check_bytes(wanted: &[u8], output: &[u8]) -> Result<(), Lack> {
    if wanted == output {
        return Ok(());
    }
    let (found, bytes) = (output.len(), wanted.len());
    if let Some(more) = output.strip_prefix(wanted) {
        let what = if more == b"\n" { "a line feed" } else { "something" };
        return Err(Lack::differs(format!("the output has {what} behind the {bytes} bytes that are wanted")));
    }
    let at = wanted.iter().zip(output).position(|(one, other)| one != other);
    Err(Lack::differs(match at {
        Some(at) => format!("the output differs at byte {at} of {bytes}"),
        None => format!("the output ends after {found} of {bytes} bytes"),
    }))
}

/// Where two values differ: by names that are written in the verification, and by positions.
struct Place(Vec<String>);

impl Place {
    fn within(mut self, step: impl ToString) -> Self {
        self.0.push(step.to_string());
        self
    }

    /// `/rows/3`
    fn shown(mut self) -> String {
        self.0.reverse();
        match self.0.is_empty() {
            true => "its outermost value".to_owned(),
            false => self.0.iter().map(|step| format!("/{step}")).collect(),
        }
    }
}

fn difference(wanted: &Exact, found: &Exact) -> Option<Place> {
    match (wanted, found) {
        (Exact::List(wanted), Exact::List(found)) => {
            let pairs = wanted.iter().zip(found).zip(0_usize..);
            let inner = pairs.filter_map(|((wanted, found), at)| Some(difference(wanted, found)?.within(at)));
            first(inner).or_else(|| (wanted.len() != found.len()).then(|| Place(Vec::new())))
        }
        (Exact::Object(wanted), Exact::Object(found)) => {
            let inner = wanted.iter().filter_map(|(name, wanted)| {
                let position = found.binary_search_by(|(other, _)| other.cmp(name));
                match position {
                    Ok(position) => Some(difference(wanted, &found[position].1)?.within(name)),
                    Err(_) => Some(Place(vec![name.clone()])),
                }
            });
            first(inner).or_else(|| (wanted.len() != found.len()).then(|| Place(Vec::new())))
        }
        (wanted, found) => (wanted != found).then(|| Place(Vec::new())),
    }
}

fn first(mut places: impl Iterator<Item = Place>) -> Option<Place> {
    places.next()
}
