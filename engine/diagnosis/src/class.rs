//! The classes of failures: a closed set.

use serde::Deserialize;

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A variable, setting, key or profile that the program needs is not set.
    MissingConfiguration,
    /// A file or directory is not there.
    MissingFile,
    /// The program itself, or one that it starts, is not there.
    CommandNotFound,
    /// The system or a service says that this one may not.
    Permission,
    /// Memory ran out, or its limit was reached.
    OutOfMemory,
    /// A disk, a quota or a file's size ran out.
    OutOfDisk,
    /// Something took longer than it may.
    Timeout,
    /// A connection was refused, reset or had no way.
    Network,
    /// A name of a host could not be resolved.
    Dns,
    /// A certificate or a handshake was not accepted.
    Tls,
    /// Asked too often, or more than a quota allows.
    RateLimit,
    /// Who asks is not known, or showed the wrong secret.
    Authentication,
    /// What was given could not be read or is not allowed: arguments, syntax, documents, schemas.
    BadInput,
    /// What came out is not what was wanted: tests, checks, comparisons.
    BadOutput,
    /// A package, library, module or service that is needed is not there.
    DependencyUnavailable,
    /// Somebody else has or changed it: locks, ports, versions, unique keys, merges.
    Conflict,
    /// The program ended by a fault of its own.
    Crash,
    /// Nothing is known that is sure enough.
    Unknown,
}

impl Class {
    /// Every class, in the order of their declaration.
    pub const ALL: [Class; 18] = [
        Class::MissingConfiguration,
        Class::MissingFile,
        Class::CommandNotFound,
        Class::Permission,
        Class::OutOfMemory,
        Class::OutOfDisk,
        Class::Timeout,
        Class::Network,
        Class::Dns,
        Class::Tls,
        Class::RateLimit,
        Class::Authentication,
        Class::BadInput,
        Class::BadOutput,
        Class::DependencyUnavailable,
        Class::Conflict,
        Class::Crash,
        Class::Unknown,
    ];

    /// As it is written in rules, records and answers of models.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Class::MissingConfiguration => "missing_configuration",
            Class::MissingFile => "missing_file",
            Class::CommandNotFound => "command_not_found",
            Class::Permission => "permission",
            Class::OutOfMemory => "out_of_memory",
            Class::OutOfDisk => "out_of_disk",
            Class::Timeout => "timeout",
            Class::Network => "network",
            Class::Dns => "dns",
            Class::Tls => "tls",
            Class::RateLimit => "rate_limit",
            Class::Authentication => "authentication",
            Class::BadInput => "bad_input",
            Class::BadOutput => "bad_output",
            Class::DependencyUnavailable => "dependency_unavailable",
            Class::Conflict => "conflict",
            Class::Crash => "crash",
            Class::Unknown => "unknown",
        }
    }

    /// The class of a word; none for a word that is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.word() == word)
    }
}
