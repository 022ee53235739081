//! What is left of an attempt without its guard, and how it is ended.
//!
//! A guard ends everything when its program has ended or its server is gone, so there is something only where the guard
//! was killed. It is known by the attempt's record: the control group, the guard and the program by number and start,
//! and what descends from them. A number that is used again has another start.

use super::control_group::ControlGroup;
use super::environment::KEY_VARIABLE;
use super::record::{Owner, Record};
use super::working_directory;
use crate::processes::{Census, Process, Stat};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// How often it is looked for what was ended, and how long in between.
const LOOKS_MAX: u32 = 500;
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Ends what an earlier server of the same directory left, and returns how many processes that were.
pub(crate) fn end_leftovers(records: &Path, owner: &Owner, keeps_directories: bool) -> io::Result<usize> {
    let mut ended = 0;
    for entry in fs::read_dir(records)? {
        let path = entry?.path();
        let record = Record::read(&path)?.filter(|record| is_left_by_another(&record.owner, owner));
        if let Some(record) = record {
            let key = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            ended += end(&record, |process, stat| is_of_session(&record, &key, process, stat));
            if let Some(directory) = record.working_directory.filter(|_| !keeps_directories) {
                working_directory::remove(&directory);
            }
        }
        fs::remove_file(&path)?;
    }
    Ok(ended)
}

/// Of another boot nothing is left. A record that came with a copy is about another directory, whose server may live.
fn is_left_by_another(left: &Owner, own: &Owner) -> bool {
    left.boot == own.boot && left.directory == own.directory && !left.server.runs()
}

/// A session is numbered by its leader, the guard. When that is gone the number may be another session's, so only what
/// was started with the attempt's key is believed.
fn is_of_session(record: &Record, key: &str, process: Process, stat: &Stat) -> bool {
    let is_numbered_so = stat.session == record.guard.id && process.started >= record.guard.started;
    is_numbered_so && (record.guard.runs() || process.started_with(KEY_VARIABLE, key))
}

/// Ends everything of an attempt: what its record names, what belongs to it besides, and what descends from that.
/// Returns how many processes there were.
pub(crate) fn end(record: &Record, belongs: impl Fn(Process, &Stat) -> bool) -> usize {
    let group = record.control_group.as_deref().and_then(ControlGroup::at);
    let mut ended = BTreeSet::new();
    for _ in 0..LOOKS_MAX {
        let members = group.iter().flat_map(ControlGroup::members).filter_map(Process::with_id);
        let mut left = Census::take().with_descendants(|process, stat| {
            process == record.guard || Some(process) == record.program || belongs(process, stat)
        });
        left.extend(members.filter(|member| member.runs()));
        if left.is_empty() {
            break;
        }
        kill(&left, record.guard);
        group.iter().for_each(ControlGroup::kill);
        ended.extend(left);
        sleep(LOOK_AGAIN);
    }
    group.iter().for_each(ControlGroup::remove);
    ended.len()
}

/// The guard goes last: while it is there it adopts what is orphaned.
fn kill(left: &BTreeSet<Process>, guard: Process) {
    let is_alone = left.iter().all(|process| *process == guard);
    for process in left.iter().filter(|process| is_alone || **process != guard) {
        process.signal(Signal::KILL);
    }
}
