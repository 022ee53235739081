//! What is known of an attempt that failed.

/// An attempt that failed. What is not known is empty, `None` or false.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The end of its standard error. Of more than [`TAIL_BYTES_MAX`](crate::limits::TAIL_BYTES_MAX) the end is taken.
    pub stderr: &'a [u8],
    /// The end of its standard output, which is asked when standard error says too little.
    pub stdout: &'a [u8],
    /// The exit code, when it exited.
    pub exit: Option<i32>,
    /// The number of the signal that ended it (Linux), when one did.
    pub signal: Option<i32>,
    /// Whether it was ended because its time was over.
    pub timed_out: bool,
    /// How long it ran, in milliseconds.
    pub ran_ms: u64,
    /// Whether the system reported that its memory limit was reached.
    pub memory_limit_hit: bool,
    /// The names of the variables in its environment; never their values.
    pub environment: &'a [&'a str],
    /// The first word of its command, with or without a path.
    pub program: &'a str,
}

impl Facts<'_> {
    /// The program's name without its path.
    pub(crate) fn program_name(&self) -> &str {
        self.program.rsplit('/').next().unwrap_or(self.program)
    }
}
