//! Holds the promises of threshold policies against a series of prices, window by window, and ends with failure where one
//! is broken.
//!
//! Usage: `threshold_ratios FILE.csv [FEES]`, with the file of `deferral_savings` and what is paid per megawatt hour
//! besides. Bounds are the 5 % and 95 % quantiles of the first half; a task of four hours that may pause arrives in every
//! hour of the second one, for a day.

use std::process::ExitCode;
use triad_deferral::{Bounds, Threshold, WindowCost};

const SLOTS: u32 = 4;
const WINDOW: usize = 24;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let fees = arguments.nth(1).and_then(|fees| fees.parse::<f64>().ok()).unwrap_or(0.0);
    let text = std::env::args().nth(1).map(std::fs::read_to_string);
    let Some(Ok(text)) = text else {
        eprintln!("usage: threshold_ratios FILE.csv [FEES]");
        return ExitCode::from(2);
    };
    let fields = text.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.trim().parse::<f64>().ok());
    let prices: Vec<i64> = fields.map(|price| ((price + fees) * 1000.0).round() as i64).collect();
    let (before, after) = prices.split_at(prices.len() / 2);
    let Some(bounds) = Bounds::of_quantiles(before, 50_000, 950_000) else {
        eprintln!("the lower bound is not positive: no ratio is promised. Add what is paid besides.");
        return ExitCode::FAILURE;
    };
    println!(
        "{} to {} a megawatt hour",
        bounds.low_micro_per_kwh() / 1000,
        bounds.high_micro_per_kwh() / 1000
    );
    let switch = bounds.high_micro_per_kwh() / 20;
    let policies = [
        ("one search", Some(Threshold::one_search(bounds)), 1),
        ("k search", Threshold::k_search(bounds, SLOTS, 0), SLOTS),
        ("with switching", Threshold::k_search(bounds, SLOTS, switch), SLOTS),
    ];
    let mut is_kept = true;
    for (name, policy, slots) in policies {
        let Some(policy) = policy else { continue };
        is_kept &= measure(name, &policy, after, slots as usize);
    }
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what a policy comes to, and says whether its promise was kept in every window within its bounds.
fn measure(name: &str, policy: &Threshold, prices: &[i64], slots: usize) -> bool {
    let (mut within, mut outside, mut worst_ppm) = (0, 0, 0);
    let (mut at_once, mut paid, mut least) = (0, 0, 0);
    for window in prices.windows(WINDOW) {
        let Some(cost) = WindowCost::of(policy, window) else { continue };
        at_once += window.iter().take(slots).map(|price| i128::from(*price)).sum::<i128>();
        at_once += 2 * i128::from(policy.switch_micro_per_kwh());
        paid += cost.policy_micro;
        least += cost.least_micro;
        match cost.ratio_ppm().filter(|_| cost.is_within_bounds) {
            Some(ratio_ppm) => (within, worst_ppm) = (within + 1, ratio_ppm.max(worst_ppm)),
            None => outside += 1,
        }
    }
    let saved = |cost: i128| 100.0 * (at_once - cost) as f64 / at_once as f64;
    println!(
        "{name:>14}: promised {:.3}, worst {:.3} in {within} windows, {outside} outside; saved {:.1} of {:.1} %",
        policy.ratio_ppm() as f64 / 1e6,
        worst_ppm as f64 / 1e6,
        saved(paid),
        saved(least),
    );
    worst_ppm <= policy.ratio_ppm()
}
