//! What is written of an attempt before its program starts, so that the next server finds what this one may leave.
//!
//! One file an attempt, in `attempts/` of the log's directory, removed when nothing of the attempt is left. It names the
//! boot, the directory by device and inode, the server and the guard by number and start: only what belonged to a server
//! of this very directory that is gone is ever ended. A copy of the directory has another inode.

use crate::processes::Process;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A directory, whatever its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectoryId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl DirectoryId {
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self { device: found.dev(), inode: found.ino() })
    }

    /// As a part of names.
    pub(crate) fn name(self) -> String {
        format!("triad-{:x}-{:x}", self.device, self.inode)
    }
}

/// What is the same for all attempts of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Of this boot of the machine.
    pub(crate) boot: String,
    pub(crate) directory: DirectoryId,
    pub(crate) server: Process,
}

impl Owner {
    /// This process, for a log's directory.
    pub(crate) fn here(directory: &Path) -> io::Result<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned();
        let server = Process::own().ok_or_else(|| io::Error::other("/proc does not show this process"))?;
        Ok(Self { boot, directory: DirectoryId::of(directory)?, server })
    }
}

/// What is known of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) owner: Owner,
    pub(crate) guard: Process,
    /// Where it runs, when that was made for it.
    pub(crate) working_directory: Option<PathBuf>,
    pub(crate) control_group: Option<PathBuf>,
    /// Its program, once that has started.
    pub(crate) program: Option<Process>,
}

impl Record {
    /// Writes it in one piece: it outlives this process. It need not outlive the machine.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, self.lines())
    }

    /// Reads one; none when it is not whole, and then nothing was started.
    pub(crate) fn read(path: &Path) -> io::Result<Option<Self>> {
        Ok(Self::parse(&fs::read(path)?))
    }

    fn lines(&self) -> Vec<u8> {
        let Self { owner: Owner { boot, directory, server }, guard, .. } = self;
        let process = |name, process: &Process| format!("{name} {} {}\n", process.id, process.started);
        let mut lines = format!("boot {boot}\ndirectory {} {}\n", directory.device, directory.inode);
        lines += &process("server", server);
        lines += &process("guard", guard);
        lines += &self.program.iter().map(|program| process("program", program)).collect::<String>();
        let mut lines = lines.into_bytes();
        let paths = [("work", &self.working_directory), ("group", &self.control_group)];
        for (name, path) in paths.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?))) {
            lines.extend([name.as_bytes(), b" ", path.as_os_str().as_bytes(), b"\0\n"].concat());
        }
        lines.extend(b"whole\n");
        lines
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let body = bytes.strip_suffix(b"whole\n")?;
        let find = |name: &str| {
            let mut lines = body.split(|byte| *byte == b'\n');
            lines.find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" "))
        };
        let text = |name| std::str::from_utf8(find(name)?).ok();
        let process = |name| {
            let (id, started) = text(name)?.split_once(' ')?;
            Some(Process { id: id.parse().ok()?, started: started.parse().ok()? })
        };
        let path = |name| {
            Some(PathBuf::from(std::ffi::OsString::from_vec(find(name)?.strip_suffix(b"\0")?.to_vec())))
        };
        let (device, inode) = text("directory")?.split_once(' ')?;
        let directory = DirectoryId { device: device.parse().ok()?, inode: inode.parse().ok()? };
        let owner = Owner { boot: text("boot")?.to_owned(), directory, server: process("server")? };
        Some(Self {
            owner,
            guard: process("guard")?,
            working_directory: path("work"),
            control_group: path("group"),
            program: process("program"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_a_part_of_one_is_none() {
        let process = |id| Process { id, started: 77 };
        let directory = DirectoryId { device: 5, inode: 6 };
        let record = Record {
            owner: Owner { boot: "b-0".into(), directory, server: process(1) },
            guard: process(2),
            working_directory: Some("a place/ with a space".into()),
            control_group: None,
            program: Some(process(3)),
        };
        for record in [Record { program: None, working_directory: None, ..record.clone() }, record] {
            let lines = record.lines();
            assert_eq!(Record::parse(&lines), Some(record));
            for cut in 0..lines.len() {
                assert_eq!(Record::parse(&lines[..cut]), None, "{cut} bytes");
            }
        }
    }
}
