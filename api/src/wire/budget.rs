//! How much of a definition is stored while it is read.

use super::fault::Faults;
use triad_decide::intake::Bounds;

/// Arguments and variables of all tasks together. A text of one byte costs ten in memory, so that a document
/// made of nothing else would need many times its size; no definition within the other limits comes near.
const TEXTS_MAX: usize = 1_000_000;

/// What may still be stored of a definition. What lies beyond is counted and forgotten.
pub(super) struct Budget {
    tasks: usize,
    dependencies: usize,
    texts: usize,
    is_over: bool,
}

impl Budget {
    pub(super) fn new(bounds: &Bounds) -> Self {
        // One more than may be, so that the core says that there are too many.
        let (tasks, dependencies) = (bounds.tasks_max + 1, bounds.dependencies_max + 1);
        Self { tasks, dependencies, texts: TEXTS_MAX, is_over: false }
    }

    pub(super) fn take_task(&mut self) -> bool {
        take(&mut self.tasks)
    }

    pub(super) fn take_dependency(&mut self) -> bool {
        take(&mut self.dependencies)
    }

    pub(super) fn take_text(&mut self) -> bool {
        self.is_over |= !take(&mut self.texts);
        !self.is_over
    }

    /// Says at the place of the tasks that there was too much in them.
    pub(super) fn report(&self, faults: &mut Faults, at: usize) {
        if self.is_over {
            let problem = || format!("at most {TEXTS_MAX} arguments and variables in all");
            faults.add(None, at, || "tasks".to_owned(), problem);
        }
    }
}

fn take(left: &mut usize) -> bool {
    let is_left = *left > 0;
    *left = left.saturating_sub(1);
    is_left
}
