//! Decides on inputs of governance.

use triad_event::governance::{
    Ask, ChangeSetting, ClockAccepted, ClockAgreed, ClockStepped, EnginePaused, EngineResumed, EngineStarted,
    EngineStopped, Event, Phase, Setting, SettingChanged, SnapshotTaken, StreamClosed, StreamQuarantined,
    StreamReleased, TimerFired, WakeReason,
};
use triad_event::ids::StreamId;
use triad_event::quantity::{Micros, Millis};

use super::facts::Facts;
use super::refusal::Refusal;
use crate::decision::Decision;
use crate::limits::{check_reason, is_id};
use crate::ports::wakes::Wakeup;

/// Decides on what is asked of governance. Everything is recorded in the log's own stream, but the end of a stream in that
/// stream.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let event = match ask {
        Ask::StartEngine(started) => Event::EngineStarted(start(started)?),
        Ask::ChangeSetting(asked) => Event::SettingChanged(change_setting(facts, asked)?),
        Ask::PauseEngine(paused) => Event::EnginePaused(pause(facts, paused)?),
        Ask::ResumeEngine(resumed) => Event::EngineResumed(resume(facts, resumed)?),
        Ask::FireTimer => Event::TimerFired(fire_timer(facts)?),
        Ask::StepClock(stepped) => Event::ClockStepped(step_clock(facts, stepped)?),
        Ask::AgreeClock(agreed) => Event::ClockAgreed(agree_clock(facts, agreed)?),
        Ask::StopEngine(stopped) => Event::EngineStopped(stop(facts, stopped)?),
        Ask::AcceptClock(accepted) => Event::ClockAccepted(accept_clock(facts, accepted)?),
        Ask::QuarantineStream(quarantined) => Event::StreamQuarantined(quarantine(facts, quarantined)?),
        Ask::ReleaseStream(released) => Event::StreamReleased(release(facts, released)?),
        Ask::RecordSnapshot(taken) => Event::SnapshotTaken(record_snapshot(facts, taken)?),
        Ask::CloseStream(closed) => return close(facts, closed),
    };
    Ok(Decision::recorded(StreamId::LOG, event))
}

fn start(started: EngineStarted) -> Result<EngineStarted, Refusal> {
    if started.decide_version != crate::DECIDE_VERSION {
        return Err(Refusal::OtherVersion { given: started.decide_version, own: crate::DECIDE_VERSION });
    }
    Ok(started)
}

fn change_setting(facts: &Facts<'_>, asked: ChangeSetting) -> Result<SettingChanged, Refusal> {
    let setting = asked.setting;
    if !setting.admits(asked.value) {
        let (low, high) = setting.bounds();
        return Err(Refusal::SettingOutOfBounds { setting, low, high });
    }
    if !asked.scope.is_empty() && !is_id(&asked.scope) {
        return Err(Refusal::ScopeNotNamed);
    }
    check_reason(&asked.reason)?;
    let previous = facts.ports.settings.recorded(setting, &asked.scope);
    Ok(SettingChanged { asked, previous })
}

fn pause(facts: &Facts<'_>, paused: EnginePaused) -> Result<EnginePaused, Refusal> {
    match facts.state.phase {
        None => return Err(Refusal::NotStarted),
        Some(Phase::Paused) => return Err(Refusal::AlreadyPaused),
        Some(Phase::Running) => check_reason(&paused.reason)?,
    }
    Ok(paused)
}

fn resume(facts: &Facts<'_>, resumed: EngineResumed) -> Result<EngineResumed, Refusal> {
    match facts.state.phase {
        None => return Err(Refusal::NotStarted),
        Some(Phase::Running) => return Err(Refusal::NotPaused),
        Some(Phase::Paused) => check_reason(&resumed.reason)?,
    }
    Ok(resumed)
}

fn fire_timer(facts: &Facts<'_>) -> Result<TimerFired, Refusal> {
    match facts.next_wake {
        Some(Wakeup { reason: WakeReason::Owed, .. }) => {
            Ok(TimerFired { due: facts.elapsed, reason: WakeReason::Owed })
        }
        Some(wake) if wake.due <= facts.elapsed => Ok(TimerFired { due: wake.due, reason: wake.reason }),
        Some(_) | None => Err(Refusal::NothingDue),
    }
}

fn step_clock(facts: &Facts<'_>, stepped: ClockStepped) -> Result<ClockStepped, Refusal> {
    if facts.state.clock_stepped {
        return Err(Refusal::ClockStepPending);
    }
    let limit = facts.ports.settings.span(Setting::ClockStepMax);
    if is_within(limit, stepped.found, stepped.expected) {
        return Err(Refusal::ClockNotStepped { limit });
    }
    Ok(stepped)
}

fn agree_clock(facts: &Facts<'_>, agreed: ClockAgreed) -> Result<ClockAgreed, Refusal> {
    if !facts.state.clock_stepped {
        return Err(Refusal::NoClockStep);
    }
    let limit = facts.ports.settings.span(Setting::ClockStepMax);
    if !is_within(limit, agreed.found, agreed.expected) {
        return Err(Refusal::ClockDisagrees { limit });
    }
    Ok(agreed)
}

fn is_within(limit: Millis, found: Micros, expected: Micros) -> bool {
    found.0.abs_diff(expected.0) <= limit.to_micros().0.unsigned_abs()
}

fn stop(facts: &Facts<'_>, stopped: EngineStopped) -> Result<EngineStopped, Refusal> {
    if facts.state.phase.is_none() { Err(Refusal::NotStarted) } else { Ok(stopped) }
}

fn accept_clock(facts: &Facts<'_>, accepted: ClockAccepted) -> Result<ClockAccepted, Refusal> {
    if !facts.state.clock_stepped {
        return Err(Refusal::NoClockStep);
    }
    check_reason(&accepted.reason)?;
    Ok(accepted)
}

fn quarantine(facts: &Facts<'_>, quarantined: StreamQuarantined) -> Result<StreamQuarantined, Refusal> {
    let stream = quarantined.quarantined;
    if facts.ports.streams.get(stream).is_none() {
        return Err(Refusal::StreamUnknown { stream });
    }
    if facts.ports.streams.is_aside(stream) {
        return Err(Refusal::Quarantined { stream });
    }
    check_reason(&quarantined.input)?;
    Ok(quarantined)
}

fn release(facts: &Facts<'_>, released: StreamReleased) -> Result<StreamReleased, Refusal> {
    require_aside(facts, released.released)?;
    check_reason(&released.reason)?;
    Ok(released)
}

/// Only what is in quarantine: what goes on is cancelled instead.
fn close(facts: &Facts<'_>, closed: StreamClosed) -> Result<Decision, Refusal> {
    require_aside(facts, closed.closed)?;
    check_reason(&closed.reason)?;
    Ok(Decision::recorded(closed.closed, Event::StreamClosed(closed)))
}

fn require_aside(facts: &Facts<'_>, stream: StreamId) -> Result<(), Refusal> {
    if facts.ports.streams.is_aside(stream) { Ok(()) } else { Err(Refusal::NotQuarantined { stream }) }
}

fn record_snapshot(facts: &Facts<'_>, taken: SnapshotTaken) -> Result<SnapshotTaken, Refusal> {
    let last = facts.last_sequence.ok_or(Refusal::NotStarted)?;
    if taken.through_sequence > last {
        return Err(Refusal::SnapshotOfTheFuture { given: taken.through_sequence, last });
    }
    Ok(taken)
}
