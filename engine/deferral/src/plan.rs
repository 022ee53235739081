//! The cheapest time for what is left of a task, by what is known and expected.

use crate::contiguous::{Start, cheapest_start};
use crate::curve::PriceCurve;
use crate::interruptible::{Window, cheapest_schedule};
use crate::limits::OUTLOOK_MS_MAX;
use crate::outlook::Outlook;
use crate::task::{Form, Task};

/// When a task is best run, made anew at every look: what was published since then changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// When it begins, or goes on.
    pub(crate) start_ms: i64,
    /// When it pauses or is done.
    pub(crate) until_ms: i64,
    /// The mean price of it, with what its starts cost.
    pub(crate) mean_micro_per_kwh: i64,
    /// The mean price of a run from now on in one piece, with what its start costs.
    pub(crate) now_mean_micro_per_kwh: i64,
    /// The mean price of a run from the last safe start on in one piece, with what its start costs.
    pub(crate) last_mean_micro_per_kwh: i64,
    /// Until when prices are known.
    pub(crate) known_until_ms: i64,
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planning {
    /// How long the task usually takes, which is no longer than when it takes long.
    pub duration_ms: i64,
    /// The last start that is looked at.
    pub latest_ms: i64,
    /// When a run from then on ends.
    pub until_ms: i64,
}

/// What a plan that is made at a moment looks at. `None` after the last safe start, or where the task is too long.
pub fn planning(task: &Task, now_ms: i64) -> Option<Planning> {
    let duration_ms = i64::try_from(task.plan_ms.min(task.safe_ms).max(1)).ok()?;
    let latest_ms =
        task.last_safe_start_ms().min(now_ms.saturating_add(OUTLOOK_MS_MAX).checked_sub(duration_ms)?);
    let until_ms = latest_ms.checked_add(duration_ms)?;
    (latest_ms >= now_ms).then_some(Planning { duration_ms, latest_ms, until_ms })
}

/// The plan of a task before its last safe start. `None` where nothing is known of prices, or the task is too long to look
/// at.
///
/// It is made for the duration that the task usually takes, and for starts up to the last one that is safe when it takes
/// long. What is expected is taken from an outlook that was made for this moment, where there is one that reaches far enough.
pub(crate) fn plan(task: &Task, curve: &PriceCurve, made: Option<&Outlook>, now_ms: i64) -> Option<Plan> {
    let Planning { duration_ms, latest_ms, until_ms } = planning(task, now_ms)?;
    let own;
    let outlook = match made.filter(|made| made.span_ms().0 == now_ms && until_ms <= made.span_ms().1) {
        Some(made) => made,
        None => {
            own = Outlook::of(curve, now_ms, until_ms)?;
            &own
        }
    };
    let (is_running, start_area) = match task.form {
        Form::Contiguous => (false, 0),
        Form::Interruptible { start_area } => (task.is_running, start_area),
    };
    let mean = |area: i128| i64::try_from(area.div_euclid(i128::from(duration_ms))).ok();
    let at = |start_ms: i64, is_start: bool| {
        let run = cheapest_start(outlook, start_ms, start_ms, duration_ms)?;
        mean(run.area + if is_start { i128::from(start_area) } else { 0 })
    };
    let (span_ms, area) = match task.form {
        Form::Contiguous => {
            let Start { start_ms, area } = cheapest_start(outlook, now_ms, latest_ms, duration_ms)?;
            ((start_ms, start_ms + duration_ms), area)
        }
        Form::Interruptible { .. } => {
            let window = Window { from_ms: now_ms, until_ms, duration_ms, start_area, is_running };
            let schedule = cheapest_schedule(outlook, &window)?;
            (*schedule.spans_ms.first()?, schedule.area)
        }
    };
    Some(Plan {
        start_ms: span_ms.0,
        until_ms: span_ms.1,
        mean_micro_per_kwh: mean(area)?,
        now_mean_micro_per_kwh: at(now_ms, !is_running)?,
        last_mean_micro_per_kwh: at(latest_ms, true)?,
        known_until_ms: curve.known_until_ms()?,
    })
}
