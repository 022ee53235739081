//! How much value was realised for the energy that it took, by owner and day? What docs/negentropy.md defines, folded from the
//! terms of definitions, the ends of attempts, what they were charged, and the ends of tasks.

use triad_event::economics::{self, RunCharged};
use triad_event::execution::{self, AttemptAbandoned, AttemptEnded, AttemptLost};
use triad_event::ids::WorkflowId;
use triad_event::intake::{self, TaskDefinition, TaskTerms};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, dag, governance};

use crate::fold::{Follows, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::stored;
use crate::views::{Answer, Views};

/// Days that are kept, back from the newest: a year and a month. The log has all.
pub const DAYS_KEPT: i64 = 400;

/// A million parts.
const MILLION: u128 = 1_000_000;
/// Millionths of a joule of a kilowatt hour.
const KWH_UJ: u128 = 3_600_000_000_000;
/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

stored! {
    /// What was realised, and what it took.
    #[derive(Default)]
    pub struct Negentropy {
        /// By tenant, owner and day.
        pub days: Vec<Day>,
        /// The workflows that are alive and have tasks of which a value is declared, by id.
        pub alive: Vec<Alive>,
    }
}

stored! {
    /// A day of an owner.
    pub struct Day {
        /// Its tenant.
        pub tenant: String,
        /// The owner; empty for the workflows of those who needed no credential.
        pub owner: String,
        /// Days since 1970-01-01, UTC, of the records.
        pub day: i64,
        /// What was realised in it.
        pub figures: Figures,
    }
}

stored! {
    /// Sums over tasks, in millionths of a value of one, and over what runs used.
    #[derive(Copy, Default)]
    pub struct Figures {
        /// Tasks with a declared value that were charged, and that completed or failed.
        pub tasks: u64,
        /// Those of them whose last attempt was verified.
        pub verified_tasks: u64,
        /// What all of them were declared to be worth.
        pub declared: u64,
        /// What those that were verified were declared to be worth, each times the share of its checks that hold.
        pub verified: u64,
        /// What those were declared to be worth that completed and were not verified.
        pub unverified: u64,
        /// What all runs of tasks with a declared value used, in millionths of a joule.
        pub energy_uj: u64,
        /// What all runs of other tasks used.
        pub other_energy_uj: u64,
    }
}

stored! {
    /// A workflow that is alive.
    pub struct Alive {
        /// Its id.
        pub workflow: WorkflowId,
        /// Its tasks of which a value is declared, by number.
        pub tasks: Vec<Valued>,
    }
}

stored! {
    /// A task of which a value is declared.
    pub struct Valued {
        /// Its number.
        pub task: u32,
        /// What it is declared to be worth.
        pub value: u64,
        /// How many checks of its last attempt hold, and how many there are; none when that was not verified.
        pub held: Option<(u32, u32)>,
        /// To whom it was charged: tenant and owner.
        pub charged: Option<(String, String)>,
    }
}

/// What a task is declared to be worth, in millionths, rounded down once; none when nobody said.
pub fn declared(terms: &TaskTerms) -> Option<u64> {
    let multiplier = terms.market_multiplier.map_or(MILLION, |multiplier| u128::from(multiplier.0));
    let value = u128::from(terms.value_score?.0) * multiplier / MILLION;
    Some(u64::try_from(value).unwrap_or(u64::MAX))
}

/// What a run used, in millionths of a joule: what processors counted, or processor time times the power of a core, rounded
/// down once.
pub fn used_uj(charged: &RunCharged) -> u64 {
    let of_time = || {
        let busy_us = u128::try_from(charged.processor_time.0).unwrap_or_default();
        u64::try_from(busy_us * u128::from(charged.core_power.0) / 1000).unwrap_or(u64::MAX)
    };
    charged.package_energy.map_or_else(of_time, |counted| counted.0)
}

impl Figures {
    /// Both as one.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            tasks: self.tasks.saturating_add(other.tasks),
            verified_tasks: self.verified_tasks.saturating_add(other.verified_tasks),
            declared: self.declared.saturating_add(other.declared),
            verified: self.verified.saturating_add(other.verified),
            unverified: self.unverified.saturating_add(other.unverified),
            energy_uj: self.energy_uj.saturating_add(other.energy_uj),
            other_energy_uj: self.other_energy_uj.saturating_add(other.other_energy_uj),
        }
    }

    /// Verified value per kilowatt hour, in millionths, rounded down: of sums, not the mean of tasks. None where no energy was
    /// measured.
    pub fn verified_per_kwh(&self) -> Option<u64> {
        self.per_kwh(self.verified)
    }

    /// The same of all value of tasks that completed, whether it was verified or not.
    pub fn declared_per_kwh(&self) -> Option<u64> {
        self.per_kwh(self.verified.saturating_add(self.unverified))
    }

    fn per_kwh(&self, value: u64) -> Option<u64> {
        let per = (u128::from(value) * KWH_UJ).checked_div(u128::from(self.energy_uj))?;
        Some(u64::try_from(per).unwrap_or(u64::MAX))
    }
}

