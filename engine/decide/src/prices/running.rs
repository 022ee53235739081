//! Decides whether a run that may be suspended is, and until when.

use triad_deferral::{Decision, ExecuteReason, PriceCurve, Verdict};
use triad_event::Event as AnyEvent;
use triad_event::apart::Apart;
use triad_event::governance::Setting;
use triad_event::ids::WorkflowId;
use triad_event::intake::Measure;
use triad_event::prices::{DeferReason, Estimate, PriceTaken, ReleaseReason, RunContinued, RunSuspended};
use triad_event::quantity::{MicroUsd, Micros, Millis};
use triad_event::{Event, Recorded};

use super::facts::Facts;
use super::question::{Pace, Wants};
use super::recorded::{all_grounds, estimate, nothing_known, planned, taken, why_goes_on, why_waits};
use super::runs::{Run, left};
use super::state::{State, ms, us};
use super::weighing::{Answer, Outlooks};
use crate::limits::{LOOK_AGAIN_MS, START_MARGIN_MS, STRETCH_MS_LEAST};

/// Whether there is such a run that is to go on.
pub(super) fn is_owed(facts: &Facts<'_>, workflow: WorkflowId, task: u32, request: u64) -> bool {
    facts.attempts.goes_on(request, workflow, task)
        && facts.tasks.worth(workflow, task).is_some_and(|worth| worth.may_pause)
}

/// A run of which it is decided.
struct Case {
    request: u64,
    task: u32,
    whole: Wants,
    estimate: Estimate,
    ran: Micros,
    /// When it goes on whatever the price, by the calendar.
    last_ms: i64,
    now_ms: i64,
    /// Whether it has a place, or could have one.
    has_place: bool,
}

/// What is decided of a run now: that it is suspended, or that it goes on.
pub(super) fn look(facts: &Facts<'_>, workflow: WorkflowId, task: u32, request: u64) -> Option<AnyEvent> {
    let stretch = facts.attempts.stretch(request)?;
    let worth = facts.tasks.worth(workflow, task)?;
    let estimate = estimate(facts, workflow, task)?;
    let whole = Wants {
        bid: worth.bid,
        weights: worth.weights,
        missing: worth.missing,
        usual: estimate.usual.length,
        longest: estimate.longest.length,
        pace: Pace::Runs,
    };
    let (now_ms, elapsed) = (ms(facts.place.at), facts.place.elapsed);
    let ran = stretch.ran_by(elapsed);
    let wants = left(&whole, ran, stretch.is_suspended);
    let last = last_safe_start(facts, (workflow, task), wants.longest, stretch.stood_by(elapsed));
    let last_ms = now_ms.saturating_add(ms(Micros(last.0.saturating_sub(elapsed.0))));
    let has_place = facts.attempts.has_place(stretch.is_suspended, facts.settings);
    let case = Case { request, task, whole, estimate, ran, last_ms, now_ms, has_place };
    Some(match facts.state.pace(&wants, last_ms, now_ms) {
        Some(paced) => case.decided(paced),
        None => case.without_source(),
    })
}

impl Case {
    /// Prices come from nowhere, so that nothing is waited for but a place.
    fn without_source(self) -> AnyEvent {
        let Self { request, task, whole, estimate, ran, last_ms, now_ms, has_place } = self;
        if !has_place && now_ms < last_ms {
            return RunSuspended {
                request,
                task,
                reason: DeferReason::NoPlace,
                bid: whole.bid,
                price: None,
                look_again: us(last_ms),
                last_safe_start: us(last_ms),
                ran,
                grounds: all_grounds(&whole, estimate, None, None).into(),
                optimised: nothing_known(&whole).map(Apart::from),
            }
            .into();
        }
        RunContinued {
            request,
            task,
            reason: ReleaseReason::NoSource,
            bid: whole.bid,
            price: None,
            look_again: None,
            last_safe_start: us(last_ms),
            ran,
            grounds: all_grounds(&whole, estimate, None, None).into(),
            optimised: nothing_known(&whole).map(Apart::from),
        }
        .into()
    }

