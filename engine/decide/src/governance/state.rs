//! What governance remembers.

use triad_event::governance::{Event, Phase};
use triad_event::ids::StreamId;
use triad_event::{ClockState, Event as AnyEvent, Recorded};

use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::reactions::Reaction;

/// What governance remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// None until a process has started.
    pub(crate) phase: Option<Phase>,
    /// Whether the wall clock stepped and nobody has accepted it.
    pub(crate) clock_stepped: bool,
}

structs! {
    State { phase, clock_stepped }
}

impl State {
    /// Whether the wall clock can be believed.
    pub(crate) fn clock(&self) -> ClockState {
        if self.clock_stepped { ClockState::Stepped } else { ClockState::Steady }
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
                ports.wakes.reached = record.at;
                ports.reactions.push(Reaction::Drain, record.sequence);
            }
            Event::ClockStepped(_) => self.step_clock(true, ports),
            Event::ClockAccepted(_) => self.step_clock(false, ports),
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
            Event::EngineStarted(_) => ports.effects.touch_all(),
            Event::SnapshotTaken(_) => {}
        }
        Ok(())
    }

    fn step_clock(&mut self, has_stepped: bool, ports: &mut Ports) {
        self.clock_stepped = has_stepped;
        ports.wakes.are_suspended = has_stepped;
    }
}

/// Where it is recorded.
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
