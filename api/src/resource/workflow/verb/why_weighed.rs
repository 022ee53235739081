//! Why a task waits for less carbon or went on by it, in sentences.

use super::why_cost::{dollars, price};
use crate::client::text::text;
use crate::resource::carbon::grams;
use serde_json::Value;

/// Of a task that waits for less carbon, when that is what decided: until when, and what it has then.
pub(super) fn waits(deferral: &Value) -> Option<String> {
    if deferral["optimised"].is_null() || deferral["reason"] == "ABOVE_BID" {
        return None;
    }
    let plan = &deferral["optimised"]["plan"];
    if plan.is_null() {
        let is_unknown = deferral["reason"] == "NO_PRICE" && !is_decided_by_price(deferral);
        let again = text(&deferral["look_again"]);
        let waits = format!(
            "It waits for less carbon: neither that nor a price that it weighs is known at present. It is looked at \
                again at {again}."
        );
        return is_unknown.then_some(waits);
    }
    let (then, now) = (mass(&plan["mean_mg_per_kwh"]), mass(&plan["now_mg_per_kwh"]));
    let start = text(&plan["start"]);
    let price = plan["mean_micro_usd_per_kwh"].is_i64().then(|| {
        let (then, now) = (dollars(&plan["mean_micro_usd_per_kwh"]), dollars(&plan["now_micro_usd_per_kwh"]));
        format!(", and to cost {then} instead of {now}; both are weighed")
    });
    let price = price.unwrap_or_default();
    let forecast = match (plan["start"].as_str(), plan["known_until"].as_str()) {
        (Some(start), Some(known)) if known <= start => {
            " That is a forecast: not all of that time is published yet."
        }
        _ => "",
    };
    Some(format!(
        "It waits until {start}, when a kilowatt hour is expected to cause {then} instead of {now} of CO2e now{price}.{forecast}"
    ))
}

/// Whether what decided is carbon, alone or among others.
pub(super) fn is_decided_by_carbon(deferral: &Value) -> bool {
    decided_by(deferral, "CARBON")
}

fn is_decided_by_price(deferral: &Value) -> bool {
    decided_by(deferral, "PRICE")
}

fn decided_by(deferral: &Value, measure: &str) -> bool {
    deferral["optimised"]["decided_by"].as_array().into_iter().flatten().any(|by| by == measure)
}

/// What a kilowatt hour caused when a task went on that carbon decided of, and what it cost where that counted as well.
pub(super) fn cost(deferral: &Value) -> Option<String> {
    if !is_decided_by_carbon(deferral) {
        return None;
    }
    let carbon = &deferral["optimised"]["carbon"];
    let origin = match carbon["from"].as_str() {
        Some("LAST_KNOWN") => " (the last that is known)",
        Some("TYPICAL") => " (what is usual, since none is known)",
        Some(_) | None => "",
    };
    let caused = format!("a kilowatt hour caused {} of CO2e{origin}", mass(&carbon["mg_per_kwh"]));
    Some(match price(deferral) {
        Some(price) => format!("{caused} and cost {price}"),
        None => caused,
    })
}

fn mass(milligrams: &Value) -> String {
    milligrams.as_i64().map_or_else(|| "-".to_owned(), |milligrams| format!("{} g", grams(milligrams)))
}

#[cfg(test)]
mod tests {
    use super::super::why_priced::{by_price, waits_for_price};
    use super::*;
    use serde_json::json;

    fn plan(more: Value) -> Value {
        let mut plan = json!({
            "start": "2026-12-24T02:00:00Z", "known_until": "2026-12-24T23:00:00Z",
            "mean_mg_per_kwh": 120_000, "now_mg_per_kwh": 430_000,
        });
        plan.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        plan
    }

    #[test]
    fn a_task_that_waits_for_less_carbon_says_when_and_what_it_saves() {
        let mut deferral = json!({
            "reason": "CHEAPER_LATER", "look_again": "2026-12-24T02:00:00Z", "last_safe_start": "2026-12-24T05:10:00Z",
            "optimised": { "decided_by": ["CARBON"], "plan": plan(json!({})) },
        });
        let waits = "It waits until 2026-12-24T02:00:00Z, when a kilowatt hour is expected to cause 120 g instead \
            of 430 g of CO2e now";
        let ends = "It runs at 2026-12-24T05:10:00Z in any case, to be done in time.";
        assert_eq!(waits_for_price(&deferral), format!("{waits}. {ends}"));
        let cost = json!({ "mean_micro_usd_per_kwh": 80_000, "now_micro_usd_per_kwh": 190_000 });
        deferral["optimised"]["plan"] = plan(cost);
        deferral["optimised"]["plan"]["known_until"] = json!("2026-12-24T02:00:00Z");
        let both = ", and to cost 0.08 USD instead of 0.19 USD; both are weighed.";
        let forecast = "That is a forecast: not all of that time is published yet.";
        assert_eq!(waits_for_price(&deferral), format!("{waits}{both} {forecast} {ends}"));
        deferral = json!({
            "reason": "NO_PRICE", "look_again": "2026-12-24T02:00:00Z", "last_safe_start": "2026-12-24T05:10:00Z",
            "optimised": { "decided_by": [], "plan": null },
        });
        let waits = "It waits for less carbon: neither that nor a price that it weighs is known at present. It is \
            looked at again at \
            2026-12-24T02:00:00Z.";
        assert_eq!(waits_for_price(&deferral), format!("{waits} {ends}"));
    }

    #[test]
    fn a_task_that_went_on_says_what_it_caused() {
        let deferral = json!({
            "released": "CHEAPEST_NOW", "price": { "micro_usd_per_kwh": 50_000, "from": "PUBLISHED" },
            "optimised": { "decided_by": ["PRICE", "CARBON"], "carbon": { "mg_per_kwh": 120_500, "from": "LAST_KNOWN" } },
            "decided": { "time": "2026-12-24T02:00:00Z" },
        });
        let expected = "It went on at 2026-12-24T02:00:00Z, when a kilowatt hour caused 120.5 g of CO2e (the last \
            that is known) and \
            cost 0.05 USD: no later time that it had was expected to be better.";
        assert_eq!(by_price(&json!({ "deferral": deferral }), &Value::Null).as_deref(), Some(expected));
    }
}
