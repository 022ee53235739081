//! How a command ends badly, and with which exit code.

use std::error::Error;
use std::process::ExitCode;
use triad_log::place::PlaceError;
use triad_proof::causes;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    class: Class,
    error: Box<dyn Error + Send + Sync>,
    document: Option<serde_json::Value>,
    is_told: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Refused,
    Usage,
    Machine,
    NotLetIn,
    /// What was asked about is not there.
    Absent,
    /// A workflow that was waited for ended otherwise than completed.
    EndedBadly,
    /// What was waited for did not come in time.
    Late,
    /// Whoever read the output left.
    Unread,
}

impl Failure {
    fn new(class: Class, error: Box<dyn Error + Send + Sync>) -> Self {
        Self { class, error, document: None, is_told: false }
    }

    /// With what a program is to read instead of the message.
    pub(crate) fn with_document(self, document: serde_json::Value) -> Self {
        Self { document: Some(document), ..self }
    }

    /// What a program is to read, if it is more than the message.
    pub(crate) fn document(&self) -> Option<&serde_json::Value> {
        self.document.as_ref()
    }

    /// The answer is no: the log does not verify, or a rule forbids what was asked.
    pub(crate) fn refused(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::Refused, error.into())
    }

    /// The server does not know who asks, or they may not.
    pub(crate) fn not_let_in(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::NotLetIn, error.into())
    }

    /// There is no such workflow.
    pub(crate) fn absent(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::Absent, error.into())
    }

    /// The workflow that was waited for failed, was cancelled, expired or was closed.
    pub(crate) fn ended_badly(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::EndedBadly, error.into())
    }

    /// The time to wait is over.
    pub(crate) fn late(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::Late, error.into())
    }

    /// The same with other words.
    pub(crate) fn saying(self, text: String) -> Self {
        Self { error: text.into(), ..self }
    }

    /// What was asked makes no sense.
    pub(crate) fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::Usage, error.into())
    }

    /// The same, and whoever asked was told what is wrong.
    pub(crate) fn usage_told() -> Self {
        Self { is_told: true, ..Self::usage("wrong usage") }
    }

    /// The result could not be written. When whoever read it left they want to hear no more, as with `| head`.
    pub(crate) fn output(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self { is_told: true, ..Self::new(Class::Unread, error.into()) };
        }
        Self::machine(Unwritten(error))
    }

    /// Whether nothing is left to say about it.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told
    }

    /// The machine failed.
    pub(crate) fn machine(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::Machine, error.into())
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.class {
            Class::Refused => 1,
            Class::Usage => 2,
            Class::Machine => 3,
            Class::NotLetIn => 4,
            Class::Absent => 5,
            Class::EndedBadly => 6,
            Class::Late => 7,
            // As a shell shows it of programs that SIGPIPE ends: 128 and its number.
            Class::Unread => 141,
        })
    }

    /// The message and its causes, outermost first.
    pub(crate) fn chain(&self) -> Vec<String> {
        causes(&*self.error).collect()
    }
}

impl From<triad_log::OpenError> for Failure {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to be of the machine is refused")]
    fn from(error: triad_log::OpenError) -> Self {
        match error {
            triad_log::OpenError::Io { .. } | triad_log::OpenError::NoPlace { .. } => Self::machine(error),
            _ => Self::refused(error),
        }
    }
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::NotHere(error) => Self::refused(error),
            PlaceError::Read(error) => error.into(),
        }
    }
}

impl From<triad_log::ReadError> for Failure {
    fn from(error: triad_log::ReadError) -> Self {
        Self::refused(error)
    }
}

impl From<triad_proof::Break> for Failure {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to be of the machine is refused")]
    fn from(error: triad_proof::Break) -> Self {
        match error.fault {
            triad_proof::Fault::Read(_) => Self::machine(error),
            _ => Self::refused(error),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the result could not be written to standard output")]
struct Unwritten(#[source] std::io::Error);

/// A file operation that failed, with the file's name.
#[derive(Debug, thiserror::Error)]
#[error("{what} {}", .path.display())]
pub(crate) struct FileFailure {
    what: &'static str,
    path: std::path::PathBuf,
    source: std::io::Error,
}

impl Failure {
    /// For `map_err` on a file operation; `what` completes "failed to ...".
    pub(crate) fn file(what: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::machine(FileFailure { what, path, source })
    }
}
