//! Everything that is wrong with a definition, found by the reader or by the core, in one list.

use super::origin::Origin;
use super::place::{Path, Place, Step};
use super::source::Document;
use super::spot::Spot;
use std::borrow::Cow;
use triad_decide::intake;
use triad_decide::limits::FAULTS_LISTED_MAX;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where the task is written; none when it is the definition as a whole.
    pub(crate) task: Option<Spot>,
    /// Its id, as far as it has one.
    pub(crate) id: String,
    /// The field within the task or the definition.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) problem: String,
    /// Where it was written; none when the document is not there any more.
    pub(crate) place: Option<Place>,
    /// Where the reader was, in the JSON that it read; none when the core found it.
    pub(super) at: Option<usize>,
    /// Which entry of the field is meant, where the core says it.
    pub(super) entry: Option<String>,
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
            Some(task) if self.field.is_empty() => task.to_string(),
            Some(task) => format!("{task}.{}", self.field),
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
        task: Option<Spot>,
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

    /// A fault of what the core will see, at a field of where that comes from.
    pub(super) fn add_of(
        &mut self,
        origin: &Origin,
        id: &str,
        at: Option<usize>,
        field: &str,
        problem: impl FnOnce() -> String,
    ) {
        self.total += 1;
        if self.listed.len() < FAULTS_LISTED_MAX {
            self.listed.push(origin.fault(id, at, field, problem(), None));
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

    /// Gives an id to the faults of a task listed from `first` on: it may stand behind the fields that are wrong. The tasks of
    /// the
    /// sub-workflow that it is are called by it as well.
    pub(super) fn name_from(&mut self, first: usize, task: Option<Spot>, id: &str) {
        for fault in self.listed.iter_mut().skip(first) {
            let lies_within = fault.task.zip(task).is_some_and(|(inner, outer)| inner.lies_in(outer));
            if !lies_within {
                cut(id).clone_into(&mut fault.id);
            } else if !id.is_empty() && !fault.id.is_empty() {
                fault.id = format!("{}.{}", cut(id), fault.id);
            }
        }
    }

    /// Adds what the core found of tasks that come from somewhere, each from its position. Where the reader found a fault
    /// already, the
    /// core only saw what was put in its place.
    pub(super) fn merge(&mut self, core: intake::Faults, origins: &[Origin]) {
        let unlisted = core.total - core.listed.len();
        let mut added: Vec<Fault> = core.listed.into_iter().map(|fault| placed(fault, origins)).collect();
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
        let task = self.task.into_iter().flat_map(Spot::steps);
        let field = self.field.split('.').flat_map(steps_of);
        let entry = self.entry.iter().map(|entry| Step::Entry(Cow::Owned(entry.clone())));
        task.chain(field).chain(entry).collect()
    }

    fn is_at(&self, other: &Self) -> bool {
        self.task == other.task && self.field == other.field
    }
}

/// A step of a field: a name, and perhaps a position behind it.
fn steps_of(name: &str) -> impl Iterator<Item = Step<'static>> {
    let position = |name: &str| {
        let (before, behind) = name.split_once('[')?;
        Some((before.to_owned(), behind.strip_suffix(']')?.parse().ok()?))
    };
    let (name, position) = position(name).map_or((name.to_owned(), None), |(name, at)| (name, Some(at)));
    std::iter::once(Step::Key(Cow::Owned(name))).chain(position.map(Step::Index))
}

/// A fault of the core, where what it is of was written.
#[expect(clippy::wildcard_enum_match_arm, reason = "only one problem names a task by its place")]
fn placed(fault: intake::Fault, origins: &[Origin]) -> Fault {
    let intake::Fault { task, id, field, problem } = fault;
    let of = |task: u32| {
        origins.get(task as usize).cloned().unwrap_or_else(|| Origin::written(Some(Spot::top(task))))
    };
    let origin = task.map_or_else(|| Origin::written(None), of);
    // In a sub-workflow tasks are called by what follows its id.
    let scope = id.rfind('.').map_or("", |end| &id[..=end]);
    let entry = entry(&id, &problem).map(|entry| entry.strip_prefix(scope).unwrap_or(entry).to_owned());
    let problem = match &problem {
        intake::Problem::SameAs { task } => {
            let first = origins.get(*task as usize).map_or_else(|| task.to_string(), Origin::shown);
            format!("is also that of task {first}")
        }
        other => other.to_string(),
    };
    origin.fault(&id, None, field.name(), problem, entry)
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
        faults.merge(core, &[]);
        faults
    }
}

/// The beginning of a text that a client sent, short enough to be repeated.
pub(crate) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)]
}

/// Bytes of a text that a fault repeats: enough to recognise it, too few to flood an answer.
const SHOWN_BYTES_MAX: usize = 64;
