//! What the views store of one history, checked in: a view that stores something else for the same records is a new
//! version, and says so.

use std::collections::BTreeMap;

use triad_event::Domain;
use triad_event::execution::Ending;
use triad_event::subjects::Obstacle;

use super::door::open;
use super::history::{History, noop, process};
use crate::Host;
use crate::host::kept::View;
use crate::host::table::{Holds, Table};
use crate::view::AllViews;
use crate::view::run::Run;

/// Per view: its name, its fold, and the beginnings of two digests: of what its rows are made of, and of the rows that the
/// history becomes.
const CHECKED_IN: &str = include_str!("stored.txt");

/// A part of everything, alive and ended.
fn past() -> History {
    let mut past = History::begun();
    past.ran(1, 2);
    past.read(1);
    past.erasure_asked(1, None);
    past.accepted_under(2, "alive", vec![process("a", &[], 3), noop("b", &[0])], Some([4; 32]));
    past.requested(2, 0);
    past.ended(2, 0, Ending::Exited, 12);
    past.retried(2, 0, Ending::Exited);
    past.requested(2, 0);
    past.held(2, "case", 1);
    past.erasure_asked(2, Some(Obstacle::LegalHold));
    past.paused(2);
    past.labelled(3, &[("region", "eu")], Some(1));
    past.done(3);
    past.accepted(4, "used", vec![process("a", &[], 3)]);
    past.requested(4, 0);
    past.ended(4, 0, Ending::Exited, 12);
    past.charged(4, 0, 6, Some(30));
    past.moderated();
    past
}

/// The rows behind each view, but for those of timelines, which are payloads in the codec of the log.
fn stored(host: &Host) -> BTreeMap<u8, blake3::Hasher> {
    const TIMELINE: u8 = 2;
    let run = <AllViews as Holds<Run>>::PREFIX;
    let mut stored = BTreeMap::<u8, blake3::Hasher>::new();
    let mut hash = |prefix: u8, (key, row): (Vec<u8>, Vec<u8>)| {
        let hasher = stored.entry(prefix).or_default();
        hasher.update(&key);
        hasher.update(&row);
    };
    host.stored_in("lookups").into_iter().for_each(|row| hash(row.0[0], row));
    host.stored_in("finished").into_iter().for_each(|row| hash(run, row));
    host.stored_in("pages").into_iter().filter(|row| row.0[8] != TIMELINE).for_each(|row| hash(run, row));
    stored
}

fn short(hash: blake3::Hash) -> String {
    hash.to_hex()[..16].to_owned()
}

#[test]
fn a_view_that_stores_something_else_is_a_new_version() {
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    super::stories::feed(&mut host, &past().records);
    host.flush().unwrap();
    let stored = stored(&host);
    let mut now = String::new();
    let mut faults = Vec::new();
    for version in AllViews::versions() {
        let view = &version.view;
        let found = short(stored[&version.prefix].finalize());
        let is_now = format!("{view} {} {}", version.fold, short(version.rows.into()));
        match CHECKED_IN.lines().find(|line| line.split(' ').next() == Some(view)) {
            Some(line) if line == format!("{is_now} {found}") => {}
            Some(line) if line.starts_with(&is_now) => {
                faults.push(format!("{view} stores other rows in the same version: raise its FOLD"));
            }
            Some(_) | None => faults.push(format!("{view} is another version: check in what it stores now")),
        }
        now.push_str(&format!("{is_now} {found}\n"));
    }
    let gone = CHECKED_IN.lines().filter(|line| !now.contains(line.split(' ').next().unwrap_or_default()));
    faults.extend(gone.map(|line| format!("no row of the table has the view of {line:?}")));
    assert!(now == CHECKED_IN, "{}\nnow stored.txt is\n{now}", faults.join("\n"));
}

#[test]
fn some_view_hears_of_every_domain() {
    let heard: Vec<Domain> = AllViews::hearing().into_iter().map(|(_, domain)| domain).collect();
    for domain in Domain::ALL {
        assert!(heard.contains(domain), "no view hears of {}", domain.name());
    }
}

#[test]
fn graph_and_timeline_miss_nothing_that_is_of_a_workflow() {
    let of = |view: &str, rows: Vec<(&str, Domain)>| -> Vec<Domain> {
        rows.into_iter().filter(|(name, _)| *name == view).map(|(_, domain)| domain).collect()
    };
    let workflows = of(Run::NAME, AllViews::hearing());
    for view in ["graph", "timeline"] {
        assert_eq!(of(view, Run::hearing()), workflows, "{view} does not hear what workflows do");
    }
}
