//! Decides which definitions become workflows.

use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_event::intake::{
    Ask, ChunkStaged, Earlier, Event, Submission, TaskDefinition, TaskKind, UploadExpired, WorkflowAccepted,
    WorkflowSubmitted, WorkflowTerms,
};
use triad_event::shape::Shape;
use triad_event::subjects::Subject;
use triad_event::{Domain, Event as AnyEvent};

use super::bounds::Bounds;
use super::definition::{
    Structure, check_inputs, check_positions, check_tasks, check_whole, dependency_count,
};
use super::digest::{Chain, Whole};
use super::facts::Facts;
use super::fault::{Faults, Field, Problem};
use super::groups::Lying;
use super::pieces::{full_record_bytes, record_bytes};
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::Upload;
use super::terms::check_terms;
use crate::decision::Decision;
use crate::image::length;
use crate::limits::RECORD_BYTES_MAX;
use crate::plan::Spec;
use crate::ports::wakes::Wake;
use crate::refusal::{Accepted, Refusal as AnyRefusal};

pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, AnyRefusal> {
    facts.admission.admit(subject_of(&ask))?;
    Ok(take_in(facts, stream, ask)?)
}

/// Decides on what is owed by intake.
pub(crate) fn react(facts: &Facts<'_>, Reaction { accepts }: Reaction) -> Option<(StreamId, AnyEvent)> {
    Some((accepts.into(), accept(facts.state.get(accepts)?).into()))
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, Reaction { accepts }: Reaction) -> bool {
    facts.state.get(accepts).is_some_and(|upload| upload.submitted.is_some())
}

/// Whose content comes in.
fn subject_of(ask: &Ask) -> &Subject {
    match ask {
        Ask::StageChunk(chunk) => &chunk.subject,
        Ask::Submit(submission) => &submission.subject,
    }
}

fn take_in(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let workflow = WorkflowId::from(stream);
    if workflow == WorkflowId::ZERO {
        return Err(Refusal::WorkflowIdZero);
    }
    let upload = facts.state.get(workflow);
    if upload.is_none() && facts.ports.streams.get(stream).is_some() {
        return Err(Refusal::WorkflowExists { workflow });
    }
    check_subject(upload, subject_of(&ask))?;
    let (tasks, terms, given) = match &ask {
        Ask::StageChunk(chunk) => (&chunk.tasks, None, chunk.first_task),
        Ask::Submit(submission) => (&submission.tasks, submission.terms.as_deref(), submission.staged_tasks),
    };
    let expected = upload.map_or(0, |upload| length(upload.task_count()));
    if given != expected {
        return Err(Refusal::StagedOtherwise { expected, given });
    }
    check_record(tasks, terms)?;
    match ask {
        Ask::StageChunk(chunk) => stage(facts, stream, upload, chunk),
        Ask::Submit(submission) => submit(facts, stream, upload, *submission),
    }
}

/// What is staged under one key is not taken over by a submission under another.
fn check_subject(upload: Option<&Upload>, subject: &Subject) -> Result<(), Refusal> {
    let other = upload.map(|upload| upload.subject.0).filter(|staged| *staged != subject.id);
    other.map_or(Ok(()), |expected| Err(Refusal::OtherSubject { expected, given: subject.id }))
}

/// A definition that was submitted becomes a workflow.
fn accept(upload: &Upload) -> Event {
    let digest = upload.submitted.as_ref().map_or([0; 32], |pending| pending.digest);
    let (tasks, dependencies) = (length(upload.task_count()), length(upload.dependencies.items.len()));
    Event::WorkflowAccepted(WorkflowAccepted { digest, tasks, dependencies })
}

/// The moment of an upload has come: it was not finished in time.
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let upload = facts.state.get(wake.stream.into())?;
    Some(UploadExpired { staged_tasks: length(upload.task_count()) }.into())
}

