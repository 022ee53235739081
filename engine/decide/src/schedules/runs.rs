//! The runs that schedules may follow: of which schedule or definition each is, and which schedules are told when it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use triad_event::dag::Event as DagEvent;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::{Event as IntakeEvent, WorkflowSubmitted};
use triad_event::schedules::{Followed, LABEL_SCHEDULE, RunEnd, ScheduleSet};
use triad_event::{Event as AnyEvent, Recorded};

use super::follows::Ended;
use super::reaction::Reaction;
use super::state::{Schedule, State};
use crate::image::{structs, words};
use crate::limits::ENDED_KEPT_MAX;
use crate::ports::Ports;
use crate::recent::Recent;
use crate::shared::SharedMap;

words! { Followed }

structs! {
    Runs { alive, ended, followers }
    Run { tenant, labelled, schedule, definition }
}

/// What has runs: a schedule or a definition, the tenant whose it is, and its name.
type Whose = (Followed, (String, String));

/// The runs that schedules may follow.
#[derive(Debug, Clone)]
pub(crate) struct Runs {
    /// Those that are alive and that a schedule submitted, or says that it did, or that are made of a named definition.
    alive: SharedMap<WorkflowId, Arc<Run>>,
    /// The ends of those of which their label alone says that a schedule submitted them: that it fired may be recorded later.
    ended: Recent<WorkflowId, Ended, ENDED_KEPT_MAX>,
    /// Who follows. Shared until written.
    followers: Arc<BTreeMap<Whose, BTreeSet<StreamId>>>,
}

/// A run that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    tenant: String,
    /// The schedule that its label names.
    labelled: Option<String>,
    /// The schedule that fired it, once that is recorded.
    schedule: Option<String>,
    /// The definition that it is made of.
    definition: Option<String>,
}

impl Default for Runs {
    fn default() -> Self {
        Self { alive: SharedMap::new(), ended: Recent::new(), followers: Arc::default() }
    }
}

impl Runs {
    /// A schedule is set, which was another one before, or none.
    pub(super) fn follow(&mut self, stream: StreamId, set: &ScheduleSet, before: Option<&Schedule>) {
        if let Some(before) = before {
            self.follow_no_more(stream, before);
        }
        if let Some(after) = &set.after {
            let whose = (after.followed, (set.tenant.clone(), after.name.clone()));
            Arc::make_mut(&mut self.followers).entry(whose).or_default().insert(stream);
        }
    }

    /// A schedule is no more, or is to be another one.
    pub(super) fn follow_no_more(&mut self, stream: StreamId, schedule: &Schedule) {
        let Some(follows) = &schedule.follows else { return };
        let whose = (follows.after.followed, (schedule.tenant.clone(), follows.after.name.clone()));
        let followers = Arc::make_mut(&mut self.followers);
        if let Some(streams) = followers.get_mut(&whose) {
            streams.remove(&stream);
            if streams.is_empty() {
                followers.remove(&whose);
            }
        }
    }

    fn submit(&mut self, stream: StreamId, submitted: &WorkflowSubmitted, ports: &Ports) {
        let Some(terms) = submitted.asked.terms.as_deref() else { return };
        let label = terms.labels.iter().find(|label| label.name == LABEL_SCHEDULE);
        let labelled = label.map(|label| label.value.clone());
        let definition = terms.definition.as_ref().map(|used| used.name.clone());
        if labelled.is_some() || definition.is_some() {
            let tenant = ports.accounts.of(stream).tenant;
            let run = Run { tenant, labelled, schedule: None, definition };
            self.alive.insert(stream.into(), Arc::new(run));
        }
    }

    fn followers(&self, followed: Followed, tenant: &str, name: &str) -> Vec<StreamId> {
        if self.followers.is_empty() {
            return Vec::new();
        }
        let streams = self.followers.get(&(followed, (tenant.to_owned(), name.to_owned())));
        streams.into_iter().flatten().copied().collect()
    }
}

impl State {
    /// What is recorded of runs: that one was submitted, or ended.
    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    pub(super) fn hear_run(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        let how = match &record.event {
            AnyEvent::Intake(IntakeEvent::WorkflowSubmitted(submitted)) => {
                return self.runs.submit(record.stream, submitted, ports);
            }
            AnyEvent::Dag(DagEvent::WorkflowCompleted(_)) => RunEnd::Completed,
            AnyEvent::Dag(DagEvent::WorkflowFailed(_)) => RunEnd::Failed,
            AnyEvent::Dag(DagEvent::WorkflowCancelled(_)) => RunEnd::Cancelled,
            _ => return,
        };
        self.end_run(record.stream, how, record, ports);
    }

    /// A stream ended; nothing follows from it unless it is that of a run.
    pub(super) fn end_run(
        &mut self,
        stream: StreamId,
        how: RunEnd,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
    ) {
        let workflow = WorkflowId::from(stream);
        // Most workflows are no such run: then nothing is written.
        let Some(run) = self.runs.alive.get(&workflow).cloned() else { return };
        self.runs.alive.remove(&workflow);
        let ended = Ended { workflow, sequence: record.sequence, at_ms: record.at.0.div_euclid(1000), how };
        let Run { tenant, labelled, schedule, definition } = &*run;
        if let Some(name) = definition {
            let followers = self.runs.followers(Followed::Definition, tenant, name);
            self.owe(&followers, ended, record, ports);
        }
        match (schedule, labelled) {
            (Some(name), _) => {
                let followers = self.runs.followers(Followed::Schedule, tenant, name);
                self.owe(&followers, ended, record, ports);
            }
            (None, Some(name)) if !self.runs.followers(Followed::Schedule, tenant, name).is_empty() => {
                self.runs.ended.insert(workflow, record.sequence, ended);
            }
            (None, _) => {}
        }
    }

    /// A schedule submitted a run, which may have ended already.
    pub(super) fn fired_run(
        &mut self,
        schedule: StreamId,
        workflow: WorkflowId,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
    ) {
        let Some(Schedule { tenant, name, .. }) = self.schedules.get(&schedule) else { return };
        if let Some(ended) = self.runs.ended.get(&workflow).copied() {
            let followers = self.runs.followers(Followed::Schedule, tenant, name);
            self.owe(&followers, ended, record, ports);
        } else if ports.streams.get(workflow.into()).is_some() {
            let known = self.runs.alive.get(&workflow).map(|run| Run::clone(run));
            let (tenant, schedule) = (tenant.clone(), Some(name.clone()));
            let (labelled, definition) = known.map_or((None, None), |run| (run.labelled, run.definition));
            self.runs.alive.insert(workflow, Arc::new(Run { tenant, labelled, schedule, definition }));
        }
    }

    /// Those of the schedules that follow it owe a moment to a run that ended. One in quarantine hears nothing.
    fn owe(&mut self, followers: &[StreamId], ended: Ended, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        for stream in followers {
            let follows = self.schedules.get_mut(stream).and_then(|schedule| schedule.follows.as_mut());
            let Some(follows) = follows.filter(|_| !ports.streams.is_aside(*stream)) else { continue };
            if follows.owe(ended) {
                let reaction = Reaction { schedule: *stream, workflow: ended.workflow };
                ports.reactions.push(reaction, record.sequence);
            }
        }
    }
}
