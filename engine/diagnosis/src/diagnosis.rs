//! What is answered.

use std::ops::Range;

use crate::class::Class;

/// Which output a line is of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Stream {
    /// Standard error.
    Stderr,
    /// Standard output.
    Stdout,
}

/// The line that shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// Where it was written to.
    pub stream: Stream,
    /// What people see of it, cut around what was found to at most
    /// [`EVIDENCE_BYTES_MAX`](crate::limits::EVIDENCE_BYTES_MAX). What is left out is marked by `…`.
    pub line: String,
    /// The bytes of the whole line in what was given, whatever of them is seen.
    pub bytes: Range<usize>,
    /// How often it stood there one below the other.
    pub times: u32,
}

/// What a subject is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SubjectKind {
    /// The name of a variable of the environment.
    Variable,
    /// The name of a setting, option, field or key.
    Setting,
    /// A file or directory.
    File,
    /// A host by name or address.
    Host,
    /// A port, or another address to listen on.
    Port,
    /// A program.
    Program,
    /// A package, library or module.
    Module,
}

impl SubjectKind {
    /// Every kind.
    pub const ALL: [SubjectKind; 7] = [
        SubjectKind::Variable,
        SubjectKind::Setting,
        SubjectKind::File,
        SubjectKind::Host,
        SubjectKind::Port,
        SubjectKind::Program,
        SubjectKind::Module,
    ];

    /// The kind that a group of a pattern finds: its word, and digits behind it where a pattern has several.
    #[must_use]
    pub fn of_group(name: &str) -> Option<SubjectKind> {
        let word = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
        SubjectKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The name of the group of a pattern that finds it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SubjectKind::Variable => "variable",
            SubjectKind::Setting => "setting",
            SubjectKind::File => "file",
            SubjectKind::Host => "host",
            SubjectKind::Port => "port",
            SubjectKind::Program => "program",
            SubjectKind::Module => "module",
        }
    }
}

/// What is missing, refused or in the way, by name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its name, as it is written.
    pub name: String,
}

/// One possible cause.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// Its class.
    pub class: Class,
    /// How sure, per mille.
    pub confidence_pm: u32,
    /// The rule that says so.
    pub rule: String,
    /// The line that shows it; none when the end of the attempt alone says so.
    pub evidence: Option<Evidence>,
    /// What it is about, at most [`SUBJECTS_MAX`](crate::limits::SUBJECTS_MAX).
    pub subjects: Vec<Subject>,
}

/// Whose answer it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// That of rules.
    Rules {
        /// The version of those that are built in.
        version: u32,
        /// That of the operator's, where there are any.
        operator_version: Option<u32>,
        /// What they were, exactly.
        digest: [u8; 32],
    },
    /// That of a model, whose answer was parsed and held against the output.
    Model,
}

/// Why an attempt failed, as far as that is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// The class, [`Class::Unknown`] when nothing is sure enough.
    pub class: Class,
    /// How sure, per mille; 0 for [`Class::Unknown`].
    pub confidence_pm: u32,
    /// What the class follows from; none for [`Class::Unknown`].
    pub cause: Option<Candidate>,
    /// Other classes it might be, the likelier first, at most [`OTHERS_MAX`](crate::limits::OTHERS_MAX). For
    /// [`Class::Unknown`] they are what was not sure enough.
    pub others: Vec<Candidate>,
    /// Whose answer it is.
    pub origin: Origin,
}
