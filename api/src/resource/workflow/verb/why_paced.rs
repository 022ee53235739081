//! When a run that may be suspended ran and when it stood still, and why, in sentences.

use super::why_cost::{dollars, price};
use crate::client::text::{plain, text};
use serde_json::Value;

/// Stretches that a sentence names: the latest. What was before is counted.
const NAMED_MAX: usize = 4;

/// Of a run that was suspended: when it ran, and when it stood still for what reason. None of one that never was.
pub(super) fn stretches(task: &Value) -> Option<String> {
    let pacing = &task["pacing"];
    let stood = pacing["stood"].as_array().filter(|stood| !stood.is_empty())?;
    let mut from = text(&pacing["began"]);
    let mut told = Vec::new();
    for stood in stood {
        let (begins, reason) = (text(&stood["from"]), why(stood));
        let until = stood["until"].as_str().map(plain);
        let stands = match &until {
            Some(until) => format!("stood {begins} to {until}"),
            None => format!("has stood still since {begins}"),
        };
        told.push(format!("ran {from} to {begins}, {stands} because {reason}"));
        from = until.unwrap_or_default();
    }
    let all = pacing["suspensions"].as_u64().unwrap_or(0);
    let left_out = all.saturating_sub(told.len().min(NAMED_MAX) as u64);
    let before = (left_out > 0).then(|| format!("was suspended {left_out} times before, "));
    let named = told.split_off(told.len().saturating_sub(NAMED_MAX)).join(", ");
    Some(format!("It {}{named}.{}", before.unwrap_or_default(), goes_on(task, &from)))
}

/// What is to come of it, or came.
fn goes_on(task: &Value, from: &str) -> String {
    let pacing = &task["pacing"];
    if pacing["is_suspended"] == true {
        let (again, latest) = (text(&pacing["look_again"]), text(&pacing["last_safe_start"]));
        return format!(
            " It is looked at again at {again}, and goes on at {latest} in any case, to be done in time."
        );
    }
    match (task["status"].as_str(), pacing["look_again"].as_str()) {
        (Some("RUNNING"), Some(again)) => {
            format!(" Since {from} it runs, and is looked at again at {}.", plain(again))
        }
        (Some("RUNNING"), None) => format!(" Since {from} it runs, and is not suspended again."),
        _ => {
            let ended = task["ended"]["time"].as_str().map(|ended| format!(" to {}", plain(ended)));
            format!(" Then it ran from {from}{}.", ended.unwrap_or_default())
        }
    }
}

/// Why it stood still.
fn why(stood: &Value) -> String {
    let cost = price(stood);
    match (stood["reason"].as_str(), cost) {
        (Some("ABOVE_BID"), Some(cost)) => format!("a kilowatt hour cost {cost}, which is above its bid"),
        (Some("ABOVE_THRESHOLD"), Some(cost)) => {
            format!("a kilowatt hour cost {cost}, and cheaper ones could come")
        }
        (Some("CHEAPER_LATER"), Some(cost)) if stood["expected_micro_usd_per_kwh"].is_i64() => {
            let mean = dollars(&stood["expected_micro_usd_per_kwh"]);
            format!("a kilowatt hour cost {cost}, and what remained was expected to cost {mean} later")
        }
        (Some("CHEAPER_LATER"), Some(cost)) => {
            format!("a kilowatt hour cost {cost}, and a later time was expected to be better")
        }
        (Some("CHEAPER_LATER"), None) => "a later time was expected to be better".to_owned(),
        (Some("NO_PLACE"), _) => "it could have gone on, and no place was free".to_owned(),
        _ => "no price counted".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_says_when_it_ran_when_it_stood_still_and_why() {
        let mut task = json!({
            "status": "RUNNING",
            "pacing": {
                "is_suspended": true, "began": "02:00", "suspensions": 1, "look_again": "05:00",
                "last_safe_start": "07:00",
                "stood": [{
                    "from": "03:00", "until": null, "reason": "CHEAPER_LATER",
                    "price": { "micro_usd_per_kwh": 190_000, "from": "PUBLISHED" },
                    "expected_micro_usd_per_kwh": 80_000,
                }],
            },
        });
        let because =
            "because a kilowatt hour cost 0.19 USD, and what remained was expected to cost 0.08 USD later.";
        assert_eq!(
            stretches(&task),
            Some(format!(
                "It ran 02:00 to 03:00, has stood still since 03:00 {because} It is looked at again at 05:00, and goes on at \
                 07:00 in any case, to be done in time."
            ))
        );
        task["pacing"]["is_suspended"] = json!(false);
        task["pacing"]["stood"][0]["until"] = json!("05:00");
        assert_eq!(
            stretches(&task),
            Some(format!(
                "It ran 02:00 to 03:00, stood 03:00 to 05:00 {because} Since 05:00 it runs, and is looked at again at 05:00."
            ))
        );
        (task["status"], task["ended"]["time"]) = (json!("COMPLETED"), json!("06:00"));
        assert_eq!(
            stretches(&task),
            Some(format!(
                "It ran 02:00 to 03:00, stood 03:00 to 05:00 {because} Then it ran from 05:00 to 06:00."
            ))
        );
        assert_eq!(stretches(&json!({ "status": "RUNNING" })), None);
    }

    #[test]
    fn every_reason_has_words_and_many_suspensions_are_counted() {
        let stood = |reason: &str| {
            let price = json!({ "micro_usd_per_kwh": 190_000, "from": "PUBLISHED" });
            json!({ "from": "1", "until": "2", "reason": reason, "price": price })
        };
        let table = [
            ("ABOVE_BID", "a kilowatt hour cost 0.19 USD, which is above its bid"),
            ("ABOVE_THRESHOLD", "a kilowatt hour cost 0.19 USD, and cheaper ones could come"),
            ("CHEAPER_LATER", "a kilowatt hour cost 0.19 USD, and a later time was expected to be better"),
            ("NO_PLACE", "it could have gone on, and no place was free"),
            ("NO_PRICE", "no price counted"),
        ];
        for (reason, expected) in table {
            assert_eq!(why(&stood(reason)), expected);
        }
        let all: Vec<Value> = (0..6).map(|_| stood("ABOVE_BID")).collect();
        let task = json!({
            "status": "COMPLETED", "pacing": { "is_suspended": false, "began": "0", "suspensions": 9, "stood": all },
        });
        let told = stretches(&task).expect("it stood still");
        assert!(
            told.starts_with("It was suspended 5 times before, ran 2 to 1, stood 1 to 2 because"),
            "{told}"
        );
        assert_eq!(told.matches("stood").count(), NAMED_MAX);
    }
}
