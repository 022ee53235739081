//! Content in the clear, or a word that says why there is none: never an empty text in its place.

use super::found::{Cause, Unmet, shown};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use triad_event::execution;
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
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "content that cannot be read for any other cause is damaged"
    )]
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
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Sealed {
    /// In base64: the hash of what lies in the vault.
    address: String,
    /// In base64.
    commitment: String,
    length_bytes: u64,
}

impl From<&triad_event::Sealed> for Sealed {
    fn from(sealed: &triad_event::Sealed) -> Self {
        Self {
            address: BASE64.encode(sealed.address),
            commitment: BASE64.encode(sealed.commitment),
            length_bytes: sealed.length.0,
        }
    }
}

/// What an attempt wrote to one stream.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Captured {
    /// None when nothing was kept.
    kept: Option<Sealed>,
    /// How much it wrote, kept or not.
    total_bytes: u64,
    /// There when it was asked for.
    #[serde(flatten)]
    content: Option<Shown>,
}

impl Captured {
    pub(crate) fn of(captured: &execution::Captured, content: Option<Content>) -> Self {
        Self {
            kept: captured.kept.as_deref().map(Sealed::from),
            total_bytes: captured.total.0,
            content: content.map(Shown::output),
        }
    }
}

/// What was found of an attempt, in words.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    kept: Sealed,
    /// There when it was asked for.
    #[serde(flatten)]
    content: Option<Shown>,
}

impl Found {
    pub(crate) fn of(sealed: &triad_event::Sealed, content: Option<Content>) -> Self {
        Self { kept: sealed.into(), content: content.map(Shown::findings) }
    }
}

/// What a task was given, or a workflow.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Given {
    /// None when it was given nothing.
    kept: Option<Sealed>,
    /// There when it was asked for.
    #[serde(flatten)]
    content: Option<Shown>,
}

impl Given {
    pub(crate) fn of(input: Option<&triad_event::Sealed>, kind: TaskKind, content: Option<Content>) -> Self {
        Self { kept: input.map(Sealed::from), content: content.map(|content| Shown::input(kind, content)) }
    }

    /// The values of a workflow's inputs, which are text: a JSON object.
    pub(crate) fn values(sealed: Option<&triad_event::Sealed>, content: Option<Content>) -> Self {
        Self { kept: sealed.map(Sealed::from), content: content.map(Shown::output) }
    }
}

/// Content, or why there is none.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "content", rename_all = "lowercase")]
pub(crate) enum Shown {
    /// Bytes that are text.
    Text {
        text: String,
    },
    /// Bytes that are no text.
    Base64 {
        base64: String,
    },
    /// The command and the environment of a process.
    Process {
        command: Vec<String>,
        env: BTreeMap<String, String>,
        /// Where it runs; none when a directory is made for each attempt.
        working_directory: Option<String>,
        /// What it is given on standard input.
        stdin: Option<String>,
        /// The checks of its output.
        #[serde(skip_serializing_if = "Option::is_none")]
        verify: Option<serde_json::Value>,
    },
    /// Why an attempt failed, and what of its output is not as wanted.
    Findings {
        causes: Vec<Cause>,
        unmet: Vec<Unmet>,
    },
    Omitted {
        detail: &'static str,
    },
    Erased {
        detail: &'static str,
    },
    Missing {
        detail: String,
    },
    Damaged {
        detail: String,
    },
}

impl Shown {
    /// What an attempt wrote: as text, or in base64 when it is none.
    pub(crate) fn output(content: Content) -> Self {
        match content {
            Content::Open(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => Self::Text { text: text.to_owned() },
                Err(_) => Self::Base64 { base64: BASE64.encode(&*bytes) },
            },
            Content::Omitted => Self::Omitted {
                detail: "it is more than this answer holds: GET /v1/workflows/ID/output streams it",
            },
            Content::Erased(erasure) => Self::Erased { detail: erasure.describe() },
            Content::Missing { why } => Self::Missing { detail: why },
            Content::Damaged { why } => Self::Damaged { detail: why },
        }
    }

    /// What was found of an attempt.
    fn findings(content: Content) -> Self {
        match content {
            Content::Open(bytes) => match shown(&bytes) {
                Some((causes, unmet)) => Self::Findings { causes, unmet },
                None => Self::Damaged { detail: "it is not what was sealed of an attempt".to_owned() },
            },
            Content::Omitted | Content::Erased(_) | Content::Missing { .. } | Content::Damaged { .. } => {
                Self::output(content)
            }
        }
    }

    /// What a task was given: the text of a no-op, command and environment of a process.
    pub(crate) fn input(kind: TaskKind, content: Content) -> Self {
        match (kind, content) {
            (TaskKind::Process, Content::Open(bytes)) => match Process::decode(&bytes) {
                Ok(Process { command, env, directory, stdin, verify }) => {
                    let env = env.into_iter().map(|one| (one.name, one.value)).collect();
                    let verify = verify.and_then(|checks| serde_json::from_str(&checks).ok());
                    Self::Process { command, env, working_directory: directory, stdin, verify }
                }
                Err(error) => Self::Damaged { detail: error.to_string() },
            },
            (
                TaskKind::Noop
                | TaskKind::Process
                | TaskKind::Wait
                | TaskKind::Signal
                | TaskKind::Approval
                | TaskKind::Group,
                content,
            ) => Self::output(content),
        }
    }
}
