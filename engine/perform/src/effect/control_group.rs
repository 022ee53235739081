//! Control groups, version 2: a process cannot leave the one of its attempt, so the kernel itself ends all of them.
//!
//! Where none can be made (another version, a read-only mount, no permission) the guard alone does what can be done.

use crate::processes::Process;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

const PROCESSES: &str = "cgroup.procs";
/// Ends everything in the group at once. Older kernels than 5.14 have none, and are not asked.
const KILL: &str = "cgroup.kill";
/// How often it is looked whether a group that was ended is empty, and how long in between.
const LOOKS_MAX: u32 = 500;
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The group of a server, in which each attempt gets one.
#[derive(Debug)]
pub(crate) struct ControlGroups {
    base: PathBuf,
}

impl ControlGroups {
    /// Makes the group of this server beside those that servers of other directories have. `name` is that of the
    /// directory. None where that cannot be.
    pub(crate) fn make(name: &str, server: Process) -> Option<Self> {
        let parent = own_group()?;
        remove_abandoned(&parent, name);
        let base = parent.join(format!("{name}-{}-{}", server.id, server.started));
        fs::create_dir(&base).ok()?;
        let made = Self { base };
        made.base.join(KILL).exists().then_some(made)
    }

    /// Makes the group of an attempt; none where that cannot be now.
    pub(crate) fn make_one(&self, key: &str) -> Option<ControlGroup> {
        let path = self.base.join(key);
        match fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => None,
            Ok(()) | Err(_) => Some(ControlGroup(path)),
        }
    }
}

impl Drop for ControlGroups {
    fn drop(&mut self) {
        // What still runs keeps its group, and the next server finds it.
        let _in_use = fs::remove_dir(&self.base).is_err();
    }
}

/// The group of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ControlGroup(PathBuf);

impl ControlGroup {
    /// The group at a path that a record names; none when it is gone.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        path.join(PROCESSES).exists().then(|| Self(path.to_owned()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a process into it, and with it whatever that starts from now on.
    pub(crate) fn take_in(&self, process: i32) -> io::Result<()> {
        fs::write(self.0.join(PROCESSES), process.to_string())
    }

    pub(crate) fn members(&self) -> Vec<i32> {
        let listed = fs::read_to_string(self.0.join(PROCESSES)).unwrap_or_default();
        listed.split_whitespace().filter_map(|id| id.parse().ok()).collect()
    }

    /// Removes it, and ends whatever is still in it.
    pub(crate) fn remove(&self) {
        for _ in 0..LOOKS_MAX {
            // A group inside it, which the task made, is ended with it and has to go first.
            for inner in groups_in(&self.0) {
                let _in_use = fs::remove_dir(inner).is_err();
            }
            match fs::remove_dir(&self.0) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => self.kill(),
                Ok(()) | Err(_) => return,
            }
            sleep(LOOK_AGAIN);
        }
    }

    /// Sends everything in it the signal that nothing survives.
    pub(crate) fn kill(&self) {
        let _gone = fs::write(self.0.join(KILL), "1").is_err();
    }
}

/// Removes what servers of the same directory left that were killed, once nothing is in it.
fn remove_abandoned(parent: &Path, name: &str) {
    let prefix = format!("{name}-");
    let is_ours = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix))
    };
    for base in groups_in(parent).into_iter().filter(is_ours) {
        for group in groups_in(&base).into_iter().chain([base]) {
            let _in_use = fs::remove_dir(group).is_err();
        }
    }
}

fn groups_in(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// The directory of the group that this process is in.
fn own_group() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    directory(&fs::read_to_string("/proc/self/mountinfo").ok()?, own)
}

/// Where a group lies by the list of mounts (proc(5), `mountinfo`).
fn directory(mounts: &str, group: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (fields, kind) = line.split_once(" - ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let (root, at) = (fields.get(3)?, fields.get(4)?);
        let below = Path::new(group).strip_prefix(root).ok()?;
        kind.starts_with("cgroup2 ").then(|| Path::new(at).join(below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_below_the_root_of_its_mount() {
        let mounts = "22 1 0:5 / /proc rw - proc proc rw\n\
                      35 22 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                      36 22 0:31 /pod7 /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
        assert_eq!(directory(mounts, "/pod7/a"), Some("/sys/fs/cgroup/a".into()));
        assert_eq!(directory(mounts, "/elsewhere"), None);
    }
}
