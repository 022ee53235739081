//! What is reported of a run that goes on.

use triad_event::execution::{Ask, AttemptProgressed, AttemptStarted};
use triad_event::intake::TaskKind;
use triad_event::quantity::Bytes;

use super::door::{Door, performances};
use crate::Performance;
use crate::dag::tasks::Tasks;
use crate::world::World;

/// That its process began, if it has one, or that it is alive.
pub(super) fn report(world: &World, request: u64, task: u32, pick: usize) -> Ask {
    let is_process = world.execution.get(request).is_some_and(|attempt| attempt.kind == TaskKind::Process);
    match is_process && pick.is_multiple_of(2) {
        true => Ask::ReportStart(AttemptStarted { request, task }),
        false => Ask::ReportProgress(AttemptProgressed { request, task, output: Bytes(1) }),
    }
}

/// Runs that may be suspended are few. It is decided of them when they begin, and when a price changes.
pub(super) fn begin_one_that_may_pause(door: &mut Door, pick: usize) -> Option<()> {
    let tasks = Tasks::new(&door.world.dag);
    let may_pause =
        |effect: &Performance| tasks.worth(effect.workflow, effect.task).is_some_and(|worth| worth.may_pause);
    let Performance { request, task, .. } = performances(&door.world).into_iter().find(may_pause)?;
    let _ = door.input(Ask::ReportStart(AttemptStarted { request, task }).into());
    door.run(&format!("source fixed={}", pick % 23));
    Some(())
}
