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
    Stretch { started, ran, resumed, is_suspended, wants_place }
    Attempt {
        workflow, task, number, kind, key, timeout, memory_max, is_held, cut_off, is_started, stopping,
        heard_at, deadline, stall_at, stretch, variables,
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
    /// The variables of its environment that fixes set.
    pub(crate) variables: Vec<String>,
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
    /// How far its process is.
    pub(crate) stretch: Stretch,
}

/// How long a process has run in this life, and whether it is suspended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// When it started, in the time that passes for the log.
    pub(crate) started: Option<Micros>,
    /// How long it ran before the stretch in which it runs.
    pub(crate) ran: Micros,
    /// When that stretch began, in the same time; none while it is suspended.
    pub(crate) resumed: Option<Micros>,
    pub(crate) is_suspended: bool,
    /// Whether it is suspended and would go on if there were a place.
    pub(crate) wants_place: bool,
}

impl Stretch {
    fn begin(now: Micros) -> Self {
        Self { started: Some(now), resumed: Some(now), ..Self::default() }
    }

    /// How long it has run by a moment.
    pub(crate) fn ran_by(&self, now: Micros) -> Micros {
        let current = self.resumed.map_or(0, |since| now.0.saturating_sub(since.0).max(0));
        Micros(self.ran.0.saturating_add(current))
    }

    /// How long it has been suspended by a moment.
    pub(crate) fn stood_by(&self, now: Micros) -> Micros {
        let whole = self.started.map_or(0, |since| now.0.saturating_sub(since.0).max(0));
        Micros(whole.saturating_sub(self.ran_by(now).0).max(0))
    }
}

impl Attempt {
    /// Its process runs from here on.
    pub(super) fn start(&mut self, now: Micros) {
        self.is_started = true;
        self.stretch = Stretch::begin(now);
    }

    /// Nothing of it is executed from here on, or it waits for a place to go on. It has run for so long.
    pub(super) fn suspend(&mut self, ran: Micros, wants_place: bool) {
        let wants_place = wants_place && self.stopping.is_none();
        self.stretch = Stretch { ran, resumed: None, is_suspended: true, wants_place, ..self.stretch };
    }

    /// It goes on, if it was suspended; whether it was.
    pub(super) fn resume(&mut self, now: Micros) -> bool {
        let was_suspended = self.stretch.is_suspended;
        if was_suspended {
            let (is_suspended, wants_place) = (false, false);
            self.stretch = Stretch { resumed: Some(now), is_suspended, wants_place, ..self.stretch };
        }
        was_suspended
    }

    /// Whether nothing of it is executed, and it takes no place.
    pub(crate) fn is_suspended(&self) -> bool {
        self.stretch.is_suspended
    }

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
        self.stretch = Stretch::default();
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
            // What it ran before counts, and the time in which it was suspended does not.
            None => self.timeout.filter(|_| self.runs()).map(|timeout| {
                let due = elapsed.after(timeout);
                Micros(due.0.saturating_sub(self.stretch.ran.0).max(elapsed.0))
            }),
        };
        self.stall_at = self.runs().then(|| elapsed.after(settings.span(Setting::StallAfter)));
    }

    /// Whether its process runs and is to go on.
    fn runs(&self) -> bool {
        self.is_started && self.stopping.is_none() && self.is_owed() && !self.is_suspended()
    }

    /// It showed that it is alive.
    pub(super) fn heard(&mut self, record: &Recorded<AnyEvent>, settings: &Settings) {
        self.heard_at = record.at;
        if self.runs() {
            self.stall_at = Some(record.elapsed.after(settings.span(Setting::StallAfter)));
        }
    }
}
