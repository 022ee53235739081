//! What can be asked of governance.

use triad_event::governance::{
    ClockStepped, EngineStarted, Event, Setting, SnapshotTaken, StreamQuarantined, StreamReleased,
};
use triad_event::ids::StreamId;

/// What can be asked of governance. Where the record of an input holds nothing but the input, the variant is
/// that record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A process begins to write the log.
    StartEngine(EngineStarted),
    /// A setting is to have another value.
    ChangeSetting {
        /// Which.
        setting: Setting,
        /// The value, in the unit of the setting.
        value: i64,
        /// Why.
        reason: String,
    },
    /// No attempt is to start.
    PauseEngine {
        /// Why.
        reason: String,
    },
    /// Attempts are to start again.
    ResumeEngine {
        /// Why.
        reason: String,
    },
    /// Time passed.
    FireTimer,
    /// The wall clock went away from the monotonic clock.
    StepClock(ClockStepped),
    /// The wall clock is right as it is.
    AcceptClock {
        /// Why.
        reason: String,
    },
    /// The core panicked on a stream; set it aside.
    QuarantineStream(StreamQuarantined),
    /// Let a stream go on.
    ReleaseStream(StreamReleased),
    /// A snapshot was written.
    RecordSnapshot(SnapshotTaken),
}

impl Input {
    /// The stream other than the log's own that it is about, if it is about one.
    pub(crate) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::QuarantineStream(quarantined) => Some(quarantined.quarantined),
            Self::ReleaseStream(released) => Some(released.released),
            Self::StartEngine(_)
            | Self::ChangeSetting { .. }
            | Self::PauseEngine { .. }
            | Self::ResumeEngine { .. }
            | Self::FireTimer
            | Self::StepClock(_)
            | Self::AcceptClock { .. }
            | Self::RecordSnapshot(_) => None,
        }
    }

    /// The input that the first event of a group states.
    pub(crate) fn restated(event: Event) -> Self {
        match event {
            Event::SettingChanged(changed) => {
                Self::ChangeSetting { setting: changed.setting, value: changed.value, reason: changed.reason }
            }
            Event::EngineStarted(started) => Self::StartEngine(started),
            Event::EnginePaused(paused) => Self::PauseEngine { reason: paused.reason },
            Event::EngineResumed(resumed) => Self::ResumeEngine { reason: resumed.reason },
            Event::TimerFired(_) => Self::FireTimer,
            Event::ClockStepped(stepped) => Self::StepClock(stepped),
            Event::ClockAccepted(accepted) => Self::AcceptClock { reason: accepted.reason },
            Event::StreamQuarantined(quarantined) => Self::QuarantineStream(quarantined),
            Event::StreamReleased(released) => Self::ReleaseStream(released),
            Event::SnapshotTaken(taken) => Self::RecordSnapshot(taken),
        }
    }
}
