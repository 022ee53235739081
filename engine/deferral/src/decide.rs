//! Whether a task runs now or is deferred.

use crate::bounds::quantile;
use crate::curve::PriceCurve;
use crate::decision::{Decision, DeferReason, ExecuteReason, Price, Source, Verdict};
use crate::limits::STEPS_MAX;
use crate::outlook::Outlook;
use crate::plan::{Plan, plan};
use crate::queue::Priority;
use crate::task::{Aim, Form, Method, Missing, Rules, Task};
use crate::threshold::{Standing, Threshold};

/// Decides whether a task runs now or is looked at again later. It depends on what it is given and on nothing else.
///
/// In this order: a critical task runs; what runs in one piece goes on; at the last safe start every task runs. Without a
/// price the rules say what happens. Otherwise the task's aim decides, which for a bid is: above it defer, else execute.
pub fn decide(task: &Task, curve: &PriceCurve, rules: &Rules<'_>, now_ms: i64) -> Decision {
    decide_by(task, curve, None, rules, now_ms)
}

/// The same for one of many tasks that are decided at one moment: what is expected, which is the dear part of a plan, is made
/// once for all of them. An outlook of another moment, or one that ends too early, is not taken.
pub fn decide_by(
    task: &Task,
    curve: &PriceCurve,
    outlook: Option<&Outlook>,
    rules: &Rules<'_>,
    now_ms: i64,
) -> Decision {
    let last_safe_start_ms = task.last_safe_start_ms();
    let price = present_price(curve, rules, now_ms);
    let case = Case { task, curve, outlook, rules, now_ms, last_safe_start_ms };
    let verdict = case.forced().unwrap_or_else(|| match price {
        None if rules.missing == Missing::RunNow => Verdict::Execute(ExecuteReason::NoPrice),
        None => case.defer(DeferReason::NoPrice, case.next_price_ms()),
        Some(price) => case.by_aim(price.micro_per_kwh),
    });
    Decision { verdict, price, last_safe_start_ms }
}

struct Case<'a> {
    task: &'a Task,
    curve: &'a PriceCurve,
    outlook: Option<&'a Outlook>,
    rules: &'a Rules<'a>,
    now_ms: i64,
    last_safe_start_ms: i64,
}

