//! The world: what is alive, as a fold of the records. What has ended leaves it.

use std::sync::Arc;

use triad_event::governance::Setting;
use triad_event::healing::OfferedVariable;
use triad_event::ids::{LogId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::Measure;
use triad_event::quantity::Micros;
use triad_event::{ClockState, Domain, Event, Recorded};

use crate::dag::Workflow;
use crate::domains::for_each_domain;
use crate::economics;
use crate::fold_error::FoldError;
use crate::governance::Life;
use crate::healing;
use crate::image::structs;
use crate::moderation::ModerationRules;
use crate::place::Place;
use crate::ports::Ports;
use crate::ports::settings::Settings;
use crate::ports::wakes::Wakeup;
use crate::prices;

/// Declares the world: its place in the log, the state of each domain, and the ports between them.
macro_rules! world {
    ($( $domain:ident($module:ident) )+) => {
        /// Everything on which a decision may depend. It clones in constant time and a clone never sees later writes,
        /// so a snapshot or a preview costs nothing.
        #[derive(Debug, Clone, Default)]
        pub struct World {
            pub(crate) position: Position,
            $( pub(crate) $module: crate::$module::state::State, )+
            pub(crate) ports: Ports,
            pub(crate) deciding: Deciding,
        }

        structs! { World { position, $($module,)+ ports, deciding } }

        impl World {
            /// Folds a record into the domains, in the order of their table: each hears everything.
            pub(crate) fn fold_domains(&mut self, record: &Recorded<Event>) -> Result<(), FoldError> {
                $( self.$module.fold(record, &mut self.ports)?; )+
                Ok(())
            }
        }
    };
}

for_each_domain! { world }

impl World {
    /// The world before the first record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sequence of the record that comes next.
    pub fn next_sequence(&self) -> u64 {
        self.position.next_sequence
    }

    /// Time of the last record. No input may be earlier.
    pub fn now(&self) -> Micros {
        self.position.now
    }

    /// What had passed for the log at its last record. No input may be at less.
    pub fn elapsed(&self) -> Micros {
        self.position.elapsed
    }

    /// What the clocks are held against when a process begins.
    pub fn past(&self) -> Past {
        let Position { now, elapsed, reached_at, .. } = self.position;
        Past { now, elapsed, reached_at, life: self.governance.life, clock: self.clock_state() }
    }

    /// The log, all zero before its first record.
    pub fn log_id(&self) -> LogId {
        self.position.log_id
    }

    /// Ordinal of the next record of the log's own stream, for records that the shell writes itself.
    pub fn next_log_ordinal(&self) -> u64 {
        self.ports.streams.next_ordinal(StreamId::LOG)
    }

    /// Whether the wall clock can be believed; the clock state of the records to come.
    pub fn clock_state(&self) -> ClockState {
        self.governance.clock(self.now())
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.ports.settings
    }

    /// How many workflows and unfinished uploads are alive.
    pub fn alive(&self) -> usize {
        self.ports.streams.count(Domain::Intake)
    }

    /// Whether attempts are started.
    pub fn is_running(&self) -> bool {
        self.governance.is_running()
    }

    /// How many attempts run.
    pub fn attempts_running(&self) -> usize {
        self.execution.running_count()
    }

    /// How many of them are suspended, and take no place.
    pub fn attempts_suspended(&self) -> usize {
        self.execution.suspended_count()
    }

    /// How many data subjects are in use by workflows and uploads that are alive.
    pub fn subjects_in_use(&self) -> usize {
        self.ports.uses.used.len()
    }

    /// How many legal holds stand.
    pub fn holds(&self) -> u64 {
        self.subjects.holds_total
    }

    /// How many erasures were requested and have not ended.
    pub fn erasures_under_way(&self) -> usize {
        self.subjects.erasing.len()
    }

    /// Whether more was set off than fitted into one group, so that it goes on in the next.
    pub fn owes_work(&self) -> bool {
        !self.ports.reactions.is_empty()
    }

    /// When to fire the timer next. A moment that has passed means at once.
    pub fn next_wake(&self) -> Option<Wakeup> {
        self.ports.next_wake(self.elapsed())
    }

    /// The requests of which something changed in the last step or the last folded record: look at each with
    /// [`effect`](crate::effect), which finds none when it is owed no longer.
    pub fn changed_effects(&self) -> &[u64] {
        self.ports.effects.changed()
    }

    /// The stream on which a decision was being made last; after a panic, the one to blame.
    pub fn deciding(&self) -> StreamId {
        self.deciding.0
    }

    /// The streams in quarantine.
    pub fn quarantined(&self) -> impl Iterator<Item = StreamId> {
        self.ports.streams.all_aside().map(|(stream, _)| stream)
    }

    /// The place of the next record, in a group of its own.
    pub(crate) fn here(&self) -> Place {
        let Position { log_id, next_sequence, now, elapsed, .. } = self.position;
        let principal = PrincipalId::ZERO;
        Place { log: log_id, group: next_sequence, ordinal: 0, at: now, elapsed, principal }
    }

    /// How long a step of the wall clock may be before it is believed no more.
    pub fn clock_step_max(&self) -> Micros {
        self.settings().span(Setting::ClockStepMax).to_micros()
    }

    /// Where prices of electricity come from and what they are; none while they come from nowhere.
    pub fn prices(&self) -> Option<prices::Known> {
        self.prices.known(Measure::Price)
    }

    /// Where carbon intensity of electricity comes from and what it is; none while it comes from nowhere.
    pub fn carbon(&self) -> Option<prices::Known> {
        self.prices.known(Measure::Carbon)
    }

    /// The variables of the environment that the operator's configuration has for fixes, ascending.
    pub fn offered_configuration(&self) -> &[OfferedVariable] {
        &self.healing.offered
    }

    /// The operator's rules of diagnosis, and what came of fixes, by rule and kind of fix.
    pub fn healing(&self) -> healing::Known {
        self.healing.known()
    }

    /// The rules by which steps are held for review; none where nothing is held.
    pub fn moderation(&self) -> Option<Arc<ModerationRules>> {
        self.moderation.rules.clone()
    }

    /// Which accounts have a budget and what is left of each, by tenant, owner and workflow.
    pub fn budgets(&self) -> Vec<economics::Known> {
        self.ports.budgets.known()
    }

    /// A workflow that is alive.
    pub fn workflow(&self, workflow: WorkflowId) -> Option<&Workflow> {
        self.dag.get(workflow)
    }
}

/// The stream on which a decision is being made. No part of what a snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deciding(pub(crate) StreamId);

impl Default for Deciding {
    fn default() -> Self {
        Self(StreamId::LOG)
    }
}

impl crate::image::Image for Deciding {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut crate::image::Source<'_>) -> Result<Self, crate::image::Unreadable> {
        Ok(Self::default())
    }

    fn shape(_: &mut String) {}
}

