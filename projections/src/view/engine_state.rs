//! How does the engine itself stand? Paused or not, its settings, its lives, its clock, what is in
//! quarantine.

use triad_event::governance::{self, ClockStepped, EngineStarted, Setting, SnapshotTaken, StreamQuarantined};
use triad_event::ids::StreamId;
use triad_event::{Event, Recorded, log, subjects};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{payloads, stored, vocabulary};
use crate::views::{Answer, Views};

vocabulary! { governance::Phase, log::Phase, Setting }

payloads! { ClockStepped, EngineStarted, SnapshotTaken, StreamQuarantined }

/// Lives that are listed; of the older ones only the number is kept.
pub const LIVES_MAX: usize = 100;

stored! {
    /// The engine and its log.
    #[derive(Default)]
    pub struct EngineState {
        /// Whether the log is whole; none before its first record.
        pub log: Option<log::Phase>,
        /// Whether attempts start; none until a process has started.
        pub phase: Option<governance::Phase>,
        /// When that changed last, and why in the words of whoever changed it.
        pub phase_since: Option<(Moment, String)>,
        /// The step of the clock that waits for an operator.
        pub clock_step: Option<(Moment, ClockStepped)>,
        /// The newest lives of the engine, oldest first.
        pub lives: Vec<Life>,
        /// How many lives there were in all.
        pub lives_total: u64,
        /// Streams that are set aside, by stream.
        pub quarantined: Vec<Quarantine>,
        /// The newest snapshot.
        pub snapshot: Option<(Moment, SnapshotTaken)>,
        /// What was recorded of settings last, by setting.
        pub settings: Vec<SettingRecorded>,
        /// Data subjects as a whole.
        pub subjects: SubjectCounts,
    }
}

stored! {
    /// Data subjects as a whole.
    #[derive(Copy, Default)]
    pub struct SubjectCounts {
        /// How many are erased.
        pub erased: u64,
        /// Erasures that were requested and have not ended.
        pub erasing: u64,
        /// Erasures that were refused.
        pub refused: u64,
        /// Legal holds that stand.
        pub holds: u64,
        /// Reads of content in the clear.
        pub reads: u64,
    }
}

stored! {
    /// One life of the engine.
    pub struct Life {
        /// Its first record.
        pub began: Moment,
        /// Which program, and where.
        pub started: EngineStarted,
    }
}

stored! {
    /// A stream that is set aside.
    pub struct Quarantine {
        /// Since when.
        pub since: Moment,
        /// Which stream, and because of what.
        pub because: StreamQuarantined,
    }
}

stored! {
    /// A setting as it was recorded last.
    pub struct SettingRecorded {
        /// Which.
        pub setting: Setting,
        /// For what; empty for everything that has no value of its own.
        pub scope: String,
        /// Its value, in the unit of the setting.
        pub value: i64,
        /// Since when.
        pub since: Moment,
        /// Why.
        pub reason: String,
    }
}

impl EngineState {
    /// The value in force, in the unit of the setting.
    pub fn setting(&self, setting: Setting) -> i64 {
        let recorded =
            self.settings.iter().find(|recorded| recorded.setting == setting && recorded.scope.is_empty());
        recorded.map_or(setting.default_value(), |recorded| recorded.value)
    }

    /// Whether a stream is set aside.
    pub fn is_quarantined(&self, stream: StreamId) -> bool {
        self.quarantined.iter().any(|quarantine| quarantine.because.quarantined == stream)
    }

    fn start(&mut self, record: &Recorded<Event>, event: &governance::Event, started: &EngineStarted) {
        let moment = Moment::of(record);
        if self.phase.is_none() {
            self.phase_since = Some((moment, String::new()));
        }
        self.phase = governance::Phase::after(self.phase, event);
        if self.lives.len() == LIVES_MAX {
            self.lives.remove(0);
        }
        self.lives.push(Life { began: moment, started: started.clone() });
        self.lives_total += 1;
    }

