//! The limits that a process sets for itself before it reads a question.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// What a process may take. It gets no files besides its three streams, writes none, and leaves no picture of its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Processor time, in seconds.
    pub processor_seconds_max: u64,
    /// Addresses, in bytes: the program itself, the question, and all that it becomes.
    pub addresses_bytes_max: u64,
}

impl Bounds {
    /// Limits this process, for ever. Each limit ends the process, or fails what it tries; none can be raised again.
    pub(crate) fn set(self) -> io::Result<()> {
        let bounds = [
            (Resource::Cpu, self.processor_seconds_max),
            (Resource::As, self.addresses_bytes_max),
            // Its memory is content, and belongs into no file.
            (Resource::Core, 0),
            (Resource::Fsize, 0),
            // The three streams that it has are enough.
            (Resource::Nofile, 3),
        ];
        for (resource, most) in bounds {
            // A machine may be stricter.
            let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
            // Where both are the same the system kills at once, as anybody else could; a second more, and the signal says why.
            let maximum = most + u64::from(resource == Resource::Cpu);
            let maximum = getrlimit(resource).maximum.map_or(maximum, |already| already.min(maximum));
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(maximum) })?;
        }
        Ok(())
    }
}