/// What a log says of the clocks of those who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Time of the last record.
    pub now: Micros,
    /// What had passed at the last record.
    pub elapsed: Micros,
    /// Time of the first record at which so much had passed.
    pub reached_at: Micros,
    /// The process that began last.
    pub life: Option<Life>,
    /// Whether the wall clock was believed.
    pub clock: ClockState,
}

/// Where in the log the world stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) log_id: LogId,
    pub(crate) next_sequence: u64,
    pub(crate) group: u64,
    pub(crate) now: Micros,
    pub(crate) elapsed: Micros,
    /// Time of the first record at which so much had passed.
    pub(crate) reached_at: Micros,
}

structs! {
    Position { log_id, next_sequence, group, now, elapsed, reached_at }
}

impl Default for Position {
    fn default() -> Self {
        let now = Micros(i64::MIN);
        Self { log_id: LogId::ZERO, next_sequence: 0, group: 0, now, elapsed: Micros(0), reached_at: now }
    }
}

impl Position {
    /// Moves past a record, or says what about its place in the log is wrong.
    pub(crate) fn advance(&mut self, record: &Recorded<Event>) -> Result<(), FoldError> {
        if record.sequence != self.next_sequence {
            return Err(FoldError::Sequence { expected: self.next_sequence });
        }
        if record.group != record.sequence && record.group != self.group {
            return Err(FoldError::Group { expected: self.group });
        }
        if record.at < self.now {
            return Err(FoldError::Time { earliest: self.now });
        }
        if record.elapsed < self.elapsed {
            return Err(FoldError::Elapsed { least: self.elapsed });
        }
        self.next_sequence += 1;
        if record.elapsed > self.elapsed || self.now == Micros(i64::MIN) {
            self.reached_at = record.at;
        }
        self.elapsed = record.elapsed;
        self.group = record.group;
        self.now = record.at;
        Ok(())
    }
}
