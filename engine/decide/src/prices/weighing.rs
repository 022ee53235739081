//! Whether a task waits, asked of all that it is decided by: the bid, the price, and carbon intensity.

use std::borrow::Cow;
use std::collections::BTreeMap;

use triad_deferral::limits::OUTLOOK_MS_MAX;
use triad_deferral::{
    Aim, Decision, ExecuteReason, Outlook, Planning, Price, Rules, Verdict, decide_by, planning,
};
use triad_event::intake::Measure;
use triad_event::prices::{
    CarbonMeans, CarbonTaken, Optimised, OptimisedPlan, Planned, PriceMeans, PriceTaken, ThresholdTaken,
};
use triad_event::quantity::{MicroUsd, Milligrams};

use super::question::{Pace, Wants, Wish};
use super::recorded::{planned, taken};
use super::series::Series;
use super::state::{State, ms};
use crate::limits::LEAST_SAVING_WEIGHED_PPM;
use crate::plan::Weights;

/// What is decided, and what that rests on.
pub(crate) struct Answer {
    pub(crate) decision: Decision,
    /// The price that was taken for the present one.
    pub(crate) price: Option<Price>,
    /// Up to which price a task goes on where nothing but the present price is known.
    pub(crate) threshold: Option<ThresholdTaken>,
    /// What was weighed, of a task that waits for less carbon.
    pub(crate) optimised: Option<Optimised>,
}

/// What is expected, where it was made before.
#[derive(Default)]
pub(crate) struct Outlooks {
    price: Option<Outlook>,
    carbon: Option<Outlook>,
}

/// A moment at which it is asked of a task, and until when that may wait.
#[derive(Clone, Copy)]
struct Case<'a> {
    wants: &'a Wants,
    last_safe_start_ms: i64,
    now_ms: i64,
    made: &'a Outlooks,
}

impl State {
    /// Whether a task runs now or waits; none when all that it is decided by comes from nowhere.
    ///
    /// What has no source does not count. Of a task that waits for less carbon the bid goes first: above it nothing else is
    /// asked. Of what it weighs, what is not known at the moment does not count either, as long as something is.
    pub(crate) fn ask(
        &self,
        wants: &Wants,
        last_safe_start_ms: i64,
        now_ms: i64,
        made: &Outlooks,
    ) -> Option<Answer> {
        let case = Case { wants, last_safe_start_ms, now_ms, made };
        let answer = self.decide(case)?;
        Some(Answer { optimised: self.recorded(case, answer.optimised), ..answer })
    }

    fn decide(&self, case: Case<'_>) -> Option<Answer> {
        let Case { wants, now_ms, .. } = case;
        let Weights { price, carbon } = wants.weights;
        let by_prices = || if wants.concern(Measure::Price) { self.by_prices(case) } else { None };
        if carbon == 0 || self.carbon.source.is_none() {
            return by_prices();
        }
        let is_known = |series: &Series| series.present_or(wants.missing, now_ms).is_some();
        let has_price = price > 0 && is_known(&self.price);
        if has_price && !is_known(&self.carbon) {
            return Some(by_prices()?.sooner(&self.carbon, now_ms));
        }
        if let Some(answer) = self.above_bid(case) {
            return Some(answer);
        }
        match has_price {
            true => self.by_both(case),
            false if price > 0 => Some(self.by_carbon(case)?.sooner(&self.price, now_ms)),
            false => self.by_carbon(case),
        }
    }

    fn by_prices(&self, case: Case<'_>) -> Option<Answer> {
        let Case { wants, last_safe_start_ms, now_ms, made } = case;
        let wish = wants.of_prices();
        let (decision, threshold) = self.price.ask(&wish, last_safe_start_ms, now_ms, made.price.as_ref())?;
        Some(Answer { threshold, ..Answer::by(decision, decision.price, &[Measure::Price]) })
    }

    /// What the bid says where that is not that the task may go on.
    fn above_bid(&self, case: Case<'_>) -> Option<Answer> {
        let Case { wants, last_safe_start_ms, now_ms, .. } = case;
        wants.bid?;
        let (decision, _) = self.price.ask(&wants.of_bid(), last_safe_start_ms, now_ms, None)?;
        let may_go_on = matches!(
            decision.verdict,
            Verdict::Execute(ExecuteReason::WithinBid { .. } | ExecuteReason::NoPrice)
        );
        (!may_go_on).then(|| Answer::by(decision, decision.price, &[Measure::Price]))
    }

