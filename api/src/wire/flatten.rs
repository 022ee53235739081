//! Makes one list of tasks of a document with sub-workflows: behind each sub-workflow its tasks, called by its id and their own.
//!
//! Names are local: what is written in a sub-workflow knows its tasks and its inputs, and nothing around it. So every name is
//! looked up where it is written, and replaced by the whole id.

mod ids;
mod lay;

use super::fault::Faults;
use super::inputs::{Growth, Inputs};
use super::library::Library;
use super::origin::{Named, Origin};
use super::spot::LEVELS_MAX;
use super::task::ReadTask;
use super::task::inner::{Brought, Inner};
use ids::{assign_ids, check_id};
use std::collections::BTreeMap;
use std::rc::Rc;
use triad_decide::intake::{Bounds, ProposedTask};
use triad_event::intake::{TaskRules, WorkflowTerms};

/// The tasks as the core takes them in, and for each where it comes from.
pub(super) struct Flat {
    pub(super) tasks: Vec<ProposedTask>,
    pub(super) origins: Vec<Origin>,
}

/// A document on its way to one list of tasks.
pub(super) struct Flattening<'a> {
    library: &'a Library,
    faults: &'a mut Faults,
    flat: Flat,
    /// Every task by its whole id, and whether it is a sub-workflow. Empty where there is none of these: then an id is an id.
    all: BTreeMap<String, bool>,
    growth: Growth,
    /// How many tasks there may still be, beyond which the core says that there are too many.
    room: usize,
}

/// Where tasks are written: what is the same for all of them.
#[derive(Clone, Copy)]
struct Scope<'a> {
    /// The ids of the sub-workflows around them, with a dot behind each.
    prefix: &'a str,
    inputs: &'a Inputs,
    /// What named the definition in which they stand.
    named: Option<&'a Rc<Named>>,
}

impl<'a> Flattening<'a> {
    pub(super) fn new(library: &'a Library, bounds: &Bounds, faults: &'a mut Faults) -> Self {
        let flat = Flat { tasks: Vec::new(), origins: Vec::new() };
        let (all, growth, room) = (BTreeMap::new(), Growth::new(), bounds.tasks_max + 1);
        Self { library, faults, flat, all, growth, room }
    }

    /// The tasks of a document, whose inputs are these; `named` where they are those of a definition that it names.
    pub(super) fn flatten(
        mut self,
        mut tasks: Vec<ReadTask>,
        inputs: &Inputs,
        named: Option<Rc<Named>>,
    ) -> Flat {
        let scope = Scope { prefix: "", inputs, named: named.as_ref() };
        assign_ids(&mut tasks);
        if tasks.iter().any(|task| task.inner.is_some()) {
            let mut within: Vec<String> = named.iter().map(|named| named.name().to_owned()).collect();
            self.note(&mut tasks, "", scope.named, &mut within);
        }
        self.lay_out(tasks, scope);
        self.flat
    }

    /// Gives the tasks of sub-workflows their ids, takes what is named from the library, and notes what there is.
    fn note(
        &mut self,
        tasks: &mut Vec<ReadTask>,
        prefix: &str,
        named: Option<&Rc<Named>>,
        within: &mut Vec<String>,
    ) {
        tasks.truncate(self.room);
        self.room -= tasks.len();
        for read in tasks {
            let origin = Origin::of(Some(read.spot), named);
            let id = format!("{prefix}{}", read.task.definition.id);
            self.all.insert(id.clone(), read.inner.is_some());
            check_id(&read.task.definition.id, &id, &origin, self.faults);
            if let Some(written) = read.schedule.as_ref().filter(|_| !prefix.is_empty()) {
                let problem = || {
                    "lies in a sub-workflow: a task of the workflow itself says when that is submitted"
                        .to_owned()
                };
                self.faults.add_of(&origin, &id, Some(written.at), "schedule", problem);
            }
            if let Some(mut inner) = read.inner.take() {
                self.bring(read, &mut inner, &origin, &id, within);
                self.note_inner(&mut inner, &origin, &id, named, within);
                read.inner = Some(inner);
            }
        }
    }

    fn note_inner(
        &mut self,
        inner: &mut Inner,
        origin: &Origin,
        id: &str,
        named: Option<&Rc<Named>>,
        within: &mut Vec<String>,
    ) {
        let Inner::Written { tasks, brought, .. } = inner else { return };
        let (own, named) = match brought {
            Some(Brought { shown, at }) => {
                let own = Rc::new(Named { shown: shown.clone(), around: origin.clone(), at: *at });
                (Some(own), None)
            }
            None => (None, named),
        };
        within.extend(own.iter().map(|own| own.name().to_owned()));
        assign_ids(tasks);
        self.note(tasks, &format!("{id}."), own.as_ref().or(named), within);
        if own.is_some() {
            within.pop();
        }
    }

    /// Puts a named definition in place of its name; what stands for it, where that cannot be.
    fn bring(
        &mut self,
        read: &mut ReadTask,
        inner: &mut Inner,
        origin: &Origin,
        id: &str,
        within: &[String],
    ) {
        // The reader counts within one document; definitions that name each other lie deeper.
        let refused = if id.matches('.').count() >= LEVELS_MAX {
            Err(format!("lies within more than {LEVELS_MAX} others"))
        } else {
            match inner {
                Inner::Written { .. } => return,
                Inner::Named { reference, .. } => self.find(reference, within),
            }
        };
        let at = if let Inner::Named { at, .. } = inner { Some(*at) } else { None };
        *inner = match refused {
            Ok(Some(found)) => {
                take_terms(&mut read.task, &found.terms);
                let brought = at.map(|at| Brought { shown: found.shown, at });
                Inner::Written { tasks: found.tasks, declared: found.declared, brought }
            }
            Ok(None) => Inner::unasked(),
            Err(problem) => {
                self.faults.add_of(origin, id, at, "workflow", || problem);
                Inner::unasked()
            }
        };
        if matches!(inner, Inner::Written { brought: None, .. }) {
            read.with.clear();
        }
    }

    fn find(&self, reference: &str, within: &[String]) -> Result<Option<Found>, String> {
        let Some(source) = self.library.get(reference)? else { return Ok(None) };
        let name = &source.used.name;
        if within.contains(name) {
            return Err(format!("{name:?} names itself, through {}", within.join(" -> ")));
        }
        let (tasks, declared, terms) = (source.tasks.clone(), source.declared.clone(), source.terms.clone());
        Ok(Some(Found { shown: source.shown(), tasks, declared, terms }))
    }
}

/// What a name stands for.
struct Found {
    shown: String,
    tasks: Vec<ReadTask>,
    declared: super::inputs::Declarations,
    terms: WorkflowTerms,
}

/// A definition says how urgent it is and when it must have ended, where the task that names it does not.
fn take_terms(task: &mut ProposedTask, terms: &WorkflowTerms) {
    if terms.priority.is_none() && terms.deadline.is_none() {
        return;
    }
    let mut rules = task.definition.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
    rules.priority = rules.priority.or(terms.priority);
    rules.deadline = rules.deadline.or_else(|| terms.deadline.clone());
    task.definition.rules = Some(rules.into());
}
