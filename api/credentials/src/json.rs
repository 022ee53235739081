//! JSON in which no member stands twice.
//!
//! RFC 8259 leaves open which of two members counts, so one reader sees the one and another the other. Here, at any depth,
//! neither counts: the text is refused. Names are compared as they are meant, escapes undone.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// The members of an object.
pub(crate) type Members = BTreeMap<String, Json>;

/// A value. What is never looked into is not kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// `null`, `true` or `false`.
    Other,
    /// A number without a fraction that fits.
    Whole(i64),
    /// Any other number. It is finite: the reader refuses what is larger than a double.
    Fraction(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Members),
}

impl Json {
    /// The string that it is.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Reads one object and nothing behind it. Nesting deeper than 128 is refused, by the reader below.
pub(crate) fn read(text: &[u8]) -> Result<Members, serde_json::Error> {
    match serde_json::from_slice(text)? {
        Json::Object(members) => Ok(members),
        Json::Other | Json::Whole(_) | Json::Fraction(_) | Json::Text(_) | Json::List(_) => {
            Err(serde_json::Error::custom("it is no object"))
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(i64::try_from(number).map_or(Json::Fraction(number as f64), Json::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Fraction(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = sequence.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Members::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Json::Object(members))
    }
}
