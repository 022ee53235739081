//! What the log says happened, held against what was asked for and what was performed.

use crate::program::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use triad_decide::limits::CUT_OFF_MAX;
use triad_event::{Event, dag, execution, intake};
use triad_replay::frame::{Content, Frame};

/// What the log says happened.
#[derive(Default)]
pub(super) struct Found {
    accepted: BTreeSet<String>,
    ended: BTreeMap<String, u64>,
    keys: BTreeMap<u64, String>,
    outcomes: BTreeMap<u64, u64>,
    succeeded: BTreeSet<u64>,
    processes: BTreeSet<u64>,
    /// Attempts that were lost because they were cut off, and how often they were.
    lost: BTreeMap<u64, u32>,
}

/// How much of it there is.
pub(super) struct Counted {
    pub(super) ended: usize,
    pub(super) outcomes: usize,
    pub(super) lost: usize,
    /// The most lives in which one attempt was performed.
    pub(super) performances_max: u32,
}

impl Found {
    pub(super) fn take(&mut self, frames: &[Frame]) {
        for frame in frames {
            let Content::Event { recorded, .. } = &frame.content else { continue };
            let stream = recorded.stream.to_string();
            #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is counted")]
            match &recorded.event {
                Event::Intake(intake::Event::WorkflowAccepted(_)) => {
                    self.accepted.insert(stream);
                }
                Event::Dag(
                    dag::Event::WorkflowCompleted(_)
                    | dag::Event::WorkflowFailed(_)
                    | dag::Event::WorkflowCancelled(_),
                ) => *self.ended.entry(stream).or_default() += 1,
                Event::Execution(execution::Event::AttemptRequested(requested)) => {
                    self.keys.insert(recorded.sequence, requested.key.to_string());
                    if requested.kind == intake::TaskKind::Process {
                        self.processes.insert(recorded.sequence);
                    }
                }
                Event::Execution(execution::Event::AttemptEnded(ended)) => {
                    *self.outcomes.entry(ended.request).or_default() += 1;
                    if ended.ending == execution::Ending::Succeeded {
                        self.succeeded.insert(ended.request);
                    }
                }
                Event::Execution(execution::Event::AttemptAbandoned(abandoned)) => {
                    *self.outcomes.entry(abandoned.request).or_default() += 1;
                }
                Event::Execution(execution::Event::AttemptLost(lost)) => {
                    *self.outcomes.entry(lost.request).or_default() += 1;
                    self.lost.insert(lost.request, lost.cut_off);
                }
                _ => {}
            }
        }
    }

    /// Holds it against the workflows that were acknowledged, and the keys that performances left.
    pub(super) fn check(&self, workflows: &[Option<String>], marks: &Path) -> Result<Counted, Failure> {
        let acknowledged: BTreeSet<String> = workflows.iter().flatten().cloned().collect();
        if acknowledged.len() != workflows.len() {
            return Err("two idempotency keys were answered with one workflow".into());
        }
        if self.accepted != acknowledged {
            return Err("the accepted workflows are not those that were acknowledged".into());
        }
        if self.ended.len() != acknowledged.len() || self.ended.values().any(|count| *count != 1) {
            return Err("a workflow did not end exactly once".into());
        }
        if self.outcomes.len() != self.keys.len() || self.outcomes.values().any(|count| *count != 1) {
            return Err("an attempt does not have exactly one outcome".into());
        }
        let marks = std::fs::read_to_string(marks).map_err(|error| error.to_string())?;
        let mut performed: BTreeMap<&str, u32> = BTreeMap::new();
        marks.lines().for_each(|key| *performed.entry(key).or_default() += 1);
        let is_performed =
            |request: &u64| self.keys.get(request).is_some_and(|key| performed.contains_key(key.as_str()));
        let of_processes = self.succeeded.intersection(&self.processes);
        if let Some(request) = of_processes.into_iter().find(|request| !is_performed(request)) {
            return Err(format!("attempt {request} succeeded and was never performed"));
        }
        if let Some((key, times)) = performed.iter().find(|(_, times)| **times > CUT_OFF_MAX) {
            return Err(format!("the attempt with the key {key} was performed in {times} lives"));
        }
        if let Some((request, times)) = self.lost.iter().find(|(_, times)| **times != CUT_OFF_MAX) {
            return Err(format!("attempt {request} was given up after {times} lives"));
        }
        Ok(Counted {
            ended: self.ended.len(),
            outcomes: self.outcomes.len(),
            lost: self.lost.len(),
            performances_max: performed.values().copied().max().unwrap_or_default(),
        })
    }
}
