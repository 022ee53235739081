//! A definition of a hundred thousand tasks, in pieces.

use std::time::Duration;

use triad_decide::{Input, intake, snapshot};
use triad_event::ids::WorkflowId;
use triad_event::intake::{ChunkStaged, TaskDefinition};
use triad_event::subjects::Subject;

use crate::drive::{link, started};
use crate::stopwatch;

/// A definition of a hundred thousand tasks, ten wide, staged in pieces: how long its longest step keeps
/// others waiting.
pub(crate) fn measure() {
    const TASKS: u32 = 100_000;
    let mut drive = started();
    let task = |position: u32| {
        let layer = position / 10 * 10;
        let dependencies = (layer.saturating_sub(10)..layer).collect();
        TaskDefinition { dependencies, ..link(position) }
    };
    let workflow = WorkflowId([9; 16]);
    let mut pieces = intake::pieces((0..TASKS).map(task).collect());
    let rest = pieces.pop().unwrap_or_default();
    let subject = Subject::of(workflow, 0, 0);
    let mut staged = 0;
    let mut longest = Duration::ZERO;
    let took = stopwatch::time(|| {
        for tasks in pieces {
            let chunk = ChunkStaged { first_task: staged, subject: subject.clone(), tasks };
            staged += chunk.tasks.len() as u32;
            let input = Input::of(workflow, intake::Ask::StageChunk(chunk));
            longest = longest.max(stopwatch::time(|| drive.input(input)));
        }
    });
    let submission = intake::Submission {
        name: "large".to_owned(),
        idempotency_key: None,
        earlier: None,
        looked_up_through: 0,
        subject,
        content: [0; 32],
        staged_tasks: staged,
        tasks: rest,
    };
    let input = Input::of(workflow, intake::Ask::Submit(submission));
    let accepted = stopwatch::time(|| drive.input(input));
    println!(
        "100,000 tasks, 1,000,000 dependencies: staging {took:?}, longest chunk {longest:?}, accepting {accepted:?}"
    );
    let snapshot = stopwatch::time(|| println!("  snapshot: {} bytes", snapshot::encode(&drive.world).len()));
    let clone = stopwatch::time(|| drop(drive.world.clone()));
    println!("  snapshot took {snapshot:?}, a clone of the world {clone:?}");
    let took = stopwatch::time(|| drive.run(0));
    println!("  run {took:?}, {} inputs, {} records", drive.inputs, drive.records);
}
