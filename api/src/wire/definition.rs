//! A definition as it comes in: JSON or YAML in, checked tasks or every fault out.

use super::fault::Faults;
use super::flatten::{Flat, Flattening};
use super::inputs::{GivenValue, Held, Inputs, Settling};
use super::json::Malformed;
use super::library::Library;
use super::origin::{Named, Origin};
use super::parts::{NAME_DEFAULT, Parts, read_parts};
use super::source::{Document, Language};
use super::task::ReadTask;
pub(crate) use super::task::schedule::Recurrence;
use serde_json::{Map, Value};
use std::rc::Rc;
use triad_decide::intake::{Bounds, Checked, Proposal, check};
use triad_decide::limits::{INPUT_BYTES_MAX, is_id};
use triad_event::governance::Setting;
use triad_event::ids::DataSubjectId;
use triad_event::intake::WorkflowTerms;

pub(crate) use super::parts::schema;

/// A definition that the door found nothing wrong with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// Whose its content is; the workflow's own when nobody is named.
    pub(crate) subject: Option<DataSubjectId>,
    /// Its tasks, and what is to be sealed of them.
    pub(crate) checked: Checked,
    /// What else is said of it.
    pub(crate) terms: Option<WorkflowTerms>,
    /// The values of its inputs as one JSON object, to be sealed; none when it has no inputs.
    pub(crate) values: Option<Vec<u8>>,
    /// When it is to be submitted, as its tasks say.
    pub(crate) recurrence: Option<Recurrence>,
}

/// Why a definition goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unacceptable {
    /// It is not of its language.
    Malformed(Malformed),
    /// It is, and something else than a definition.
    Faults(Faults),
}

/// What a definition is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be run: its inputs have values.
    Run,
    /// To be run for a moment of a schedule, which has a name already.
    Fire,
    /// To be kept under a name and run later, with values that are given then.
    Keep,
}

/// What a document is read with.
pub(crate) struct Reading<'a> {
    pub(crate) bounds: &'a Bounds,
    /// The definitions that it names.
    pub(crate) library: &'a Library,
    pub(crate) purpose: Purpose,
    /// Values of inputs that are given beside it, instead of its own.
    pub(crate) values: Map<String, Value>,
    /// Values of inputs that are taken where there is such an input and nothing gives it one.
    pub(crate) offered: Map<String, Value>,
}

impl<'a> Reading<'a> {
    /// To be run with the values that it gives itself.
    pub(crate) fn to_run(bounds: &'a Bounds, library: &'a Library) -> Self {
        Self { bounds, library, purpose: Purpose::Run, values: Map::new(), offered: Map::new() }
    }
}

/// Reads a definition and checks it whole.
pub(crate) fn read(language: Language, bytes: &[u8], with: &Reading<'_>) -> Result<Definition, Unacceptable> {
    let document = Document::new(language, bytes).map_err(Unacceptable::Malformed)?;
    let mut faults = Faults::default();
    let parts = read_parts(&document, with.bounds, &mut faults).map_err(Unacceptable::Malformed)?;
    // What is no object at all has one fault, and nothing in it to check.
    if let Some(definition) = parts.and_then(|parts| with.complete(parts, &mut faults)) {
        return Ok(definition);
    }
    faults.locate(&document);
    Err(Unacceptable::Faults(faults))
}

/// The input that is given the moment for which a schedule submits a workflow, where it has one of this name.
pub(crate) const INPUT_MOMENT: &str = "schedule_moment";
/// Any moment, for what is only read as if it were submitted for one.
const SOME_MOMENT: &str = "1970-01-01T00:00:00Z";

/// The most that the settings of any server admit.
pub(crate) fn greatest_bounds() -> Bounds {
    let greatest = |setting: Setting| usize::try_from(setting.bounds().1).unwrap_or(usize::MAX);
    Bounds {
        tasks_max: greatest(Setting::TasksPerWorkflowMax),
        dependencies_max: greatest(Setting::DependenciesPerWorkflowMax),
    }
}

