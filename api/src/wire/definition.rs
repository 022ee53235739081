//! A definition as it comes in: JSON in, checked tasks or every fault out.

use super::fault::{Faults, cut};
use super::json::{Kind, Malformed, Reader};
use super::task::{Budget, TaskReader};
use std::collections::BTreeSet;
use triad_decide::intake::{Bounds, Checked, Proposal, ProposedTask, check};
use triad_event::ids::DataSubjectId;

/// A definition that the door found nothing wrong with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// Whose its content is; the workflow's own when nobody is named.
    pub(crate) subject: Option<DataSubjectId>,
    /// Its tasks, and what is to be sealed of them.
    pub(crate) checked: Checked,
}

/// Why a definition goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unacceptable {
    /// It is no JSON.
    Malformed(Malformed),
    /// It is JSON and something else than a definition.
    Faults(Faults),
}

/// The name of a workflow that names none.
const NAME_DEFAULT: &str = "workflow";

/// Fields of the specification that a later version understands. They are refused by name rather than ignored,
/// because a workflow that ran without its deadline or its zone would look as if it had kept to them.
const LATER_FIELDS: &[&str] = &[
    "budget",
    "context",
    "deadline",
    "energy_cost_est_kwh",
    "market_multiplier",
    "max_bid_price",
    "max_tokens",
    "model",
    "negentropy_value_score",
    "owner_persona",
    "priority",
    "privacy_class",
    "prompt",
    "required_capabilities",
    "schedule",
    "self_healing_policy",
    "sovereignty_required",
    "verification_rules",
    "zones",
];

/// Reads a definition and checks it whole.
pub(crate) fn read(bytes: &[u8], bounds: &Bounds) -> Result<Definition, Unacceptable> {
    let mut faults = Faults::default();
    let proposed = propose(bytes, bounds, &mut faults).map_err(Unacceptable::Malformed)?;
    // What is no object at all has one fault, and nothing in it to check.
    let Some(Proposed { proposal, subject }) = proposed else { return Err(Unacceptable::Faults(faults)) };
    let name = proposal.name.clone();
    match check(proposal, bounds) {
        Ok(checked) if faults.is_empty() => return Ok(Definition { name, subject, checked }),
        Ok(_) => {}
        Err(core) => faults.merge(core),
    }
    Err(Unacceptable::Faults(faults))
}

/// What the document says, and whose it says that its content is.
struct Proposed {
    proposal: Proposal,
    subject: Option<DataSubjectId>,
}

/// What the document says, as far as it says it; everything else becomes a fault.
fn propose(bytes: &[u8], bounds: &Bounds, faults: &mut Faults) -> Result<Option<Proposed>, Malformed> {
    let mut reader = Reader::new(bytes)?;
    let proposal = Proposal { name: NAME_DEFAULT.to_owned(), tasks: Vec::new() };
    let mut proposed = Proposed { proposal, subject: None };
    let found = reader.kind()?;
    if found == Kind::Object {
        read_workflow(&mut reader, bounds, faults, &mut proposed)?;
    } else {
        reader.skip()?;
        faults.add(None, || "definition".to_owned(), || format!("is an object, not {found}"));
    }
    reader.end()?;
    assign_ids(&mut proposed.proposal.tasks);
    Ok((found == Kind::Object).then_some(proposed))
}

fn read_workflow(
    reader: &mut Reader<'_>,
    bounds: &Bounds,
    faults: &mut Faults,
    proposed: &mut Proposed,
) -> Result<(), Malformed> {
    let (mut has_name, mut has_subject, mut has_tasks) = (false, false, false);
    reader.object(|reader, key| match &*key {
        "name" if !std::mem::replace(&mut has_name, true) => {
            if let Some(name) = expect_text(reader, faults, None, "name")? {
                proposed.proposal.name = name;
            }
            Ok(())
        }
        "data_subject" if !std::mem::replace(&mut has_subject, true) => {
            proposed.subject = read_subject(reader, faults)?;
            Ok(())
        }
        "tasks" if !std::mem::replace(&mut has_tasks, true) => {
            proposed.proposal.tasks = read_tasks(reader, bounds, faults)?;
            Ok(())
        }
        "name" | "data_subject" | "tasks" => refuse_repeated(reader, faults, None, &key),
        _ => refuse_unknown(reader, faults, None, &key, "a workflow has name, data_subject and tasks"),
    })
}