    fn by_carbon(&self, case: Case<'_>) -> Option<Answer> {
        let Case { wants, last_safe_start_ms, now_ms, made } = case;
        let (wish, window) = (wants.of_least(), window(case));
        let outlook = expected(&self.carbon, made.carbon.as_ref(), now_ms, window);
        let (decision, _) = self.carbon.ask(&wish, last_safe_start_ms, now_ms, outlook.as_deref())?;
        let by: &[Measure] = if decision.price.is_some() { &[Measure::Carbon] } else { &[] };
        let answer = Answer::by(decision, self.shown_price(case), by);
        Some(answer.planned(in_one_piece(wants, window), now_ms, None, outlook.as_deref()))
    }

    /// By both series as one, each divided by its mean over the window of the task.
    fn by_both(&self, case: Case<'_>) -> Option<Answer> {
        let Case { wants, last_safe_start_ms, now_ms, made } = case;
        let wish = Wish { least_saving: LEAST_SAVING_WEIGHED_PPM, ..wants.of_least() };
        let window = window(case);
        let price = expected(&self.price, made.price.as_ref(), now_ms, window);
        let carbon = expected(&self.carbon, made.carbon.as_ref(), now_ms, window);
        let (price, carbon) = (price.as_deref(), carbon.as_deref());
        let until_ms = window.map_or(now_ms, |window| window.until_ms);
        let parts = price
            .zip(carbon)
            .map(|(price, carbon)| [(price, wants.weights.price), (carbon, wants.weights.carbon)]);
        let weighed = parts.and_then(|parts| Outlook::weighed(&parts, now_ms, until_ms));
        let rules = |series: &Series| {
            let source = series.source.as_ref()?;
            Some(series.rules(source, &wish, last_safe_start_ms, now_ms))
        };
        let (of_price, of_carbon) = (rules(&self.price)?, rules(&self.carbon)?);
        // Where the first of them ends, it is looked at again, and a plan is a forecast from there on.
        let is_price_first = self.price.curve.0.known_until_ms() <= self.carbon.curve.0.known_until_ms();
        let (first, of_first) =
            if is_price_first { (&self.price, of_price) } else { (&self.carbon, of_carbon) };
        let ends = [of_price.next_publication_ms, of_carbon.next_publication_ms];
        let rules = Rules { next_publication_ms: ends.into_iter().flatten().min(), ..of_first };
        let task = wish.task(Aim::Cheapest, last_safe_start_ms, wish.longest.0);
        let decision = decide_by(&task, &first.curve.0, weighed.as_ref(), &rules, now_ms);
        let by = [Measure::Price, Measure::Carbon];
        let answer = Answer::by(decision, self.shown_price(case), &by);
        Some(answer.planned(in_one_piece(wants, window), now_ms, price, carbon))
    }

    /// The price beside what else decides, of a task that says something of prices.
    fn shown_price(&self, Case { wants, now_ms, .. }: Case<'_>) -> Option<Price> {
        wants.concern(Measure::Price).then(|| self.price.present_or(wants.missing, now_ms)).flatten()
    }

    /// What stands in the record of a task that waits for less carbon, whatever decided.
    fn recorded(&self, Case { wants, now_ms, .. }: Case<'_>, found: Option<Optimised>) -> Option<Optimised> {
        let carbon = || self.carbon.present_or(wants.missing, now_ms).map(taken).map(carbon_taken);
        let found = found.filter(|_| wants.weights.carbon > 0)?;
        Some(Optimised { weights: wants.weights.recorded(), carbon: carbon(), ..found })
    }
}

impl Answer {
    fn by(decision: Decision, price: Option<Price>, decided_by: &[Measure]) -> Self {
        let decided_by = decided_by.to_vec();
        let optimised = Optimised { weights: Vec::new(), decided_by, carbon: None, plan: None };
        Self { decision, price, threshold: None, optimised: Some(optimised) }
    }

    /// What the planned run has of each series, and what one has that begins now.
    fn planned(
        mut self,
        at: Option<Planning>,
        now_ms: i64,
        price: Option<&Outlook>,
        carbon: Option<&Outlook>,
    ) -> Self {
        let plan = planned(self.decision.verdict, now_ms).zip(at).and_then(|(planned, at)| {
            let Planned { start, known_until, .. } = planned;
            let mean = |outlook: &Outlook, from_ms: i64| outlook.mean(from_ms, from_ms + at.duration_ms);
            let means = |outlook: &Outlook| mean(outlook, ms(start)).zip(mean(outlook, now_ms));
            let (planned, now) = carbon.and_then(means)?;
            let carbon = CarbonMeans { planned: milligrams(planned), now: milligrams(now) };
            let price = price.and_then(means);
            let price =
                price.map(|(planned, now)| PriceMeans { planned: MicroUsd(planned), now: MicroUsd(now) });
            Some(OptimisedPlan { start, known_until, price, carbon })
        });
        if let Some(optimised) = &mut self.optimised {
            optimised.plan = plan;
        }
        self
    }

