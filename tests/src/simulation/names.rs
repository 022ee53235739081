//! Workflows have names in scripts, and ids that spell the name backwards, so that they begin with different bytes.

use triad_event::ids::WorkflowId;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_from_its_id() {
        for name in ["w1", "nightly", "sixteen-letters-"] {
            assert_eq!(name_of(workflow_named(name)), name);
        }
    }
}
