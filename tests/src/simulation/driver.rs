//! Chance at work: what happens next, and when. Everything that it decides becomes an action, and nothing else reaches the
//! stage, so that a run can be written down and done again without it.

use super::action::{Action, Fate, Written};
use super::agenda::{Happening, Happens};
use super::chance::Chance;
use super::doom::Forced;
use super::fault::Fault;
use super::generations::Keepers;
use super::intents::Clients;
use super::listed::Counts;
use super::stage::{News, Stage};
use super::swarm::Swarm;
use super::violation::{Verdict, broken};
use std::collections::{BTreeMap, BTreeSet};
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

/// Chance, and what it has in store.
pub(crate) struct Driver {
    pub(crate) swarm: Swarm,
    pub(crate) stage: Stage,
    pub(crate) clients: Clients,
    pub(crate) keepers: Keepers,
    pub(crate) faults: Counts<Fault>,
    agenda: BTreeMap<(i64, u64), Happening>,
    scheduled: u64,
    lands_are_scheduled: usize,
    needs_turn: bool,
    /// How much longer everybody waits.
    patience: u64,
    /// Until then messages pile up.
    burst_until: i64,
    /// No faults any more, and nothing new.
    pub(crate) is_healing: bool,
    pub(crate) commits: u64,
    pub(crate) forced: Option<Forced>,
    pub(crate) storage: Chance,
    pub(crate) disturbances: Chance,
    pub(crate) operators: Chance,
    /// What operators do about streams that are set aside, and about alerts.
    pub(crate) reviews: Chance,
    pub(crate) effects: Chance,
    pub(crate) people: Chance,
    /// Whoever decides on fixes, and what is offered to those.
    pub(crate) healers: Chance,
    pub(crate) planners: Chance,
    pub(crate) schedules_begun: u64,
    pub(crate) traders: Chance,
    pub(crate) meters: Chance,
    /// Of which schedule something is asked that is not answered yet, by ticket.
    pub(crate) planned: BTreeMap<u64, StreamId>,
    pub(crate) evaluators: Chance,
    /// Attempts that take down whatever performs them.
    pub(crate) deadly: BTreeSet<u64>,
    /// The processes that stand still, each with what would have come of it meanwhile.
    pub(crate) standing: BTreeMap<u64, Vec<Happens>>,
}

/// Microseconds between two looks of an operator, in thinking times of clients.
const OPERATOR_EVERY: u64 = 100;
/// Thinking times that everybody waits, at most, while as many workflows are alive as may be: it doubles, so that a load
/// that waits for something far away soon gets there.
const PATIENCE_MAX: u64 = 1 << 16;
/// Happenings for each record that is wanted, at most: a load that produces no records must end as well.
const HAPPENINGS_PER_EVENT: u64 = 20;

impl Driver {
    pub(crate) fn new(swarm: Swarm, stage: Stage) -> Self {
        let chance = |purpose| Chance::new(swarm.seed, purpose);
        let mut driver = Self {
            clients: Clients::new(chance("clients")),
            keepers: Keepers::new(chance("keepers")),
            faults: Counts::default(),
            agenda: BTreeMap::new(),
            scheduled: 0,
            lands_are_scheduled: 0,
            needs_turn: true,
            patience: 1,
            burst_until: 0,
            is_healing: false,
            commits: 0,
            forced: None,
            storage: chance("storage"),
            disturbances: chance("disturbances"),
            operators: chance("operators"),
            reviews: chance("reviews"),
            effects: chance("effects"),
            people: chance("people"),
            healers: chance("healers"),
            planners: chance("planners"),
            schedules_begun: 0,
            traders: chance("traders"),
            meters: chance("meters"),
            planned: BTreeMap::new(),
            evaluators: chance("evaluators"),
            deadly: BTreeSet::new(),
            standing: BTreeMap::new(),
            stage,
            swarm,
        };
        driver.at(0, Happening::Client);
        driver.at(driver.swarm.think_us * OPERATOR_EVERY, Happening::Operator);
        if driver.swarm.gates > 0 {
            driver.at(driver.swarm.think_us, Happening::People);
        }
        if driver.swarm.planners > 0 {
            driver.at(driver.swarm.think_us, Happening::Planner);
        }
        if driver.swarm.market > 0 {
            driver.at(driver.swarm.think_us, Happening::Market);
        }
        driver
    }

    /// Schedules something so many microseconds from now.
    pub(crate) fn at(&mut self, in_us: u64, happening: Happening) {
        let at = self.stage.clocks.boottime_us.saturating_add_unsigned(in_us);
        self.scheduled += 1;
        self.agenda.insert((at, self.scheduled), happening);
    }

