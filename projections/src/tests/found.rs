//! What workflows are found by: the same as if each were looked at.

use quickcheck::QuickCheck;
use triad_event::dag::WorkflowPhase;

use super::door::{chain, open};
use super::history::{History, id};
use super::random::Chance;
use crate::run_list::{FoundBy, Query, Summary};
use crate::{Host, Views};

const NAMES: [&str; 3] = ["region", "team", "tier"];
const VALUES: [&str; 3] = ["eu", "us", ""];

fn label(name: &str, value: &str) -> FoundBy {
    FoundBy::Label { name: name.to_owned(), value: value.to_owned() }
}

/// All pages of what a query asks for.
fn all(views: &Views, query: &Query) -> Vec<Summary> {
    let (mut query, mut rows) = (query.clone(), Vec::new());
    loop {
        let page = views.run_list(&query).unwrap().value;
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.before = Some(next),
            None => return rows,
        }
    }
}

/// Workflows with labels by chance, of which some have ended and some are evicted.
fn fed(chance: &mut Chance, host: &mut Host) {
    let mut past = History::begun();
    for workflow in 1..40 {
        let labels: Vec<(&str, &str)> =
            NAMES.iter().filter_map(|name| Some((*name, *VALUES.get(chance.below(4))?))).collect();
        past.labelled(workflow, &labels, (workflow > 3).then_some(workflow % 3 + 1));
        if chance.below(2) == 0 {
            past.done(workflow);
        }
        if chance.below(8) == 0 {
            feed(&past, host);
            host.flush().unwrap();
        }
    }
    feed(&past, host);
}

fn feed(past: &History, host: &mut Host) {
    let rest = &past.records[host.next_sequence() as usize..];
    if let Some(last) = rest.last() {
        drop(host.apply(rest, chain(last.sequence)).unwrap());
    }
}

#[test]
fn what_is_found_is_what_would_be_found_by_looking_at_all() {
    QuickCheck::new().tests(12).quickcheck(check_all as fn(u64));
}

fn check_all(seed: u64) {
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    let mut chance = Chance::of(seed);
    fed(&mut chance, &mut host);
    let everything = all(&host.views(), &Query { limit: 100, ..Query::default() });
    for _ in 0..60 {
        let phase = [None, Some(WorkflowPhase::Running), Some(WorkflowPhase::Completed)];
        let mut found_by: Vec<FoundBy> =
            NAMES.iter().filter_map(|name| Some(label(name, VALUES.get(chance.below(6))?))).collect();
        found_by.extend((chance.below(4) == 0).then_some(FoundBy::Name("labelled".to_owned())));
        found_by.extend((chance.below(4) == 0).then_some(FoundBy::Retries(id(2))));
        let query = Query { phase: phase[chance.below(3)], found_by, before: None, limit: 3 };
        let admits = |row: &&Summary| {
            query.admits(row.phase) && query.found_by.iter().all(|by| row.found_by().any(|has| has == *by))
        };
        let expected: Vec<&Summary> = everything.iter().filter(admits).collect();
        let found = all(&host.views(), &query);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query:?}");
    }
}

#[test]
fn what_nothing_has_finds_nothing_and_no_list_is_the_beginning_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    let mut past = History::begun();
    past.labelled(1, &[("a", "bc")], None);
    past.labelled(2, &[("ab", "c")], None);
    past.done(1);
    past.done(2);
    past.labelled(3, &[("a", "b")], None);
    feed(&past, &mut host);
    for is_stored in [false, true] {
        let found = |by: FoundBy| -> Vec<_> {
            let query = Query { found_by: vec![by], limit: 9, ..Query::default() };
            all(&host.views(), &query).into_iter().map(|row| row.id).collect()
        };
        assert_eq!(found(label("a", "bc")), [id(1)], "{is_stored}");
        assert_eq!(found(label("ab", "c")), [id(2)], "{is_stored}");
        assert_eq!(found(label("a", "b")), [id(3)], "{is_stored}");
        assert_eq!(found(label("a", "")), [], "{is_stored}");
        assert_eq!(found(FoundBy::Name("label".to_owned())), [], "{is_stored}");
        host.flush().unwrap();
    }
}
