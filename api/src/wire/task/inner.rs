//! A sub-workflow as it comes in: tasks of its own with inputs, or the name of a definition.

use super::read::{ReadTask, read_tasks};
use crate::wire::inputs::{self, Declarations, read_declarations};
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen, shown_key};
use crate::wire::spot::LEVELS_MAX;
use serde_json::{Value, json};

/// What a task runs that is a sub-workflow.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::wire) enum Inner {
    /// What is written out, or was brought from where that is.
    Written { tasks: Vec<ReadTask>, declared: Declarations, brought: Option<Brought> },
    /// A definition, by its name and perhaps a version, and where that stands.
    Named { reference: String, at: usize },
}

/// The definition that was brought, as people are shown it, and where it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wire) struct Brought {
    pub(in crate::wire) shown: String,
    pub(in crate::wire) at: usize,
}

impl Inner {
    /// Stands for what is not there.
    pub(in crate::wire) fn unasked() -> Self {
        Self::Written { tasks: vec![ReadTask::unasked()], declared: Declarations::new(), brought: None }
    }
}

/// `workflow: {tasks: [...], inputs: {...}}`, or `workflow: nightly@3`
pub(super) fn read(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Option<Inner>, Malformed> {
    let at = reader.place();
    if !members.task.is_some_and(|spot| spot.has_room()) {
        members.at = at;
        members.fault("workflow", || format!("lies within more than {LEVELS_MAX} others"));
        reader.skip()?;
        return Ok(None);
    }
    if reader.kind()? == Kind::Text {
        let reference = reader.text()?.into_owned();
        return Ok(Some(Inner::Named { reference, at }));
    }
    if !members.expect(reader, "workflow", Kind::Object)? {
        return Ok(None);
    }
    let (mut tasks, mut declared, mut seen) = (Vec::new(), Declarations::new(), Seen::default());
    reader.object(|reader, key| match &*key {
        "tasks" if seen.first("tasks") => {
            tasks = read_tasks("workflow.tasks", members, reader)?;
            Ok(())
        }
        "inputs" if seen.first("inputs") => {
            declared = read_declarations("workflow.inputs", members, reader)?;
            Ok(())
        }
        "tasks" | "inputs" => members.refuse_repeated(reader, &format!("workflow.{key}")),
        _ => {
            members.at = reader.key_place();
            let problem = || "is unknown: a sub-workflow has tasks and inputs".to_owned();
            members.fault(&format!("workflow.{}", shown_key(&key)), problem);
            reader.skip()
        }
    })?;
    if !seen.has("tasks") {
        members.at = at;
        members.fault("workflow.tasks", || "is missing".to_owned());
    }
    Ok(Some(Inner::Written { tasks, declared, brought: None }))
}

pub(super) fn workflow_schema() -> Value {
    json!({
        "description": "Tasks that run in its place, called ID.CHILD, or the name of a definition, such as nightly@3. It is completed when all of them \
                        ended and none failed; tasks that depend on it can name their outputs, as in `{ID.CHILD.output}`.",
        "anyOf": [{ "type": "string", "pattern": reference_pattern() }, {
            "type": "object",
            "properties": {
                "tasks": { "description": "Its tasks, in any order.", "type": "array", "minItems": 1, "items": { "$ref": "#/properties/tasks/items" } },
                "inputs": inputs::schema(),
            },
            "required": ["tasks"],
            "additionalProperties": false,
        }],
    })
}

/// A name, and perhaps a version or an alias behind it.
pub(in crate::wire) fn reference_pattern() -> &'static str {
    "^[a-z0-9_-]{1,64}(@[a-z0-9_-]{1,64})?$"
}

pub(super) fn with_schema() -> Value {
    json!({
        "description": "Values of the inputs of its sub-workflow, by name. A text may name inputs, and outputs of tasks that this one depends on. Sealed.",
        "type": "object",
    })
}
