//! The processes of this machine, as /proc shows them: who descends from whom, and how one is ended that is surely meant.
//!
//! A number names a process only together with the moment at which it started, because numbers are used again.

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A process that is surely the one meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process {
    /// Its number.
    pub(crate) id: i32,
    /// When it started, in the system's ticks since it booted.
    pub(crate) started: u64,
}

/// What /proc says of a process (proc(5), `stat`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) parent: i32,
    pub(crate) session: i32,
    pub(crate) started: u64,
    /// It has ended, and its parent has not asked how.
    pub(crate) is_ended: bool,
    /// A signal stopped it, or somebody who traces it.
    pub(crate) is_stopped: bool,
    /// It waits in the kernel, where signals do not reach it: for a disk, or for a child that it started by vfork.
    pub(crate) is_uninterruptible: bool,
}

impl Process {
    /// The process that has that number now.
    pub(crate) fn with_id(id: i32) -> Option<Self> {
        Some(Self { id, started: stat(id)?.started })
    }

    pub(crate) fn own() -> Option<Self> {
        Self::with_id(rustix::process::getpid().as_raw_pid())
    }

    /// Whether it is there and has not ended.
    pub(crate) fn runs(self) -> bool {
        stat(self.id).is_some_and(|stat| stat.started == self.started && !stat.is_ended)
    }

    /// Whether it is there and neither has ended nor stands still. What waits in the kernel is stopped before it is executed
    /// again, once it was told to stop.
    pub(crate) fn is_executed(self, was_told: bool) -> bool {
        let is_it = |stat: Stat| stat.started == self.started && !stat.is_ended;
        let stands = |stat: Stat| stat.is_stopped || was_told && stat.is_uninterruptible;
        stat(self.id).is_some_and(|stat| is_it(stat) && !stands(stat))
    }

    /// Sends it a signal, and never another process that got its number. False when it is gone, or may not be signalled.
    pub(crate) fn signal(self, signal: Signal) -> bool {
        let Some(id) = Pid::from_raw(self.id) else { return false };
        let sent = match pidfd_open(id, PidfdFlags::empty()) {
            // What the descriptor names cannot change, so this is asked once it is open.
            Ok(descriptor) if self.runs() => pidfd_send_signal(descriptor, signal),
            Err(Errno::NOSYS | Errno::MFILE | Errno::NFILE) if self.runs() => kill_process(id, signal),
            Ok(_) => Err(Errno::SRCH),
            Err(error) => Err(error),
        };
        sent.is_ok()
    }

    /// A variable of the environment that it was started with.
    pub(crate) fn started_with(self, variable: &str, value: &str) -> bool {
        let wanted = format!("{variable}={value}");
        let environment = fs::read(format!("/proc/{}/environ", self.id)).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes()) && self.runs()
    }
}

/// What /proc says of a process; none when there is none.
pub(crate) fn stat(id: i32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

fn parse(stat: &str) -> Option<Stat> {
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        is_ended: matches!(fields.first(), Some(&"Z" | &"X")),
        is_stopped: matches!(fields.first(), Some(&"T" | &"t")),
        is_uninterruptible: fields.first() == Some(&"D"),
    })
}

/// Everything that descends from a process and runs.
pub(crate) fn descendants(of: i32) -> Vec<Process> {
    if lists_children() { listed_descendants(of) } else { Census::take().descendants(of) }
}

/// Whether the kernel lists the children of a process; many do not.
pub(crate) fn lists_children() -> bool {
    let own = rustix::process::getpid().as_raw_pid();
    Path::new(&format!("/proc/{own}/task/{own}/children")).exists()
}

fn listed_descendants(of: i32) -> Vec<Process> {
    let (mut found, mut waiting) = (Vec::new(), vec![of]);
    while let Some(id) = waiting.pop() {
        for child in children(id) {
            waiting.push(child);
            found.extend(Process::with_id(child).filter(|process| process.runs()));
        }
    }
    found
}

