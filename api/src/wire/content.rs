//! Content in the clear, or a word that says why there is none: never an empty text in its place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use triad_event::Sealed;
use triad_event::intake::TaskKind;
use triad_event::sealed::Process;
use triad_vault::{Plaintext, Unopened};

/// What came of opening sealed content.
#[derive(Debug)]
pub(crate) enum Content {
    /// It was opened, and verified.
    Open(Plaintext),
    /// It is more than one answer holds.
    Omitted,
    /// Its data subject is erased, or is being erased: either way it is opened no more.
    Erased(Erasure),
    /// It, or the key to it, is not there.
    Missing { why: String },
    /// It, or the key to it, is not as it was written.
    Damaged { why: String },
}

/// How far the erasure of a data subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erasure {
    /// It was requested and has not ended.
    UnderWay,
    /// The key is destroyed.
    Done,
}

impl Erasure {
    /// What to say in place of the content.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::UnderWay => {
                "the erasure of its data subject is under way: its key is about to be destroyed"
            }
            Self::Done => "the key of its data subject is destroyed",
        }
    }
}

impl From<Unopened> for Content {
    fn from(unopened: Unopened) -> Self {
        let why = unopened.to_string();
        match unopened {
            Unopened::Erased { .. } => Self::Erased(Erasure::Done),
            Unopened::Missing | Unopened::KeyMissing { .. } => Self::Missing { why },
            _ => Self::Damaged { why },
        }
    }
}

/// Where content lies, and what it commits to: all that the log says of it.
pub(crate) fn sealed(sealed: &Sealed) -> Value {
    json!({
        "address": BASE64.encode(sealed.address),
        "commitment": BASE64.encode(sealed.commitment),
        "length_bytes": sealed.length.0,
    })
}

/// What an attempt wrote: as text, or in base64 when it is none.
pub(crate) fn output(content: &Content) -> Map<String, Value> {
    match content {
        Content::Open(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => members("text", "text", text.into()),
            Err(_) => members("base64", "base64", BASE64.encode(&**bytes).into()),
        },
        Content::Omitted | Content::Erased(_) | Content::Missing { .. } | Content::Damaged { .. } => {
            absent(content)
        }
    }
}

/// What a task was given: the text of a no-op, command and environment of a process.
pub(crate) fn input(kind: TaskKind, content: &Content) -> Map<String, Value> {
    match (kind, content) {
        (TaskKind::Process, Content::Open(bytes)) => match Process::decode(bytes) {
            Ok(process) => {
                let env = process.env.into_iter().map(|one| (one.name, Value::from(one.value)));
                let mut found = members("process", "command", process.command.into());
                found.insert("env".to_owned(), Value::Object(env.collect()));
                found
            }
            Err(error) => absent(&Content::Damaged { why: error.to_string() }),
        },
        (TaskKind::Noop | TaskKind::Process, _) => output(content),
    }
}

fn absent(content: &Content) -> Map<String, Value> {
    let (word, why) = match content {
        Content::Missing { why } => ("missing", why.as_str()),
        Content::Damaged { why } => ("damaged", why.as_str()),
        Content::Erased(erasure) => ("erased", erasure.describe()),
        Content::Omitted | Content::Open(_) => {
            ("omitted", "it is more than this answer holds: GET /v1/workflows/ID/output streams it")
        }
    };
    members(word, "detail", why.into())
}

fn members(word: &str, name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([("content".to_owned(), word.into()), (name.to_owned(), value)])
}