impl Reading<'_> {
    /// The definition; none when it has faults.
    fn complete(&self, mut parts: Parts, faults: &mut Faults) -> Option<Definition> {
        self.refuse_kept(&parts, faults);
        let named = self.take_named(&mut parts, faults)?;
        for (name, value) in &self.values {
            let at = parts.declared.get(name).map_or(0, |declaration| declaration.at);
            parts.given.insert(name.clone(), GivenValue { value: Some(value.clone()), key_at: at, at });
        }
        let recurrence = self.recurrence(&parts, named.as_ref(), faults);
        // What sets a schedule is read as it will be for a moment.
        let moment = recurrence.as_ref().map(|_| (INPUT_MOMENT.to_owned(), Value::from(SOME_MOMENT)));
        for (name, value) in self.offered.clone().into_iter().chain(moment) {
            if let Some(at) = parts.declared.get(&name).map(|declaration| declaration.at) {
                let value = Some(value);
                parts.given.entry(name).or_insert(GivenValue { value, key_at: at, at });
            }
        }
        let Parts { name, subject, tasks, declared, given, mut terms, .. } = parts;
        let settling = Settling {
            origin: &Origin::written(None),
            id: "",
            given_in: "values",
            declared_in: named.as_ref().map_or(Ok("inputs"), |named| Err(named.at)),
            may_be_open: self.purpose == Purpose::Keep,
            faults,
        };
        let inputs = settling.settle(&declared, given, |value| Ok(Held::Value(value)));
        let values = values_of(&inputs, faults);
        let flattening = Flattening::new(self.library, self.bounds, faults);
        let Flat { tasks, origins } = flattening.flatten(tasks, &inputs, named);
        terms.inputs = None;
        let terms = Some(terms).filter(|terms| *terms != WorkflowTerms::nothing());
        let name = name.unwrap_or_else(|| NAME_DEFAULT.to_owned());
        let proposal = Proposal { name: name.clone(), tasks, terms: terms.clone() };
        match check(proposal, self.bounds) {
            Ok(checked) if faults.is_empty() => {
                Some(Definition { name, subject, checked, terms, values, recurrence })
            }
            Ok(_) => None,
            Err(core) => {
                faults.merge(core, &origins);
                None
            }
        }
    }

    /// When its tasks say that it is submitted: all that say it say the same, and its name is that of the schedule.
    fn recurrence(
        &self,
        parts: &Parts,
        named: Option<&Rc<Named>>,
        faults: &mut Faults,
    ) -> Option<Recurrence> {
        let mut written = parts.tasks.iter().filter_map(|task| Some((task, task.schedule.as_ref()?)));
        let (first_task, first) = written.next()?;
        for (task, other) in written.filter(|(_, other)| other.recurrence != first.recurrence) {
            let origin = Origin::of(Some(task.spot), named);
            let problem = || format!("differs from that of {}: a workflow has one", first_task.spot);
            faults.add_of(&origin, &task.task.definition.id, Some(other.at), "schedule", problem);
        }
        let wrong = match parts.name.as_deref() {
            Some(name) if is_id(name) => None,
            Some(_) => Some("names the schedule that a task asks for, with 1 to 64 of a-z, 0-9, _ and -"),
            None => Some("is missing: it names the schedule that a task asks for"),
        };
        if let Some(wrong) = wrong.filter(|_| self.purpose == Purpose::Run) {
            faults.add_of(&Origin::written(None), "", None, "name", || wrong.to_owned());
        }
        Some(first.recurrence.clone())
    }

    /// What is said of one submission has no place in what is kept for many.
    fn refuse_kept(&self, parts: &Parts, faults: &mut Faults) {
        if self.purpose != Purpose::Keep {
            return;
        }
        let rows = [
            ("values", !parts.given.is_empty(), "are given when the definition is run"),
            ("data_subject", parts.subject.is_some(), "is named when the definition is run"),
            ("workflow", parts.named.is_some(), "names another definition: an alias does the same"),
        ];
        for (field, _, why) in rows.into_iter().filter(|(_, is_there, _)| *is_there) {
            faults.add_of(&Origin::written(None), "", None, field, || why.to_owned());
        }
    }

    /// Takes what the document says by the name of a definition from the library. None when that is not there.
    #[expect(clippy::option_option, reason = "the outer says whether anything is left to be checked")]
    fn take_named(&self, parts: &mut Parts, faults: &mut Faults) -> Option<Option<Rc<Named>>> {
        let Some((reference, at)) = parts.named.take() else { return Some(None) };
        let source = match self.library.get(&reference) {
            Ok(Some(source)) => source,
            // Whoever knows it checks what is given to it.
            Ok(None) => {
                parts.given.clear();
                parts.tasks.push(ReadTask::unasked());
                return Some(None);
            }
            Err(problem) => {
                faults.add_of(&Origin::written(None), "", Some(at), "workflow", || problem);
                return None;
            }
        };
        parts.tasks.clone_from(&source.tasks);
        parts.declared.clone_from(&source.declared);
        parts.name = parts.name.take().or_else(|| source.name.clone());
        let terms = &mut parts.terms;
        if terms.labels.is_empty() {
            terms.labels.clone_from(&source.terms.labels);
        }
        terms.priority = terms.priority.or(source.terms.priority);
        terms.deadline = terms.deadline.take().or_else(|| source.terms.deadline.clone());
        terms.definition = Some(source.used.clone());
        let (shown, around) = (source.shown(), Origin::written(None));
        Some(Some(Rc::new(Named { shown, around, at })))
    }
}

/// The values of inputs as they are sealed.
fn values_of(inputs: &Inputs, faults: &mut Faults) -> Option<Vec<u8>> {
    if inputs.is_empty() {
        return None;
    }
    let values = Value::Object(inputs.values()).to_string().into_bytes();
    if values.len() > INPUT_BYTES_MAX {
        let problem = || format!("have at most {INPUT_BYTES_MAX} bytes together");
        faults.add_of(&Origin::written(None), "", None, "values", problem);
    }
    Some(values)
}
