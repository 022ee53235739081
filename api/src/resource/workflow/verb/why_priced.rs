//! Why a task waits for a price or went on by one, in sentences.

use super::why_cost::{dollars, price};
use super::why_weighed;
use crate::client::text::{plain, text};
use crate::resource::price::usd;
use serde_json::Value;

/// Of a task that waits: what electricity costs, what it waits for, and until when.
pub(super) fn waits_for_price(deferral: &Value) -> String {
    let latest = text(&deferral["last_safe_start"]);
    let again = text(&deferral["look_again"]);
    let takes = takes(deferral).map(|takes| format!(" {takes}")).unwrap_or_default();
    let ends = |in_any_case: &str| {
        format!("It is looked at again at {again}, and runs at {latest} {in_any_case}.{takes}")
    };
    if let Some(waits) = why_weighed::waits(deferral) {
        let latest = format!("It runs at {latest} in any case, to be done in time.");
        return format!("{waits} {latest}{takes}");
    }
    let price = price(deferral);
    match (deferral["reason"].as_str(), price) {
        (Some("CHEAPER_LATER"), _) => {
            let plan = &deferral["plan"];
            let (start, mean) = (text(&plan["start"]), dollars(&plan["mean_micro_usd_per_kwh"]));
            let now = dollars(&plan["now_micro_usd_per_kwh"]);
            let latest = format!("It runs at {latest} whatever the price, to be done in time.");
            let waits = format!(
                "It waits until {start}, because running then is expected to cost {mean} a kilowatt hour instead of {now} now."
            );
            format!("{waits}{} {latest}{takes}", forecast(plan))
        }
        (Some("ABOVE_THRESHOLD"), Some(price)) => format!(
            "It waits for cheaper electricity: a kilowatt hour costs {price}, and what later hours cost is not known. {} {}",
            threshold(&deferral["threshold"]),
            ends("whatever the price")
        ),
        (_, Some(price)) => format!(
            "It waits for cheaper electricity: a kilowatt hour costs {price}, and may cost {} for it. {}",
            dollars(&deferral["bid_micro_usd_per_kwh"]),
            ends("whatever the price")
        ),
        (_, None) => {
            let bid = deferral["bid_micro_usd_per_kwh"].is_i64();
            let may = bid.then(|| {
                format!(
                    ", and a kilowatt hour may cost {} for it",
                    dollars(&deferral["bid_micro_usd_per_kwh"])
                )
            });
            format!(
                "It waits for a price: none counts at present{}. {}",
                may.unwrap_or_default(),
                ends("in any case")
            )
        }
    }
}

/// That a plan rests on what nobody has published.
fn forecast(plan: &Value) -> &'static str {
    // Moments are written alike, so that their order is that of their letters.
    match (plan["start"].as_str(), plan["known_until"].as_str()) {
        (Some(start), Some(known)) if known <= start => {
            " That is a forecast: no price of that time is published yet."
        }
        _ => "",
    }
}

fn threshold(threshold: &Value) -> String {
    let price = dollars(&threshold["max_micro_usd_per_kwh"]);
    match threshold["ratio_max_ppm"].as_u64().map(|ppm| ppm.div_ceil(10_000)) {
        Some(hundredths) => format!(
            "It runs at {price} or less: so it pays at most {}.{:02} times the least that was possible, as long as prices keep \
             their bounds.",
            hundredths / 100,
            hundredths % 100
        ),
        None => format!("It runs at {price} or less."),
    }
}

/// How long the task takes, where its own runs say so.
fn takes(deferral: &Value) -> Option<String> {
    let estimate = &deferral["estimate"];
    let runs = estimate["usual"]["runs"].as_u64().filter(|runs| *runs > 0)?;
    let (usual, longest) = (span(&estimate["usual"]), span(&estimate["longest"]));
    let runs = if runs == 1 { "one earlier run".to_owned() } else { format!("{runs} earlier runs") };
    Some(match estimate["longest"]["runs"].as_u64() {
        Some(1..) => format!("It takes about {usual} by {runs}, and seldom more than {longest}."),
        Some(0) | None => format!("It takes about {usual} by {runs}, and may take {longest}."),
    })
}

