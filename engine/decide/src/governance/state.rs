//! What governance remembers.

use triad_event::governance::{EngineStarted, Event, Phase};
use triad_event::ids::{BootId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{ClockState, Event as AnyEvent, Recorded};

use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::reactions::Reaction;

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// None until a process has started.
    pub(crate) phase: Option<Phase>,
    /// Whether the wall clock stepped and nobody has accepted it.
    pub(crate) clock_stepped: bool,
    /// The time that is repeated until a wall clock that was accepted has caught up with it.
    pub(crate) waits_until: Option<Micros>,
    /// The process that began last.
    pub(crate) life: Option<Life>,
}

/// When a process began, by the clock that counts suspension and in the time that has passed for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The run of its machine.
    pub boot: BootId,
    /// What the clock that counts suspension showed.
    pub boottime: Micros,
    /// What had passed for the log.
    pub elapsed: Micros,
}

structs! {
    State { phase, clock_stepped, waits_until, life }
    Life { boot, boottime, elapsed }
}

impl State {
    /// Whether the wall clock can be believed, when that is the time of the last record.
    pub(crate) fn clock(&self, now: Micros) -> ClockState {
        if self.clock_stepped {
            ClockState::Stepped
        } else if self.waits_until.is_some_and(|until| now <= until) {
            ClockState::Waiting
        } else {
            ClockState::Steady
        }
    }

    /// Whether attempts may start.
    pub(crate) fn is_running(&self) -> bool {
        self.phase == Some(Phase::Running)
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        let AnyEvent::Governance(event) = &record.event else { return Ok(()) };
        if record.stream != stream_of(event) {
            return Err(FoldError::Stream);
        }
        self.evolve(record, event, ports)
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        self.phase = Phase::after(self.phase, event);
        match event {
            Event::SettingChanged(changed) => {
                let asked = &changed.asked;
                ports.settings.set(asked.setting, &asked.scope, asked.value);
            }
            Event::TimerFired(_) => {
                ports.wakes.reached = record.elapsed;
                ports.reactions.push(Reaction::Drain, record.sequence);
                ports.reactions.push(Reaction::DrainBackground, record.sequence);
            }
            Event::ClockStepped(_) => self.clock_stepped = true,
            Event::ClockAgreed(_) => self.clock_stepped = false,
            Event::ClockAccepted(accepted) => {
                self.clock_stepped = false;
                self.waits_until = Some(record.at).filter(|at| accepted.found < *at);
            }
            Event::EnginePaused(_) | Event::EngineResumed(_) => {
                self.phase.ok_or(FoldError::Grammar)?;
            }
            Event::StreamQuarantined(quarantined) => {
                let stream = quarantined.quarantined;
                ports.streams.get(stream).ok_or(FoldError::StreamUnknown)?;
                ports.set_aside(stream);
            }
            Event::StreamReleased(released) => {
                require_aside(released.released, ports)?;
                ports.release(released.released);
            }
            Event::StreamClosed(closed) => require_aside(closed.closed, ports)?,
            Event::EngineStarted(started) => {
                let EngineStarted { boot, boottime, .. } = *started;
                self.life = Some(Life { boot, boottime, elapsed: record.elapsed });
                ports.effects.touch_all();
            }
            Event::EngineStopped(_) | Event::SnapshotTaken(_) => {}
        }
        Ok(())
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "everything else is of the log")]
fn stream_of(event: &Event) -> StreamId {
    match event {
        Event::StreamClosed(closed) => closed.closed,
        _ => StreamId::LOG,
    }
}

fn require_aside(stream: StreamId, ports: &Ports) -> Result<(), FoldError> {
    if ports.streams.is_aside(stream) { Ok(()) } else { Err(FoldError::Grammar) }
}
