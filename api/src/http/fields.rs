//! The few fields of a small body: a reason, the name of a hold, the value of a setting.

use super::body;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::problem::{Code, Problem};
use axum::body::Body;
use axum::http::HeaderMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A field that a body may have, and what it must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    pub(crate) doc: &'static str,
}

pub(crate) const REASON: Field =
    Field { name: "reason", kind: Kind::Text, is_required: false, doc: "Why, for the record." };

/// The same where nothing is done without one.
pub(crate) const STATED_REASON: Field = Field { is_required: true, ..REASON };

/// What a body says. Nothing when there is no body.
pub(crate) struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    /// Reads a body that has no other fields than these.
    pub(crate) async fn read(
        bodies: &Arc<Semaphore>,
        headers: &HeaderMap,
        body: Body,
        known: &[Field],
    ) -> Result<Self, Problem> {
        let received = body::read(bodies, headers, body, body::SMALL_BYTES_MAX).await?;
        if received.bytes.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let malformed = |malformed: Malformed| Problem::new(Code::MalformedJson, malformed.to_string());
        let read = read_fields(&received.bytes, known).map_err(malformed)?;
        read.map(Self).map_err(|detail| Problem::new(Code::InvalidBody, detail))
    }

    /// The field; empty when the body leaves it out.
    pub(crate) fn or_empty(&mut self, field: Field) -> String {
        self.0.remove(field.name).unwrap_or_default()
    }

    /// A field that must be there.
    pub(crate) fn required(&mut self, Field { name, .. }: Field) -> Result<String, Problem> {
        let missing = || Problem::new(Code::InvalidBody, format!("{name} is missing"));
        self.0.remove(name).ok_or_else(missing)
    }
}

type Read = Result<BTreeMap<&'static str, String>, String>;

fn read_fields(bytes: &[u8], known: &[Field]) -> Result<Read, Malformed> {
    let mut reader = Reader::new(bytes)?;
    let (mut found, mut fault) = (BTreeMap::new(), None);
    if reader.kind()? != Kind::Object {
        reader.skip()?;
        reader.end()?;
        return Ok(Err("the body must be an object".to_owned()));
    }
    reader.object(|reader, key| {
        let kind = reader.kind()?;
        match known.iter().find(|field| field.name == &*key) {
            Some(Field { name, .. }) if found.contains_key(name) => {
                fault = Some(format!("{name} stands more than once"));
            }
            Some(Field { name, kind: expected, .. }) if kind == *expected => {
                let value = if kind == Kind::Text {
                    reader.text()?.into_owned()
                } else {
                    reader.number()?.to_owned()
                };
                found.insert(*name, value);
                return Ok(());
            }
            Some(Field { name, kind: expected, .. }) => {
                fault = Some(format!("{name} must be {expected}, not {kind}"))
            }
            None => fault = Some(format!("the body has no other field than {}", names(known))),
        }
        reader.skip()
    })?;
    reader.end()?;
    Ok(fault.map_or(Ok(found), Err))
}

fn names(known: &[Field]) -> String {
    known.iter().map(|field| field.name).collect::<Vec<_>>().join(" and ")
}
