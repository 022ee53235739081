//! The members of a task that are no options, one row each: how each is read, and its schema.

use super::course::{self, Written};
use super::gate;
use super::inner::{self, Inner};
use super::retry::Retry;
use super::schedule;
use super::verify;
use crate::wire::inputs::{Given, read_given};
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, PLACEHOLDER, Row, plain_line, shown_key};
use crate::wire::urgency;
use crate::wire::words::words;
use serde_json::{Value, json};
use triad_decide::intake::ProposedTask;
use triad_decide::limits::{
    COMMAND_BYTES_MAX, DIRECTORY_BYTES_MAX, ID_BYTES_MAX, NAME_BYTES_MAX, STDIN_BYTES_MAX, TEXT_BYTES_MAX,
};
use triad_event::intake::{ApprovalGate, Deadline, Priority, SignalGate, TaskKind, TaskTerms};
use triad_event::quantity::Millis;
use triad_event::sealed::EnvVariable;

/// Text without a zero byte, as a regular expression: the operating system takes no other.
const NO_ZERO: &str = "^[^\\u0000]*$";

/// What has been read of a task.
pub(super) struct Draft {
    pub(super) task: ProposedTask,
    /// What people call it.
    pub(super) category: Option<String>,
    /// What it waits for.
    pub(super) wait: Option<Millis>,
    pub(super) signal: Option<SignalGate>,
    pub(super) signal_schema: String,
    pub(super) approval: Option<ApprovalGate>,
    /// What its retry says beside numbers.
    pub(super) retry: Retry,
    /// Its expressions as they were written.
    pub(super) written: Written,
    pub(super) deadline: Option<Deadline>,
    pub(super) priority: Option<Priority>,
    /// What it is worth and what it needs.
    pub(super) terms: TaskTerms,
    /// When its workflow is submitted, as it says.
    pub(super) schedule: Option<schedule::Written>,
    /// The sub-workflow that it is, and what that is given.
    pub(super) inner: Option<Inner>,
    pub(super) with: Given,
}

