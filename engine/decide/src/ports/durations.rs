//! How long tasks took that may wait for prices: by who submits them, the name of their workflow, and their id.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_deferral::{Estimate, History, Run, Stated};
use triad_event::ids::PrincipalId;
use triad_event::quantity::{Micros, Millis};

use crate::image::{Image, Source, Unreadable, put_length, structs};
use crate::limits::DURATIONS_KEPT_MAX;
use crate::shared::SharedMap;

/// A digest of what a task is known by from one workflow to the next.
pub(crate) type Known = [u8; 32];

/// Keeps digests of other things apart.
const CONTEXT: &str = "triad 2026 how long a task took";

/// How long tasks took. The task whose last run is the longest ago is forgotten first.
#[derive(Debug, Clone)]
pub(crate) struct Durations {
    tasks: SharedMap<Known, Ran>,
    /// Each task by the sequence of the record of its last run. Shared until written.
    last: Arc<BTreeMap<u64, Known>>,
}

/// The runs of a task that are remembered.
#[derive(Debug, Clone)]
struct Ran {
    /// Sequence of the record of the last of them.
    last: u64,
    runs: Runs,
}

/// How long they took. Shared until written.
#[derive(Debug, Clone, Default)]
struct Runs(Arc<History>);

structs! {
    Durations { tasks, last }
    Ran { last, runs }
}

impl Default for Durations {
    fn default() -> Self {
        Self { tasks: SharedMap::new(), last: Arc::default() }
    }
}

/// What a task is known by.
pub(crate) fn known_by(requester: PrincipalId, workflow: &str, task: &str) -> Known {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&requester.0).update(&(workflow.len() as u64).to_le_bytes());
    *hasher.update(workflow.as_bytes()).update(task.as_bytes()).finalize().as_bytes()
}

impl Durations {
    /// A task took that long, as the record with that sequence says.
    pub(crate) fn observe(&mut self, task: Known, took: Micros, sequence: u64) {
        let last = Arc::make_mut(&mut self.last);
        let mut ran = self.tasks.remove(&task).unwrap_or(Ran { last: sequence, runs: Runs::default() });
        last.remove(&ran.last);
        // Rounded up, so that a run that takes as long again is within its estimate.
        let duration_ms = took.0.max(0).unsigned_abs().div_ceil(1000);
        Arc::make_mut(&mut ran.runs.0).observe(Run { duration_ms, energy_mwh: 0 });
        ran.last = sequence;
        last.insert(sequence, task);
        self.tasks.insert(task, ran);
        if self.tasks.len() > DURATIONS_KEPT_MAX
            && let Some((_, forgotten)) = last.pop_first()
        {
            self.tasks.remove(&forgotten);
        }
    }

    /// How long a task takes at most with that probability, if it takes no longer than it may.
    pub(crate) fn estimate(&self, task: &Known, ppm: u64, timeout: Millis) -> Estimate {
        let stated = Stated { timeout_ms: timeout.0, energy_mwh: 0 };
        match self.tasks.get(task) {
            Some(ran) => ran.runs.0.duration_ms(ppm, &stated),
            None => Estimate { amount: timeout.0, runs: 0 },
        }
    }
}

impl Image for Runs {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.0.runs().count(), out);
        self.0.runs().for_each(|run| run.duration_ms.put(out));
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let mut history = History::default();
        for _ in 0..source.length()? {
            history.observe(Run { duration_ms: u64::take(source)?, energy_mwh: 0 });
        }
        Ok(Self(Arc::new(history)))
    }

    fn shape(out: &mut String) {
        out.push_str("durations");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Millis = Millis(1_000_000);

    fn named(number: usize) -> Known {
        known_by(PrincipalId([7; 16]), "nightly", &number.to_string())
    }

    #[test]
    fn the_task_whose_last_run_is_the_longest_ago_is_forgotten_first() {
        let mut durations = Durations::default();
        for number in 0..DURATIONS_KEPT_MAX {
            durations.observe(named(number), Micros(1_000), number as u64);
        }
        durations.observe(named(0), Micros(3_000), 50_000);
        durations.observe(named(DURATIONS_KEPT_MAX), Micros(1_000), 50_001);
        assert_eq!((durations.tasks.len(), durations.last.len()), (DURATIONS_KEPT_MAX, DURATIONS_KEPT_MAX));
        let usual = |number| durations.estimate(&named(number), 500_000, TIMEOUT);
        assert_eq!(usual(0), Estimate { amount: 3, runs: 2 });
        assert_eq!(usual(1), Estimate { amount: 1_000_000, runs: 0 });
        assert_eq!(usual(2), Estimate { amount: 1, runs: 1 });
    }

    #[test]
    fn who_submits_the_workflow_and_the_task_are_told_apart() {
        let (mine, yours) = (PrincipalId([1; 16]), PrincipalId([2; 16]));
        let known = [("a", "b", mine), ("a", "b", yours), ("ab", "", mine), ("", "ab", mine)];
        let digests = known.map(|(workflow, task, who)| known_by(who, workflow, task));
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(digest), "{index}");
        }
    }

    #[test]
    fn what_is_remembered_comes_back_from_a_snapshot() {
        let mut durations = Durations::default();
        (0..40).for_each(|run| durations.observe(named(1), Micros(run * 1_000), 10 + run.unsigned_abs()));
        let mut bytes = Vec::new();
        durations.put(&mut bytes);
        let back = Durations::take(&mut Source::over(&bytes)).expect("what was put");
        let estimate = |of: &Durations| of.estimate(&named(1), 900_000, TIMEOUT);
        assert_eq!(estimate(&back), Estimate { amount: 37, runs: 32 });
        assert_eq!(estimate(&back), estimate(&durations));
        assert_eq!(*back.last, *durations.last);
    }
}