    /// A task that waits is looked at again when what does not count becomes known.
    fn sooner(mut self, series: &Series, now_ms: i64) -> Self {
        let next_ms = series.curve.0.after(now_ms).next().map(|piece| piece.start_ms);
        if let (Verdict::Defer { look_again_ms, .. }, Some(next_ms)) = (&mut self.decision.verdict, next_ms) {
            *look_again_ms = next_ms.min(*look_again_ms);
        }
        self
    }
}

/// The means of a plan are those of a run in one piece: of others none are stated.
fn in_one_piece(wants: &Wants, window: Option<Planning>) -> Option<Planning> {
    window.filter(|_| wants.pace == Pace::Whole)
}

/// The window of a task; none when it can wait no longer.
fn window(Case { wants, last_safe_start_ms, now_ms, .. }: Case<'_>) -> Option<Planning> {
    let wish = wants.of_least();
    planning(&wish.task(Aim::Cheapest, last_safe_start_ms, wish.longest.0), now_ms)
}

/// What is known and expected of a series in a window. What was made before is taken where it reaches far enough.
fn expected<'a>(
    series: &Series,
    made: Option<&'a Outlook>,
    now_ms: i64,
    window: Option<Planning>,
) -> Option<Cow<'a, Outlook>> {
    let until_ms = window?.until_ms;
    match made.filter(|made| until_ms <= made.span_ms().1) {
        Some(made) => Some(Cow::Borrowed(made)),
        None => Outlook::of(&series.curve.0, now_ms, until_ms).map(Cow::Owned),
    }
}

fn carbon_taken(PriceTaken { per_kwh, origin, age, of }: PriceTaken) -> CarbonTaken {
    CarbonTaken { per_kwh: milligrams(per_kwh.0), origin, age, of }
}

/// What is expected is never below what was published, except that a forecast moves what is usual down by how far the last day
/// lies below it.
fn milligrams(amount: i64) -> Milligrams {
    Milligrams(amount.max(0).unsigned_abs())
}

/// Looks at many tasks at one moment. What is expected is made once for all of them, and what tasks want that is the same is
/// decided once.
pub(super) struct Looks<'a> {
    state: &'a State,
    now_ms: i64,
    made: Outlooks,
    decided: BTreeMap<(Wants, i64), Option<i64>>,
}

impl<'a> Looks<'a> {
    pub(super) fn new(state: &'a State, now_ms: i64) -> Self {
        Self { state, now_ms, made: Outlooks::default(), decided: BTreeMap::new() }
    }

    /// When a task that waits is looked at again; none when it goes on.
    pub(super) fn look_again_ms(&mut self, wants: &Wants, last_safe_start_ms: i64) -> Option<i64> {
        if !wants.weights.is_any() {
            return self.decide(wants, last_safe_start_ms);
        }
        let asked = (*wants, last_safe_start_ms);
        if let Some(decided) = self.decided.get(&asked) {
            return *decided;
        }
        let until_ms = last_safe_start_ms.saturating_add_unsigned(wants.usual.0);
        if wants.weights.price > 0 {
            look_ahead(&self.state.price, &mut self.made.price, self.now_ms, until_ms);
        }
        if wants.weights.carbon > 0 {
            look_ahead(&self.state.carbon, &mut self.made.carbon, self.now_ms, until_ms);
        }
        let decided = self.decide(wants, last_safe_start_ms);
        self.decided.insert(asked, decided);
        decided
    }

    fn decide(&self, wants: &Wants, last_safe_start_ms: i64) -> Option<i64> {
        let answer =
            self.state.decide(Case { wants, last_safe_start_ms, now_ms: self.now_ms, made: &self.made })?;
        match answer.decision.verdict {
            Verdict::Defer { look_again_ms, .. } => Some(look_again_ms),
            Verdict::Execute(_) => None,
        }
    }
}

/// Looks as far as is asked for, and as far again, so that a task that looks a little further is no work.
fn look_ahead(series: &Series, made: &mut Option<Outlook>, now_ms: i64, until_ms: i64) {
    let needed_ms = until_ms.saturating_sub(now_ms).clamp(0, OUTLOOK_MS_MAX);
    let reached_ms = made.as_ref().map_or(now_ms, |outlook| outlook.span_ms().1);
    if reached_ms - now_ms < needed_ms {
        *made = Outlook::of(&series.curve.0, now_ms, now_ms + 2 * needed_ms);
    }
}
