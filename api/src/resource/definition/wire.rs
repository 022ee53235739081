//! Definitions as JSON.

use crate::wire::content::{Content, Shown};
use crate::wire::moment::Moment;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use triad_event::definitions::Language;
use triad_projections::view::definition_book;

words! {
    Language as DefinitionLanguage:
    Json = "JSON",
    Yaml = "YAML",
}

/// A named definition, without its versions.
#[derive(Serialize, JsonSchema)]
pub(super) struct DefinitionSummary {
    name: String,
    /// The newest version that is not retired; none when all are.
    newest: Option<u32>,
    /// How many versions there are, retired ones too.
    versions: usize,
    /// Which version each alias means.
    aliases: BTreeMap<String, u32>,
}

/// Definitions, by name.
#[derive(Serialize, JsonSchema)]
pub(super) struct DefinitionPage {
    pub(super) definitions: Vec<DefinitionSummary>,
    /// Behind which name the next page begins; none when this is the last.
    pub(super) next_after: Option<String>,
}

/// A named definition with every version.
#[derive(Serialize, JsonSchema)]
pub(super) struct Definition {
    #[serde(flatten)]
    summary: DefinitionSummary,
    /// The newest first.
    all: Vec<Version>,
}

/// A version of a definition.
#[derive(Serialize, JsonSchema)]
pub(super) struct Version {
    name: String,
    version: u32,
    /// How many tasks it had when it was published, with those of definitions that it names.
    tasks: u32,
    language: Word<Language>,
    /// With whom its text is erased.
    data_subject: String,
    length_bytes: u64,
    published: Moment,
    /// Who published it, and why.
    publisher: String,
    reason: String,
    retired: Option<Moment>,
    retired_reason: String,
    /// There when it was asked for.
    #[serde(flatten)]
    content: Option<Shown>,
}

impl DefinitionSummary {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl From<&definition_book::Definition> for DefinitionSummary {
    fn from(definition: &definition_book::Definition) -> Self {
        Self {
            name: definition.name.clone(),
            newest: definition.meant(None).map(|(number, _)| number),
            versions: definition.versions.len(),
            aliases: definition.aliases.iter().map(|alias| (alias.name.clone(), alias.version)).collect(),
        }
    }
}

impl From<&definition_book::Definition> for Definition {
    fn from(definition: &definition_book::Definition) -> Self {
        let versions = definition.numbered().rev();
        let all = versions.map(|(number, version)| Version::of(&definition.name, number, version)).collect();
        Self { summary: definition.into(), all }
    }
}

impl Version {
    pub(super) fn of(name: &str, number: u32, version: &definition_book::Version) -> Self {
        Self {
            name: name.to_owned(),
            version: number,
            tasks: version.asked.tasks,
            language: Word(version.asked.language),
            data_subject: version.asked.subject.id.to_string(),
            length_bytes: version.asked.source.length.0,
            published: version.published.into(),
            publisher: version.publisher.to_string(),
            reason: version.asked.reason.clone(),
            retired: version.retired.map(Moment::from),
            retired_reason: version.retired_reason.clone(),
            content: None,
        }
    }

    /// With its text, or why there is none.
    pub(super) fn with(mut self, content: Content) -> Self {
        self.content = Some(Shown::output(content));
        self
    }
}