/// The day of a moment, from 1970-01-01 on.
pub fn day_of(at: Micros) -> i64 {
    at.0.div_euclid(DAY_US)
}

impl Negentropy {
    fn define(&mut self, workflow: WorkflowId, first: u32, tasks: &[TaskDefinition]) {
        let valued = |(task, definition): (u32, &TaskDefinition)| {
            let value = declared(definition.terms.as_deref()?)?;
            Some(Valued { task, value, held: None, charged: None })
        };
        let valued: Vec<Valued> = (first..).zip(tasks).filter_map(valued).collect();
        if valued.is_empty() {
            return;
        }
        match self.place(workflow) {
            Ok(place) => self.alive[place].tasks.extend(valued),
            Err(place) => self.alive.insert(place, Alive { workflow, tasks: valued }),
        }
    }

    fn place(&self, workflow: WorkflowId) -> Result<usize, usize> {
        self.alive.binary_search_by_key(&workflow, |alive| alive.workflow)
    }

    fn valued(&mut self, workflow: WorkflowId, task: u32) -> Option<&mut Valued> {
        let place = self.place(workflow).ok()?;
        let tasks = &mut self.alive[place].tasks;
        let place = tasks.binary_search_by_key(&task, |valued| valued.task).ok()?;
        Some(&mut tasks[place])
    }

    fn forget(&mut self, workflow: WorkflowId) {
        if let Ok(place) = self.place(workflow) {
            self.alive.remove(place);
        }
    }

    /// What a task is worth its parts share alike, each rounded down; by itself it runs nothing.
    fn fan_out(&mut self, workflow: WorkflowId, (task, first, parts): (u32, u32, u32)) {
        let Some(value) = self.valued(workflow, task).map(|valued| valued.value) else { return };
        let value = value / u64::from(parts.max(1));
        let part = |task| Valued { task, value, held: None, charged: None };
        if let Ok(place) = self.place(workflow) {
            self.alive[place].tasks.extend((first..first.saturating_add(parts)).map(part));
        }
    }

    fn end(&mut self, record: &Recorded<Event>, task: u32, is_completed: bool) {
        let Some(valued) = self.valued(record.stream.into(), task) else { return };
        let (value, held) = (valued.value, valued.held);
        let Some((tenant, owner)) = valued.charged.take() else { return };
        let figures = self.figures(record, &tenant, &owner);
        figures.tasks = figures.tasks.saturating_add(1);
        figures.declared = figures.declared.saturating_add(value);
        match held {
            Some((held, checks)) => {
                let share = u128::from(value) * u128::from(held) / u128::from(checks.max(1));
                figures.verified_tasks = figures.verified_tasks.saturating_add(1);
                figures.verified = figures.verified.saturating_add(u64::try_from(share).unwrap_or(u64::MAX));
            }
            None if is_completed => figures.unverified = figures.unverified.saturating_add(value),
            None => {}
        }
    }

    fn charge(&mut self, record: &Recorded<Event>, charged: &RunCharged) {
        let RunCharged { task, tenant, owner, .. } = charged;
        let valued = self.valued(record.stream.into(), *task);
        let is_valued = valued.is_some();
        if let Some(valued) = valued {
            valued.charged = Some((tenant.clone(), owner.clone()));
        }
        let figures = self.figures(record, tenant, owner);
        let sum = if is_valued { &mut figures.energy_uj } else { &mut figures.other_energy_uj };
        *sum = sum.saturating_add(used_uj(charged));
    }

