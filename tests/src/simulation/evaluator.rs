//! Evaluators: chance stands in for expressions and for the processes that evaluate them.

use super::action::Evaluated;
use super::agenda::Happens;
use super::chance::Chance;
use super::driver::Driver;
use super::fault::Fault;
use super::swarm::Flavour;
use triad_decide::Evaluation;
use triad_event::evaluation::Verdict;

/// In so many working times a verdict that is late arrives.
const LATE: u64 = 400;
/// Entries of most lists, at most, and of long ones.
const SHORT: u64 = 8;
const LONG: u64 = 400;
/// Lists that are long, in ten thousand.
const LONG_LISTS: u64 = 300;
/// Entries of a list of which a group has no room for all parts.
const WIDE: (u64, u64) = (4_200, 6_000);
/// Conditions that do not hold, in ten thousand.
const NOT_SO: u64 = 3_000;

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.evaluators
}

impl Driver {
    /// Expressions are to be evaluated: decides what will come of it. It always does, unless the process dies: an evaluation
    /// has a time in which it ends.
    pub(crate) fn follow_evaluation(&mut self, evaluation: &Evaluation) {
        let request = evaluation.request;
        if self.strikes(Fault::EffectFailed, chance) {
            let in_us = Self::around(&mut self.evaluators, self.swarm.work_us / 4);
            return self.schedule(in_us, Happens::Fails(request));
        }
        let evaluated = self.draw_verdict(evaluation);
        let mut took = Self::around(&mut self.evaluators, self.swarm.work_us / 8);
        if self.strikes(Fault::Overtime, chance) {
            took += self.swarm.work_us * LATE;
        }
        if self.strikes(Fault::OutcomeForeign, chance) {
            let contradicting = self.contradicting(evaluated, evaluation);
            self.schedule(took / 2, Happens::Evaluated(contradicting));
        }
        self.schedule(took, Happens::Evaluated(evaluated));
        if self.strikes(Fault::OutcomeTwice, chance) {
            // Whoever evaluates again may come to something else; the first counts.
            let again = self.draw_verdict(evaluation);
            self.schedule(took + 1, Happens::Evaluated(again));
        }
        if self.strikes(Fault::OutcomeLate, chance) {
            self.schedule(took + self.swarm.work_us * LATE, Happens::Evaluated(evaluated));
        }
    }

    fn draw_verdict(&mut self, evaluation: &Evaluation) -> Evaluated {
        let (request, task) = (evaluation.request, evaluation.task);
        let of = |verdict, entries, pages| Evaluated {
            request,
            task,
            verdict,
            entries,
            pages,
            is_of_other: false,
        };
        if self.strikes(Fault::OutcomeBad, chance) {
            let bad = [Verdict::Missing, Verdict::NoValue, Verdict::TooMuch, Verdict::Unavailable];
            let verdict = self.evaluators.pick(&bad).copied().unwrap_or(Verdict::Missing);
            return of(verdict, 0, 0);
        }
        if evaluation.condition.is_some() && self.evaluators.hits(NOT_SO) {
            return of(Verdict::DoesNotHold, 0, 0);
        }
        if evaluation.list.is_none() {
            return of(Verdict::Holds, 0, 0);
        }
        let entries = self.draw_entries(evaluation.entries_max);
        let pages = if entries > 0 { self.evaluators.between(1, entries.min(4).into()) as u32 } else { 0 };
        of(Verdict::List, entries, pages)
    }

    /// How many entries a list has. Whoever evaluates it knows how many it may have, which may have changed by then.
    fn draw_entries(&mut self, most: u32) -> u32 {
        let wanted = if self.is_healing {
            self.evaluators.below(4)
        } else if self.swarm.flavour == Flavour::Wide && self.evaluators.hits(LONG_LISTS) {
            self.evaluators.between(WIDE.0, WIDE.1)
        } else if self.evaluators.hits(LONG_LISTS) {
            self.evaluators.magnitude(SHORT, LONG)
        } else {
            self.evaluators.below(SHORT)
        };
        (wanted as u32).min(most)
    }

    /// Something that no evaluator says of these expressions.
    fn contradicting(&mut self, evaluated: Evaluated, evaluation: &Evaluation) -> Evaluated {
        let holds = Evaluated { verdict: Verdict::Holds, entries: 0, pages: 0, ..evaluated };
        let list = Evaluated { verdict: Verdict::List, entries: 3, pages: 1, ..evaluated };
        match (self.evaluators.below(5), evaluation.list.is_some()) {
            (0, true) => holds,
            (0, false) => list,
            (1, _) => Evaluated { task: evaluated.task + 1, ..evaluated },
            (2, _) => Evaluated { request: evaluated.request + 1_000_000_000, ..evaluated },
            (3, true) => Evaluated { is_of_other: true, ..list },
            (3, false) => Evaluated { is_of_other: true, ..holds },
            // More pages than entries, and pages of nothing.
            (_, true) => Evaluated { pages: 7, ..list },
            (_, false) => Evaluated { pages: 1, ..holds },
        }
    }
}
