//! Everything that is wrong with a definition, found by the reader or by the core, in one list.

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
}

/// What is listed, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) listed: Vec<Fault>,
    pub(crate) total: usize,
}

impl Fault {
    /// Where it is in the document.
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
        field: impl FnOnce() -> String,
        problem: impl FnOnce() -> String,
    ) {
        self.total += 1;
        if self.listed.len() < FAULTS_LISTED_MAX {
            let (field, problem) = (field(), problem());
            self.listed.push(Fault { task, id: String::new(), field, problem });
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
    fn is_at(&self, other: &Self) -> bool {
        self.task == other.task && self.field == other.field
    }
}

impl From<intake::Fault> for Fault {
    fn from(fault: intake::Fault) -> Self {
        let intake::Fault { task, id, field, problem } = fault;
        Self { task, id, field: field.name().to_owned(), problem: problem.to_string() }
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
