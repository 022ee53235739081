//! The limits that a process sets for itself before it reads a question.

use crate::limits::{ADDRESSES_BYTES_MAX, PROCESSOR_SECONDS_MAX};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// Each of them ends the process, or fails what it tries; none can be raised again.
const BOUNDS: [(Resource, u64); 5] = [
    (Resource::Cpu, PROCESSOR_SECONDS_MAX),
    (Resource::As, ADDRESSES_BYTES_MAX),
    // Its memory is content, and belongs into no file.
    (Resource::Core, 0),
    (Resource::Fsize, 0),
    // The three streams that it has are enough.
    (Resource::Nofile, 3),
];

/// Limits this process, for ever.
pub(super) fn set() -> io::Result<()> {
    for (resource, most) in BOUNDS {
        // A machine may be stricter.
        let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
        // Where both are the same the system kills at once, as anybody else could; a second more, and the signal says why.
        let maximum = most + u64::from(resource == Resource::Cpu);
        let maximum = getrlimit(resource).maximum.map_or(maximum, |already| already.min(maximum));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(maximum) })?;
    }
    Ok(())
}
