//! The door that random histories go through, with what they know of it.

use std::collections::BTreeSet;

use triad_event::ids::{DataSubjectId, WorkflowId};

use super::door::{Door, workflow_named};

/// A door, how often each name was given to a workflow, because an id is never used twice, and whose keys the vault
/// has destroyed.
pub(super) struct Drive {
    door: Door,
    generations: [u8; 6],
    pub(super) destroyed: BTreeSet<DataSubjectId>,
}

impl std::ops::Deref for Drive {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl std::ops::DerefMut for Drive {
    fn deref_mut(&mut self) -> &mut Door {
        &mut self.door
    }
}

impl Drive {
    pub(super) fn open() -> Self {
        Self { door: Door::open(), generations: [0; 6], destroyed: BTreeSet::new() }
    }

    /// The workflow that bears a name.
    pub(super) fn workflow(&self, name: u8) -> WorkflowId {
        workflow_named(&format!("w{name}-{}", self.generations[usize::from(name)]))
    }

    /// The workflow that bears a name, or a new one when it is gone.
    pub(super) fn workflow_to_submit(&mut self, name: u8) -> WorkflowId {
        let id = self.workflow(name);
        if self.world.dag.get(id).is_none() && self.world.intake.get(id).is_none() {
            self.generations[usize::from(name)] += 1;
        }
        self.workflow(name)
    }
}
