//! Decides which definitions become workflows.

use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{ChunkStaged, Earlier, Event, TaskDefinition, UploadExpired, WorkflowAccepted};
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;

use super::definition::{
    Structure, check_inputs, check_positions, check_tasks, check_whole, dependency_count,
};
use super::digest::{Chain, Whole};
use super::fault::{Faults, Field, Problem};
use super::pieces::record_bytes;
use super::{Bounds, Input, Refusal, State, Submission, Upload};
use crate::dag::length;
use crate::governance::Settings;
use crate::limits::RECORD_BYTES_MAX;
use crate::refusal::Accepted;

/// What intake may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) settings: &'a Settings,
    /// Time of the input.
    pub(crate) at: Micros,
    /// How many workflows and uploads are alive.
    pub(crate) alive: usize,
    /// Whether the workflow is one of them, and no upload.
    pub(crate) exists: bool,
}

/// Decides on one input: what is recorded, if anything is, and what is answered.
pub(crate) fn decide(
    facts: &Facts<'_>,
    workflow: WorkflowId,
    input: Input,
) -> Result<(Option<Event>, Accepted), Refusal> {
    if workflow == WorkflowId::ZERO {
        return Err(Refusal::WorkflowIdZero);
    }
    if facts.exists {
        return Err(Refusal::WorkflowExists { workflow });
    }
    let upload = facts.state.get(workflow);
    check_subject(upload, input.subject())?;
    let (tasks, given) = match &input {
        Input::StageChunk(chunk) => (&chunk.tasks, chunk.first_task),
        Input::Submit(submission) => (&submission.tasks, submission.staged_tasks),
    };
    let expected = upload.map_or(0, |upload| length(upload.task_count()));
    if given != expected {
        return Err(Refusal::StagedOtherwise { expected, given });
    }
    check_record(tasks)?;
    match input {
        Input::StageChunk(chunk) => stage(facts, upload, chunk),
        Input::Submit(submission) => submit(facts, workflow, upload, submission),
    }
}

/// What is staged under one key is not taken over by a submission under another.
fn check_subject(upload: Option<&Upload>, subject: &Subject) -> Result<(), Refusal> {
    let other = upload.map(|upload| upload.subject.0).filter(|staged| *staged != subject.id);
    other.map_or(Ok(()), |expected| Err(Refusal::OtherSubject { expected, given: subject.id }))
}

/// A definition that was submitted becomes a workflow.
pub(crate) fn accept(upload: &Upload) -> Event {
    let digest = upload.submitted.as_ref().map_or([0; 32], |pending| pending.digest);
    let (tasks, dependencies) = (length(upload.task_count()), length(upload.dependencies.items.len()));
    Event::WorkflowAccepted(WorkflowAccepted { digest, tasks, dependencies })
}

/// An upload that was not finished in time.
pub(crate) fn expire(upload: &Upload) -> Event {
    Event::UploadExpired(UploadExpired { staged_tasks: length(upload.task_count()) })
}

fn stage(
    facts: &Facts<'_>,
    upload: Option<&Upload>,
    chunk: ChunkStaged,
) -> Result<(Option<Event>, Accepted), Refusal> {
    let bounds = Bounds::from_settings(facts.settings);
    let mut faults = Faults::default();
    let staged_tasks = chunk.first_task as usize + chunk.tasks.len();
    if chunk.tasks.is_empty() {
        faults.add(None, "", Field::Tasks, Problem::Empty);
    }
    if staged_tasks > bounds.tasks_max {
        faults.add(None, "", Field::Tasks, Problem::TooMany { max: bounds.tasks_max });
    }
    check_tasks(chunk.first_task, &chunk.tasks, &mut faults);
    check_inputs(chunk.first_task, &chunk.tasks, &mut faults);
    // Which tasks exist is known at submission; until then a position must only be possible.
    check_positions(chunk.first_task, &chunk.tasks, bounds.tasks_max, &mut faults);
    refuse_faults(faults)?;
    check_room(facts, upload)?;
    let accepted = Accepted::Staged { staged_tasks: length(staged_tasks) };
    Ok((Some(Event::ChunkStaged(chunk)), accepted))
}