    fn decided(self, Paced { answer, next_ms }: Paced) -> AnyEvent {
        let Self { request, task, whole, estimate, ran, last_ms, now_ms, has_place } = self;
        let Answer { decision: Decision { verdict, .. }, price, threshold, optimised } = answer;
        let is_by_prices =
            optimised.as_ref().is_none_or(|optimised| optimised.decided_by == [Measure::Price]);
        let price: Option<PriceTaken> = price.map(taken);
        let plan = planned(verdict, now_ms).filter(|_| is_by_prices);
        let grounds = all_grounds(&whole, estimate, plan, threshold).into();
        let (optimised, bid, last_safe_start) = (optimised.map(Apart::from), whole.bid, us(last_ms));
        let (reason, look_again_ms) = match verdict {
            Verdict::Defer { reason, look_again_ms } => (why_waits(reason), look_again_ms),
            // What must go on does so without a place: nothing that waits may make it late.
            Verdict::Execute(reason) if !has_place && reason != ExecuteReason::LastSafeStart => {
                (DeferReason::NoPlace, next_ms.unwrap_or(last_ms))
            }
            Verdict::Execute(reason) => {
                let (reason, look_again) = (why_goes_on(reason), next_ms.map(us));
                return RunContinued {
                    request,
                    task,
                    reason,
                    bid,
                    price,
                    look_again,
                    last_safe_start,
                    ran,
                    grounds,
                    optimised,
                }
                .into();
            }
        };
        let look_again = us(look_again_ms.min(last_ms.max(now_ms)));
        RunSuspended {
            request,
            task,
            reason,
            bid,
            price,
            look_again,
            last_safe_start,
            ran,
            grounds,
            optimised,
        }
        .into()
    }
}

/// When a run goes on whatever the price, in the time that passes for the log: so that what is left of it can take long before
/// the deadline of its task, or when it has been suspended for as long as a task without one waits.
fn last_safe_start(
    facts: &Facts<'_>,
    (workflow, task): (WorkflowId, u32),
    longest: Millis,
    stood: Micros,
) -> Micros {
    let Some(due) = facts.tasks.due(workflow, task) else {
        let whole = facts.place.elapsed.after(facts.settings.span(Setting::DeferralMax));
        return Micros(whole.0.saturating_sub(stood.0).max(facts.place.elapsed.0));
    };
    let before = longest.to_micros().later(Millis(START_MARGIN_MS).to_micros());
    Micros(due.0.saturating_sub(before.0))
}

/// What is decided of a run, and when it is looked at again if it goes on.
pub(super) struct Paced {
    pub(super) answer: Answer,
    /// None when it runs to its end.
    pub(super) next_ms: Option<i64>,
}

impl State {
    /// Whether a run goes on; none when all that it is decided by comes from nowhere.
    pub(super) fn pace(&self, wants: &Wants, last_safe_start_ms: i64, now_ms: i64) -> Option<Paced> {
        let answer = self.ask(wants, last_safe_start_ms, now_ms, &Outlooks::default())?;
        let next_ms = match answer.decision.verdict {
            Verdict::Execute(reason) => self.next_look_ms(wants, reason, now_ms),
            Verdict::Defer { .. } => None,
        };
        Some(Paced { answer, next_ms })
    }

