//! A definition as it comes in: JSON or YAML in, checked tasks or every fault out.

use super::budget::Budget;
use super::fault::{Faults, cut};
use super::json::{Kind, Malformed, Reader};
use super::members::{Members, Row, Seen, listed, plain_line, shown_key};
use super::source::{Document, Language};
use super::task::{self, course::Written};
use super::urgency;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use triad_decide::intake::{Bounds, Checked, Proposal, ProposedTask, check};
use triad_decide::limits::{ID_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX};
use triad_event::governance::Setting;
use triad_event::ids::DataSubjectId;
use triad_event::intake::{Label, WorkflowTerms};

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
}

/// Why a definition goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unacceptable {
    /// It is not of its language.
    Malformed(Malformed),
    /// It is, and something else than a definition.
    Faults(Faults),
}

/// The name of a workflow that names none.
const NAME_DEFAULT: &str = "workflow";

/// Reads a definition and checks it whole.
pub(crate) fn read(language: Language, bytes: &[u8], bounds: &Bounds) -> Result<Definition, Unacceptable> {
    let document = Document::new(language, bytes).map_err(Unacceptable::Malformed)?;
    let mut faults = Faults::default();
    let proposed = propose(&document, bounds, &mut faults).map_err(Unacceptable::Malformed)?;
    // What is no object at all has one fault, and nothing in it to check.
    if let Some(Proposed { proposal, subject, .. }) = proposed {
        let (name, terms) = (proposal.name.clone(), proposal.terms.clone());
        match check(proposal, bounds) {
            Ok(checked) if faults.is_empty() => return Ok(Definition { name, subject, checked, terms }),
            Ok(_) => {}
            Err(core) => faults.merge(core),
        }
    }
    faults.locate(&document);
    Err(Unacceptable::Faults(faults))
}

/// The most that the settings of any server admit.
pub(crate) fn greatest_bounds() -> Bounds {
    let greatest = |setting: Setting| usize::try_from(setting.bounds().1).unwrap_or(usize::MAX);
    Bounds {
        tasks_max: greatest(Setting::TasksPerWorkflowMax),
        dependencies_max: greatest(Setting::DependenciesPerWorkflowMax),
    }
}

/// The JSON Schema of a definition. Some rules it cannot say: that ids are unique, that dependencies exist and lead in
/// no circle, and limits in bytes or over several fields.
pub(crate) fn schema() -> Value {
    let members: Map<String, Value> = ROWS.iter().map(|row| (row.name.to_owned(), (row.schema)())).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A workflow as TRIAD takes it in",
        "type": "object",
        "properties": members,
        "required": ["tasks"],
        "additionalProperties": false,
    })
}

/// What the document says, and whose it says that its content is.
struct Proposed {
    proposal: Proposal,
    subject: Option<DataSubjectId>,
    /// The expressions of tasks, by position.
    written: BTreeMap<u32, Written>,
    terms: WorkflowTerms,
}

const ROWS: &[Row<Proposed>] = &[
    Row {
        name: "name",
        read: |proposed, members, reader| {
            if let Some(name) = members.text(reader, "name")? {
                proposed.proposal.name = name;
            }
            Ok(())
        },
        schema: || {
            let doc = "Display name, of characters that people see as they are. It stands in records for ever: \
                       nothing personal belongs there.";
            json!({
                "description": doc, "type": "string", "minLength": 1, "maxLength": NAME_BYTES_MAX,
                "pattern": plain_line(), "default": NAME_DEFAULT,
            })
        },
    },
    Row {
        name: "data_subject",
        read: |proposed, members, reader| {
            proposed.subject = read_subject(members, reader)?;
            Ok(())
        },
        schema: || {
            let doc = "Whose the content is, to be erased together with all other content of theirs; by default the \
                       workflow's own.";
            let zero = DataSubjectId::ZERO.to_string();
            json!({
                "description": doc, "type": "string", "pattern": "^[0-9a-f]{32}$", "not": { "const": zero },
            })
        },
    },
    Row {
        name: "tasks",
        read: |proposed, members, reader| {
            (proposed.proposal.tasks, proposed.written) = read_tasks(members, reader)?;
            Ok(())
        },
        schema: || {
            let greatest = Setting::TasksPerWorkflowMax.bounds().1;
            json!({
                "description": "The tasks, in any order.", "type": "array", "minItems": 1, "maxItems": greatest,
                "items": task::schema(),
            })
        },
    },
    Row {
        name: "labels",
        read: |proposed, members, reader| {
            proposed.terms.labels = read_labels(members, reader)?;
            Ok(())
        },
        schema: || {
            let doc = "What the workflow is searched by: names with texts. They stand in records for ever: nothing personal belongs there.";
            json!({
                "description": doc, "type": "object", "maxProperties": LABELS_MAX,
                "propertyNames": { "pattern": format!("^[a-z0-9_-]{{1,{ID_BYTES_MAX}}}$") },
                "additionalProperties": { "type": "string", "maxLength": NAME_BYTES_MAX, "pattern": plain_line() },
            })
        },
    },
    Row {
        name: "priority",
        read: |proposed, members, reader| {
            proposed.terms.priority = urgency::read_priority(members, reader)?;
            Ok(())
        },
        schema: || urgency::priority_schema("each of its tasks that says nothing else"),
    },
    Row {
        name: "deadline",
        read: |proposed, members, reader| {
            proposed.terms.deadline = urgency::read_deadline(members, reader)?;
            Ok(())
        },
        schema: || urgency::deadline_schema("all of it"),
    },
    Row {
        name: "$schema",
        read: |_, members, reader| members.text(reader, "$schema").map(drop),
        schema: || {
            let doc = "Where an editor finds the JSON Schema of a definition. Nothing comes of it.";
            json!({ "description": doc, "type": "string" })
        },
    },
];