impl Case<'_> {
    /// What is decided whatever the price.
    fn forced(&self) -> Option<Verdict> {
        let reason = if self.task.priority == Priority::Critical {
            ExecuteReason::Critical
        } else if self.task.is_running && self.task.form == Form::Contiguous {
            ExecuteReason::AlreadyRunning
        } else if self.now_ms >= self.last_safe_start_ms {
            ExecuteReason::LastSafeStart
        } else {
            return None;
        };
        Some(Verdict::Execute(reason))
    }

    fn by_aim(&self, price: i64) -> Verdict {
        match (self.task.aim, self.rules.method) {
            (Aim::Bid { max_bid_micro_per_kwh }, _) => self.by_bid(price, max_bid_micro_per_kwh),
            (Aim::BidOrCheapest { max_bid_micro_per_kwh }, _) => {
                self.by_bid_or_plan(price, max_bid_micro_per_kwh)
            }
            (Aim::Cheapest, Method::Curve) => self.by_plan(),
            (Aim::Cheapest, Method::Threshold { threshold, slot_ms }) => {
                self.by_threshold(price, threshold, slot_ms)
            }
        }
    }

    fn by_bid(&self, price: i64, max_bid_micro_per_kwh: i64) -> Verdict {
        if price <= max_bid_micro_per_kwh {
            return Verdict::Execute(ExecuteReason::WithinBid { max_bid_micro_per_kwh });
        }
        let reason = DeferReason::AboveBid { max_bid_micro_per_kwh };
        self.defer(reason, self.next_within_bid_ms(max_bid_micro_per_kwh))
    }

    fn by_bid_or_plan(&self, price: i64, max_bid_micro_per_kwh: i64) -> Verdict {
        let by_bid = self.by_bid(price, max_bid_micro_per_kwh);
        let Verdict::Defer { reason, look_again_ms } = by_bid else { return by_bid };
        match plan(self.task, self.curve, self.outlook, self.now_ms) {
            Some(plan) if self.is_worth(plan.mean_micro_per_kwh, plan.last_mean_micro_per_kwh) => {
                if plan.start_ms <= self.now_ms {
                    return Verdict::Execute(cheapest_now(&plan));
                }
                Verdict::Defer { reason, look_again_ms: look_again_ms.min(plan.start_ms) }
            }
            Some(_) | None => by_bid,
        }
    }

    fn by_plan(&self) -> Verdict {
        let Some(plan) = plan(self.task, self.curve, self.outlook, self.now_ms) else {
            return self.defer(DeferReason::NoPrice, self.next_price_ms());
        };
        if plan.start_ms <= self.now_ms {
            return Verdict::Execute(cheapest_now(&plan));
        }
        let saving = plan.now_mean_micro_per_kwh.abs_diff(plan.mean_micro_per_kwh);
        if !self.is_worth(plan.mean_micro_per_kwh, plan.now_mean_micro_per_kwh) {
            return Verdict::Execute(ExecuteReason::NotWorthWaiting {
                saving_micro_per_kwh: saving,
                least_saving_micro_per_kwh: self.rules.least_saving_micro_per_kwh,
            });
        }
        let reason = DeferReason::CheaperLater {
            start_ms: plan.start_ms,
            mean_micro_per_kwh: plan.mean_micro_per_kwh,
            now_mean_micro_per_kwh: plan.now_mean_micro_per_kwh,
            known_until_ms: plan.known_until_ms,
        };
        self.defer(reason, Some(plan.start_ms))
    }

    /// Whether the lower of two mean prices is below the other by more than nothing, and by as much as the rules want.
    fn is_worth(&self, mean: i64, other: i64) -> bool {
        mean < other && other.abs_diff(mean) >= self.rules.least_saving_micro_per_kwh
    }

    fn by_threshold(&self, price: i64, threshold: &Threshold, slot_ms: u64) -> Verdict {
        let slot_ms = slot_ms.max(1);
        let left_ms =
            self.task.deadline_ms.saturating_sub_unsigned(self.task.margin_ms).abs_diff(self.now_ms);
        let slots_left = u32::try_from(left_ms / slot_ms).unwrap_or(u32::MAX);
        let Task { slots_run, is_running, .. } = *self.task;
        let Some(price_max_micro_per_kwh) = threshold.price_max_micro_per_kwh(slots_run, is_running) else {
            // More slots were run than the policy was made for: nothing is promised, and there is work left.
            return Verdict::Execute(ExecuteReason::NoSlotToSpare);
        };
        if price <= price_max_micro_per_kwh {
            return Verdict::Execute(ExecuteReason::WithinThreshold { price_max_micro_per_kwh });
        }
        if threshold.buys(Standing { slots_run, slots_left, is_running }, price) {
            return Verdict::Execute(ExecuteReason::NoSlotToSpare);
        }
        let next_ms = self.now_ms.saturating_add_unsigned(slot_ms);
        self.defer(DeferReason::AboveThreshold { price_max_micro_per_kwh }, Some(next_ms))
    }

    /// A look at the moment that is wanted, and before that where something becomes known; at the last safe start at the
    /// latest.
    fn defer(&self, reason: DeferReason, wanted_ms: Option<i64>) -> Verdict {
        let soon_ms = self.now_ms.saturating_add_unsigned(self.rules.look_again_ms.max(1));
        let publication_ms = self.rules.next_publication_ms.filter(|at_ms| *at_ms > self.now_ms);
        let wanted_ms = wanted_ms.filter(|at_ms| *at_ms > self.now_ms).unwrap_or(soon_ms);
        let look_again_ms = wanted_ms.min(publication_ms.unwrap_or(wanted_ms)).min(self.last_safe_start_ms);
        Verdict::Defer { reason, look_again_ms }
    }

    fn next_price_ms(&self) -> Option<i64> {
        self.curve.after(self.now_ms).next().map(|piece| piece.start_ms)
    }

    fn next_within_bid_ms(&self, max_bid: i64) -> Option<i64> {
        let mut pieces =
            self.curve.after(self.now_ms).take_while(|piece| piece.start_ms < self.last_safe_start_ms);
        let within = pieces.find(|piece| piece.price_micro_per_kwh <= max_bid).map(|piece| piece.start_ms);
        // Beyond what is known a price within the bid may be published, which is a change that tasks are looked at for.
        within.or(self.curve.known_until_ms())
    }
}

fn cheapest_now(plan: &Plan) -> ExecuteReason {
    let Plan { mean_micro_per_kwh, until_ms, known_until_ms, .. } = *plan;
    ExecuteReason::CheapestNow { mean_micro_per_kwh, until_ms, known_until_ms }
}

/// The price of this moment, or what the rules take for it.
fn present_price(curve: &PriceCurve, rules: &Rules<'_>, now_ms: i64) -> Option<Price> {
    let last = curve.last_begun(now_ms);
    let age_ms = |published_ms: i64| now_ms.abs_diff(published_ms.min(now_ms));
    if let Some(piece) = last.filter(|piece| now_ms < piece.end_ms) {
        let age_ms = age_ms(piece.published_ms);
        if rules.price_age_ms_max.is_none_or(|max| age_ms <= max) {
            let source = Source::Published { age_ms };
            return Some(Price { micro_per_kwh: piece.price_micro_per_kwh, source });
        }
    }
    match rules.missing {
        Missing::RunNow | Missing::Wait => None,
        Missing::LastKnown { for_ms } => {
            let piece = last?;
            let too_old_ms =
                rules.price_age_ms_max.map(|max| piece.published_ms.saturating_add_unsigned(max));
            let valid_until_ms = piece.end_ms.min(too_old_ms.unwrap_or(i64::MAX));
            let is_taken = now_ms <= valid_until_ms.saturating_add_unsigned(for_ms);
            let source = Source::LastKnown { age_ms: age_ms(piece.published_ms) };
            is_taken.then_some(Price { micro_per_kwh: piece.price_micro_per_kwh, source })
        }
        Missing::Typical { quantile_ppm, history_ms } => {
            let pieces = curve.within(now_ms.saturating_sub_unsigned(history_ms), now_ms).take(STEPS_MAX);
            let mut prices: Vec<i64> = pieces.map(|piece| piece.price_micro_per_kwh).collect();
            prices.sort_unstable();
            let source = Source::Typical { prices: u32::try_from(prices.len()).unwrap_or(u32::MAX) };
            quantile(&prices, quantile_ppm).map(|price| Price { micro_per_kwh: *price, source })
        }
    }
}