pub(super) const ROWS: &[Row<Draft>] = &[
    Row {
        name: "id",
        read: |draft, members, reader| {
            draft.task.definition.id = read_id(members, reader)?;
            Ok(())
        },
        schema: || {
            let doc =
                "Unique in the workflow, and how dependencies name the task. A task without one gets one.";
            described(doc, id())
        },
    },
    Row {
        name: "name",
        read: |draft, members, reader| {
            draft.task.definition.name = members.text(reader, "name")?.unwrap_or_default();
            Ok(())
        },
        schema: || {
            let doc = "Display name, of characters that people see as they are. It stands in records for ever: nothing personal \
                       belongs there.";
            json!({ "description": doc, "type": "string", "maxLength": NAME_BYTES_MAX, "pattern": plain_line() })
        },
    },
    Row {
        name: "type",
        read: |draft, members, reader| {
            draft.category = members.text(reader, "type")?;
            if draft.category.as_deref() == Some("") {
                members.fault("type", || "must not be empty: leave it out".to_owned());
            }
            Ok(())
        },
        schema: || {
            let doc = "What people call it, such as SIMULATION. It decides nothing, except that PROCESS needs a command, and \
                       that NOOP has nothing to do and hands its input on.";
            json!({
                "description": doc, "type": "string", "minLength": 1, "maxLength": ID_BYTES_MAX,
                "pattern": plain_line(),
            })
        },
    },
    Row {
        name: "dependencies",
        read: |draft, members, reader| course::read_dependencies(&mut draft.task, members, reader),
        schema: course::dependencies_schema,
    },
    Row {
        name: "when",
        read: |draft, members, reader| course::read_when(&mut draft.written, members, reader),
        schema: course::when_schema,
    },
    Row {
        name: "for_each",
        read: |draft, members, reader| course::read_for_each(&mut draft.written, members, reader),
        schema: course::for_each_schema,
    },
    Row {
        name: "schedule",
        read: |draft, members, reader| {
            draft.schedule = schedule::read(members, reader)?;
            Ok(())
        },
        schema: schedule::schema,
    },
    Row {
        name: "deadline",
        read: |draft, members, reader| {
            draft.deadline = urgency::read_deadline(members, reader)?;
            Ok(())
        },
        schema: || urgency::deadline_schema("the task"),
    },
    Row {
        name: "priority",
        read: |draft, members, reader| {
            draft.priority = urgency::read_priority(members, reader)?;
            Ok(())
        },
        schema: || urgency::priority_schema("it"),
    },
    Row {
        name: "command",
        read: |draft, members, reader| {
            draft.task.content.command = read_command(members, reader)?;
            Ok(())
        },
        schema: || {
            let doc = "Program and arguments, never given to a shell; together at most 64 KiB. Sealed.";
            let argument =
                json!({ "type": "string", "maxLength": COMMAND_BYTES_MAX - 1, "pattern": NO_ZERO });
            json!({ "description": doc, "type": "array", "maxItems": COMMAND_BYTES_MAX, "items": argument })
        },
    },
    Row {
        name: "env",
        read: |draft, members, reader| {
            draft.task.content.env = read_env(members, reader)?;
            Ok(())
        },
        schema: || {
            let doc = "Environment variables; together at most 64 KiB. Sealed.";
            // Each needs a sign and a terminator beside the other, and a name has a byte at least.
            let name = json!({
                "maxLength": COMMAND_BYTES_MAX - 2, "pattern": "^[^=\\u0000]+$", "not": { "pattern": "^TRIAD_" },
            });
            let value = json!({ "type": "string", "maxLength": COMMAND_BYTES_MAX - 3, "pattern": NO_ZERO });
            json!({ "description": doc, "type": "object", "propertyNames": name, "additionalProperties": value })
        },
    },
    Row {
        name: "working_directory",
        read: |draft, members, reader| {
            draft.task.content.directory = members.text(reader, "working_directory")?;
            Ok(())
        },
        schema: || {
            let doc = "Where the command runs: a directory that is there, and stays. Without it one is made for each attempt. \
                       Sealed.";
            let path = "^/[^\\u0000]*$";
            json!({ "description": doc, "type": "string", "maxLength": DIRECTORY_BYTES_MAX, "pattern": path })
        },
    },
    Row {
        name: "stdin",
        read: |draft, members, reader| {
            draft.task.content.stdin = members.text(reader, "stdin")?;
            Ok(())
        },
        schema: || {
            let doc = "What the command is given on standard input; at most 128 KiB as written, and 16 MiB with the outputs of \
                other tasks in \
                       it. Nothing without it. Sealed.";
            json!({ "description": doc, "type": "string", "maxLength": STDIN_BYTES_MAX })
        },
    },
    Row {
        name: "verify",
        read: |draft, members, reader| {
            draft.task.content.verify = verify::read(members, reader)?;
            Ok(())
        },
        schema: verify::schema,
    },
    Row {
        name: "wait",
        read: |draft, members, reader| {
            draft.wait = Some(gate::read_wait(members, reader)?);
            Ok(())
        },
        schema: gate::wait_schema,
    },
    Row {
        name: "signal",
        read: |draft, members, reader| {
            let (gate, schema) = gate::read_signal(members, reader)?;
            (draft.signal, draft.signal_schema) = (Some(gate), schema);
            Ok(())
        },
        schema: gate::signal_schema,
    },
    Row {
        name: "approval",
        read: |draft, members, reader| {
            let (approval, message) = gate::read_approval(members, reader)?;
            draft.approval = Some(approval);
            if message.is_some() {
                draft.task.content.text = message;
            }
            Ok(())
        },
        schema: gate::approval_schema,
    },
    Row {
        name: "workflow",
        read: |draft, members, reader| {
            draft.inner = inner::read(members, reader)?;
            Ok(())
        },
        schema: inner::workflow_schema,
    },
    Row {
        name: "with",
        read: |draft, members, reader| {
            draft.with = read_given("with", members, reader)?;
            Ok(())
        },
        schema: inner::with_schema,
    },
    Row {
        name: "input",
        read: |draft, members, reader| {
            draft.task.content.text = members.text(reader, "input")?;
            Ok(())
        },
        schema: || {
            let doc = "Text that a NOOP hands on as its output; at most 64 KiB. Sealed.";
            json!({ "description": doc, "type": "string", "maxLength": TEXT_BYTES_MAX })
        },
    },
];

words! {
    TaskKind as TaskKind:
    Noop = "NOOP",
    Process = "PROCESS",
    Wait = "WAIT",
    Signal = "SIGNAL",
    Approval = "APPROVAL",
    Group = "WORKFLOW",
}

fn described(doc: &str, mut schema: Value) -> Value {
    schema["description"] = json!(doc);
    schema
}

fn id() -> Value {
    json!({ "type": "string", "pattern": format!("^[a-z0-9_-]{{1,{ID_BYTES_MAX}}}$") })
}

fn read_id(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let id = members.text(reader, "id")?;
    if id.as_deref() == Some("") {
        members.fault("id", || "must not be empty: leave it out to get one".to_owned());
    }
    Ok(id.unwrap_or_default())
}

fn read_command(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
    if !members.expect(reader, "command", Kind::List)? {
        return Ok(vec![PLACEHOLDER.to_owned()]);
    }
    let (mut arguments, mut position) = (Vec::new(), 0_u64);
    reader.list(|reader| {
        let argument = if reader.kind()? == Kind::Text {
            reader.text()?.into_owned()
        } else {
            members.expect(reader, &format!("command[{position}]"), Kind::Text)?;
            PLACEHOLDER.to_owned()
        };
        if members.budget.take_text() {
            arguments.push(argument);
        }
        position += 1;
        Ok(())
    })?;
    Ok(arguments)
}

fn read_env(members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<Vec<EnvVariable>, Malformed> {
    let mut variables = Vec::new();
    if !members.expect(reader, "env", Kind::Object)? {
        return Ok(variables);
    }
    reader.object(|reader, name| {
        if reader.kind()? == Kind::Text {
            let value = reader.text()?;
            if members.budget.take_text() {
                variables.push(EnvVariable { name: name.into_owned(), value: value.into_owned() });
            }
        } else {
            members.expect(reader, &format!("env.{}", shown_key(&name)), Kind::Text)?;
        }
        Ok(())
    })?;
    Ok(variables)
}