fn submit(
    facts: &Facts<'_>,
    workflow: WorkflowId,
    upload: Option<&Upload>,
    submission: Submission,
) -> Result<(Option<Event>, Accepted), Refusal> {
    check_submission(facts, upload, &submission)?;
    let mut chain = upload.map_or_else(Chain::default, |upload| upload.chain.clone());
    chain.over(&submission.tasks);
    let tasks = submission.staged_tasks as usize + submission.tasks.len();
    let digest = chain.finish(&Whole {
        name: &submission.name,
        tasks,
        content: &submission.content,
        subject: named_subject(workflow, submission.subject.id),
    });
    if let Some(earlier) = earlier(facts, &submission)? {
        if earlier.digest != digest {
            return Err(Refusal::KeyConflict { workflow: earlier.workflow });
        }
        return Ok((None, Accepted::Repeated { workflow: earlier.workflow }));
    }
    check_room(facts, upload)?;
    let accepted = Accepted::Submitted { workflow, digest, tasks: length(tasks) };
    Ok((Some(Event::WorkflowSubmitted(submission.recorded(digest))), accepted))
}

/// The data subject that a client named; none when it is the workflow itself, which is another one each time.
fn named_subject(workflow: WorkflowId, subject: DataSubjectId) -> Option<DataSubjectId> {
    Some(subject).filter(|subject| *subject != DataSubjectId::from(workflow))
}

fn check_submission(
    facts: &Facts<'_>,
    upload: Option<&Upload>,
    submission: &Submission,
) -> Result<(), Refusal> {
    let (staged, staged_dependencies) =
        upload.map_or((0, 0), |upload| (upload.task_count(), upload.dependencies.items.len()));
    let dependencies = staged_dependencies + dependency_count(&submission.tasks);
    let mut structure = Structure::with_capacity(staged + submission.tasks.len(), dependencies);
    if let Some(upload) = upload {
        structure.ids.extend(upload.ids.iter());
        upload.dependencies.iter().for_each(|list| structure.dependencies.push(list));
    }
    structure.add(&submission.tasks);
    let count = structure.ids.len();
    let mut faults = Faults::default();
    check_tasks(submission.staged_tasks, &submission.tasks, &mut faults);
    check_inputs(submission.staged_tasks, &submission.tasks, &mut faults);
    check_positions(submission.staged_tasks, &submission.tasks, count, &mut faults);
    check_staged_positions(&structure, submission.staged_tasks, &mut faults);
    check_whole(&submission.name, &structure, &Bounds::from_settings(facts.settings), &mut faults);
    refuse_faults(faults)
}

/// Positions that chunks named before it was known how many tasks there would be.
fn check_staged_positions(structure: &Structure<'_>, staged: u32, faults: &mut Faults) {
    let count = structure.ids.len();
    for task in 0..staged {
        let unknown = structure.dependencies.get(task).iter().find(|item| **item as usize >= count);
        if let Some(unknown) = unknown {
            let problem = Problem::UnknownTask { name: unknown.to_string() };
            faults.add(Some(task), structure.ids[task as usize], Field::Dependencies, problem);
        }
    }
}

fn refuse_faults(faults: Faults) -> Result<(), Refusal> {
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Faults(faults.sorted())) }
}

/// What was accepted before under the same key, unless the key has expired.
fn earlier<'a>(facts: &Facts<'a>, submission: &'a Submission) -> Result<Option<&'a Earlier>, Refusal> {
    let Some(key) = &submission.idempotency_key else { return Ok(None) };
    let (given, needed) = (submission.looked_up_through, facts.state.keys.horizon);
    if given < needed {
        return Err(Refusal::LookupTooOld { given, needed });
    }
    let known = facts.state.keys.get(key).or(submission.earlier.as_ref());
    let expiry = facts.settings.span(Setting::IdempotencyExpiry);
    Ok(known.filter(|earlier| facts.at < earlier.at.after(expiry)))
}

/// Whether one more may be alive; an upload has its room already.
fn check_room(facts: &Facts<'_>, upload: Option<&Upload>) -> Result<(), Refusal> {
    let max = facts.settings.count(Setting::WorkflowsAliveMax);
    if upload.is_none() && facts.alive >= max { Err(Refusal::TooManyAlive { max }) } else { Ok(()) }
}

fn check_record(tasks: &[TaskDefinition]) -> Result<(), Refusal> {
    let bytes = record_bytes(tasks);
    if bytes > RECORD_BYTES_MAX {
        return Err(Refusal::RecordTooLarge { bytes, max: RECORD_BYTES_MAX });
    }
    Ok(())
}