    fn figures(&mut self, record: &Recorded<Event>, tenant: &str, owner: &str) -> &mut Figures {
        let day = day_of(record.at);
        let wanted = (tenant, owner, day);
        let find =
            |days: &[Day]| days.binary_search_by(|one| (&*one.tenant, &*one.owner, one.day).cmp(&wanted));
        if find(&self.days).is_err() {
            self.days.retain(|one| one.day > day - DAYS_KEPT);
        }
        let place = find(&self.days).unwrap_or_else(|place| {
            let (tenant, owner) = (tenant.to_owned(), owner.to_owned());
            self.days.insert(place, Day { tenant, owner, day, figures: Figures::default() });
            place
        });
        &mut self.days[place].figures
    }
}

impl Follows<intake::Event> for Negentropy {
    fn follow(&mut self, record: &Recorded<Event>, event: &intake::Event) -> Result<(), ViewError> {
        let workflow = WorkflowId::from(record.stream);
        match event {
            intake::Event::ChunkStaged(staged) => self.define(workflow, staged.first_task, &staged.tasks),
            intake::Event::WorkflowSubmitted(submitted) => {
                self.define(workflow, submitted.asked.staged_tasks, &submitted.asked.tasks);
            }
            intake::Event::UploadExpired(_) => self.forget(workflow),
            intake::Event::WorkflowAccepted(_) => {}
        }
        Ok(())
    }
}

impl Follows<execution::Event> for Negentropy {
    fn follow(&mut self, record: &Recorded<Event>, event: &execution::Event) -> Result<(), ViewError> {
        if let execution::Event::AttemptEnded(AttemptEnded { task, findings, .. }) = event
            && let Some(valued) = self.valued(record.stream.into(), *task)
        {
            let verified = findings.as_deref().and_then(|found| found.verified.as_ref());
            valued.held = verified.map(|verified| (verified.held, verified.checks));
        }
        // Of an attempt that was given up nothing is verified, whatever the one before came to.
        if let execution::Event::AttemptAbandoned(AttemptAbandoned { task, .. })
        | execution::Event::AttemptLost(AttemptLost { task, .. }) = event
            && let Some(valued) = self.valued(record.stream.into(), *task)
        {
            valued.held = None;
        }
        Ok(())
    }
}

impl Follows<economics::Event> for Negentropy {
    fn follow(&mut self, record: &Recorded<Event>, event: &economics::Event) -> Result<(), ViewError> {
        if let economics::Event::RunCharged(charged) = event {
            self.charge(record, charged);
        }
        Ok(())
    }
}

impl Follows<dag::Event> for Negentropy {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these ends of tasks and workflows count")]
    fn follow(&mut self, record: &Recorded<Event>, event: &dag::Event) -> Result<(), ViewError> {
        match event {
            dag::Event::TaskCompleted(completed) => self.end(record, completed.task, true),
            dag::Event::TaskFailed(failed) => self.end(record, failed.task, false),
            dag::Event::TaskFannedOut(fanned) => {
                self.fan_out(record.stream.into(), (fanned.task, fanned.first, fanned.parts));
            }
            dag::Event::WorkflowCompleted(_)
            | dag::Event::WorkflowFailed(_)
            | dag::Event::WorkflowCancelled(_) => self.forget(record.stream.into()),
            _ => {}
        }
        Ok(())
    }
}

/// A stream that was set aside can be closed for ever.
impl Follows<governance::Event> for Negentropy {
    fn follow(&mut self, record: &Recorded<Event>, event: &governance::Event) -> Result<(), ViewError> {
        if let governance::Event::StreamClosed(_) = event {
            self.forget(record.stream.into());
        }
        Ok(())
    }
}

impl View for Negentropy {
    const NAME: &'static str = "negentropy";
    const FOLD: u32 = 1;
    type Kept = One<Self>;
}

impl<T: Holds<Negentropy>> Views<T> {
    /// What a question about value and energy is answered with.
    pub fn negentropy<A>(&self, look: impl FnOnce(&Negentropy) -> A) -> Answer<A> {
        self.look(|kept: &One<Negentropy>| look(&kept.0))
    }
}
