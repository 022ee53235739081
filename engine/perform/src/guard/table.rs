//! What a task's process is given and belongs to: docs/processes.md, row by row.

use super::order::{Order, Said};
use super::why;
use crate::shortage::is_shortage;
use nix::sys::signal::SigSet;
use rustix::fs::{MemfdFlags, Mode, memfd_create};
use rustix::process::{
    Gid, Pid, Resource, Rlimit, Uid, getrlimit, set_child_subreaper, setrlimit, setsid, umask,
};
use rustix::thread::{
    clear_ambient_capability_set, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// What others may do with files that a task makes: read them, as the system's services have it.
const UMASK: Mode = Mode::from_raw_mode(0o022);
/// By how much sooner than the server a task is ended when the system is out of memory, of 1000.
const OOM_SCORE_ABOVE: i32 = 100;
const OOM_SCORE_MAX: i32 = 1000;
const OOM_SCORE_FILE: &str = "/proc/self/oom_score_adj";
/// Standard input, output and error.
const LAST_KEPT: i32 = 2;

/// What of the table could not be had.
#[derive(Debug)]
pub(super) struct Fault {
    what: String,
    error: io::Error,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>, error: impl Into<io::Error>) -> Self {
        Self { what: what.into(), error: error.into() }
    }

    /// It may be had another time when the machine is short of something.
    pub(super) fn said(self) -> Said {
        let Self { what, error } = self;
        let why = format!("{what}: {error}");
        if is_shortage(&error) { Said::Short(why) } else { Said::Refused(why) }
    }
}

/// For `map_err`; what could not be had.
fn fault<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Fault {
    move |error| Fault::new(what, error)
}

/// Makes this process what the program is to be. What it starts is born like it.
pub(super) fn apply(order: &Order, socket: &UnixStream) -> Result<(), Fault> {
    setsid().map_err(fault("it cannot have a session of its own"))?;
    set_child_subreaper(Pid::from_raw(1)).map_err(fault("its orphans cannot be adopted"))?;
    close_others(socket).map_err(fault("foreign descriptors cannot be closed"))?;
    weigh().map_err(fault("it cannot be made easier to end when memory is short"))?;
    limit(order).map_err(fault("its limits cannot be set"))?;
    umask(UMASK);
    SigSet::empty().thread_set_mask().map_err(fault("no signal can be let through"))?;
    // Where the kernel does not know them, nobody has any.
    let _no_such_set = clear_ambient_capability_set().is_err();
    if order.is_fresh {
        enter(order)?;
    }
    become_user(order)?;
    if !order.is_fresh {
        enter(order)?;
    }
    Ok(())
}

/// Closes whatever the server was given by whoever started it.
fn close_others(socket: &UnixStream) -> io::Result<()> {
    let listed = std::fs::read_dir("/proc/self/fd")?;
    let open = listed.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let open: Vec<i32> = open.collect();
    for descriptor in open.into_iter().filter(|open| *open > LAST_KEPT && *open != socket.as_raw_fd()) {
        // Among them is the one that listed them, which is closed already.
        let _gone = nix::unistd::close(descriptor).is_err();
    }
    Ok(())
}

/// When the system is out of memory it ends a task rather than the server.
fn weigh() -> io::Result<()> {
    let own: i32 = std::fs::read_to_string(OOM_SCORE_FILE)?.trim().parse().unwrap_or_default();
    std::fs::write(OOM_SCORE_FILE, (own.max(0) + OOM_SCORE_ABOVE).min(OOM_SCORE_MAX).to_string())
}

fn limit(order: &Order) -> io::Result<()> {
    let nothing = Some(0);
    setrlimit(Resource::Core, Rlimit { current: nothing, maximum: nothing })?;
    if let Some(files) = order.files {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let current = Some(maximum.map_or(files, |maximum| maximum.min(files)));
        setrlimit(Resource::Nofile, Rlimit { current, maximum })?;
    }
    Ok(())
}

fn enter(order: &Order) -> Result<(), Fault> {
    std::env::set_current_dir(&order.directory)
        .map_err(|error| Fault::new(why::no_directory(&order.directory, &error), error))
}

/// Gives up the server's user for good, and every way back.
fn become_user(order: &Order) -> Result<(), Fault> {
    let Some((user, groups)) = &order.user else { return Ok(()) };
    let what = "it cannot run as the user that the server was told";
    let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
    let (user, group) = (Uid::from_raw(*user), groups.first().copied());
    set_thread_groups(&groups).map_err(fault(what))?;
    set_thread_res_gid(group, group, group).map_err(fault(what))?;
    set_thread_res_uid(user, user, user).map_err(fault(what))?;
    set_no_new_privs(true).map_err(fault(what))
}

/// Starts the program: a process group of its own, no input, the outputs of this process.
///
/// It is named by its path, because only then the system says itself why it does not start, and no shell is tried
/// on what is no program.
pub(super) fn start(order: &Order) -> io::Result<Pid> {
    let (program, arguments) = order.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(why::found(order)?);
    command
        .arg0(program)
        .args(arguments)
        .env_clear()
        .envs(order.env.iter().map(|(name, value)| (name, value)));
    let stdin = order.stdin.as_deref().map_or(Ok(Stdio::null()), in_memory)?;
    let child = command.stdin(stdin).process_group(0).spawn()?;
    Ok(Pid::from_child(&child))
}

/// A file without a name that holds what a program reads, from its beginning. A program that reads none of it is not waited
/// for, as it
/// would be with a pipe.
fn in_memory(content: &[u8]) -> io::Result<Stdio> {
    let mut file = File::from(memfd_create("stdin", MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file.into())
}
