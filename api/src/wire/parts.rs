//! The members of a document that a definition is, one row each: how each is read, and its schema.

use super::budget::Budget;
use super::fault::{Faults, cut};
use super::inputs::{self, Declarations, Given};
use super::json::{Kind, Malformed, Reader};
use super::members::{Members, Row, Seen, listed, plain_line, shown_key};
use super::source::Document;
use super::task::{self, ReadTask};
use super::urgency;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use triad_decide::intake::Bounds;
use triad_decide::limits::{ID_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX};
use triad_event::governance::Setting;
use triad_event::ids::DataSubjectId;
use triad_event::intake::{Label, WorkflowTerms};

/// The name of a workflow that names none.
pub(super) const NAME_DEFAULT: &str = "workflow";

/// What a document says, member by member.
pub(super) struct Parts {
    pub(super) name: Option<String>,
    /// Whose it says that its content is.
    pub(super) subject: Option<DataSubjectId>,
    pub(super) tasks: Vec<ReadTask>,
    /// The definition that it names instead, and where.
    pub(super) named: Option<(String, usize)>,
    pub(super) declared: Declarations,
    pub(super) given: Given,
    pub(super) terms: WorkflowTerms,
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
        "oneOf": [{ "required": ["tasks"] }, { "required": ["workflow"], "properties": { "inputs": false } }],
        "additionalProperties": false,
    })
}

const ROWS: &[Row<Parts>] = &[
    Row {
        name: "name",
        read: |parts, members, reader| {
            parts.name = members.text(reader, "name")?;
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
        read: |parts, members, reader| {
            parts.subject = read_subject(members, reader)?;
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
        read: |parts, members, reader| {
            parts.tasks = task::read_tasks("tasks", members, reader)?;
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
        name: "workflow",
        read: |parts, members, reader| {
            let at = reader.place();
            parts.named = members.text(reader, "workflow")?.map(|reference| (reference, at));
            Ok(())
        },
        schema: || {
            let doc = "The definition that is run, instead of tasks: a name, NAME@VERSION or NAME@ALIAS. Without a version it \
                is the newest.";
            json!({ "description": doc, "type": "string", "pattern": task::inner::reference_pattern() })
        },
    },
    Row {
        name: "inputs",
        read: |parts, members, reader| {
            parts.declared = inputs::read_declarations("inputs", members, reader)?;
            Ok(())
        },
        schema: inputs::schema,
    },
    Row {
        name: "values",
        read: |parts, members, reader| {
            parts.given = inputs::read_given("values", members, reader)?;
            Ok(())
        },
        schema: || {
            let doc = "Values of the inputs, by name. An input that has none here has its default. Sealed.";
            json!({ "description": doc, "type": "object" })
        },
    },
    Row {
        name: "labels",
        read: |parts, members, reader| {
            parts.terms.labels = read_labels(members, reader)?;
            Ok(())
        },
        schema: || {
            let doc = "What the workflow is searched by: names with texts. They stand in records for ever: nothing personal \
                belongs there.";
            json!({
                "description": doc, "type": "object", "maxProperties": LABELS_MAX,
                "propertyNames": { "pattern": format!("^[a-z0-9_-]{{1,{ID_BYTES_MAX}}}$") },
                "additionalProperties": { "type": "string", "maxLength": NAME_BYTES_MAX, "pattern": plain_line() },
            })
        },
    },
    Row {
        name: "priority",
        read: |parts, members, reader| {
            parts.terms.priority = urgency::read_priority(members, reader)?;
            Ok(())
        },
        schema: || urgency::priority_schema("each of its tasks that says nothing else"),
    },
    Row {
        name: "deadline",
        read: |parts, members, reader| {
            parts.terms.deadline = urgency::read_deadline(members, reader)?;
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

/// What a document says, as far as it says it; everything else becomes a fault. None when it is no object at all, which is one
/// fault.
pub(super) fn read_parts(
    document: &Document<'_>,
    bounds: &Bounds,
    faults: &mut Faults,
) -> Result<Option<Parts>, Malformed> {
    let mut reader = document.reader();
    let (declared, given) = (Declarations::new(), Given::new());
    let (tasks, terms) = (Vec::new(), WorkflowTerms::nothing());
    let mut parts = Parts { name: None, subject: None, tasks, named: None, declared, given, terms };
    let mut budget = Budget::new(bounds);
    let mut members = Members { faults, budget: &mut budget, task: None, at: 0 };
    let found = reader.kind()?;
    members.at = reader.place();
    if found != Kind::Object {
        reader.skip()?;
        members.fault("definition", || format!("is an object, not {found}"));
        reader.end()?;
        return Ok(None);
    }
    let mut seen = Seen::default();
    reader.object(|reader, key| match ROWS.iter().find(|row| row.name == key) {
        Some(row) if seen.first(row.name) => {
            let at = reader.place();
            (row.read)(&mut parts, &mut members, reader)?;
            members.at = at;
            refuse_beside(row.name, &seen, &mut members);
            Ok(())
        }
        Some(_) => members.refuse_repeated(reader, &key),
        None => {
            let known = || format!("a workflow has {}", listed(ROWS.iter().map(|row| row.name)));
            members.refuse_unknown(reader, &key, known)
        }
    })?;
    reader.end()?;
    Ok(Some(parts))
}

/// A workflow is written out, or named.
fn refuse_beside(name: &str, seen: &Seen, members: &mut Members<'_>) {
    for other in ["tasks", "inputs"] {
        if name == "workflow" && seen.has(other) || name == other && seen.has("workflow") {
            let problem = || format!("stands beside {other}: the definition that is named brings its own");
            members.fault("workflow", problem);
        }
    }
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
