//! JSON with every digit of its numbers, read without descending by calls.

use crate::decimal::Decimal;
use crate::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};
use serde_json::Value;
use std::mem;

/// A value of JSON. Two are equal when their values are: `1.0` and `1e0` are, members have no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exact {
    Null,
    Truth(bool),
    Number(Decimal),
    Text(String),
    List(Vec<Exact>),
    /// In the order of their names.
    Object(Vec<(String, Exact)>),
}

/// Why a text is not read as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRead {
    #[error("is no JSON: byte {0} is not what may stand there")]
    Malformed(usize),
    #[error("is no JSON: byte {0} is no UTF-8")]
    NoText(usize),
    #[error("is JSON in which the object that ends at byte {0} has a member twice")]
    Twice(usize),
    #[error("has a number at byte {0} whose power of ten is out of reach")]
    OutOfReach(usize),
    #[error("is JSON nested more than {JSON_DEPTH_MAX} deep, at byte {0}")]
    TooDeep(usize),
    #[error("is JSON of more than {JSON_VALUES_MAX} values")]
    TooMany,
}

impl NotRead {
    /// Whether it is a limit of ours that it breaks.
    pub(crate) fn is_a_limit(self) -> bool {
        matches!(self, Self::OutOfReach(_) | Self::TooDeep(_) | Self::TooMany)
    }
}

/// Reads a whole text, with white space around it.
pub(crate) fn read(bytes: &[u8]) -> Result<Exact, NotRead> {
    let text = str::from_utf8(bytes).map_err(|error| NotRead::NoText(error.valid_up_to()))?;
    let mut reader = Reader { text, at: 0, values: 0 };
    let mut open: Vec<Open> = Vec::new();
    loop {
        let mut complete = match reader.begin(&mut open)? {
            Some(value) => value,
            None => continue,
        };
        // What is complete may complete what it lies in.
        loop {
            let Some(outer) = open.last_mut() else {
                reader.skip_blanks();
                return if reader.at == text.len() { Ok(complete) } else { Err(reader.malformed()) };
            };
            outer.take(complete);
            let close = outer.closing();
            reader.skip_blanks();
            if reader.take(b',') {
                if let Some(Open::Object(_, name)) = open.last_mut() {
                    *name = reader.name()?;
                }
                break;
            }
            reader.expect(close)?;
            let closed = open.pop().and_then(Open::into_value);
            complete = closed.ok_or(NotRead::Twice(reader.at))?;
        }
    }
}

/// A list or an object whose end is not reached.
enum Open {
    List(Vec<Exact>),
    /// With the name of the member that comes next.
    Object(Vec<(String, Exact)>, String),
}

impl Open {
    fn take(&mut self, value: Exact) {
        match self {
            Self::List(entries) => entries.push(value),
            Self::Object(members, name) => members.push((mem::take(name), value)),
        }
    }

    fn closing(&self) -> u8 {
        match self {
            Self::List(_) => b']',
            Self::Object(..) => b'}',
        }
    }

