//! Named definitions: what is kept to be run again and again, in versions, and what names point at which.

use crate::sealed::SealedApart;
use crate::subjects::Subject;

events! {
    /// Named definitions. All records are of the log's own stream. A version never changes; which one an alias means does.
    /// The text of a definition is content: it is sealed, and can be erased.
    definitions;

    /// A definition has a version from here on.
    DefinitionPublished (boxed) = 1001 "definition_published", by Input, keeps Permanent, ends None,
        says "version {version} of definition {name} was published, with {tasks} tasks[: {reason}]" {
        /// What was asked.
        asked: PublishDefinition,
        /// The number of the version, from 1, without gaps.
        version: u32,
    }

    /// An alias means a version from here on.
    AliasSet (boxed) = 1002 "alias_set", by Input, keeps Permanent, ends None,
        says "alias {alias} of definition {name} means version {version}[: {reason}]" {
        /// Whose it is: definitions of two tenants are two, whatever they are called.
        tenant: String,
        /// The name of the definition.
        name: String,
        /// The alias: 1 to 64 of `a-z`, `0-9`, `_` and `-`, not digits alone.
        alias: String,
        /// The version.
        version: u32,
        /// Why.
        reason: String,
    }

    /// A version is begun no more. Workflows that were made of it go on, and no alias means it.
    DefinitionRetired (boxed) = 1003 "definition_retired", by Input, keeps Permanent, ends None,
        says "version {version} of definition {name} is retired[: {reason}]" {
        /// Whose it is.
        tenant: String,
        /// The name of the definition.
        name: String,
        /// The version.
        version: u32,
        /// Why.
        reason: String,
    }
}

asks! {
    /// What can be asked of definitions.
    definitions;
    /// A definition is to have another version.
    Publish(PublishDefinition, boxed) in DefinitionPublished.asked;
    /// An alias is to mean a version.
    SetAlias(AliasSet, boxed) in AliasSet;
    /// A version is to be begun no more.
    Retire(DefinitionRetired, boxed) in DefinitionRetired;
}

structure! {
    /// That a definition is to have another version. The door has read it whole and found nothing wrong.
    PublishDefinition {
        /// Whose it is.
        tenant: String,
        /// Its name: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        name: String,
        /// With whom its text is erased: the same for all versions.
        subject: Subject,
        /// Its text, as it was written.
        source: SealedApart,
        /// In which language.
        language: Language,
        /// Digest of language and text under a key that only the vault has: the same text is recognised, and nothing can be
        /// guessed.
        digest: [u8; 32],
        /// How many tasks it had then, with those of definitions that it names.
        tasks: u32,
        /// Why.
        reason: String,
    }
}

tagged! {
    /// In which language a definition is written.
    Language {
        /// JSON.
        Json = 1,
        /// The part of YAML that is read.
        Yaml = 2,
    }
}
