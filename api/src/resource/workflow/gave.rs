//! What tasks of a workflow gave to others, and where that lies.

use triad_event::dag::TaskPhase;
use triad_event::ids::WorkflowId;
use triad_event::intake::{Form, Gave, Reused};
use triad_event::quantity::Bytes;
use triad_event::sealed::ContentClass;
use triad_projections::Run;

/// What a task gave when it completed: where an earlier workflow stands for it, what that gave. None when it did not complete.
pub(super) fn gave(run: &Run, workflow: WorkflowId, number: u32) -> Option<Reused> {
    let task = run.graph().task(number).filter(|task| task.phase == Some(TaskPhase::Completed))?;
    let course = task.course.as_deref();
    if let Some(reused) = course.and_then(|course| course.reused.as_deref()) {
        return Some(reused.clone());
    }
    let is_fanned_out = course.is_some_and(|course| course.at_once.is_some());
    if !is_fanned_out {
        return Some(Reused { workflow, gave: vec![wrote(run, number)], form: Form::One });
    }
    // A list without entries has no parts.
    let first = course.and_then(|course| course.first_part).unwrap_or(0);
    let parts = course.map_or(0, |course| course.parts);
    let gave = (first..first.saturating_add(parts)).map(|part| wrote(run, part)).collect();
    Some(Reused { workflow, gave, form: Form::List })
}

/// What came with the signal of a task, or what its last attempt wrote to standard output.
fn wrote(run: &Run, number: u32) -> Gave {
    let signalled = run.graph().task(number).and_then(|task| task.gate.as_deref()?.output.as_deref());
    if let Some(content) = signalled {
        let (output, total) = (Some(content.clone()), content.length);
        return Gave { output, class: ContentClass::Signal, total };
    }
    let outcome = run.attempts(number).last().and_then(|attempt| attempt.end.as_ref()?.outcome.as_ref());
    let stdout = outcome.map(|outcome| &outcome.stdout);
    Gave {
        output: stdout.and_then(|stdout| stdout.kept.as_deref().cloned()),
        class: ContentClass::Stdout,
        total: stdout.map_or(Bytes::ZERO, |stdout| stdout.total),
    }
}