    /// A span that is `mean` on average.
    pub(crate) fn around(chance: &mut Chance, mean: u64) -> u64 {
        chance.below(2 * mean.max(1)) + 1
    }

    /// Whether a fault happens here, and counts it.
    pub(crate) fn strikes(&mut self, fault: Fault, chance: fn(&mut Self) -> &mut Chance) -> bool {
        let rate = if self.is_healing { 0 } else { self.swarm.rate(fault) };
        let strikes = chance(self).hits(rate);
        if strikes {
            self.faults.count(fault);
        }
        strikes
    }

    /// Something happens on the stage, and what comes of it goes into the agenda.
    pub(crate) fn act(&mut self, action: Action) -> Verdict {
        self.needs_turn = !matches!(action, Action::Turn | Action::Wait(_));
        self.stage.apply(action)?;
        for news in std::mem::take(&mut self.stage.news) {
            match news {
                News::Answered(ticket, said) => {
                    self.planned.remove(&ticket);
                    self.hear(ticket, said);
                }
                News::Began(effect) => self.follow(&effect),
                News::Stopping(request) => self.follow_stop(request),
                News::Pacing { request, is_suspended } => self.follow_pace(request, is_suspended),
                News::Evaluating(evaluation) => self.follow_evaluation(&evaluation),
                News::Destroying(erasure) => self.follow_erasure(&erasure),
                News::Reborn => {
                    self.lands_are_scheduled = 0;
                    self.standing.clear();
                    self.keepers.begin_life();
                    self.planned.clear();
                    self.needs_turn = true;
                }
                News::SnapshotBegun => {
                    let in_us = Self::around(&mut self.storage, self.swarm.commit_us * 4);
                    self.at(in_us, Happening::Written);
                }
            }
        }
        while self.lands_are_scheduled < self.stage.process.in_flight() {
            let is_slow = self.strikes(Fault::CommitSlow, |driver| &mut driver.storage);
            let mean = self.swarm.commit_us * if is_slow { 100 } else { 1 };
            let in_us = Self::around(&mut self.storage, mean);
            self.lands_are_scheduled += 1;
            self.at(in_us, Happening::Lands);
        }
        Ok(())
    }

    /// The first phase: load and faults, until enough was recorded.
    pub(crate) fn cause_chaos(&mut self) -> Verdict {
        let happenings_max = self.swarm.events_max * HAPPENINGS_PER_EVENT;
        let mut happenings = 0;
        while self.stage.events < self.swarm.events_max && happenings < happenings_max {
            happenings += 1;
            let before = self.stage.events;
            self.go_on()?;
            if self.stage.events > before {
                self.disturb()?;
            }
        }
        Ok(())
    }

    /// The second phase: nothing stands in the way any more, so everything must end within a bounded number of steps.
    pub(crate) fn heal(&mut self) -> Verdict {
        self.is_healing = true;
        let durable = self.stage.book.courses.values().map(|course| course.tasks.len()).sum::<usize>();
        let open = durable + self.stage.world().alive();
        let mut left = STEPS_TO_HEAL + STEPS_PER_TASK * open + self.agenda.len();
        while !self.is_at_rest() {
            if left == 0 || (self.agenda.is_empty() && self.stage.until_timer().is_none() && !self.needs_turn)
            {
                let alive = self.stage.world().alive();
                let erasing = self.stage.world().erasures_under_way();
                let first = self.first_alive();
                let what = format!("{alive} workflows and {erasing} erasures do not, among them {first:?}");
                return Err(broken("invariant_everything_comes_to_an_end", what));
            }
            left -= 1;
            self.remove_obstacles()?;
            self.go_on()?;
        }
        Ok(())
    }

    fn is_at_rest(&self) -> bool {
        let world = &self.stage.world();
        let is_over = world.alive() == 0 && world.erasures_under_way() == 0;
        is_over && !self.stage.has_undurable() && !self.stage.has_failed()
    }

    fn first_alive(&self) -> Option<String> {
        self.stage.book.courses.first_key_value().map(|(stream, _)| super::names::name_of((*stream).into()))
    }

