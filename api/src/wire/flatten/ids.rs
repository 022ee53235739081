//! The ids of tasks, within a workflow or sub-workflow and as a whole.

use crate::wire::fault::Faults;
use crate::wire::origin::Origin;
use crate::wire::task::ReadTask;
use std::collections::BTreeSet;
use triad_decide::limits::PATH_BYTES_MAX;

/// Gives an id to each task without one; the id of a task is needed to speak of it.
pub(super) fn assign_ids(tasks: &mut [ReadTask]) {
    if tasks.iter().all(|read| !read.task.definition.id.is_empty()) {
        return;
    }
    let mut taken: BTreeSet<String> = tasks.iter().map(|read| read.task.definition.id.clone()).collect();
    for (read, number) in tasks.iter_mut().zip(1..) {
        let id = &mut read.task.definition.id;
        if id.is_empty() {
            let plain = format!("task-{number}");
            let numbered = (2..).map(|more: u64| format!("{plain}-{more}"));
            let free = std::iter::once(plain.clone()).chain(numbered).find(|id| !taken.contains(id));
            *id = free.unwrap_or(plain);
            taken.insert(id.clone());
        }
    }
}

/// What the core cannot tell of an id, because it sees the whole of it alone.
pub(super) fn check_id(own: &str, whole: &str, origin: &Origin, faults: &mut Faults) {
    if whole.len() > PATH_BYTES_MAX {
        let problem =
            || format!("has more than {PATH_BYTES_MAX} bytes with the ids of the sub-workflows around it");
        faults.add_of(origin, whole, None, "id", problem);
    } else if own.contains('.') {
        faults.add_of(origin, whole, None, "id", || "is 1 to 64 characters of a-z, 0-9, _ and -".to_owned());
    }
}
