//! The closed list of everything that can wake the core, nested by room.

use triad_event::ids::WorkflowId;
use triad_event::{Event, Recorded};

use crate::{dag, execution, governance, intake, subjects};

/// Everything that can wake the core. What is decided on an input is recorded with everything in it, as the
/// first event of a group, so that the input can be restated from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Settings, pauses, the engine's lives, the clock, quarantine, timers.
    Governance(governance::Input),
    /// Definitions of a workflow.
    Intake {
        /// The workflow to be, drawn at random at the door.
        workflow: WorkflowId,
        /// What is asked.
        input: intake::Input,
    },
    /// What people ask of a workflow.
    Dag {
        /// The workflow.
        workflow: WorkflowId,
        /// What is asked.
        input: dag::Input,
    },
    /// What came of an attempt.
    Execution(execution::Input),
    /// What is asked about data subjects, and what came of an erasure.
    Subjects(subjects::Input),
}

impl Input {
    /// The input that a record states; none when it states none, because it follows from one or was written
    /// by the code that opens the log.
    pub fn restated(first: &Recorded<Event>) -> Option<Self> {
        let workflow = WorkflowId::from(first.stream);
        match first.event.clone() {
            Event::Log(_) => None,
            Event::Governance(event) => Some(Self::Governance(governance::Input::restated(event))),
            Event::Intake(event) => {
                intake::Input::restated(event).map(|input| Self::Intake { workflow, input })
            }
            Event::Dag(event) => dag::Input::restated(event).map(|input| Self::Dag { workflow, input }),
            Event::Execution(event) => execution::Input::restated(event).map(Self::Execution),
            Event::Subjects(event) => Some(Self::Subjects(subjects::Input::restated(event))),
        }
    }
}

impl From<governance::Input> for Input {
    fn from(input: governance::Input) -> Self {
        Self::Governance(input)
    }
}

impl From<execution::Input> for Input {
    fn from(input: execution::Input) -> Self {
        Self::Execution(input)
    }
}

impl From<subjects::Input> for Input {
    fn from(input: subjects::Input) -> Self {
        Self::Subjects(input)
    }
}
