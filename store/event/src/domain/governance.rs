//! Who decides how decisions are made: settings, pauses, the engine's lives, the clock, quarantine.

mod setting;

pub use setting::{Setting, UnknownSetting};

use crate::domain::Domain;
use crate::event::Lowers;
use crate::ids::{BootId, NodeId, StreamId};
use crate::quantity::{Bytes, Micros};

events! {
    /// Who decides how decisions are made: settings, pauses, the engine's lives, the clock, quarantine.
    governance;

    /// A setting has a new value from here on. The initial values are recorded when the log begins, so that
    /// no decision ever depends on a default of the program that replays it.
    SettingChanged = 101 version 2 "setting_changed", by Input, keeps Permanent, ends None,
        says "{setting}[ of {scope}] is {value}[: {reason}]" {
        /// What was asked.
        asked: ChangeSetting,
        /// The value that was recorded before for the same scope; none when this is the first.
        previous: Option<i64>,
    }

    /// A process began to write this log. Effects that an earlier life left open are performed again from
    /// their beginning, and their deadlines count from here. When that life did not end in good order, each attempt that it
    /// performed was cut off once more.
    EngineStarted = 102 version 2 "engine_started", by Input, keeps Permanent, ends None,
        says "the engine started, decisions of version {decide_version}" {
        /// BLAKE3 of the program; all zero when it was not built to know it.
        build_digest: [u8; 32],
        /// Version of the deciding core: decisions are reproduced by the same version.
        decide_version: u32,
        /// The node.
        node: NodeId,
        /// The run of the machine whose clocks are read.
        boot: BootId,
        /// What the clock that counts suspension showed; it counts from a moment that stays the same for one boot.
        boottime: Micros,
    }

    /// No attempt starts until the engine is resumed; those that run go on. A process that begins while the engine is paused
    /// performs none that an earlier one left open either.
    EnginePaused = 103 "engine_paused", by Input, keeps Permanent, ends None,
        says "the engine is paused[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// Attempts start again.
    EngineResumed = 104 "engine_resumed", by Input, keeps Permanent, ends None,
        says "the engine goes on[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// Time passed, and something was due.
    TimerFired = 105 version 2 (1 is TimerFired) "timer_fired", by Input, keeps Stream, ends None,
        says "a timer fired: {reason}" {
        /// The earliest moment that was due, in the time that has passed for this log; the record's own when owed work
        /// goes on.
        due: Micros,
        /// What asked to be woken then.
        reason: WakeReason,
    }

    /// The wall clock went away from the clock that counts suspension by more than the limit. Recorded time goes on by
    /// that clock until both agree again or an operator accepts the wall clock. Spans are not concerned.
    ClockStepped = 106 "clock_stepped", by Input, keeps Permanent, ends None, says "the wall clock stepped" {
        /// What the wall clock should have shown.
        expected: Micros,
        /// What it showed.
        found: Micros,
    }

    /// An operator accepted the wall clock as it is. When it is behind the last record, that record's time is repeated
    /// until it has caught up: recorded time never runs back.
    ClockAccepted = 107 version 2 "clock_accepted", by Input, keeps Permanent, ends None,
        says "the clock was accepted as it is[: {reason}]" {
        /// What the wall clock showed.
        found: Micros,
        /// Why.
        reason: String,
    }

    /// The core panicked repeatedly on inputs of this stream, which is set aside until an operator releases
    /// it: its inputs are refused and its effects are not performed.
    StreamQuarantined = 108 "stream_quarantined", by Input, keeps Permanent, ends None,
        says "stream {quarantined} was set aside after {panics} panics" {
        /// The stream.
        quarantined: StreamId,
        /// How often.
        panics: u32,
        /// The input on which it happened last.
        input: String,
    }

    /// An operator released a stream from quarantine.
    StreamReleased = 109 "stream_released", by Input, keeps Permanent, ends None,
        says "stream {released} was released[: {reason}]" {
        /// The stream.
        released: StreamId,
        /// Why.
        reason: String,
    }

    /// A snapshot of the world as it was after an earlier record was written. Only a snapshot whose digest
    /// stands in the log is trusted.
    SnapshotTaken = 110 "snapshot_taken", by Input, keeps Permanent, ends None,
        says "a snapshot was taken through record {through_sequence}" {
        /// Sequence of the last record that the snapshot holds.
        through_sequence: u64,
        /// BLAKE3 of its bytes.
        digest: [u8; 32],
        /// Its size.
        size: Bytes,
    }

    /// An operator closed a stream that was in quarantine, for ever: nothing of it goes on, and what it used is free. It
    /// is the last record of that stream.
    StreamClosed = 111 "stream_closed", by Input, keeps Permanent, ends Refused and closes,
        says "stream {closed} was closed for ever[: {reason}]" {
        /// The stream.
        closed: StreamId,
        /// Why.
        reason: String,
    }

    /// The wall clock, which had stepped, agrees again with the clock that counts suspension.
    ClockAgreed = 112 "clock_agreed", by Input, keeps Permanent, ends None,
        says "the wall clock is right again" {
        /// What it should have shown.
        expected: Micros,
        /// What it showed.
        found: Micros,
    }

    /// The process ends in good order: what it decided is durable, and what it ran has been told to stop.
    EngineStopped = 113 "engine_stopped", by Input, keeps Permanent, ends None,
        says "the engine stopped" {
        /// Effects that ran then: the next life performs them again.
        running: u32,
    }
}

