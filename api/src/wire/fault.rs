//! Everything that is wrong with a definition, found by the reader or by the core, in one list.

use super::place::{Path, Place, Step};
use super::source::Document;
use std::borrow::Cow;
use triad_decide::intake;
use triad_decide::limits::FAULTS_LISTED_MAX;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Position of the task; none when it is the definition as a whole.
    pub(crate) task: Option<u32>,
    /// Its id, as far as it has one.
    pub(crate) id: String,
    /// The field within the task or the definition.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) problem: String,
    /// Where it was written; none when the document is not there any more.
    pub(crate) place: Option<Place>,
    /// Where the reader was, in the JSON that it read; none when the core found it.
    at: Option<usize>,
    /// Which entry of the field is meant, where the core says it.
    entry: Option<String>,
}

/// What is listed, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) listed: Vec<Fault>,
    pub(crate) total: usize,
}

impl Fault {
    /// What it is in the document.
    pub(crate) fn path(&self) -> String {
        match self.task {
            Some(task) if self.field.is_empty() => format!("tasks[{task}]"),
            Some(task) => format!("tasks[{task}].{}", self.field),
            None => self.field.clone(),
        }
    }
}

impl Faults {
    pub(crate) fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(crate) fn add(
        &mut self,
        task: Option<u32>,
        at: usize,
        field: impl FnOnce() -> String,
        problem: impl FnOnce() -> String,
    ) {
        self.total += 1;
        if self.listed.len() < FAULTS_LISTED_MAX {
            let (field, problem, at) = (field(), problem(), Some(at));
            self.listed.push(Fault { task, id: String::new(), field, problem, place: None, at, entry: None });
        }
    }

    /// Finds where each was written.
    pub(super) fn locate(&mut self, document: &Document<'_>) {
        let unknown: Vec<&mut Fault> = self.listed.iter_mut().filter(|fault| fault.at.is_none()).collect();
        let paths: Vec<Path<'_>> = unknown.iter().map(|fault| fault.steps()).collect();
        let offsets = document.find(&paths);
        drop(paths);
        for (fault, offset) in unknown.into_iter().zip(offsets) {
            fault.at = Some(offset);
        }
        let offsets: Vec<usize> = self.listed.iter().filter_map(|fault| fault.at).collect();
        for (fault, place) in self.listed.iter_mut().zip(document.places_at(&offsets)) {
            fault.place = Some(place);
        }
    }

    /// Gives an id to the faults listed from `first` on: it may stand behind the fields that are wrong.
    pub(crate) fn name_from(&mut self, first: usize, id: &str) {
        for fault in self.listed.iter_mut().skip(first) {
            cut(id).clone_into(&mut fault.id);
        }
    }

    /// Adds what the core found. Where the reader found a fault already, the core only saw what was put in its place.
    pub(crate) fn merge(&mut self, core: intake::Faults) {
        let unlisted = core.total - core.listed.len();
        let mut added: Vec<Fault> = core.listed.into_iter().map(Fault::from).collect();
        added.retain(|fault| !self.listed.iter().any(|ours| ours.is_at(fault)));
        self.total += added.len() + unlisted;
        self.listed.append(&mut added);
        self.listed.sort_by_key(|fault| fault.task);
        self.listed.truncate(FAULTS_LISTED_MAX);
    }
}

impl Fault {
    /// The way to it from the whole document.
    fn steps(&self) -> Path<'static> {
        let task = self.task.map(|task| [Step::Key("tasks".into()), Step::Index(u64::from(task))]);
        let field = self.field.split('.').map(|name| Step::Key(Cow::Owned(name.to_owned())));
        let entry = self.entry.iter().map(|entry| Step::Entry(Cow::Owned(entry.clone())));
        task.into_iter().flatten().chain(field).chain(entry).collect()
    }

    fn is_at(&self, other: &Self) -> bool {
        self.task == other.task && self.field == other.field
    }
}

impl From<intake::Fault> for Fault {
    fn from(fault: intake::Fault) -> Self {
        let intake::Fault { task, id, field, problem } = fault;
        let entry = entry(&id, &problem).map(str::to_owned);
        let (field, problem) = (field.name().to_owned(), problem.to_string());
        Self { task, id, field, problem, place: None, at: None, entry }
    }
}

/// The entry of a list, or the key of an object, that a fault of the core names.
#[expect(clippy::wildcard_enum_match_arm, reason = "any other fault is of its field as a whole")]
fn entry<'a>(id: &'a str, problem: &'a intake::Problem) -> Option<&'a str> {
    match problem {
        intake::Problem::Itself => Some(id),
        intake::Problem::Cycle { path, .. } => path.get(1).map(String::as_str),
        intake::Problem::UnknownTask { name }
        | intake::Problem::Repeated { name }
        | intake::Problem::NotAVariable { name }
        | intake::Problem::ReservedVariable { name } => Some(name),
        _ => None,
    }
}

impl From<intake::Faults> for Faults {
    fn from(core: intake::Faults) -> Self {
        let mut faults = Self::default();
        faults.merge(core);
        faults
    }
}

/// The beginning of a text that a client sent, short enough to be repeated.
pub(crate) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)]
}

/// Bytes of a text that a fault repeats: enough to recognise it, too few to flood an answer.
const SHOWN_BYTES_MAX: usize = 64;