/// The children of all threads of a process.
fn children(of: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let ids =
        lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>());
    ids.collect()
}

/// All processes at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Census {
    processes: BTreeMap<i32, Stat>,
    children: BTreeMap<i32, Vec<i32>>,
}

impl Census {
    /// Reads all of /proc.
    pub(crate) fn take() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Self::of(ids.filter_map(|id| Some((id, stat(id)?))))
    }

    fn of(processes: impl Iterator<Item = (i32, Stat)>) -> Self {
        let mut census = Self::default();
        for (id, stat) in processes {
            census.children.entry(stat.parent).or_default().push(id);
            census.processes.insert(id, stat);
        }
        census
    }

    /// Everything that descends from a process and runs.
    pub(crate) fn descendants(&self, of: i32) -> Vec<Process> {
        self.below(vec![of])
    }

    /// Those that match and run, and everything that descends from them.
    pub(crate) fn with_descendants(&self, matches: impl Fn(Process, &Stat) -> bool) -> BTreeSet<Process> {
        let process = |(id, stat): (&i32, &Stat)| Process { id: *id, started: stat.started };
        let running = self.processes.iter().filter(|(_, stat)| !stat.is_ended);
        let found = running.filter(|(id, stat)| matches(process((id, stat)), stat)).map(process);
        let mut found: BTreeSet<Process> = found.collect();
        found.extend(self.below(found.iter().map(|process| process.id).collect()));
        found
    }

    fn below(&self, mut waiting: Vec<i32>) -> Vec<Process> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        while let Some(id) = waiting.pop() {
            for child in self.children.get(&id).into_iter().flatten().copied() {
                // Read one after the other, the entries may show a circle that never was.
                if !seen.insert(child) {
                    continue;
                }
                waiting.push(child);
                let stat = self.processes.get(&child).filter(|stat| !stat.is_ended);
                found.extend(stat.map(|stat| Process { id: child, started: stat.started }));
            }
        }
        found
    }
}

/// Memory of a process that is resident, in bytes; nothing when it is gone.
pub(crate) fn resident_bytes(id: i32) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{id}/statm")).ok();
    let resident = pages.and_then(|pages| pages.split_whitespace().nth(1)?.parse::<u64>().ok());
    resident.unwrap_or_default() * rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: i32, parent: i32, session: i32, state: char) -> (i32, Stat) {
        let zeros = "0 ".repeat(15);
        let stat =
            parse(&format!("{id} (a) b) {state} {parent} 7 {session} {zeros}{} 0", id * 10)).expect("parses");
        (id, stat)
    }

    #[test]
    fn a_name_with_parentheses_moves_no_field() {
        let (_, stat) = line(5, 4, 3, 'S');
        let (is_ended, is_stopped, is_uninterruptible) = (false, false, false);
        let expected = Stat { parent: 4, session: 3, started: 50, is_ended, is_stopped, is_uninterruptible };
        assert_eq!(stat, expected);
        assert!(line(5, 4, 3, 'T').1.is_stopped && line(5, 4, 3, 't').1.is_stopped);
        assert!(line(5, 4, 3, 'D').1.is_uninterruptible);
    }

    #[test]
    fn those_who_descend_are_found_through_those_that_ended() {
        let lines = [line(2, 1, 2, 'S'), line(3, 2, 2, 'Z'), line(4, 3, 9, 'R'), line(5, 1, 9, 'S')];
        let census = Census::of(lines.into_iter());
        assert_eq!(census.descendants(2), [Process { id: 4, started: 40 }]);
        let of_session = census.with_descendants(|_, stat| stat.session == 2);
        assert_eq!(of_session.into_iter().map(|process| process.id).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn a_number_that_was_used_again_is_not_signalled() {
        let own = Process::own().expect("it is there");
        let other = Process { started: own.started + 1, ..own };
        assert!(own.runs() && !other.runs());
        assert!(!other.signal(Signal::KILL), "it would have ended this test");
    }
}