    /// The next thing happens: a round of the loop, or what the agenda holds, or time passes.
    fn go_on(&mut self) -> Verdict {
        let now = self.stage.clocks.boottime_us;
        let next = self.agenda.first_key_value().map(|((at, _), _)| *at);
        let is_burst = next.is_some_and(|at| at <= self.burst_until);
        if self.needs_turn && !is_burst {
            self.act(Action::Turn)?;
            if self.strikes(Fault::Burst, |driver| &mut driver.storage) {
                self.burst_until = now + self.storage.below(BURST_US).cast_signed();
            }
            return Ok(());
        }
        let timer = self.stage.until_timer().map(|span| now.saturating_add(span.0));
        match (next, timer) {
            (Some(next), timer) if timer.is_none_or(|timer| next <= timer) => {
                self.wait_until(next)?;
                match self.agenda.pop_first() {
                    Some((_, happening)) => self.happen(happening),
                    None => Ok(()),
                }
            }
            (_, Some(timer)) => {
                self.wait_until(timer)?;
                self.act(Action::Turn)
            }
            (_, None) => self.act(Action::Turn),
        }
    }

    fn wait_until(&mut self, at: i64) -> Verdict {
        let span = at - self.stage.clocks.boottime_us;
        if span > 0 { self.act_keeping_turn(Action::Wait(Micros(span))) } else { Ok(()) }
    }

    fn act_keeping_turn(&mut self, action: Action) -> Verdict {
        let needs_turn = self.needs_turn;
        self.act(action)?;
        self.needs_turn |= needs_turn;
        Ok(())
    }

    fn happen(&mut self, happening: Happening) -> Verdict {
        match happening {
            Happening::Client => {
                if !self.is_healing {
                    self.patience = if self.is_full() { (self.patience * 2).min(PATIENCE_MAX) } else { 1 };
                    let in_us = Self::around(&mut self.clients.chance, self.swarm.think_us * self.patience);
                    self.at(in_us, Happening::Client);
                    self.client_acts()?;
                }
                Ok(())
            }
            Happening::GoesOn(intent) => self.client_goes_on(intent),
            Happening::Operator => {
                if !self.is_healing {
                    let in_us = self.swarm.think_us * OPERATOR_EVERY * self.patience;
                    self.at(in_us, Happening::Operator);
                    self.operator_acts()?;
                }
                Ok(())
            }
            Happening::Lands => self.land(),
            Happening::Written => self.write_snapshot(),
            Happening::IndexReads => {
                let through = self.stage.book.next_sequence.saturating_sub(1);
                self.act_keeping_turn(Action::IndexReads(through))
            }
            Happening::Effect(happens, life) => self.happen_to_effect(happens, life),
            Happening::Resume(workflow) => self.resume(workflow),
            Happening::People => self.people_act(),
            Happening::Planner => self.planner_acts(),
            Happening::Market => self.market_acts(),
        }
    }

    fn land(&mut self) -> Verdict {
        // What was scheduled for a commit of an earlier life finds none.
        if self.lands_are_scheduled == 0 || (self.stage.process.in_flight() == 0) {
            return Ok(());
        }
        self.lands_are_scheduled -= 1;
        self.commits += 1;
        if let Some(forced) = self.forced.filter(|forced| forced.commit == self.commits) {
            return self.force(forced.doom);
        }
        let fate = self.draw_fate();
        self.act(Action::Commit(fate))?;
        if self.stage.index.has_unread() && !self.strikes(Fault::IndexLag, |driver| &mut driver.storage) {
            self.at(self.swarm.commit_us, Happening::IndexReads);
        }
        Ok(())
    }

    fn draw_fate(&mut self) -> Fate {
        for (fault, fate) in [
            (Fault::CommitFailed, Fate::Failed),
            (Fault::CommitUnknownLost, Fate::UnknownLost),
            (Fault::CommitUnknownKept, Fate::UnknownKept),
        ] {
            if self.strikes(fault, |driver| &mut driver.storage) {
                return fate;
            }
        }
        Fate::Durable
    }

    fn write_snapshot(&mut self) -> Verdict {
        let written = if self.strikes(Fault::SnapshotLost, |driver| &mut driver.storage) {
            Written::Lost
        } else if self.strikes(Fault::SnapshotDamaged, |driver| &mut driver.storage) {
            Written::Damaged
        } else {
            Written::Whole
        };
        self.act(Action::Snapshot(written))
    }
}

/// Microseconds in which messages pile up before the loop goes round again, at most.
const BURST_US: u64 = 5_000;
/// Steps in which everything must end once nothing stands in the way, and further ones for each task that is open. What is not
/// durable yet counts as one task a workflow, and what was to happen before takes a step each.
const STEPS_TO_HEAL: usize = 20_000;
const STEPS_PER_TASK: usize = 300;