/// All zero stands for nobody, and would be refused by the core after everything was sealed.
fn read_subject(reader: &mut Reader<'_>, faults: &mut Faults) -> Result<Option<DataSubjectId>, Malformed> {
    let Some(text) = expect_text(reader, faults, None, "data_subject")? else { return Ok(None) };
    let subject = text.parse().ok().filter(|subject| *subject != DataSubjectId::ZERO);
    if subject.is_none() {
        let problem =
            || format!("is 32 lowercase hexadecimal digits, not all zero, and not {:?}", cut(&text));
        faults.add(None, || "data_subject".to_owned(), problem);
    }
    Ok(subject)
}

fn read_tasks(
    reader: &mut Reader<'_>,
    bounds: &Bounds,
    faults: &mut Faults,
) -> Result<Vec<ProposedTask>, Malformed> {
    if !expect(reader, faults, None, "tasks", Kind::List)? {
        return Ok(Vec::new());
    }
    let mut budget = Budget::new(bounds);
    let (mut tasks, mut position) = (Vec::new(), 0);
    reader.list(|reader| {
        // One more than may be, so that the core says that there are too many.
        if tasks.len() > bounds.tasks_max {
            return reader.skip();
        }
        tasks.push(TaskReader { position, faults, budget: &mut budget }.read(reader)?);
        position += 1;
        Ok(())
    })?;
    budget.report(faults);
    Ok(tasks)
}

/// Gives an id to each task without one; the id of a task is needed to speak of it.
fn assign_ids(tasks: &mut [ProposedTask]) {
    if tasks.iter().all(|task| !task.id.is_empty()) {
        return;
    }
    let mut taken: BTreeSet<String> = tasks.iter().map(|task| task.id.clone()).collect();
    for (task, number) in tasks.iter_mut().zip(1..) {
        if task.id.is_empty() {
            let plain = format!("task-{number}");
            let numbered = (2..).map(|more: u64| format!("{plain}-{more}"));
            let free = std::iter::once(plain.clone()).chain(numbered).find(|id| !taken.contains(id));
            task.id = free.unwrap_or(plain);
            taken.insert(task.id.clone());
        }
    }
}

/// Whether the value that stands here is of a kind; reads over it and says so when not.
pub(super) fn expect(
    reader: &mut Reader<'_>,
    faults: &mut Faults,
    task: Option<u32>,
    field: &str,
    expected: Kind,
) -> Result<bool, Malformed> {
    let found = reader.kind()?;
    if found == expected {
        return Ok(true);
    }
    reader.skip()?;
    faults.add(task, || field.to_owned(), || format!("must be {expected}, not {found}"));
    Ok(false)
}

/// The text that stands here.
pub(super) fn expect_text(
    reader: &mut Reader<'_>,
    faults: &mut Faults,
    task: Option<u32>,
    field: &str,
) -> Result<Option<String>, Malformed> {
    if expect(reader, faults, task, field, Kind::Text)? {
        Ok(Some(reader.text()?.into_owned()))
    } else {
        Ok(None)
    }
}

/// A field that stood before. Which of the two was meant cannot be known.
pub(super) fn refuse_repeated(
    reader: &mut Reader<'_>,
    faults: &mut Faults,
    task: Option<u32>,
    field: &str,
) -> Result<(), Malformed> {
    faults.add(task, || field.to_owned(), || "stands more than once".to_owned());
    reader.skip()
}

/// A field that nothing is known of, or not yet.
pub(super) fn refuse_unknown(
    reader: &mut Reader<'_>,
    faults: &mut Faults,
    task: Option<u32>,
    field: &str,
    known: &str,
) -> Result<(), Malformed> {
    let problem = || match field {
        "status" => "is set by the engine: leave it out".to_owned(),
        _ if LATER_FIELDS.contains(&field) => "is not supported yet: leave it out".to_owned(),
        _ => format!("is unknown: {known}"),
    };
    faults.add(task, || shown_key(field), problem);
    reader.skip()
}

/// A key that a client chose, as it may stand in a path.
pub(super) fn shown_key(key: &str) -> String {
    let plain = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if plain { cut(key).to_owned() } else { format!("{:?}", cut(key)) }
}