/// In the two greatest units that say something.
fn span(taken: &Value) -> String {
    let seconds = taken["duration_ms"].as_u64().unwrap_or(0).div_ceil(1000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{} min", seconds.div_ceil(60)),
        (_, 0) => format!("{hours} h"),
        (_, _) => format!("{hours} h {minutes} min"),
    }
}

/// Of a task that ran: why it did at that price.
pub(super) fn by_price(task: &Value, urgency: &Value) -> Option<String> {
    let deferral = &task["deferral"];
    let urgency = task["priority"].as_str().or(urgency.as_str());
    let Some(why) = deferral["released"].as_str() else {
        return (urgency == Some("CRITICAL"))
            .then(|| "It is critical, and what is critical waits for no price.".to_owned());
    };
    let bid = deferral["bid_micro_usd_per_kwh"].as_i64().map(|bid| format!("{} USD", usd(bid)));
    let cost = why_weighed::cost(deferral)
        .or_else(|| price(deferral).map(|price| format!("a kilowatt hour cost {price}")));
    let cost = cost.unwrap_or_else(|| "no price counted".to_owned());
    let is_weighed = why_weighed::is_decided_by_carbon(deferral);
    let since =
        deferral["since"]["time"].as_str().map(|since| format!("It waited since {} and", plain(since)));
    let went = since.unwrap_or_else(|| "It".to_owned());
    let at = text(&deferral["decided"]["time"]);
    // Whoever waits for something else yet is not under way.
    let goes = if task["status"] == "READY" { "was let go" } else { "went on" };
    let went = format!("{went} {goes} at {at}");
    Some(match (why, bid) {
        ("WITHIN_BID", Some(bid)) => format!("{went}, when {cost}: that is within its bid of {bid}."),
        ("LAST_SAFE_START", bid) => {
            let is_within =
                deferral["bid_micro_usd_per_kwh"].as_i64() >= deferral["price"]["micro_usd_per_kwh"].as_i64();
            if bid.is_some() && !deferral["price"].is_null() && is_within {
                return Some(format!("{went}, when {cost}: its deadline left it no more time to wait in."));
            }
            let bid = bid.map(|bid| format!(" and its bid is {bid}")).unwrap_or_default();
            if deferral["since"].is_null() {
                return Some(format!(
                    "{went}, although {cost}{bid}: its deadline leaves it no time to wait in. A timeout_seconds that is nearer to \
                     what it takes leaves more."
                ));
            }
            format!(
                "{went}, although {cost}{bid}: it had waited for as long as it may, so as not to be late."
            )
        }
        ("NO_PRICE", _) => format!("{went}, because {cost}, and then tasks run."),
        ("NO_SOURCE", _) => format!("{went}, because prices come from nowhere any more."),
        ("CHEAPEST_NOW", _) if is_weighed => {
            format!("{went}, when {cost}: no later time that it had was expected to be better.")
        }
        ("CHEAPEST_NOW", _) => {
            format!("{went}, when {cost}: no later time that it had was expected to be cheaper.")
        }
        ("NOT_WORTH_WAITING", _) => {
            format!("{went}, when {cost}: a later time would have saved next to nothing.")
        }
        ("WITHIN_THRESHOLD", _) => format!("{went}, when {cost}. {}", threshold_met(&deferral["threshold"])),
        ("NO_SLOT_TO_SPARE", _) => {
            format!("{went}, although {cost}: no time was left to it in which another price could come.")
        }
        (other, _) => format!("{went}: {}.", plain(other).to_lowercase().replace('_', " ")),
    })
}

