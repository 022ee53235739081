//! When a task runs and how often: conditions, edges, lists, parts of sub-workflows, deadlines, priorities.

use crate::ids::WorkflowId;
use crate::quantity::{Bytes, Micros, Millis};
use crate::sealed::{ContentClass, Sealed};

structure! {
    /// What a definition says of when a task runs and how often, beside its dependencies. Most have nothing of it.
    TaskRules {
        /// The expression that must hold when it could run, sealed as [`ContentClass::Rule`].
        condition: Option<Sealed>,
        /// That it is run for each entry of a list, when it is.
        fan_out: Option<FanOut>,
        /// The dependencies that it does not want completed but otherwise, ascending.
        edges: Vec<Edge>,
        /// The sub-workflow that it is a part of, by position.
        part_of: Option<u32>,
        /// When it must have ended.
        deadline: Option<Deadline>,
        /// How urgent it is; none for as urgent as its workflow.
        priority: Option<Priority>,
        /// What of an earlier workflow stands for it, so that it is not run again.
        reused: Option<Reused>,
        /// The JSON Schema of what comes with the signal that it waits for; empty when anything may.
        signal_schema: String,
    }
}

structure! {
    /// A task that is run for each entry of a list.
    FanOut {
        /// The expression that gives the list, sealed as [`ContentClass::Rule`].
        list: Sealed,
        /// How many of its parts are under way at once, at most.
        at_once: u32,
    }
}

structure! {
    /// A dependency that is wanted otherwise than completed.
    Edge {
        /// Its position.
        dependency: u32,
        /// How.
        on: EdgeOn,
    }
}

tagged! {
    /// After which end of a dependency a task runs.
    EdgeOn {
        /// It failed.
        Failed = 1,
        /// It ended, however it did.
        Ended = 2,
    }
}

structure! {
    /// When something must have ended.
    Deadline {
        /// At that moment.
        at: Option<Micros>,
        /// So long after the acceptance.
        after: Option<Millis>,
    }
}

tagged! {
    /// How urgent something is. What is more urgent gets the next free place.
    Priority {
        /// It can wait.
        Low = 1,
        /// As anything else.
        Normal = 2,
        /// Before others.
        High = 3,
        /// Before all others.
        Critical = 4,
    }
}

structure! {
    /// What of an earlier workflow stands for a task.
    Reused {
        /// The workflow for which it was sealed.
        workflow: WorkflowId,
        /// What it gave: one thing, or as many as it had parts.
        gave: Vec<Gave>,
        /// Whether that is one thing or a list.
        form: Form,
    }
}

structure! {
    /// What a task gave.
    Gave {
        /// Where it lies; none when it gave nothing.
        output: Option<Sealed>,
        /// As what that was sealed.
        class: ContentClass,
        /// How much there was of it, kept or not.
        total: Bytes,
    }
}

tagged! {
    /// Whether what a task gave is one thing or a list.
    Form {
        /// One thing.
        One = 1,
        /// A list, of its parts.
        List = 2,
    }
}

impl TaskRules {
    /// Nothing of all that.
    pub fn nothing() -> Self {
        Self {
            condition: None,
            fan_out: None,
            edges: Vec::new(),
            part_of: None,
            deadline: None,
            priority: None,
            reused: None,
            signal_schema: String::new(),
        }
    }

    /// Whether something is evaluated before it runs.
    pub const fn is_evaluated(&self) -> bool {
        self.condition.is_some() || self.fan_out.is_some()
    }
}
