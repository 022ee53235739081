//! A thousand schedules that are due in the same second: all fire, each once, and the server answers others meanwhile.

use crate::served::{Place, Server};
use crate::stopwatch::timed;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::thread::{scope, sleep};
use std::time::Duration;

const SCHEDULES: usize = 1_000;
/// Clients that set them at once.
const CLIENTS: usize = 8;
/// How long setting all of them may take at first; where it takes longer, others are set with twice the time.
const AHEAD_S: i64 = 8;
/// Others may wait so long at most while they fire.
const PATIENCE: Duration = Duration::from_secs(5);
/// The last one fires within it.
const LAST_FIRES_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// Has all of them be due at a moment that is still to come when the last one is set. Says with what their names begin.
fn set_all(server: &Server) -> (Timestamp, String) {
    let mut ahead_s = AHEAD_S;
    loop {
        let moment = Timestamp::from_second(Timestamp::now().as_second() + ahead_s).expect("a moment");
        let at = moment.strftime("%-S %-M %-H %-d %-m *").to_string();
        let prefix = format!("of-{ahead_s}-");
        scope(|scope| {
            for client in 0..CLIENTS {
                let (at, prefix) = (&at, &prefix);
                scope.spawn(move || {
                    for number in (client..SCHEDULES).step_by(CLIENTS) {
                        let body = json!({
                            "name": format!("{prefix}{number}"), "at": at, "definition": "tasks: [{id: one}]",
                        });
                        let (status, answer) = server.post("/v1/schedules", &body.to_string());
                        assert_eq!(status, 201, "{answer}");
                    }
                });
            }
        });
        if Timestamp::now() < moment - 1.second() {
            return (moment, prefix);
        }
        ahead_s *= 2;
    }
}

/// The schedules whose names begin so.
fn schedules(server: &Server, prefix: &str) -> Vec<Value> {
    let is_meant = |one: &Value| one["name"].as_str().is_some_and(|name| name.starts_with(prefix));
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("/v1/schedules?limit=200{after}"));
        all.extend(page["schedules"].as_array().expect("a list").clone());
        match page["next_after"].as_str() {
            Some(name) => after = format!("&after={name}"),
            None => {
                all.retain(is_meant);
                return all;
            }
        }
    }
}

#[test]
fn a_thousand_that_are_due_in_one_second_fire_once_each() {
    let place = Place::new();
    let server = place.serve();
    let (moment, prefix) = set_all(&server);
    let left = Duration::try_from(moment.duration_since(Timestamp::now())).unwrap_or_default();
    sleep(left);
    // Somebody else submits and reads until the last one has fired.
    let (mut asked, mut longest) = (0_u32, Duration::ZERO);
    let fired = loop {
        let took = timed(|| {
            server.run("true");
            server.get("/v1/workflows?limit=10");
        });
        longest = longest.max(took);
        asked += 1;
        let fired = schedules(&server, &prefix);
        if fired.iter().all(|one| one["fired"] == 1) {
            break fired;
        }
        assert!(Timestamp::now().duration_since(moment) < LAST_FIRES_WITHIN, "they do not fire");
    };
    assert_eq!(fired.len(), SCHEDULES);
    let recorded = |one: &Value| -> Timestamp {
        one["recent"][0]["recorded"]["time"].as_str().expect("a time").parse().expect("a time")
    };
    let last = fired.iter().map(recorded).max().expect("some");
    let took = last.duration_since(moment);
    let others = longest.as_millis();
    println!("the last of {SCHEDULES} fired {took:#} later; {asked} others waited {others} ms at most");
    assert!(longest < PATIENCE, "others waited {longest:?}");
    let listed = server.get(&format!("/v1/workflows?limit=1000&label=schedule_moment:{moment}"));
    let runs = listed["workflows"].as_array().expect("a list");
    let of: BTreeSet<&str> = runs.iter().filter_map(|run| run["labels"]["schedule"].as_str()).collect();
    assert_eq!((runs.len(), of.len(), &listed["next_cursor"]), (SCHEDULES, SCHEDULES, &Value::Null));
    server.stop();
}
