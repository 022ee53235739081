//! Has what a guard watches stand still, and go on.
//!
//! Every process that descends from the guard is stopped by SIGSTOP, which no program can catch or ignore. A program may
//! start others meanwhile, so that is done again until two looks one after the other find nothing that is executed: what
//! was stopped at the first cannot have started anything by the second.

use super::order::{CONTINUE, KILL, PAUSE, STOP};
use super::{LOOK_AGAIN, signal_all};
use crate::processes::{Process, descendants};
use rustix::process::{Signal, getpid};
use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::Duration;

/// While something is suspended it is looked again, because others may have continued it: soon at first, and the more seldom the
/// longer nothing was, since a look reads all of /proc where the kernel lists no children.
const LOOK_AT_SUSPENDED: Duration = Duration::from_millis(100);
const LOOK_AT_SUSPENDED_LONGEST: Duration = Duration::from_secs(5);
/// How often it is looked before the server is listened to again: what waits for a disk stops when that has answered.
const LOOKS_AT_ONCE: u32 = 50;

/// What a guard is asked for in the end.
pub(super) enum End {
    /// The program is to be asked to end first.
    Asked {
        /// Whether nothing of it is executed.
        is_suspended: bool,
    },
    /// Everything is to be ended at once, or nobody is there any more who could ask.
    AtOnce,
}

/// Suspends and continues as the server asks, until it asks for the end.
pub(super) fn until_end(socket: &mut UnixStream) -> End {
    let (mut is_suspended, mut pause) = (false, LOOK_AT_SUSPENDED);
    loop {
        let patience = is_suspended.then_some(pause);
        // Without patience a look is missed, and nothing else.
        let _no_patience = socket.set_read_timeout(patience).is_err();
        let mut asked = [0];
        match socket.read(&mut asked) {
            Ok(1) => match asked[0] {
                STOP => return End::Asked { is_suspended },
                KILL => return End::AtOnce,
                PAUSE => is_suspended = true,
                CONTINUE => {
                    is_suspended = false;
                    signal_all(Signal::CONT);
                }
                _ => {}
            },
            Err(error) if is_passing(error.kind()) => {}
            Ok(_) | Err(_) => return End::AtOnce,
        }
        if is_suspended {
            let was_still = suspend_all();
            pause = if was_still { LOOK_AT_SUSPENDED_LONGEST.min(pause * 2) } else { LOOK_AT_SUSPENDED };
        }
    }
}

fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Whether nothing had to be stopped.
fn suspend_all() -> bool {
    let (mut still, mut told) = (0, Vec::new());
    for _ in 0..LOOKS_AT_ONCE {
        let all = descendants(getpid().as_raw_pid());
        let is_executed = |process: &Process| process.is_executed(told.contains(process));
        let executed: Vec<Process> = all.into_iter().filter(is_executed).collect();
        still = if executed.is_empty() { still + 1 } else { 0 };
        if still == 2 {
            break;
        }
        for process in executed {
            // One that is gone is not executed either; one that may not be signalled, as that of another user, is told again and
            // again.
            let _gone = !process.signal(Signal::STOP);
            told.push(process);
        }
        sleep(LOOK_AGAIN);
    }
    told.is_empty()
}
