//! A signal that would end the program in the middle of its work, where an error says the same.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What the system sends with the write that goes beyond the largest file allowed (`ulimit -f`). Once somebody listens that write
/// fails like any other.
const FILE_TOO_LARGE: i32 = signal_hook::consts::SIGXFSZ;

/// Has writes fail instead. What a task is started as has the default again.
pub(crate) fn let_writes_fail() {
    let heard = Arc::new(AtomicBool::new(false));
    // A system that does not allow it ends the program, as it would have.
    let _ends_it = signal_hook::flag::register(FILE_TOO_LARGE, heard).is_err();
}