fn stage(
    facts: &Facts<'_>,
    stream: StreamId,
    upload: Option<&Upload>,
    chunk: ChunkStaged,
) -> Result<Decision, Refusal> {
    let bounds = Bounds::from_settings(&facts.ports.settings);
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
    let staged = Accepted::Staged { staged_tasks: length(staged_tasks) };
    Ok(Decision { reply: Ok(staged), ..Decision::recorded(stream, chunk) })
}

fn submit(
    facts: &Facts<'_>,
    stream: StreamId,
    upload: Option<&Upload>,
    submission: Submission,
) -> Result<Decision, Refusal> {
    let workflow = WorkflowId::from(stream);
    check_submission(facts, upload, &submission)?;
    let mut chain = upload.map_or_else(Chain::default, |upload| upload.chain.clone());
    chain.over(&submission.tasks);
    let tasks = submission.staged_tasks as usize + submission.tasks.len();
    let digest = chain.finish(&Whole {
        name: &submission.name,
        tasks: length(tasks),
        content: &submission.content,
        subject: named_subject(workflow, submission.subject.id),
        terms: submission.terms.as_deref(),
    });
    if let Some(earlier) = earlier(facts, &submission)? {
        if earlier.digest != digest {
            return Err(Refusal::KeyConflict { workflow: earlier.workflow });
        }
        return Ok(Decision::nothing(Accepted::Repeated { workflow: earlier.workflow }));
    }
    check_room(facts, upload)?;
    let submitted = Accepted::Submitted { workflow, digest, tasks: length(tasks) };
    let recorded = Decision::recorded(stream, WorkflowSubmitted { asked: submission, digest });
    Ok(Decision { reply: Ok(submitted), ..recorded })
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
        structure.lying.extend(upload.specs.iter().map(lying));
    }
    structure.add(&submission.tasks);
    let count = structure.ids.len();
    let mut faults = Faults::default();
    check_tasks(submission.staged_tasks, &submission.tasks, &mut faults);
    check_inputs(submission.staged_tasks, &submission.tasks, &mut faults);
    check_positions(submission.staged_tasks, &submission.tasks, count, &mut faults);
    check_staged_positions(&structure, submission.staged_tasks, &mut faults);
    if let Some(terms) = &submission.terms {
        check_terms(terms, &mut faults);
    }
    check_whole(&submission.name, &structure, &Bounds::from_settings(&facts.ports.settings), &mut faults);
    refuse_faults(faults)
}

/// Where a task that was staged lies among sub-workflows.
fn lying(spec: &Spec) -> Lying {
    let part_of = spec.rules.as_deref().and_then(|rules| rules.part_of);
    Lying { part_of, is_group: spec.kind == TaskKind::Group }
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
    let expiry = facts.ports.settings.span(Setting::IdempotencyExpiry);
    Ok(known.filter(|earlier| facts.elapsed < earlier.elapsed.after(expiry)))
}

/// Whether one more may be alive; an upload has its room already.
fn check_room(facts: &Facts<'_>, upload: Option<&Upload>) -> Result<(), Refusal> {
    let max = facts.ports.settings.count(Setting::WorkflowsAliveMax);
    if upload.is_none() && facts.ports.streams.count(Domain::Intake) >= max {
        return Err(Refusal::TooManyAlive { max });
    }
    facts.ports.quotas.full(facts.principal).map_or(Ok(()), |max| Err(Refusal::TooManyOfCredential { max }))
}

fn check_record(tasks: &[TaskDefinition], terms: Option<&WorkflowTerms>) -> Result<(), Refusal> {
    let bytes = match terms {
        None => record_bytes(tasks),
        Some(terms) => full_record_bytes(tasks) + terms.record_bytes(),
    };
    if bytes > RECORD_BYTES_MAX {
        return Err(Refusal::RecordTooLarge { bytes, max: RECORD_BYTES_MAX });
    }
    Ok(())
}