    /// When a run that goes on is looked at again: when what it goes on by ends, or is not known any more.
    fn next_look_ms(&self, wants: &Wants, reason: ExecuteReason, now_ms: i64) -> Option<i64> {
        let by_reason = match reason {
            ExecuteReason::LastSafeStart | ExecuteReason::Critical | ExecuteReason::AlreadyRunning => {
                return None;
            }
            // Whoever takes longer than was thought is at the end of the plan all the time.
            ExecuteReason::CheapestNow { until_ms, .. } => {
                Some(until_ms.max(now_ms.saturating_add_unsigned(STRETCH_MS_LEAST)))
            }
            ExecuteReason::WithinBid { .. } => self.gap_ends_ms(wants, now_ms),
            ExecuteReason::NoPrice
            | ExecuteReason::NotWorthWaiting { .. }
            | ExecuteReason::WithinThreshold { .. }
            | ExecuteReason::NoSlotToSpare => self.next_change_ms(wants, now_ms),
        };
        let ends = [by_reason, self.above_bid_ms(wants, now_ms), self.unknown_ms(wants, now_ms)];
        let next_ms = ends.into_iter().flatten().filter(|at_ms| *at_ms > now_ms).min();
        // Once a day in any case, as long as it may be suspended.
        let latest_ms = now_ms.saturating_add_unsigned(LOOK_AGAIN_MS);
        Some(next_ms.unwrap_or(latest_ms).min(latest_ms))
    }

    fn concerned(&self, wants: &Wants) -> impl Iterator<Item = &PriceCurve> {
        let measures = [Measure::Price, Measure::Carbon].into_iter();
        let series = measures.filter(|measure| wants.concern(*measure)).map(|measure| self.of(measure));
        series.filter(|series| series.source.is_some()).map(|series| &*series.curve.0)
    }

    /// When another step begins.
    fn next_change_ms(&self, wants: &Wants, now_ms: i64) -> Option<i64> {
        let end_ms = |curve: &PriceCurve| {
            let present = curve.at(now_ms).map(|piece| piece.end_ms);
            present.or_else(|| Some(curve.after(now_ms).next()?.start_ms))
        };
        self.concerned(wants).filter_map(end_ms).min()
    }

    /// Where the present price is one that was published for another time: when it is known again.
    fn gap_ends_ms(&self, wants: &Wants, now_ms: i64) -> Option<i64> {
        let is_gap = |curve: &&PriceCurve| curve.at(now_ms).is_none();
        self.concerned(wants)
            .filter(is_gap)
            .filter_map(|curve| Some(curve.after(now_ms).next()?.start_ms))
            .min()
    }

    /// When the price rises above the bid, of a run that goes on at a price within it, or where none is published.
    fn above_bid_ms(&self, wants: &Wants, now_ms: i64) -> Option<i64> {
        let (MicroUsd(bid), curve) = (wants.bid?, &self.price.curve.0);
        if curve.at(now_ms).is_some_and(|piece| piece.price_micro_per_kwh > bid) {
            return None;
        }
        curve.after(now_ms).find(|piece| piece.price_micro_per_kwh > bid).map(|piece| piece.start_ms)
    }

    /// When something is not known any more.
    fn unknown_ms(&self, wants: &Wants, now_ms: i64) -> Option<i64> {
        let measures = [Measure::Price, Measure::Carbon].into_iter();
        let concerned = measures.filter(|measure| wants.concern(*measure));
        concerned.filter_map(|measure| self.of(measure).unknown_ms(now_ms)).min()
    }

    /// Whether something else would be decided now of a run.
    pub(super) fn is_run_changed(&self, run: &Run, record: &Recorded<Event>) -> bool {
        let (wants, last) = run.left_at(record.elapsed);
        let now_ms = ms(record.at);
        let last_ms = now_ms.saturating_add(ms(Micros(last.0.saturating_sub(record.elapsed.0))));
        let Some(Paced { answer, next_ms }) = self.pace(&wants, last_ms, now_ms) else { return true };
        match answer.decision.verdict {
            Verdict::Defer { look_again_ms, .. } => {
                !run.is_suspended || run.wants_place.is_some() || run.look_again_ms != Some(look_again_ms)
            }
            Verdict::Execute(_) if run.is_suspended => run.wants_place.is_none(),
            Verdict::Execute(_) => run.look_again_ms != next_ms,
        }
    }
}
