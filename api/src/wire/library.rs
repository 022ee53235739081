//! Named definitions that a document makes use of, as whoever read the document found them.

use super::fault::{Faults, cut};
use super::inputs::Declarations;
use super::json::Malformed;
use super::parts::{Parts, read_parts};
use super::source::{Document, Language};
use super::task::ReadTask;
use super::task::inner::Inner;
use std::collections::{BTreeMap, BTreeSet};
use triad_decide::intake::Bounds;
use triad_decide::limits::is_id;
use triad_event::intake::{DefinitionUse, WorkflowTerms};

/// Definitions by how documents name them.
#[derive(Debug, Default)]
pub(crate) struct Library {
    found: BTreeMap<String, Source>,
    /// Why one is not there.
    lacking: BTreeMap<String, String>,
    /// Whether nobody was asked: then none is there, and none is wrong.
    is_unasked: bool,
}

/// A version of a named definition.
#[derive(Debug)]
pub(crate) struct Source {
    /// Which it is.
    pub(super) used: DefinitionUse,
    pub(super) name: Option<String>,
    pub(super) tasks: Vec<ReadTask>,
    pub(super) declared: Declarations,
    pub(super) terms: WorkflowTerms,
}

impl Source {
    /// Reads what was published, which had no faults then.
    pub(crate) fn read(
        used: DefinitionUse,
        language: Language,
        bytes: &[u8],
        bounds: &Bounds,
    ) -> Result<Self, Unreadable> {
        let document = Document::new(language, bytes).map_err(Unreadable::Malformed)?;
        let mut faults = Faults::default();
        let parts = read_parts(&document, bounds, &mut faults).map_err(Unreadable::Malformed)?;
        match parts {
            Some(Parts { name, tasks, declared, terms, .. }) if faults.is_empty() => {
                Ok(Self { used, name, tasks, declared, terms })
            }
            Some(_) | None => Err(Unreadable::Faults { count: faults.total }),
        }
    }

    /// How people are shown it.
    pub(super) fn shown(&self) -> String {
        format!("{}@{}", self.used.name, self.used.version)
    }

    /// The definitions that it names itself.
    pub(crate) fn references(&self) -> BTreeSet<String> {
        let mut references = BTreeSet::new();
        add_references(&self.tasks, &mut references);
        references
    }
}

/// Why what was published is not read any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("it is not of its language: {0}")]
    Malformed(Malformed),
    #[error("this version of the program finds {count} faults in it")]
    Faults { count: usize },
}

impl Library {
    /// One of which nobody was asked: whoever checks a document without a server.
    pub(crate) fn unasked() -> Self {
        Self { is_unasked: true, ..Self::default() }
    }

    pub(crate) fn add(&mut self, reference: String, source: Source) {
        self.found.insert(reference, source);
    }

    pub(crate) fn lack(&mut self, reference: String, why: String) {
        self.lacking.insert(reference, why);
    }

    /// Whether it is known what became of a reference.
    pub(crate) fn knows(&self, reference: &str) -> bool {
        self.found.contains_key(reference) || self.lacking.contains_key(reference)
    }

    /// The definition that is named like that, or why there is none; nothing where nobody was asked.
    pub(super) fn get(&self, reference: &str) -> Result<Option<&Source>, String> {
        if let Some(source) = self.found.get(reference) {
            return Ok(Some(source));
        }
        if parts_of(reference).is_none() {
            let shown = cut(reference);
            return Err(format!(
                "must be NAME, NAME@VERSION or NAME@ALIAS, with ids of a-z, 0-9, _ and -, not {shown:?}"
            ));
        }
        if self.is_unasked {
            return Ok(None);
        }
        let why = self.lacking.get(reference).cloned();
        Err(why.unwrap_or_else(|| format!("there is no definition {reference:?}")))
    }
}

/// A name, and the version or alias behind it; none when it is no reference.
pub(crate) fn parts_of(reference: &str) -> Option<(&str, Option<&str>)> {
    let (name, which) = match reference.split_once('@') {
        Some((name, which)) => (name, Some(which)),
        None => (reference, None),
    };
    (is_id(name) && which.is_none_or(is_id)).then_some((name, which))
}

/// The definitions that a document names, as far as it can be read: what is wrong with it is told when it is read whole.
pub(crate) fn references(language: Language, bytes: &[u8], bounds: &Bounds) -> BTreeSet<String> {
    let mut references = BTreeSet::new();
    // Most documents name none, and are not read twice. A key may be written with escapes.
    let may_name_one = bytes.contains(&b'\\') || bytes.windows(WORD.len()).any(|window| window == WORD);
    if !may_name_one {
        return references;
    }
    let Ok(document) = Document::new(language, bytes) else { return references };
    if let Ok(Some(parts)) = read_parts(&document, bounds, &mut Faults::default()) {
        references.extend(parts.named.map(|(reference, _)| reference));
        add_references(&parts.tasks, &mut references);
    }
    references
}

/// What stands in every document that names one, unless with escapes.
const WORD: &[u8] = b"workflow";

fn add_references(tasks: &[ReadTask], references: &mut BTreeSet<String>) {
    for inner in tasks.iter().filter_map(|task| task.inner.as_deref()) {
        match inner {
            Inner::Written { tasks, .. } => add_references(tasks, references),
            Inner::Named { reference, .. } => {
                references.insert(reference.clone());
            }
        }
    }
}