    fn turn(
        &mut self,
        record: &Recorded<Event>,
        event: &governance::Event,
        reason: &str,
    ) -> Result<(), ViewError> {
        let forbidden = || ViewError::forbidden(record, "the engine", self.phase);
        self.phase = Some(governance::Phase::after(self.phase, event).ok_or_else(forbidden)?);
        self.phase_since = Some((Moment::of(record), reason.to_owned()));
        Ok(())
    }

    fn set(&mut self, recorded: SettingRecorded) {
        let key = (recorded.setting, recorded.scope.as_str());
        match self.settings.binary_search_by_key(&key, |earlier| (earlier.setting, earlier.scope.as_str())) {
            Ok(place) => self.settings[place] = recorded,
            Err(place) => self.settings.insert(place, recorded),
        }
    }

    fn set_aside(&mut self, quarantine: Quarantine) {
        let stream = quarantine.because.quarantined;
        match self.quarantined.binary_search_by_key(&stream, |earlier| earlier.because.quarantined) {
            Ok(place) => self.quarantined[place] = quarantine,
            Err(place) => self.quarantined.insert(place, quarantine),
        }
    }
}

impl Follows<log::Event> for EngineState {
    fn follow(&mut self, record: &Recorded<Event>, event: &log::Event) -> Result<(), ViewError> {
        let forbidden = || ViewError::forbidden(record, "the log", self.log);
        self.log = Some(log::Phase::after(self.log, event).ok_or_else(forbidden)?);
        Ok(())
    }
}

impl Follows<governance::Event> for EngineState {
    fn follow(&mut self, record: &Recorded<Event>, event: &governance::Event) -> Result<(), ViewError> {
        let moment = Moment::of(record);
        match event {
            governance::Event::SettingChanged(changed) => self.set(SettingRecorded {
                setting: changed.asked.setting,
                scope: changed.asked.scope.clone(),
                value: changed.asked.value,
                since: moment,
                reason: changed.asked.reason.clone(),
            }),
            governance::Event::EngineStarted(started) => self.start(record, event, started),
            governance::Event::EnginePaused(paused) => self.turn(record, event, &paused.reason)?,
            governance::Event::EngineResumed(resumed) => self.turn(record, event, &resumed.reason)?,
            governance::Event::ClockStepped(stepped) => self.clock_step = Some((moment, stepped.clone())),
            governance::Event::ClockAccepted(_) | governance::Event::ClockAgreed(_) => self.clock_step = None,
            governance::Event::StreamQuarantined(quarantined) => {
                self.set_aside(Quarantine { since: moment, because: quarantined.clone() });
            }
            governance::Event::StreamReleased(released) => {
                self.quarantined.retain(|quarantine| quarantine.because.quarantined != released.released);
            }
            governance::Event::StreamClosed(closed) => {
                self.quarantined.retain(|quarantine| quarantine.because.quarantined != closed.closed);
            }
            governance::Event::SnapshotTaken(taken) => self.snapshot = Some((moment, taken.clone())),
            governance::Event::EngineStopped(_) | governance::Event::TimerFired(_) => {}
        }
        Ok(())
    }
}

impl Follows<subjects::Event> for EngineState {
    fn follow(&mut self, _: &Recorded<Event>, event: &subjects::Event) -> Result<(), ViewError> {
        let counts = &mut self.subjects;
        match event {
            subjects::Event::ErasureRequested(_) => counts.erasing += 1,
            subjects::Event::ErasureRefused(_) => counts.refused += 1,
            subjects::Event::Erased(_) => {
                counts.erasing = counts.erasing.saturating_sub(1);
                counts.erased += 1;
            }
            subjects::Event::HoldPlaced(_) => counts.holds += 1,
            subjects::Event::HoldReleased(_) => counts.holds = counts.holds.saturating_sub(1),
            subjects::Event::PayloadRead(_) => counts.reads += 1,
        }
        Ok(())
    }
}

impl View for EngineState {
    const NAME: &'static str = "engine_state";
    const FOLD: u32 = 1;
    type Kept = One<Self>;
}

impl<T: Holds<EngineState>> Views<T> {
    /// How does the engine itself stand?
    pub fn engine_state(&self) -> Answer<EngineState> {
        self.look(|kept: &One<EngineState>| kept.0.clone())
    }
}
