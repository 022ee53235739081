//! What the machine may run short of, as its errors say it. What fails for that is delayed and tried again, never lost.

use rustix::io::Errno;
use std::io;

/// Files, processes, memory and space. `EAGAIN` is what a limit of processes or threads answers, `EFBIG` what one of the length
/// of files answers.
const SHORTAGES: [Errno; 9] = [
    Errno::MFILE,
    Errno::NFILE,
    Errno::AGAIN,
    Errno::NOMEM,
    Errno::NOSPC,
    Errno::DQUOT,
    Errno::FBIG,
    Errno::NOBUFS,
    Errno::USERS,
];

/// Whether an operation failed because the machine, or what this process may use of it, ran short of something.
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|number| SHORTAGES.contains(&Errno::from_raw_os_error(number)))
}
