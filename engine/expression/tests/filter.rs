//! Filters over events.

use serde_json::json;
use std::path::Path;
use triad_expression::{ask_filter, check_filter};

fn holds(filter: &str) -> Option<Vec<bool>> {
    let events = [
        json!({ "kind": "dag.task_failed", "outcome": "FAILURE", "payload": { "task": 3 } }),
        json!({ "kind": "alerts.alert_raised", "outcome": "NONE", "payload": { "alert": "VaultDegraded" } }),
    ];
    ask_filter(Path::new(env!("CARGO_BIN_EXE_evaluate")), filter, &events).ok()
}

#[test]
fn a_filter_says_of_which_events_it_holds() {
    for (filter, expected) in [
        ("event.outcome == 'FAILURE'", Some(vec![true, false])),
        ("true", Some(vec![true, true])),
        ("has(event.payload.task) && event.payload.task > 2 // the third", Some(vec![true, false])),
        ("event.kind.startsWith('alerts.')", Some(vec![false, true])),
        // What is not there of one of them answers for none.
        ("event.payload.task > 2", None),
    ] {
        assert_eq!(check_filter(filter), Ok(()), "{filter}");
        assert_eq!(holds(filter), expected, "{filter}");
    }
}

#[test]
fn what_is_no_filter_is_said_with_its_place() {
    for (filter, part, place) in [
        ("event.", "", Some(2)),
        ("inputs.other == 1", "other", Some(1)),
        ("env.HOME == ''", "env", Some(1)),
        ("event.kind ==\n  nobody()", "nobody", Some(2)),
        ("'a text'", "", None),
    ] {
        let fault = check_filter(filter).expect_err(filter);
        assert!(fault.message.contains(part), "{filter}: {fault}");
        if let Some(line) = place {
            assert!(fault.place.is_none_or(|(at, _)| at <= line), "{filter}: {fault:?}");
        }
    }
}
