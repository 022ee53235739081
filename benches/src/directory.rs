//! Directories of logs: copied as a process that dies leaves them.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

/// How often a copy is begun anew before it is given up.
const TRIES: u32 = 100;
/// What a database takes at most to remove what it has merged.
const PAUSE: Duration = Duration::from_millis(50);

/// Copies a directory with all that is in it. Also one whose owner lives but writes nothing any more: its database may
/// still merge tables, and then the copy is begun anew.
pub fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    for _ in 1..TRIES {
        match copy_once(from, to) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::fs::remove_dir_all(to)?;
                std::thread::sleep(PAUSE);
            }
            copied => return copied,
        }
    }
    copy_once(from, to)
}

fn copy_once(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_once(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
