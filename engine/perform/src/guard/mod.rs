//! The guard: a small process of this program between the server and what an attempt runs.
//!
//! ```text
//!   server ==socket== guard (session of its own, adopts) ---- program ---- whatever it starts
//! ```
//!
//! It makes itself what a task's process is to be (docs/processes.md), starts the program, and waits. Orphans below it
//! become its children, so whatever a program renames, forks, moves to another session or clears, it descends from its
//! guard. When the program has ended, when it is told to, or when the server is gone, the guard ends all of that, and
//! then itself. It decides nothing, and there is nothing in its memory that the program is not given.

pub(crate) mod order;
mod suspend;
mod table;
mod why;

use crate::clock::since_boot;
use crate::processes::descendants;
use nix::sys::resource::{UsageWho, getrusage};
use order::{HowEnded, KILL, Order, Said, Took};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, wait};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;
use suspend::{End, until_end};

/// The first argument of a guard. The second is for people who list processes.
pub const VERB: &str = "guard";

/// Between asking a program to end and ending it.
const TERMINATION_GRACE: Duration = Duration::from_secs(2);
/// Between two looks at what has not ended yet.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// How often it is looked. What runs as another user, which set-user-id programs do, may be out of reach for ever.
const LOOKS_MAX: u32 = 2_500;

/// Is a guard, if these arguments and a socket as standard input say so; none else.
pub fn run(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    if arguments.nth(1).as_deref() != Some(OsStr::new(VERB)) {
        return None;
    }
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    // A person who tries the verb has no such socket.
    socket.peer_addr().ok()?;
    Some(guard(socket))
}

fn guard(socket: UnixStream) -> ExitCode {
    let Ok(Some(order)) = Order::read(&mut Whole(&socket)) else { return ExitCode::FAILURE };
    let ended = match begin(&order, &socket) {
        Ok((program, before)) => {
            say(&socket, &Said::Began(program.as_raw_pid()));
            let how = ended(program);
            let time = since_boot().saturating_sub(before);
            end_rest();
            Said::Ended(how, Took { time, processor_time: processor_time() })
        }
        Err(said) => said,
    };
    say(&socket, &ended);
    ExitCode::SUCCESS
}

/// An order ends where its length says: the socket stays open.
struct Whole<'a>(&'a UnixStream);

impl Read for Whole<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

/// Whoever listened may be gone; then what was watched has been ended already.
fn say(mut socket: &UnixStream, said: &Said) {
    let _nobody_listens = socket.write_all(said.line().as_bytes()).is_err();
}

/// Becomes what the program is to be, and starts it. What comes back besides is the moment before.
fn begin(order: &Order, socket: &UnixStream) -> Result<(Pid, Duration), Said> {
    table::apply(order, socket).map_err(|fault| fault.said())?;
    let heeded = socket.try_clone().and_then(|socket| {
        std::thread::Builder::new().name("heed".into()).spawn(move || heed(socket)).map(drop)
    });
    heeded.map_err(|error| table::Fault::new("its guard cannot be made", error).said())?;
    say(socket, &Said::Starting);
    let before = since_boot();
    let program = table::start(order).map_err(|error| why::not_started(order, &error))?;
    Ok((program, before))
}

/// Does what the server asks, or what its end asks for.
fn heed(mut socket: UnixStream) {
    let mut asked = [0];
    if let End::Asked { is_suspended } = until_end(&mut socket) {
        signal_all(Signal::TERM);
        // What stands still hears of nothing but the end that nobody can put off.
        if is_suspended {
            signal_all(Signal::CONT);
        }
        let _no_patience = socket.set_read_timeout(Some(TERMINATION_GRACE)).is_err();
        while matches!(socket.read(&mut asked), Ok(1)) && asked[0] != KILL {}
    }
    // Until the other thread has seen the end of the program, and this process ends.
    loop {
        signal_all(Signal::KILL);
        sleep(LOOK_AGAIN * 10);
    }
}

/// Waits for the program, and for whatever else became a child of this process.
fn ended(program: Pid) -> HowEnded {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((child, status))) if child == program => {
                let signal = status.terminating_signal().map(HowEnded::Signalled);
                let exited = status.exit_status().map(HowEnded::Exited);
                if let Some(how) = exited.or(signal) {
                    return how;
                }
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("invariant: a guard has the program as its child: {error}"),
        }
    }
}

/// Ends what the program left behind: none of it may survive.
fn end_rest() {
    for _ in 0..LOOKS_MAX {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        signal_all(Signal::KILL);
        sleep(LOOK_AGAIN);
    }
}

/// How long processors were busy with everything below this process whose end was waited for, by it or on the way to it: what is
/// orphaned becomes its child, so that is all but what a program tells the system not to keep for it.
fn processor_time() -> Option<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let (own, system) = (usage.user_time(), usage.system_time());
    let micros = |seconds: i64, micros: i64| seconds.checked_mul(1_000_000)?.checked_add(micros);
    let own = micros(own.tv_sec(), own.tv_usec())?;
    let system = micros(system.tv_sec(), system.tv_usec())?;
    u64::try_from(own.checked_add(system)?).ok().map(Duration::from_micros)
}

fn signal_all(signal: Signal) {
    for process in descendants(getpid().as_raw_pid()) {
        process.signal(signal);
    }
}
