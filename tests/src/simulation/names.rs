//! Workflows and data subjects have names in scripts, and ids that spell the name backwards, so that they begin with
//! different bytes.

use triad_event::ids::{DataSubjectId, WorkflowId};

/// The id of a name. A name that is longer than an id is cut.
pub fn workflow_named(name: &str) -> WorkflowId {
    let mut id = [0; 16];
    id.iter_mut().zip(name.bytes().rev()).for_each(|(place, byte)| *place = byte);
    WorkflowId(id)
}

/// The name of an id.
pub fn name_of(workflow: WorkflowId) -> String {
    let length = workflow.0.iter().position(|byte| *byte == 0).unwrap_or(workflow.0.len());
    let mut bytes = workflow.0[..length].to_vec();
    bytes.reverse();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The id of a data subject with a name.
pub fn subject_named(name: &str) -> DataSubjectId {
    workflow_named(name).into()
}

/// The name of a data subject, which is that of a workflow when it is one.
pub fn subject_name(subject: DataSubjectId) -> String {
    name_of(WorkflowId(subject.0))
}
