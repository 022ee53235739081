//! Databases that cannot be trusted: the views begin again by themselves and say so, or they were not harmed.

use std::fs;
use std::path::{Path, PathBuf};

use triad_event::ids::LogId;
use triad_event::{Event, Recorded};

use super::door::{Feed, chain, fed, open};
use super::history::{History, LOG, noop};
use super::random::Chance;
use super::seen::Seen;
use crate::host::FromZero;
use crate::{ApplyError, Host, Opening, ReadError, run_list};

fn past() -> History {
    let mut past = History::begun();
    (1..=10).for_each(|workflow| past.ran(workflow, 3));
    past.accepted(30, "alive", vec![noop("x", &[])]);
    past
}

/// A database that holds all of it.
fn filled(directory: &Path, records: &[Recorded<Event>]) -> Seen {
    fed(directory, records, Feed { at_once: 40, flush_every: 1, ..Feed::default() })
}

#[test]
fn views_of_another_log_begin_again() {
    let past = past();
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path(), &past.records);
    let (host, opening) = Host::open(directory.path(), LogId([7; 16]), |_| None).unwrap();
    assert_eq!((opening, host.next_sequence()), (Opening::FromZero(FromZero::OtherLog { found: LOG }), 0));
}

#[test]
fn views_of_another_history_of_the_log_begin_again() {
    let past = past();
    let last = past.records.len() as u64 - 1;
    for other in [None, Some([1; 32])] {
        let directory = tempfile::tempdir().unwrap();
        let seen = filled(directory.path(), &past.records);
        let (host, opening) = Host::open(directory.path(), LOG, |sequence| {
            assert_eq!(sequence, last);
            other
        })
        .unwrap();
        let why = FromZero::OtherHistory { sequence: last };
        assert_eq!((opening, host.next_sequence()), (Opening::FromZero(why), 0));
        drop(host);
        assert_eq!(filled(directory.path(), &past.records), seen);
    }
}

#[test]
fn a_second_writer_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (_host, _) = open(directory.path());
    let second = Host::open(directory.path(), LOG, |_| None);
    assert!(matches!(second, Err(crate::host::OpenError::Locked)));
}

#[test]
fn a_database_in_pieces_begins_again_or_is_unharmed() {
    let past = past();
    let whole = tempfile::tempdir().unwrap();
    let (mut host, _) = open(whole.path());
    // One half lies in tables, the other in the journal.
    super::stories::feed(&mut host, &past.records[..past.records.len() / 2]);
    host.close().unwrap();
    let seen = filled(whole.path(), &past.records);
    let mut chance = Chance::of(11);
    for (name, harm) in HARMS {
        for file in files(whole.path()) {
            let copy = tempfile::tempdir().unwrap();
            copy_all(whole.path(), copy.path());
            let file = copy.path().join(&file);
            harm(&file, &mut chance);
            let mended = mended(copy.path(), &past.records);
            assert_eq!(mended, seen, "{name} {}", file.display());
        }
    }
}

/// Opens the views and feeds them as a caller does, beginning again when told to.
fn mended(directory: &Path, records: &[Recorded<Event>]) -> Seen {
    let (mut host, _) = open(directory);
    loop {
        let rest = &records[host.next_sequence() as usize..];
        match host.apply(rest, chain(records.len() as u64 - 1)) {
            Ok(applied) => assert_eq!(applied.faults, []),
            Err(ApplyError::FromZero(_)) => continue,
            Err(error) => panic!("{error:?}"),
        }
        let query = run_list::Query { limit: 100, ..Default::default() };
        match host.views().run_list(&query).and_then(|rows| all(&host, &rows.value.rows)) {
            Ok(()) => return Seen::of(&host.views()),
            Err(ReadError::Damaged { .. }) => {}
            Err(error @ ReadError::Database(_)) => panic!("{error:?}"),
        }
    }
}

/// Reads everything there is.
fn all(host: &Host, rows: &[run_list::Summary]) -> Result<(), ReadError> {
    let views = host.views();
    for row in rows {
        views.summary(row.id)?;
        views.run_graph(row.id)?;
        views.timeline(row.id, &crate::timeline::Query { after: None, limit: 1000 })?;
        for task in 0..row.tasks {
            views.attempt_history(row.id, task)?;
        }
    }
    Ok(())
}

type Harm = fn(&Path, &mut Chance);

const HARMS: [(&str, Harm); 3] = [
    ("removed", |file, _| fs::remove_file(file).unwrap()),
    ("cut", |file, chance| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..chance.below(bytes.len() + 1)]).unwrap();
    }),
    ("flipped", |file, chance| {
        let mut bytes = fs::read(file).unwrap();
        if !bytes.is_empty() {
            let at = chance.below(bytes.len());
            bytes[at] ^= 1 << chance.below(8);
            fs::write(file, bytes).unwrap();
        }
    }),
];

/// All files below a directory, by their path in it. The lock holds nothing.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut below = vec![PathBuf::new()];
    while let Some(path) = below.pop() {
        for entry in fs::read_dir(directory.join(&path)).unwrap() {
            let entry = entry.unwrap();
            let path = path.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                below.push(path);
            } else if entry.file_name() != "lock" {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn copy_all(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), target).unwrap();
    }
}
