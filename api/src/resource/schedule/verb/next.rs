//! `triad schedule next`: what an expression means, found out here.

use super::super::timing::rules;
use super::shown::{columns, faulty};
use crate::clock::now_us;
use crate::failure::Failure;
use crate::output::Output;
use clap::{Args, ValueEnum};
use serde_json::json;
use triad_calendar::{LATEST_MS, Timing, ZONES_VERSION};
use triad_event::schedules::{Fold, Gap};

/// Moments that are shown at most: more is a program's business.
const COUNT_MAX: u64 = 10_000;

/// When something is to fire.
#[derive(Debug, Args)]
pub(super) struct TimingOptions {
    /// The time zone in which the expression is read; UTC without one.
    #[arg(long, value_name = "ZONE")]
    pub(super) zone: Option<String>,
    /// For a time that the clock leaves out.
    #[arg(long, value_enum, default_value_t = GapOption::Shift)]
    pub(super) gap: GapOption,
    /// For a time that the clock shows twice.
    #[arg(long, value_enum, default_value_t = FoldOption::First)]
    pub(super) fold: FoldOption,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GapOption {
    /// The first moment after it.
    Shift,
    /// Not at all.
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FoldOption {
    /// The first time.
    First,
    /// The second time.
    Last,
}

#[derive(Debug, Args)]
pub(in crate::resource::schedule) struct NextOptions {
    /// The expression.
    #[arg(value_name = "EXPRESSION")]
    expression: String,
    #[command(flatten)]
    timing: TimingOptions,
    /// How many moments.
    #[arg(long, default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=COUNT_MAX))]
    count: u64,
    /// Moments after this one, with its offset; now without one.
    #[arg(long, value_name = "TIME")]
    after: Option<String>,
}

impl TimingOptions {
    /// The timing, or what is wrong with it, with a caret under its place.
    pub(super) fn read(&self, expression: &str) -> Result<Timing, Failure> {
        let gap = match self.gap {
            GapOption::Shift => Gap::Shift,
            GapOption::Skip => Gap::Skip,
        };
        let fold = match self.fold {
            FoldOption::First => Fold::First,
            FoldOption::Last => Fold::Last,
        };
        let zone = self.zone.as_deref();
        Timing::parse(expression, zone, rules(gap, fold)).map_err(|fault| faulty(expression, zone, &fault))
    }
}

pub(super) fn run(options: &NextOptions, output: &Output) -> Result<(), Failure> {
    let timing = options.timing.read(&options.expression)?;
    let after_ms = match &options.after {
        None => now_us().div_euclid(1000),
        Some(text) => {
            let read: Result<jiff::Timestamp, _> = text.parse();
            let wrong =
                |_| Failure::usage("--after is a moment with its offset, such as 2026-10-24T00:00:00+02:00");
            read.map(jiff::Timestamp::as_millisecond).map_err(wrong)?
        }
    };
    let count = usize::try_from(options.count).unwrap_or(usize::MAX);
    let mut is_empty = true;
    for moment_ms in timing.firings(after_ms, LATEST_MS, count) {
        is_empty = false;
        let (moment, local) = (crate::clock::show(moment_ms.saturating_mul(1000)), timing.local(moment_ms));
        output.result(|| columns(&moment, &local), || json!({ "moment": moment, "local": local }))?;
    }
    if is_empty {
        return Err(Failure::refused("it names no moment: its rules skip all that there is"));
    }
    output.note(&format!("{}, time zones of {ZONES_VERSION}", timing.zone()));
    Ok(())
}
