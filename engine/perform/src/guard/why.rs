//! Why a program did not start, in words that say what to mend.

use super::order::{Order, Said};
use crate::shortage::is_shortage;
use rustix::fs::{Access, access};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Bytes of a script's first line that the system looks at.
const FIRST_LINE_BYTES_MAX: usize = 256;

/// The program's path: as it is given when it has a slash, else the first of that name that can be run in the
/// directories of PATH, as shells have it.
pub(super) fn found(order: &Order) -> io::Result<PathBuf> {
    let name = order.command.first().map_or(OsStr::new(""), |program| program);
    if name.as_bytes().contains(&b'/') {
        return Ok(name.into());
    }
    let candidates: Vec<PathBuf> = search(order).map(|directory| directory.join(name)).collect();
    let is_file = |path: &&PathBuf| fs::metadata(path).is_ok_and(|found| found.is_file());
    let runs = |path: &&PathBuf| is_file(path) && access(path.as_path(), Access::EXEC_OK).is_ok();
    let found = candidates.iter().find(runs).or_else(|| candidates.iter().find(is_file));
    found.cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The directories of the task's PATH. An empty one is where it runs.
fn search(order: &Order) -> impl Iterator<Item = &Path> {
    let path = order.env.iter().rev().find(|(name, _)| name == "PATH");
    let directories = path.map(|(_, value)| value.as_bytes().split(|byte| *byte == b':'));
    directories.into_iter().flatten().map(|directory| {
        if directory.is_empty() { Path::new(".") } else { Path::new(OsStr::from_bytes(directory)) }
    })
}

pub(super) fn not_started(order: &Order, error: &io::Error) -> Said {
    let name = order.command.first().map_or_else(String::new, |program| program.display().to_string());
    let path = found(order).unwrap_or_default();
    let why = format!("{name}: {}", reason(&path, error));
    if is_shortage(error) { Said::Short(why) } else { Said::Refused(why) }
}

fn reason(path: &Path, error: &io::Error) -> String {
    let number = error.raw_os_error().map(Errno::from_raw_os_error);
    match number {
        None | Some(Errno::NOENT) => absent(path),
        Some(Errno::ACCESS | Errno::PERM) => forbidden(path),
        Some(Errno::NOEXEC) => {
            "it is no program that this machine runs: neither of its architecture, nor a script whose \
             first line begins with #!"
                .to_owned()
        }
        Some(Errno::TOOBIG) => {
            "its arguments and environment are together more than the system takes".to_owned()
        }
        Some(Errno::TXTBSY) => "it is open for writing".to_owned(),
        Some(Errno::NOTDIR) => "a part of its path is no directory".to_owned(),
        Some(_) => error.to_string(),
    }
}

/// The system says the same of a program and of what is to run it.
fn absent(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        return "there is no such program in PATH".to_owned();
    }
    if !path.exists() {
        return "there is no such file".to_owned();
    }
    match interpreter(path) {
        Some(interpreter) => format!("its interpreter {interpreter:?} does not exist"),
        None => "the loader that it names does not exist: it was built for another system".to_owned(),
    }
}

/// What the first line of a script names.
fn interpreter(path: &Path) -> Option<String> {
    let mut begin = Vec::new();
    File::open(path).ok()?.take(FIRST_LINE_BYTES_MAX as u64).read_to_end(&mut begin).ok()?;
    let line = begin.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    // Only a space or a tab ends it: a carriage return at the end of the line belongs to the name, and is the usual fault.
    let line = String::from_utf8_lossy(line).trim_start_matches([' ', '\t']).to_owned();
    Some(line.split([' ', '\t']).next()?.to_owned())
}

fn forbidden(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => "it is a directory".to_owned(),
        Ok(found) if !found.is_file() => "it is no regular file".to_owned(),
        Ok(_) if access(path, Access::EXEC_OK).is_ok() => match interpreter(path) {
            Some(interpreter) => format!("its interpreter {interpreter:?} may not be run by the task's user"),
            None => "it lies on a file system from which nothing may be run".to_owned(),
        },
        Ok(_) => "it is not executable by the task's user".to_owned(),
        Err(_) => "the task's user may not reach it".to_owned(),
    }
}

/// Why a working directory cannot be entered.
pub(super) fn no_directory(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT) => format!("its working directory {path} does not exist"),
        Some(Errno::NOTDIR) => format!("its working directory {path} is no directory"),
        Some(Errno::ACCESS) => format!("its working directory {path} may not be entered by the task's user"),
        None | Some(_) => format!("its working directory {path} cannot be entered"),
    }
}
