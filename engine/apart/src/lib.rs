//! One question, answered by a process of its own, which is ended when it takes too much.
//!
//! ```text
//!   caller --question--> standard input of `PROGRAM VERB` --answer--> caller
//! ```
//!
//! For work whose time and memory depend on what others wrote, and which cannot be stopped from within its process. So the
//! program starts itself, limits itself before it reads anything, and whatever it does then, a loop without end, memory without
//! bound or a stack that overflows, ends that process alone. What is asked and answered is bytes; nothing here reads them.

mod bounds;
mod output;
mod process;

pub use bounds::Bounds;
pub use process::{Ended, Said, ask};

use std::ffi::{OsStr, OsString};
use std::io::{self, StdinLock, StdoutLock};
use std::process::ExitCode;

/// Limits this process and has it respond, if these arguments say that it is one that was started for `verb`; none else. The
/// limits are set before `respond` is called, with what is asked and where it answers, and hold for ever.
pub fn run(
    verb: &str,
    bounds: Bounds,
    mut arguments: impl Iterator<Item = OsString>,
    respond: impl FnOnce(StdinLock<'static>, StdoutLock<'static>) -> io::Result<()>,
) -> Option<ExitCode> {
    if arguments.nth(1).as_deref() != Some(OsStr::new(verb)) {
        return None;
    }
    // Whoever asked is told by the answer, and a panic would write of values.
    std::panic::set_hook(Box::new(|_| {}));
    let responded = bounds.set().and_then(|()| respond(io::stdin().lock(), output::answer()));
    Some(if responded.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
