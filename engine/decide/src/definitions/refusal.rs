//! Why definitions say no.

use thiserror::Error;

use crate::limits::{
    ALIASES_MAX, DEFINITION_BYTES_MAX, DEFINITION_VERSIONS_MAX, DEFINITIONS_MAX, ReasonTooLong, VERSIONS_MAX,
};

/// Why definitions say no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A name, or that of a tenant, is no id.
    #[error("a definition is named with 1 to 64 of a-z, 0-9, _ and -")]
    NameNotAnId,
    /// An alias is no id, or looks like a version.
    #[error("an alias has 1 to 64 of a-z, 0-9, _ and -, and is not digits alone: those are versions")]
    NotAnAlias,
    /// There is no such definition.
    #[error("there is no definition {name:?}")]
    DefinitionUnknown {
        /// The name.
        name: String,
    },
    /// The definition has no such version.
    #[error("definition {name:?} has no version {version}: its newest is {newest}")]
    VersionUnknown {
        /// The name.
        name: String,
        /// The version that was named.
        version: u32,
        /// The newest that there is.
        newest: u32,
    },
    /// The version is begun no more.
    #[error("version {version} of definition {name:?} is retired")]
    VersionRetired {
        /// The name.
        name: String,
        /// The version.
        version: u32,
    },
    /// An alias means the version, and would mean nothing.
    #[error("alias {alias:?} means version {version}: let it mean another one first")]
    AliasMeansIt {
        /// The alias.
        alias: String,
        /// The version.
        version: u32,
    },
    /// The text is empty or too long.
    #[error("a definition has 1 to {DEFINITION_BYTES_MAX} bytes when it is kept under a name")]
    SourceLength,
    /// There are as many definitions as may be.
    #[error("there are {DEFINITIONS_MAX} definitions, which is as many as may be")]
    TooManyDefinitions,
    /// There are as many versions as may be, of one or in all.
    #[error(
        "a definition has at most {VERSIONS_MAX} versions, and all together at most {DEFINITION_VERSIONS_MAX}"
    )]
    TooManyVersions,
    /// The definition has as many aliases as may be.
    #[error("a definition has at most {ALIASES_MAX} aliases")]
    TooManyAliases,
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}
