//! What the book reads of failures that are healed: a counting of its own, held against what operators allow.

use super::Book;
use super::course::Course;
use super::line::TaskLine;
use crate::simulation::probe::Probe;
use crate::simulation::stage::CLIENT;
use crate::simulation::violation::{Verdict, hold};
use std::collections::{BTreeSet, VecDeque};
use triad_event::dag::TaskPhase;
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::healing::{ConfigurationOffered, Event, Fix, FixApplied, FixProposed};
use triad_event::ids::StreamId;
use triad_event::intake::HealingPolicy;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

/// Microseconds of the time in which fixes are counted over all workflows.
const HOUR: Micros = Micros(3_600_000_000);

/// What the records tell of healing as a whole.
#[derive(Debug, Default)]
pub(super) struct Healing {
    /// When fixes were applied within the last hour.
    recent: VecDeque<Micros>,
    /// The variables that the operator's configuration has.
    offered: BTreeSet<String>,
}

impl Book {
    pub(super) fn take_healing(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        if record.stream == StreamId::LOG {
            self.invariant_ordinals_of_the_log_are_contiguous(record)?;
        }
        match event {
            Event::ConfigurationOffered(offered) => self.offer(offered),
            Event::RulesSet(_) | Event::RulesRemoved(_) => {}
            Event::FixApplied(applied) => return self.apply(record, applied),
            Event::FixProposed(proposed) => return self.propose(record, proposed),
            Event::FixApproved(approved) => {
                let course = self.course(record)?;
                course.invariant_tasks_obey_their_grammar(record, approved.task)?.is_approved = true;
                return invariant_nobody_approves_a_fix_of_their_own(record);
            }
            Event::FixDeclined(declined) => {
                self.course(record)?.invariant_tasks_obey_their_grammar(record, declined.task)?;
                return invariant_nobody_approves_a_fix_of_their_own(record);
            }
            Event::HealingEnded(ended) => {
                self.probes.count(Probe::NotHealed);
                let course = self.course(record)?;
                let line = course.invariant_tasks_obey_their_grammar(record, ended.task)?;
                let is_first = !std::mem::replace(&mut line.is_given_up, true);
                return hold("invariant_a_task_is_given_up_once", is_first && heals(line), || {
                    format!("record {} gives up {}", record.sequence, ended.task)
                });
            }
        }
        Ok(())
    }

    fn offer(&mut self, offered: &ConfigurationOffered) {
        self.healing.offered = offered.variables.iter().map(|variable| variable.name.clone()).collect();
    }

    fn apply(&mut self, record: &Recorded<AnyEvent>, applied: &FixApplied) -> Verdict {
        self.probes.count(Probe::FixApplied);
        let per_task = self.setting(Setting::FixesPerTaskMax);
        let per_workflow = self.setting(Setting::FixesPerWorkflowMax);
        let per_hour = self.setting(Setting::FixesPerHourMax);
        let offered = self.healing.offered.clone();
        let course = self.course(record)?;
        let of_workflow: i64 = course.tasks.iter().map(|line| i64::from(line.fixes)).sum();
        let line = course.invariant_tasks_obey_their_grammar(record, applied.task)?;
        line.due = record.elapsed.later(applied.delay);
        line.fixes += 1;
        let asks = line.policy() == Some(HealingPolicy::DiagnoseAndAsk);
        let was_asked = std::mem::replace(&mut line.is_approved, false) == asks;
        let is_counted = line.attempts + 1 == applied.attempt;
        let failed = line.ending.is_some_and(|ending| ending != Ending::Succeeded);
        let (of_task, is_healed) = (i64::from(line.fixes), heals(line) && !line.is_given_up);
        hold(
            "invariant_a_fix_follows_from_a_failure_and_a_policy",
            is_healed && was_asked && failed,
            || format!("record {} fixes {}", record.sequence, applied.task),
        )?;
        hold("invariant_attempts_are_counted_and_bounded", is_counted, || {
            format!("record {} fixes for attempt {}", record.sequence, applied.attempt)
        })?;
        hold(
            "invariant_no_task_and_no_workflow_has_more_fixes_than_may_be",
            of_task <= per_task && of_workflow < per_workflow,
            || {
                format!(
                    "record {}: {of_task} of {per_task}, {of_workflow} before of {per_workflow}",
                    record.sequence
                )
            },
        )?;
        let sets_what_is_offered = asks || applied.fix.variables.iter().all(|name| offered.contains(name));
        hold("invariant_only_what_is_offered_is_set", sets_what_is_offered, || {
            format!("record {} sets {:?} of {offered:?}", record.sequence, applied.fix.variables)
        })?;
        self.invariant_nothing_is_raised_beyond_what_may_be(record, &applied.fix)?;
        self.healing.recent.retain(|at| record.elapsed.0 - at.0 < HOUR.0);
        self.healing.recent.push_back(record.elapsed);
        let of_hour = self.healing.recent.len() as i64;
        hold("invariant_no_hour_has_more_fixes_than_may_be", of_hour <= per_hour, || {
            format!("record {} is fix {of_hour} of {per_hour}", record.sequence)
        })
    }

    fn propose(&mut self, record: &Recorded<AnyEvent>, proposed: &FixProposed) -> Verdict {
        self.probes.count(Probe::FixProposed);
        let line = self.course(record)?.invariant_tasks_obey_their_grammar(record, proposed.task)?;
        let asks = line.policy() == Some(HealingPolicy::DiagnoseAndAsk) && !line.is_given_up;
        hold("invariant_a_fix_follows_from_a_failure_and_a_policy", asks, || {
            format!("record {} proposes for {}", record.sequence, proposed.task)
        })?;
        self.invariant_nothing_is_raised_beyond_what_may_be(record, &proposed.fix)
    }

    /// What is allowed may have been lowered since a fix was proposed, so only what is decided now is held against it.
    fn invariant_nothing_is_raised_beyond_what_may_be(
        &self,
        record: &Recorded<AnyEvent>,
        fix: &Fix,
    ) -> Verdict {
        let timeout_max = self.setting(Setting::FixTimeoutMax);
        let memory_max = self.setting(Setting::FixMemoryMax);
        let is_within = |from: u64, to: u64, most: i64| from < to && to <= most.unsigned_abs();
        let timeout = fix.timeout.as_ref();
        let holds = timeout.is_none_or(|raise| is_within(raise.from.0, raise.to.0, timeout_max))
            && fix.memory_max.as_ref().is_none_or(|raise| is_within(raise.from.0, raise.to.0, memory_max));
        hold("invariant_nothing_is_raised_beyond_what_may_be", holds, || {
            format!("record {} does {fix:?}", record.sequence)
        })
    }
}

fn heals(line: &TaskLine) -> bool {
    line.policy().is_some_and(HealingPolicy::diagnoses)
}

fn invariant_nobody_approves_a_fix_of_their_own(record: &Recorded<AnyEvent>) -> Verdict {
    hold("invariant_nobody_approves_a_fix_of_their_own", record.principal != CLIENT, || {
        format!("record {} is of {}", record.sequence, record.principal)
    })
}

impl Course {
    /// The first task for which a fix waits for somebody's word.
    pub(crate) fn waiting_fix(&self) -> Option<u32> {
        let mut lines = (0..).zip(&self.tasks);
        lines.find(|(_, line)| line.phase == TaskPhase::Proposed && !line.is_approved).map(|(task, _)| task)
    }
}
