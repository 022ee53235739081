//! An attempt that is not over: whether it is performed, and when it is looked at again.

use triad_event::execution::CancelReason;
use triad_event::governance::{Setting, WakeReason};
use triad_event::ids::{AttemptKey, WorkflowId};
use triad_event::intake::TaskKind;
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

use crate::image::structs;
use crate::limits::CUT_OFF_MAX;
use crate::ports::settings::Settings;
use crate::ports::wakes::{Wake, Wakes};

structs! {
    Attempt {
        workflow, task, number, kind, key, timeout, memory_max, is_held, cut_off, is_started, stopping,
        heard_at, deadline, stall_at,
    }
}

/// An attempt that was requested and is not over: an effect that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) workflow: WorkflowId,
    pub(crate) task: u32,
    pub(crate) number: u32,
    pub(crate) kind: TaskKind,
    pub(crate) key: AttemptKey,
    pub(crate) timeout: Option<Millis>,
    pub(crate) memory_max: Option<Bytes>,
    /// Whether nobody performs it, because this life began while the engine was paused and has not been resumed.
    pub(crate) is_held: bool,
    /// Lives that performed it and did not end in good order.
    pub(crate) cut_off: u32,
    /// Whether its process runs, in this life.
    pub(crate) is_started: bool,
    /// Why it is to stop, once it is.
    pub(crate) stopping: Option<CancelReason>,
    /// When it was heard of last.
    pub(crate) heard_at: Micros,
    /// When it reaches its deadline, once its process runs, or is given up, once it is to stop.
    pub(crate) deadline: Option<Micros>,
    /// When its silence becomes a stall.
    pub(crate) stall_at: Option<Micros>,
}

impl Attempt {
    /// Whether somebody is to perform it, or to stop it.
    pub(crate) fn is_owed(&self) -> bool {
        self.stopping.is_some() || !(self.is_held || self.is_lost())
    }

    /// Whether something performs it that can take the process down: a no-op cannot, and what is to stop is not performed by
    /// a later process.
    pub(super) fn can_take_down(&self) -> bool {
        self.kind == TaskKind::Process && self.stopping.is_none() && self.is_owed()
    }

    /// Another process begins: nothing of it runs any more.
    pub(super) fn begin_life(&mut self, is_paused: bool) {
        self.is_started = false;
        self.is_held = is_paused;
    }

    /// Whether it was cut off so often that it is over as soon as that is recorded.
    fn is_lost(&self) -> bool {
        self.cut_off >= CUT_OFF_MAX
    }

    /// Changes it, and with it the moments at which it wants to be looked at.
    pub(super) fn change(&mut self, request: u64, wakes: &mut Wakes, change: impl FnOnce(&mut Self)) {
        self.forget(request, wakes);
        change(self);
        self.remember(request, wakes);
    }

    /// Asks for its moments.
    pub(super) fn remember(&self, request: u64, wakes: &mut Wakes) {
        self.moments(request).for_each(|wake| wakes.insert(wake));
    }

    /// Asks for none any more.
    pub(super) fn forget(&self, request: u64, wakes: &mut Wakes) {
        self.moments(request).for_each(|wake| wakes.remove(&wake));
    }

    fn moments(&self, request: u64) -> impl Iterator<Item = Wake> + use<> {
        [self.deadline_wake(request), self.stall_wake(request)].into_iter().flatten()
    }

    fn deadline_wake(&self, request: u64) -> Option<Wake> {
        let reason = match self.stopping {
            Some(_) => WakeReason::CancelGrace,
            None if self.is_lost() => WakeReason::CutOff,
            None => WakeReason::Timeout,
        };
        self.deadline.map(|due| self.wake(due, reason, request))
    }

    fn stall_wake(&self, request: u64) -> Option<Wake> {
        self.stall_at.map(|due| self.wake(due, WakeReason::Stall, request))
    }

    fn wake(&self, due: Micros, reason: WakeReason, request: u64) -> Wake {
        Wake { due, reason, stream: self.workflow.into(), about: request }
    }

    /// Sets the moments anew, as from a time at which the attempt was begun, asked to stop, or heard of.
    pub(super) fn schedule(&mut self, record: &Recorded<AnyEvent>, settings: &Settings) {
        let elapsed = record.elapsed;
        self.heard_at = record.at;
        self.deadline = match self.stopping {
            Some(_) => Some(elapsed.after(settings.span(Setting::CancelGrace))),
            None if self.is_lost() => Some(elapsed),
            None => self.timeout.filter(|_| self.runs()).map(|timeout| elapsed.after(timeout)),
        };
        self.stall_at = self.runs().then(|| elapsed.after(settings.span(Setting::StallAfter)));
    }

    /// Whether its process runs and is to go on.
    fn runs(&self) -> bool {
        self.is_started && self.stopping.is_none() && self.is_owed()
    }

    /// It showed that it is alive.
    pub(super) fn heard(&mut self, record: &Recorded<AnyEvent>, settings: &Settings) {
        self.heard_at = record.at;
        if self.runs() {
            self.stall_at = Some(record.elapsed.after(settings.span(Setting::StallAfter)));
        }
    }
}
