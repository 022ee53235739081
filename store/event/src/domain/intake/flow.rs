//! What a task may have beside a command or a text: what it waits for, whose outputs it takes, when it is tried again.

use crate::execution::Ending;
use crate::quantity::Millis;

structure! {
    /// What a task may have beside a command or a text with its options. Most have nothing of it.
    TaskFlow {
        /// What people call it; decides nothing. Empty when they did not.
        category: String,
        /// The dependencies whose outputs are put into its input, by position, ascending.
        takes: Vec<u32>,
        /// How long it waits, when it does.
        wait: Option<Millis>,
        /// The signal that it waits for, when it does.
        signal: Option<SignalGate>,
        /// The approvals that it waits for, when it does.
        approval: Option<ApprovalGate>,
        /// The ends of an attempt after which it is tried again, ascending; empty for all that may pass.
        retry_on: Vec<Ending>,
        /// The longest delay before a retry; none for what the setting says.
        retry_delay_max: Option<Millis>,
    }
}

structure! {
    /// A signal that a task waits for.
    SignalGate {
        /// Its name: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        name: String,
        /// After which time the task fails; none for never.
        expires: Option<Millis>,
    }
}

structure! {
    /// Approvals that a task waits for.
    ApprovalGate {
        /// The roles whose holders may approve.
        roles: Vec<String>,
        /// How many of them must.
        needed: u32,
        /// After which time the task fails; none for never.
        expires: Option<Millis>,
    }
}

impl TaskFlow {
    /// Nothing of all that.
    pub fn nothing() -> Self {
        Self {
            category: String::new(),
            takes: Vec::new(),
            wait: None,
            signal: None,
            approval: None,
            retry_on: Vec::new(),
            retry_delay_max: None,
        }
    }
}
