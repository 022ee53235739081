//! Schedules that would follow one another in a circle, each run beginning the next for ever.

use std::collections::{BTreeMap, VecDeque};

use triad_event::schedules::{After, Followed};

use super::state::State;

/// The circle that a schedule would close by following what it says, by the names on the way: it comes first and last.
pub(super) fn circle(state: &State, tenant: &str, name: &str, after: &After) -> Option<Vec<String>> {
    let mut all: BTreeMap<&str, &After> = BTreeMap::new();
    for (_, schedule) in state.schedules.iter().filter(|(_, schedule)| schedule.tenant == tenant) {
        if let Some(follows) = &schedule.follows {
            all.insert(&schedule.name, &follows.after);
        }
    }
    all.insert(name, after);
    let mut submitting: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (follower, after) in all.iter().filter(|(_, after)| !after.submits.is_empty()) {
        submitting.entry(&after.submits).or_default().push(follower);
    }
    // Each that is reached, with that from which it was.
    let mut reached: BTreeMap<&str, &str> = BTreeMap::new();
    let mut left = VecDeque::from([name]);
    while let Some(here) = left.pop_front() {
        let Some(after) = all.get(here) else { continue };
        let next = match after.followed {
            Followed::Schedule => vec![after.name.as_str()],
            Followed::Definition => submitting.get(after.name.as_str()).cloned().unwrap_or_else(Vec::new),
        };
        for one in next {
            if one == name {
                return Some(named(name, here, &reached));
            }
            if !reached.contains_key(one) {
                reached.insert(one, here);
                left.push_back(one);
            }
        }
    }
    None
}

/// The way to the last one, which closes the circle.
fn named(name: &str, last: &str, reached: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut way = vec![name.to_owned(), last.to_owned()];
    let mut here = last;
    while here != name {
        here = reached[here];
        way.push(here.to_owned());
    }
    way.reverse();
    way
}
