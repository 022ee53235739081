//! What all attempts of an engine share: where they are recorded and run, as whom, and what watches over them.

use super::control_group::ControlGroups;
use super::leftovers::end_leftovers;
use super::meter::{Meter, POWERCAP};
use super::record::Owner;
use super::run_as::RunAs;
use crate::clock::monotonic;
use crate::processes::{Census, Process, Stat};
use rustix::process::{Pid, set_child_subreaper};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// Records of attempts, in the log's directory.
const RECORDS: &str = "attempts";
/// Directories made for attempts, in the log's directory.
const WORKING_DIRECTORIES: &str = "work";
/// How old a census may be from which memory is measured.
const CENSUS_AGE_MAX: Duration = Duration::from_millis(500);

/// How processes are run: configuration of a server, not recorded.
#[derive(Debug, Clone)]
pub struct SiteOptions {
    /// The program that is a guard when it gets the arguments: see [`crate::guard::run`].
    pub guard: PathBuf,
    /// As whom; as the server's own user when nobody is named.
    pub run_as: Option<RunAs>,
    /// Where directories are made for attempts; in the log's directory when nothing is named.
    pub working_directories: Option<PathBuf>,
    /// Whether those stay when their attempts have ended.
    pub keeps_working_directories: bool,
    /// How many files a process may have open unless it asks for more; as many as the server may when there is no number.
    pub files: Option<u64>,
    /// Whether each attempt gets a control group, where one can be made.
    pub uses_control_groups: bool,
    /// Where the counters of the processors are.
    pub powercap: PathBuf,
    /// Whether this process adopts what is orphaned below it. Then no other part of it may start processes.
    pub adopts: bool,
}

impl SiteOptions {
    /// What a server does that was told nothing.
    pub fn new(guard: PathBuf) -> Self {
        Self {
            guard,
            run_as: None,
            working_directories: None,
            keeps_working_directories: false,
            files: None,
            uses_control_groups: true,
            powercap: PathBuf::from(POWERCAP),
            adopts: false,
        }
    }
}

/// Where and how attempts run.
pub struct Site {
    pub(crate) options: SiteOptions,
    pub(crate) owner: Owner,
    pub(crate) records: PathBuf,
    pub(crate) working_directories: PathBuf,
    pub(crate) groups: Option<ControlGroups>,
    /// Every guard that nobody has waited for yet. Held while one is started, so that it is never taken for a stranger.
    guards: Mutex<BTreeSet<i32>>,
    /// Whether all that this process adopts must be of its attempts.
    adopts_ours_alone: bool,
    census: Mutex<Option<(Instant, Census)>>,
    /// What the processors of the machine use.
    pub(crate) meter: Meter,
    /// Processes of an earlier server that were ended.
    pub leftovers_ended: usize,
}

impl Site {
    /// Ends what an earlier server of this directory left, and is ready for attempts. Whoever calls holds the lock of the
    /// directory.
    pub fn open(directory: &Path, options: SiteOptions) -> io::Result<Self> {
        let owner = Owner::here(directory)?;
        let meter = Meter::open(&options.powercap);
        let directory = directory.canonicalize()?;
        let records = directory.join(RECORDS);
        let named = options.working_directories.clone();
        let working_directories = named.unwrap_or_else(|| directory.join(WORKING_DIRECTORIES));
        for path in [&records, &working_directories] {
            DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        }
        let working_directories = working_directories.canonicalize()?;
        let leftovers_ended = end_leftovers(&records, &owner, options.keeps_working_directories)?;
        let name = owner.directory.name();
        let groups = options.uses_control_groups.then(|| ControlGroups::make(&name, owner.server)).flatten();
        let adopts_ours_alone = options.adopts && is_childless(owner.server);
        if options.adopts {
            set_child_subreaper(Pid::from_raw(1))?;
        }
        Ok(Self {
            options,
            owner,
            records,
            working_directories,
            groups,
            guards: Mutex::default(),
            adopts_ours_alone,
            census: Mutex::default(),
            meter,
            leftovers_ended,
        })
    }

    /// Starts a guard, which does nothing until it is told what. The key is for people who list processes.
    pub(crate) fn start_guard(&self, key: &str) -> io::Result<(Child, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = Command::new(&self.options.guard);
        command.args([OsString::from(crate::guard::VERB), key.into()]).env_clear();
        command.stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut guards = self.guards.lock().expect("invariant: no holder of this lock panics");
        let child = command.spawn()?;
        guards.extend(child.id().map(u32::cast_signed));
        Ok((child, ours))
    }

    /// A guard was waited for.
    pub(crate) fn forget_guard(&self, guard: i32) {
        self.guards.lock().expect("invariant: no holder of this lock panics").remove(&guard);
    }

    /// Whether a process, seen in a census, was adopted from an attempt that has no guard any more.
    pub(crate) fn has_adopted(&self, process: Process, stat: &Stat) -> bool {
        let is_ours = self.adopts_ours_alone && stat.parent == self.owner.server.id;
        let guards = self.guards.lock().expect("invariant: no holder of this lock panics");
        is_ours && !guards.contains(&process.id)
    }

    /// Takes note of the end of every adopted process. A guard is waited for by whoever started it.
    pub(crate) fn reap_adopted(&self) {
        use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
        let guards = self.guards.lock().expect("invariant: no holder of this lock panics");
        while let Ok(WaitStatus::Exited(child, _) | WaitStatus::Signaled(child, ..)) =
            waitid(Id::All, look | WaitPidFlag::WNOWAIT)
        {
            if guards.contains(&child.as_raw()) || waitid(Id::Pid(child), look).is_err() {
                return;
            }
        }
    }

    /// What descends from a process, on a kernel that does not list children: read for all attempts at once.
    pub(crate) fn descendants_by_census(&self, of: i32) -> Vec<Process> {
        let mut census = self.census.lock().expect("invariant: no holder of this lock panics");
        let now = monotonic();
        let known = census.take().filter(|(taken, _)| now - *taken < CENSUS_AGE_MAX);
        let (_, census) = census.insert(known.unwrap_or_else(|| (now, Census::take())));
        census.descendants(of)
    }
}

/// Whether nothing is below a process: it may have been made by a shell that had children. The first process of a system
/// adopts whatever is orphaned in it.
fn is_childless(process: Process) -> bool {
    process.id != 1 && Census::take().descendants(process.id).is_empty()
}