/// What the document says, as far as it says it; everything else becomes a fault.
fn propose(
    document: &Document<'_>,
    bounds: &Bounds,
    faults: &mut Faults,
) -> Result<Option<Proposed>, Malformed> {
    let mut reader = document.reader();
    let proposal = Proposal { name: NAME_DEFAULT.to_owned(), tasks: Vec::new(), terms: None };
    let (written, terms) = (BTreeMap::new(), WorkflowTerms::nothing());
    let mut proposed = Proposed { proposal, subject: None, written, terms };
    let mut budget = Budget::new(bounds);
    let mut members = Members { faults, budget: &mut budget, task: None, at: 0 };
    let found = reader.kind()?;
    members.at = reader.place();
    if found == Kind::Object {
        let mut seen = Seen::default();
        reader.object(|reader, key| match ROWS.iter().find(|row| row.name == key) {
            Some(row) if seen.first(row.name) => (row.read)(&mut proposed, &mut members, reader),
            Some(_) => members.refuse_repeated(reader, &key),
            None => {
                let known = || format!("a workflow has {}", listed(ROWS.iter().map(|row| row.name)));
                members.refuse_unknown(reader, &key, known)
            }
        })?;
    } else {
        reader.skip()?;
        members.fault("definition", || format!("is an object, not {found}"));
    }
    reader.end()?;
    assign_ids(&mut proposed.proposal.tasks);
    for (position, written) in std::mem::take(&mut proposed.written) {
        let task = &mut proposed.proposal.tasks[position as usize];
        task::course::place(task, position, written, &Map::new(), faults);
    }
    proposed.proposal.terms = Some(proposed.terms.clone()).filter(|terms| *terms != WorkflowTerms::nothing());
    Ok((found == Kind::Object).then_some(proposed))
}

/// All zero stands for nobody, and would be refused by the core after everything was sealed.
fn read_subject(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Option<DataSubjectId>, Malformed> {
    let Some(text) = members.text(reader, "data_subject")? else { return Ok(None) };
    let subject = text.parse().ok().filter(|subject| *subject != DataSubjectId::ZERO);
    if subject.is_none() {
        let problem =
            || format!("is 32 lowercase hexadecimal digits, not all zero, and not {:?}", cut(&text));
        members.fault("data_subject", problem);
    }
    Ok(subject)
}

/// The tasks, and their expressions by position.
fn read_tasks(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(Vec<ProposedTask>, BTreeMap<u32, Written>), Malformed> {
    let (mut tasks, mut expressions) = (Vec::new(), BTreeMap::new());
    if !members.expect(reader, "tasks", Kind::List)? {
        return Ok((tasks, expressions));
    }
    let (mut position, begins) = (0, members.at);
    reader.list(|reader| {
        if !members.budget.take_task() {
            return reader.skip();
        }
        let (task, at) = (Some(position), reader.place());
        let Members { faults, budget, .. } = members;
        let (proposed, written) = task::read(&mut Members { faults, budget, task, at }, reader)?;
        tasks.push(proposed);
        if written.is_there() {
            expressions.insert(position, written);
        }
        position += 1;
        Ok(())
    })?;
    members.budget.report(members.faults, begins);
    Ok((tasks, expressions))
}

/// `labels: {region: eu}`
fn read_labels(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Vec<Label>, Malformed> {
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    if !members.expect(reader, "labels", Kind::Object)? {
        return Ok(Vec::new());
    }
    reader.object(|reader, key| {
        let path = format!("labels.{}", shown_key(&key));
        if labels.contains_key(&*key) {
            return members.refuse_repeated(reader, &path);
        }
        let value = members.text(reader, &path)?;
        if members.budget.take_text() {
            labels.insert(key.into_owned(), value.unwrap_or_default());
        }
        Ok(())
    })?;
    Ok(labels.into_iter().map(|(name, value)| Label { name, value }).collect())
}

/// Gives an id to each task without one; the id of a task is needed to speak of it.
fn assign_ids(tasks: &mut [ProposedTask]) {
    if tasks.iter().all(|task| !task.definition.id.is_empty()) {
        return;
    }
    let mut taken: BTreeSet<String> = tasks.iter().map(|task| task.definition.id.clone()).collect();
    for (task, number) in tasks.iter_mut().zip(1..) {
        if task.definition.id.is_empty() {
            let plain = format!("task-{number}");
            let numbered = (2..).map(|more: u64| format!("{plain}-{more}"));
            let free = std::iter::once(plain.clone()).chain(numbered).find(|id| !taken.contains(id));
            task.definition.id = free.unwrap_or(plain);
            taken.insert(task.definition.id.clone());
        }
    }
}
