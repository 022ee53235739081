//! Decides on inputs of governance.

use triad_event::ClockState;
use triad_event::governance::{
    ClockAccepted, ClockStepped, EnginePaused, EngineResumed, EngineStarted, Event, Phase, Setting,
    SettingChanged, SnapshotTaken, StreamQuarantined, StreamReleased, TimerFired, WakeReason,
};
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

use super::{Input, Refusal, State};
use crate::due::Wakeup;
use crate::limits::REASON_BYTES_MAX;

/// What governance may know of the rest of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    /// Time of the input.
    pub(crate) at: Micros,
    /// Sequence of the last record; none when there is none.
    pub(crate) last_sequence: Option<u64>,
    /// When the engine wants to be woken next.
    pub(crate) next_wake: Option<Wakeup>,
    /// Whether the stream that the input names is alive.
    pub(crate) alive: bool,
}

/// Decides on one input.
pub(crate) fn decide(facts: &Facts<'_>, input: Input) -> Result<Event, Refusal> {
    match input {
        Input::StartEngine(started) => start(started).map(Event::EngineStarted),
        Input::ChangeSetting { setting, value, reason } => {
            change_setting(facts, setting, value, reason).map(Event::SettingChanged)
        }
        Input::PauseEngine { reason } => pause(facts, reason).map(Event::EnginePaused),
        Input::ResumeEngine { reason } => resume(facts, reason).map(Event::EngineResumed),
        Input::FireTimer => fire_timer(facts).map(Event::TimerFired),
        Input::StepClock(stepped) => step_clock(facts, stepped).map(Event::ClockStepped),
        Input::AcceptClock { reason } => accept_clock(facts, reason).map(Event::ClockAccepted),
        Input::QuarantineStream(quarantined) => quarantine(facts, quarantined).map(Event::StreamQuarantined),
        Input::ReleaseStream(released) => release(facts, released).map(Event::StreamReleased),
        Input::RecordSnapshot(taken) => record_snapshot(facts, taken).map(Event::SnapshotTaken),
    }
}

fn start(started: EngineStarted) -> Result<EngineStarted, Refusal> {
    if started.decide_version != crate::DECIDE_VERSION {
        return Err(Refusal::OtherVersion { given: started.decide_version, own: crate::DECIDE_VERSION });
    }
    Ok(started)
}

fn change_setting(
    facts: &Facts<'_>,
    setting: Setting,
    value: i64,
    reason: String,
) -> Result<SettingChanged, Refusal> {
    if !setting.admits(value) {
        let (low, high) = setting.bounds();
        return Err(Refusal::SettingOutOfBounds { setting, low, high });
    }
    let previous = facts.state.settings.recorded(setting);
    Ok(SettingChanged { setting, value, previous, reason: bounded(reason)? })
}

fn pause(facts: &Facts<'_>, reason: String) -> Result<EnginePaused, Refusal> {
    match facts.state.phase {
        None => Err(Refusal::NotStarted),
        Some(Phase::Paused) => Err(Refusal::AlreadyPaused),
        Some(Phase::Running) => Ok(EnginePaused { reason: bounded(reason)? }),
    }
}

fn resume(facts: &Facts<'_>, reason: String) -> Result<EngineResumed, Refusal> {
    match facts.state.phase {
        None => Err(Refusal::NotStarted),
        Some(Phase::Running) => Err(Refusal::NotPaused),
        Some(Phase::Paused) => Ok(EngineResumed { reason: bounded(reason)? }),
    }
}

fn fire_timer(facts: &Facts<'_>) -> Result<TimerFired, Refusal> {
    match facts.next_wake {
        Some(Wakeup { reason: WakeReason::Owed, .. }) => {
            Ok(TimerFired { due: facts.at, reason: WakeReason::Owed })
        }
        Some(wake) if wake.at <= facts.at => Ok(TimerFired { due: wake.at, reason: wake.reason }),
        Some(_) | None => Err(Refusal::NothingDue),
    }
}

fn step_clock(facts: &Facts<'_>, stepped: ClockStepped) -> Result<ClockStepped, Refusal> {
    if facts.state.clock == ClockState::Stepped {
        return Err(Refusal::ClockStepPending);
    }
    let limit = facts.state.settings.span(Setting::ClockStepMax);
    let difference = stepped.found.0.abs_diff(stepped.expected.0);
    if difference <= limit.to_micros().0.unsigned_abs() {
        return Err(Refusal::ClockNotStepped { limit });
    }
    Ok(stepped)
}

fn accept_clock(facts: &Facts<'_>, reason: String) -> Result<ClockAccepted, Refusal> {
    match facts.state.clock {
        ClockState::Steady => Err(Refusal::NoClockStep),
        ClockState::Stepped => Ok(ClockAccepted { reason: bounded(reason)? }),
    }
}

fn quarantine(facts: &Facts<'_>, quarantined: StreamQuarantined) -> Result<StreamQuarantined, Refusal> {
    let stream = quarantined.quarantined;
    if stream == StreamId::LOG || !facts.alive {
        return Err(Refusal::StreamUnknown { stream });
    }
    if facts.state.is_quarantined(stream) {
        return Err(Refusal::Quarantined { stream });
    }
    Ok(StreamQuarantined { input: bounded(quarantined.input)?, ..quarantined })
}

fn release(facts: &Facts<'_>, released: StreamReleased) -> Result<StreamReleased, Refusal> {
    let stream = released.released;
    if !facts.state.is_quarantined(stream) {
        return Err(Refusal::NotQuarantined { stream });
    }
    Ok(StreamReleased { released: stream, reason: bounded(released.reason)? })
}

fn record_snapshot(facts: &Facts<'_>, taken: SnapshotTaken) -> Result<SnapshotTaken, Refusal> {
    let last = facts.last_sequence.ok_or(Refusal::NotStarted)?;
    if taken.through_sequence > last {
        return Err(Refusal::SnapshotOfTheFuture { given: taken.through_sequence, last });
    }
    Ok(taken)
}

/// A reason that people gave, if it is not too long.
fn bounded(reason: String) -> Result<String, Refusal> {
    if reason.len() > REASON_BYTES_MAX {
        return Err(Refusal::ReasonTooLong { max: REASON_BYTES_MAX });
    }
    Ok(reason)
}