    /// None when a member is there twice: readers differ in which of the two counts.
    fn into_value(self) -> Option<Exact> {
        match self {
            Self::List(entries) => Some(Exact::List(entries)),
            Self::Object(mut members, _) => {
                members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
                let differ = members.windows(2).all(|pair| pair[0].0 != pair[1].0);
                differ.then_some(Exact::Object(members))
            }
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    values: usize,
}

impl Reader<'_> {
    /// A value that is complete by itself; none when a list or an object began that has something in it.
    fn begin(&mut self, open: &mut Vec<Open>) -> Result<Option<Exact>, NotRead> {
        self.skip_blanks();
        self.values += 1;
        if self.values > JSON_VALUES_MAX {
            return Err(NotRead::TooMany);
        }
        match self.peek() {
            Some(b'[' | b'{') if open.len() >= JSON_DEPTH_MAX => Err(NotRead::TooDeep(self.at)),
            Some(b'[') => {
                self.at += 1;
                self.skip_blanks();
                if self.take(b']') {
                    return Ok(Some(Exact::List(Vec::new())));
                }
                open.push(Open::List(Vec::new()));
                Ok(None)
            }
            Some(b'{') => {
                self.at += 1;
                self.skip_blanks();
                if self.take(b'}') {
                    return Ok(Some(Exact::Object(Vec::new())));
                }
                let name = self.name()?;
                open.push(Open::Object(Vec::new(), name));
                Ok(None)
            }
            Some(b'"') => self.text().map(|text| Some(Exact::Text(text))),
            Some(b'-' | b'0'..=b'9') => self.number().map(Some),
            _ => self.word().map(Some),
        }
    }

    fn word(&mut self) -> Result<Exact, NotRead> {
        let words = [("null", Exact::Null), ("true", Exact::Truth(true)), ("false", Exact::Truth(false))];
        for (word, value) in words {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.malformed())
    }

    fn number(&mut self) -> Result<Exact, NotRead> {
        let start = self.at;
        self.take(b'-');
        // No digit follows a zero in front.
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _either = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Decimal::of(&self.text[start..self.at]).map(Exact::Number).ok_or(NotRead::OutOfReach(start))
    }

    /// At least one.
    fn digits(&mut self) -> Result<(), NotRead> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.malformed()) }
    }

    fn name(&mut self) -> Result<String, NotRead> {
        self.skip_blanks();
        let name = self.text()?;
        self.skip_blanks();
        self.expect(b':')?;
        Ok(name)
    }

    fn text(&mut self) -> Result<String, NotRead> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(self.malformed()),
            }
        }
        self.at += 1;
        // A backslash may have led into the middle of a character.
        let quoted = self.text.get(start..self.at).ok_or(NotRead::Malformed(start))?;
        serde_json::from_str(quoted).map_err(|_| NotRead::Malformed(start))
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotRead> {
        if self.take(byte) { Ok(()) } else { Err(self.malformed()) }
    }

    fn malformed(&self) -> NotRead {
        NotRead::Malformed(self.at.min(self.text.len()))
    }
}

impl Exact {
    /// Of a value that was read already. None when it has a number out of reach.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Truth(*truth),
            Value::Number(number) => Self::Number(Decimal::of(&number.to_string())?),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(entries) => Self::List(entries.iter().map(Self::of).collect::<Option<_>>()?),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| Some((name.clone(), Self::of(value)?)));
                let mut members: Vec<_> = members.collect::<Option<_>>()?;
                members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
                Self::Object(members)
            }
        })
    }

    /// The same value for a schema; none when a number of it has more digits than schemas are checked with.
    pub(crate) fn into_value(self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Truth(truth) => Value::Bool(truth),
            Self::Number(number) => Value::Number(number.number()?),
            Self::Text(text) => Value::String(text),
            Self::List(entries) => {
                Value::Array(entries.into_iter().map(Self::into_value).collect::<Option<_>>()?)
            }
            Self::Object(members) => {
                let members = members.into_iter().map(|(name, value)| Some((name, value.into_value()?)));
                Value::Object(members.collect::<Option<_>>()?)
            }
        })
    }
}

/// Whether lists and objects of a value lie at most this deep in each other.
pub(crate) fn within_depth(value: &Value, most: usize) -> bool {
    let mut level: Vec<&Value> = vec![value];
    for _ in 0..=most {
        let inner = level.iter().flat_map(|value| {
            let entries = value.as_array().into_iter().flatten();
            entries.chain(value.as_object().into_iter().flat_map(|members| members.values()))
        });
        level = inner.collect();
        if level.is_empty() {
            return true;
        }
    }
    false
}

/// Whether every number of a value is still the same after it was written and read once more, as it is on its way to another
/// process: readers of JSON round numbers with many digits or large powers.
pub(crate) fn is_kept(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            serde_json::from_str::<Value>(&number.to_string()).is_ok_and(|read| read == *value)
        }
        Value::Array(entries) => entries.iter().all(is_kept),
        Value::Object(members) => members.values().all(is_kept),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}
