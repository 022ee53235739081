//! What is reported of a run that goes on.

use triad_event::execution::{Ask, AttemptProgressed, AttemptStarted};
use triad_event::intake::TaskKind;
use triad_event::quantity::Bytes;

use crate::world::World;

/// That its process began, if it has one, or that it is alive.
pub(super) fn report(world: &World, request: u64, task: u32, pick: usize) -> Ask {
    let is_process = world.execution.get(request).is_some_and(|attempt| attempt.kind == TaskKind::Process);
    match is_process && pick.is_multiple_of(2) {
        true => Ask::ReportStart(AttemptStarted { request, task }),
        false => Ask::ReportProgress(AttemptProgressed { request, task, output: Bytes(1) }),
    }
}