fn threshold_met(threshold: &Value) -> String {
    let price = dollars(&threshold["max_micro_usd_per_kwh"]);
    format!("What later hours would cost was not known, and {price} or less was cheap enough.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_task_that_waits_for_a_cheaper_time_says_when_and_what_it_saves() {
        let runs = |minutes: u64, runs: u64| json!({ "duration_ms": minutes * 60_000, "runs": runs });
        let mut deferral = json!({
            "reason": "CHEAPER_LATER", "waits_for": "CHEAPEST", "bid_micro_usd_per_kwh": null,
            "price": { "micro_usd_per_kwh": 190_000, "from": "PUBLISHED" },
            "look_again": "2026-12-24T02:00:00Z", "last_safe_start": "2026-12-24T05:10:00Z",
            "plan": {
                "start": "2026-12-24T02:00:00Z", "mean_micro_usd_per_kwh": 80_000, "now_micro_usd_per_kwh": 190_000,
                "known_until": "2026-12-24T23:00:00Z",
            },
            "estimate": { "usual": runs(25, 14), "longest": runs(49, 14) },
        });
        let plan = "It waits until 2026-12-24T02:00:00Z, because running then is expected to cost 0.08 USD a kilowatt \
            hour instead of 0.19 USD now.";
        let latest = "It runs at 2026-12-24T05:10:00Z whatever the price, to be done in time.";
        let takes = "It takes about 25 min by 14 earlier runs, and seldom more than 49 min.";
        assert_eq!(waits_for_price(&deferral), format!("{plan} {latest} {takes}"));
        deferral["estimate"] = json!({ "usual": runs(60, 1), "longest": runs(90, 0) });
        deferral["plan"]["known_until"] = json!("2026-12-24T02:00:00Z");
        let forecast = "That is a forecast: no price of that time is published yet.";
        let takes = "It takes about 1 h by one earlier run, and may take 1 h 30 min.";
        assert_eq!(waits_for_price(&deferral), format!("{plan} {forecast} {latest} {takes}"));
    }

    #[test]
    fn a_task_that_is_decided_by_a_threshold_says_what_is_promised() {
        let mut deferral = json!({
            "reason": "ABOVE_THRESHOLD", "price": { "micro_usd_per_kwh": 200_000, "from": "PUBLISHED" },
            "look_again": "2026-12-24T02:00:00Z", "last_safe_start": "2026-12-24T05:10:00Z",
            "threshold": { "max_micro_usd_per_kwh": 173_205, "ratio_max_ppm": 3_464_104 },
        });
        let waits = "It waits for cheaper electricity: a kilowatt hour costs 0.20 USD, and what later hours cost is \
            not known. It runs at 0.173205 USD or less";
        let ends = "It is looked at again at 2026-12-24T02:00:00Z, and runs at 2026-12-24T05:10:00Z whatever the price.";
        let ratio =
            "so it pays at most 3.47 times the least that was possible, as long as prices keep their bounds.";
        assert_eq!(waits_for_price(&deferral), format!("{waits}: {ratio} {ends}"));
        deferral["threshold"]["ratio_max_ppm"] = Value::Null;
        assert_eq!(waits_for_price(&deferral), format!("{waits}. {ends}"));
    }

    #[test]
    fn a_task_that_went_on_says_why_then() {
        let rows = [
            (
                "CHEAPEST_NOW",
                ", when a kilowatt hour cost 0.05 USD: no later time that it had was expected to be cheaper.",
            ),
            (
                "WITHIN_THRESHOLD",
                ", when a kilowatt hour cost 0.05 USD. What later hours would cost was not known, and 0.10 USD or less \
                was cheap enough.",
            ),
            (
                "LAST_SAFE_START",
                ", although a kilowatt hour cost 0.05 USD: its deadline leaves it no time to wait in. A timeout_seconds that is \
                nearer to what it takes leaves more.",
            ),
            (
                "NO_SLOT_TO_SPARE",
                ", although a kilowatt hour cost 0.05 USD: no time was left to it in which another price could come.",
            ),
        ];
        for (why, expected) in rows {
            let deferral = json!({
                "released": why, "price": { "micro_usd_per_kwh": 50_000, "from": "PUBLISHED" },
                "threshold": { "max_micro_usd_per_kwh": 100_000 }, "decided": { "time": "2026-12-24T02:00:00Z" },
            });
            let found = by_price(&json!({ "deferral": deferral }), &Value::Null);
            assert_eq!(found, Some(format!("It went on at 2026-12-24T02:00:00Z{expected}")));
        }
    }
}
