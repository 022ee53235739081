//! What performing a task means.

tagged! {
    /// What performing a task means.
    TaskKind {
        /// Nothing: it succeeds at once, and its output is its input. For measuring and for joining branches.
        Noop = 1,
        /// A command is run.
        Process = 2,
    }
}
