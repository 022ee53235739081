//! What performing a task means.

tagged! {
    /// What performing a task means.
    TaskKind {
        /// Nothing: it succeeds at once, and its output is its input. For measuring and for joining branches.
        Noop = 1,
        /// A command is run.
        Process = 2,
        /// A span of time passes.
        Wait = 3,
        /// Somebody sends a signal.
        Signal = 4,
        /// People approve.
        Approval = 5,
        /// Its parts end: it is a sub-workflow.
        Group = 6,
    }
}

impl TaskKind {
    /// Whether it waits, and no machine works on it.
    pub const fn is_gate(self) -> bool {
        match self {
            Self::Wait | Self::Signal | Self::Approval => true,
            Self::Noop | Self::Process | Self::Group => false,
        }
    }

    /// Whether something of it runs for as long as it takes.
    pub const fn takes_time(self) -> bool {
        match self {
            Self::Process => true,
            Self::Noop | Self::Wait | Self::Signal | Self::Approval | Self::Group => false,
        }
    }
}
