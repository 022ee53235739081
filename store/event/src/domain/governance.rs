//! Who decides how decisions are made: settings, pauses, the engine's lives, the clock, quarantine.

mod setting;

pub use setting::{Setting, UnknownSetting};

use crate::ids::{NodeId, StreamId};
use crate::quantity::{Bytes, Micros};

events! {
    /// Who decides how decisions are made: settings, pauses, the engine's lives, the clock, quarantine.
    governance;

    /// A setting has a new value from here on. The initial values are recorded when the log begins, so that
    /// no decision ever depends on a default of the program that replays it.
    SettingChanged is GovernanceSettingChanged, by Input, keeps Permanent {
        /// Which.
        setting: Setting,
        /// The value in force from here on, in the unit of the setting.
        value: i64,
        /// The value that was recorded before; none when this is the first.
        previous: Option<i64>,
        /// Why, in the words of whoever changed it.
        reason: String,
    }

    /// A process began to write this log. Effects that an earlier life left open are performed again from
    /// their beginning, and their deadlines count from here.
    EngineStarted is GovernanceEngineStarted, by Input, keeps Permanent {
        /// BLAKE3 of the program; all zero when it was not built to know it.
        build_digest: [u8; 32],
        /// Version of the deciding core: decisions are reproduced by the same version.
        decide_version: u32,
        /// The node.
        node: NodeId,
    }

    /// No attempt starts until the engine is resumed; those that run go on.
    EnginePaused is GovernanceEnginePaused, by Input, keeps Permanent {
        /// Why.
        reason: String,
    }

    /// Attempts start again.
    EngineResumed is GovernanceEngineResumed, by Input, keeps Permanent {
        /// Why.
        reason: String,
    }

    /// Time passed, and something was due.
    TimerFired is GovernanceTimerFired, by Input, keeps Stream {
        /// The earliest moment that was due; the record's own time when owed work goes on.
        due: Micros,
        /// What asked to be woken then.
        reason: WakeReason,
    }

    /// The wall clock went away from the monotonic clock by more than the limit. Deadlines wait until an
    /// operator accepts it.
    ClockStepped is GovernanceClockStepped, by Input, keeps Permanent {
        /// What the wall clock should have shown.
        expected: Micros,
        /// What it showed.
        found: Micros,
    }

    /// An operator accepted the clock as it is; deadlines count again.
    ClockAccepted is GovernanceClockAccepted, by Input, keeps Permanent {
        /// Why.
        reason: String,
    }

    /// The core panicked repeatedly on inputs of this stream, which is set aside until an operator releases
    /// it: its inputs are refused and its effects are not performed.
    StreamQuarantined is GovernanceStreamQuarantined, by Input, keeps Permanent {
        /// The stream.
        quarantined: StreamId,
        /// How often.
        panics: u32,
        /// The input on which it happened last.
        input: String,
    }

    /// An operator released a stream from quarantine.
    StreamReleased is GovernanceStreamReleased, by Input, keeps Permanent {
        /// The stream.
        released: StreamId,
        /// Why.
        reason: String,
    }

    /// A snapshot of the world as it was after an earlier record was written. Only a snapshot whose digest
    /// stands in the log is trusted.
    SnapshotTaken is GovernanceSnapshotTaken, by Input, keeps Permanent {
        /// Sequence of the last record that the snapshot holds.
        through_sequence: u64,
        /// BLAKE3 of its bytes.
        digest: [u8; 32],
        /// Its size.
        size: Bytes,
    }
}

tagged! {
    /// What asked to be woken.
    WakeReason {
        /// Work that did not fit into one group goes on.
        Owed = 1,
        /// A task is to be tried again.
        Retry = 2,
        /// An attempt reached its deadline.
        Timeout = 3,
        /// An attempt that was asked to end did not, and is given up.
        CancelGrace = 4,
        /// A running process was silent for too long.
        Stall = 5,
        /// An unfinished upload expires.
        UploadExpiry = 6,
    }
}

/// Whether the engine starts attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It does.
    Running,
    /// It does not, until resumed.
    Paused,
}

impl Phase {
    /// All phases.
    pub const ALL: &'static [Self] = &[Self::Running, Self::Paused];

    /// The phase after an event; `None` when the grammar forbids it. Before anything else an engine must have
    /// started, but settings are recorded before that, when the log begins.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match event {
            Event::EngineStarted(_) => match before {
                None => Some(Self::Running),
                Some(phase) => Some(phase),
            },
            Event::EnginePaused(_) => match before {
                Some(Self::Running) => Some(Self::Paused),
                Some(Self::Paused) | None => None,
            },
            Event::EngineResumed(_) => match before {
                Some(Self::Paused) => Some(Self::Running),
                Some(Self::Running) | None => None,
            },
            Event::SettingChanged(_)
            | Event::TimerFired(_)
            | Event::ClockStepped(_)
            | Event::ClockAccepted(_)
            | Event::StreamQuarantined(_)
            | Event::StreamReleased(_)
            | Event::SnapshotTaken(_) => before,
        }
    }
}
