//! How a command ends badly, and with which exit code.

use std::error::Error;
use std::process::ExitCode;
use triad_log::place::PlaceError;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    class: Class,
    error: Box<dyn Error + Send + Sync>,
    document: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Refused,
    Usage,
    Machine,
}

impl Failure {
    fn new(class: Class, error: Box<dyn Error + Send + Sync>) -> Self {
        Self { class, error, document: None }
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

    /// What was asked makes no sense.
    pub(crate) fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Class::Usage, error.into())
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
        })
    }

    /// The message and its causes, outermost first.
    pub(crate) fn chain(&self) -> Vec<String> {
        causes(&*self.error)
    }
}

/// An error and its causes, outermost first.
pub(crate) fn causes(error: &dyn Error) -> Vec<String> {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect()
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