asks! {
    /// What can be asked of governance.
    governance;
    /// A setting is to have another value.
    ChangeSetting(ChangeSetting) in SettingChanged.asked;
    /// A process begins to write the log.
    StartEngine(EngineStarted) in EngineStarted;
    /// No attempt is to start.
    PauseEngine(EnginePaused) in EnginePaused;
    /// Attempts are to start again.
    ResumeEngine(EngineResumed) in EngineResumed;
    /// Time passed.
    FireTimer in TimerFired;
    /// The wall clock went away from the monotonic clock.
    StepClock(ClockStepped) in ClockStepped;
    /// The wall clock is right as it is.
    AcceptClock(ClockAccepted) in ClockAccepted;
    /// The core panicked on a stream; set it aside.
    QuarantineStream(StreamQuarantined) in StreamQuarantined;
    /// Let a stream go on.
    ReleaseStream(StreamReleased) in StreamReleased;
    /// A snapshot was written.
    RecordSnapshot(SnapshotTaken) in SnapshotTaken;
    /// Close a stream that is in quarantine for ever.
    CloseStream(StreamClosed) in StreamClosed;
    /// The wall clock agrees again.
    AgreeClock(ClockAgreed) in ClockAgreed;
    /// The process ends.
    StopEngine(EngineStopped) in EngineStopped;
}

structure! {
    /// That a setting is to have another value.
    ChangeSetting {
        /// Which.
        setting: Setting,
        /// For what: empty for everything that has no value of its own, else the id of what has one.
        scope: String,
        /// The value in force from then on, in the unit of the setting.
        value: i64,
        /// Why, in the words of whoever changes it.
        reason: String,
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
        /// An alert is to be delivered again.
        DeliveryRetry = 7,
        /// An attempt was cut off with its server too often.
        CutOff = 8,
        /// A gate ends by itself.
        Gate = 9,
        /// A task, or a whole workflow, must have ended.
        Deadline = 10,
        /// A task that waits for a price is looked at again.
        Price = 12,
        /// The period of a budget is over.
        Budget = 13,
        /// Nobody approved a fix in time.
        FixExpiry = 14,
        /// An alert whose condition ended is resolved.
        AlertQuiet = 17,
        /// Nobody has acknowledged an alert in time.
        Escalation = 18,
        /// A message is to be sent again.
        MessageRetry = 19,
    }
}

impl Lowers<Self> for TimerFired {
    fn fits(&self) -> bool {
        self.reason < WakeReason::Gate
    }

    fn lower(&self) -> Self {
        self.clone()
    }
}

impl WakeReason {
    /// Whose moment it is; governance's when it is nobody's in particular.
    pub const fn domain(self) -> Domain {
        match self {
            Self::Owed => Domain::Governance,
            Self::DeliveryRetry | Self::AlertQuiet | Self::Escalation | Self::MessageRetry => Domain::Alerts,
            Self::UploadExpiry => Domain::Intake,
            Self::Gate => Domain::Gates,
            Self::Deadline => Domain::Dag,
            Self::Price => Domain::Prices,
            Self::Budget => Domain::Economics,
            Self::FixExpiry => Domain::Healing,
            Self::Retry | Self::Timeout | Self::CancelGrace | Self::Stall | Self::CutOff => Domain::Execution,
        }
    }
}

tagged! {
    /// Whether the engine starts attempts.
    Phase {
        /// It does.
        Running = 0,
        /// It does not, until resumed.
        Paused = 1,
    }
}

impl Phase {
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
            | Event::ClockAgreed(_)
            | Event::EngineStopped(_)
            | Event::StreamQuarantined(_)
            | Event::StreamReleased(_)
            | Event::StreamClosed(_)
            | Event::SnapshotTaken(_) => before,
        }
    }
}
