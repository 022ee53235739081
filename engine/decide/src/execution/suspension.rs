//! Attempts that are suspended, and what that means for places.

use std::sync::Arc;

use triad_event::ids::WorkflowId;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

use super::state::State;
use crate::fold_error::FoldError;
use crate::ports::Ports;

impl State {
    /// An attempt is executed no longer, and its place is free.
    pub(super) fn suspend(
        &mut self,
        record: &Recorded<AnyEvent>,
        request: u64,
        (ran, wants_place): (Micros, bool),
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        self.forget_stretch(request);
        self.reschedule(request, ports, |attempt, settings| {
            attempt.suspend(ran, wants_place);
            if attempt.stopping.is_none() {
                attempt.schedule(record, settings);
            }
        })?;
        self.remember_stretch(request);
        ports.effects.touch(request);
        self.admit(record, ports);
        Ok(())
    }

    /// An attempt is executed again. One that was executed all the time goes on as it did.
    pub(super) fn resume(
        &mut self,
        record: &Recorded<AnyEvent>,
        request: u64,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        self.forget_stretch(request);
        self.reschedule(request, ports, |attempt, settings| {
            if attempt.resume(record.elapsed) && attempt.stopping.is_none() {
                attempt.schedule(record, settings);
            }
        })?;
        self.remember_stretch(request);
        ports.effects.touch(request);
        Ok(())
    }

    /// What stands aside keeps no place from others. Whether it would go on is asked again when it is let back in.
    pub(super) fn want_no_place(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
        ports: &mut Ports,
    ) {
        if self.wanting == 0 {
            return;
        }
        let attempts = Arc::make_mut(&mut self.running).iter_mut().map(|(_, attempt)| attempt);
        for attempt in attempts.filter(|attempt| attempt.workflow == workflow) {
            self.wanting -= u32::from(std::mem::take(&mut attempt.stretch.wants_place));
        }
        self.admit(record, ports);
    }

    pub(super) fn forget_stretch(&mut self, request: u64) {
        let Some(attempt) = self.running.get(request) else { return };
        self.suspended -= u32::from(attempt.is_suspended());
        self.wanting -= u32::from(attempt.stretch.wants_place);
    }

    pub(super) fn remember_stretch(&mut self, request: u64) {
        let Some(attempt) = self.running.get(request) else { return };
        self.suspended += u32::from(attempt.is_suspended());
        self.wanting += u32::from(attempt.stretch.wants_place);
    }
}
