//! Schedules that follow the runs of others, as the records tell it.

use super::{ScheduleLine, Schedules};
use crate::simulation::violation::{Verdict, hold};
use std::collections::BTreeMap;
use triad_event::dag::Event as DagEvent;
use triad_event::ids::WorkflowId;
use triad_event::schedules::{FollowOn, MomentFired, RunEnd, RunFollowed, ScheduleSet};
use triad_event::{Event as AnyEvent, Recorded};

/// What a schedule follows.
#[derive(Debug)]
pub(crate) struct Following {
    /// The name of the schedule whose runs it follows.
    whose: String,
    on: FollowOn,
    /// The sequence since which it does.
    since: u64,
    /// Runs that ended and are to be followed.
    owed: BTreeMap<WorkflowId, EndedRun>,
    /// Moments that were named and are not handled.
    pub(crate) waiting: BTreeMap<i64, WorkflowId>,
}

/// A run that ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct EndedRun {
    sequence: u64,
    at_ms: i64,
    how: RunEnd,
}

impl Following {
    pub(super) fn of(record: &Recorded<AnyEvent>, set: &ScheduleSet) -> Option<Self> {
        let after = set.after.as_ref()?;
        let (whose, on, since) = (after.name.clone(), after.on, record.sequence);
        Some(Self { whose, on, since, owed: BTreeMap::new(), waiting: BTreeMap::new() })
    }
}

impl Schedules {
    /// Every run that ended and is to be followed was, by everybody who follows it.
    pub(in crate::simulation::book) fn invariant_each_run_that_ended_is_followed(&self) -> Verdict {
        let owing = self
            .open
            .values()
            .find(|line| line.following.as_ref().is_some_and(|following| !following.owed.is_empty()));
        hold("invariant_each_run_that_ended_is_followed_once", owing.is_none(), || {
            format!("at rest a schedule has not followed: {owing:?}")
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else ends a workflow")]
    pub(in crate::simulation::book) fn hear_end(&mut self, record: &Recorded<AnyEvent>, event: &DagEvent) {
        let how = match event {
            DagEvent::WorkflowCompleted(_) => RunEnd::Completed,
            DagEvent::WorkflowFailed(_) => RunEnd::Failed,
            DagEvent::WorkflowCancelled(_) => RunEnd::Cancelled,
            _ => return,
        };
        self.end_run(record, how);
    }

    /// A workflow ended: whoever follows the schedule that submitted it owes it a moment.
    pub(in crate::simulation::book) fn end_run(&mut self, record: &Recorded<AnyEvent>, how: RunEnd) {
        let workflow = WorkflowId::from(record.stream);
        let ended = EndedRun { sequence: record.sequence, at_ms: record.at.0.div_euclid(1000), how };
        match self.fired.get(&workflow).cloned() {
            Some(whose) => self.owe(&whose, workflow, ended),
            None => drop(self.ended.insert(workflow, ended)),
        }
    }

    pub(super) fn hear_firing(&mut self, record: &Recorded<AnyEvent>, fired: &MomentFired) {
        let Some(line) = self.open.get(&record.stream) else { return };
        let whose = line.name.clone();
        self.fired.insert(fired.workflow, whose.clone());
        if let Some(ended) = self.ended.remove(&fired.workflow) {
            self.owe(&whose, fired.workflow, ended);
        }
    }

    fn owe(&mut self, whose: &str, workflow: WorkflowId, ended: EndedRun) {
        for following in self.open.values_mut().filter_map(|line| line.following.as_mut()) {
            if following.whose == whose && following.since < ended.sequence && following.on.takes(ended.how) {
                following.owed.insert(workflow, ended);
            }
        }
    }
}

impl ScheduleLine {
    /// Up to here moments are handled or named.
    fn newest_ms(&self) -> Option<i64> {
        let waiting = self.following.as_ref().and_then(|following| following.waiting.keys().next_back());
        self.handled_ms.max(waiting.copied())
    }

    pub(super) fn set(&mut self, record: &Recorded<AnyEvent>, set: &ScheduleSet) {
        let is_same = match (&self.following, &set.after) {
            (Some(following), Some(after)) => (&following.whose, following.on) == (&after.name, after.on),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !is_same {
            self.handled_ms = self.newest_ms();
            self.following = Following::of(record, set);
        }
    }

    pub(super) fn follow(&mut self, record: &Recorded<AnyEvent>, followed: &RunFollowed) -> Verdict {
        let newest_ms = self.newest_ms();
        let owed = self.following.as_mut().and_then(|following| following.owed.remove(&followed.workflow));
        let is_right = owed.is_some_and(|ended| {
            let moment_ms = newest_ms.map_or(0, |newest_ms| newest_ms + 1).max(ended.at_ms);
            (moment_ms, ended.how) == (followed.moment_ms, followed.how)
        });
        hold("invariant_each_run_that_ended_is_followed_once", is_right, || {
            format!("record {} follows {followed:?}, and there was {owed:?}", record.sequence)
        })?;
        let following = self.following.as_mut().expect("it owed a run a moment");
        if let Some(displaced_ms) = followed.displaced_ms {
            let is_second = following.waiting.keys().nth(1) == Some(&displaced_ms);
            hold("invariant_each_moment_is_handled_once_and_in_order", is_second, || {
                format!("record {} leaves out {displaced_ms} of {:?}", record.sequence, following.waiting)
            })?;
            following.waiting.remove(&displaced_ms);
        }
        following.waiting.insert(followed.moment_ms, followed.workflow);
        Ok(())
    }

    /// What fires is the oldest that waits; what is left out are all that wait within its bounds.
    pub(super) fn handle_followed(
        &mut self,
        record: &Recorded<AnyEvent>,
        first_ms: i64,
        last_ms: i64,
        count: u64,
    ) -> Verdict {
        let following = self.following.as_mut().expect("only those that follow are asked");
        let is_oldest = following.waiting.keys().next() == Some(&first_ms);
        let before = following.waiting.len() as u64;
        following.waiting.retain(|moment_ms, _| !(first_ms..=last_ms).contains(moment_ms));
        let is_right = is_oldest && before - following.waiting.len() as u64 == count && count > 0;
        self.handled_ms = self.handled_ms.max(Some(last_ms));
        hold("invariant_each_moment_is_handled_once_and_in_order", is_right, || {
            format!("record {} handles {count} from {first_ms} to {last_ms}", record.sequence)
        })
    }
}
