//! What governance remembers.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::governance::{Event, Phase};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::Micros;
use triad_event::{ClockState, Event as AnyEvent, Recorded};

use super::Settings;
use crate::evolve::Because;
use crate::owed::Debt;
use crate::wakes::Wake;

/// What governance remembers.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    /// None until a process has started.
    pub(crate) phase: Option<Phase>,
    pub(crate) clock: ClockState,
    /// Up to when the timer has asked for what is due.
    pub(crate) timer_at: Micros,
    /// Streams that are set aside, each with what it is owed and when it wanted to be woken.
    pub(crate) quarantined: Arc<BTreeMap<StreamId, Parked>>,
}

/// What is kept for a stream in quarantine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parked {
    pub(crate) debts: Vec<Debt>,
    pub(crate) wakes: Vec<Wake>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            settings: Settings::new(),
            phase: None,
            clock: ClockState::Steady,
            timer_at: Micros(i64::MIN),
            quarantined: Arc::default(),
        }
    }

    pub(crate) fn is_quarantined(&self, stream: StreamId) -> bool {
        !self.quarantined.is_empty() && self.quarantined.contains_key(&stream)
    }

    pub(crate) fn holds(&self, workflow: WorkflowId) -> bool {
        self.is_quarantined(workflow.into())
    }

    /// Whether attempts may start.
    pub(crate) fn is_running(&self) -> bool {
        self.phase == Some(Phase::Running)
    }

    /// What changes in governance itself. Setting streams aside and releasing them concerns other rooms too:
    /// `evolve` does it.
    pub(crate) fn evolve(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Result<(), Because> {
        let before = self.phase;
        self.phase = Phase::after(before, event);
        match event {
            Event::SettingChanged(changed) => self.settings.set(changed.setting, changed.value),
            Event::TimerFired(_) => self.timer_at = record.at,
            Event::ClockStepped(_) => self.clock = ClockState::Stepped,
            Event::ClockAccepted(_) => self.clock = ClockState::Steady,
            Event::EnginePaused(_) | Event::EngineResumed(_) => {
                self.phase.ok_or(Because::Grammar)?;
            }
            Event::EngineStarted(_)
            | Event::StreamQuarantined(_)
            | Event::StreamReleased(_)
            | Event::SnapshotTaken(_) => {}
        }
        Ok(())
    }
}
