//! What intake remembers: uploads, definitions on their way to acceptance, and recent idempotency keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use triad_event::governance::{Event as GovernanceEvent, Setting, WakeReason};
use triad_event::ids::{DataSubjectId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{
    ChunkStaged, Deadline, Earlier, Event, Priority, TaskDefinition, TaskKind, TaskRules, WorkflowAccepted,
    WorkflowSubmitted,
};
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;
use triad_event::{Domain, Event as AnyEvent, Recorded};

use super::definition::dependency_count;
use super::digest::Chain;
use super::reaction::Reaction;
use crate::fold_error::FoldError;
use crate::image::length;
use crate::image::structs;
use crate::limits::KEYS_MAX;
use crate::plan::{Definition, Lists, Plan, Spec, Texts};
use crate::ports::Ports;
use crate::ports::wakes::{Wake, Wakes};
use crate::recent::Recent;
use crate::shared::SharedMap;

structs! {
    State { uploads, keys }
    Upload { subject, ids, specs, dependencies, chain, expires_at, submitted }
    Pending { name, requester, idempotency_key, digest, priority, deadline }
}

/// A definition that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// Whose its content is, and the slot of the key.
    pub(crate) subject: (DataSubjectId, u64),
    pub(crate) ids: Texts,
    pub(crate) specs: Vec<Spec>,
    pub(crate) dependencies: Lists,
    /// Digest over the staged tasks.
    pub(crate) chain: Chain,
    /// When it is forgotten unless it goes on; none once it is submitted.
    pub(crate) expires_at: Option<Micros>,
    /// What the submission said besides tasks.
    pub(crate) submitted: Option<Pending>,
}

/// What a submission said besides tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) name: String,
    /// Who submitted it.
    pub(crate) requester: PrincipalId,
    pub(crate) idempotency_key: Option<[u8; 32]>,
    pub(crate) digest: [u8; 32],
    /// How urgent its tasks are that say nothing of it.
    pub(crate) priority: Priority,
    /// When all of it must have ended.
    pub(crate) deadline: Option<Deadline>,
}

impl Upload {
    fn new(subject: &Subject) -> Self {
        Self {
            subject: (subject.id, subject.slot),
            ids: Texts::default(),
            specs: Vec::new(),
            dependencies: Lists::default(),
            chain: Chain::default(),
            expires_at: None,
            submitted: None,
        }
    }

    pub(crate) fn task_count(&self) -> usize {
        self.specs.len()
    }

    fn add(&mut self, tasks: &[TaskDefinition]) {
        self.specs.reserve(tasks.len());
        self.dependencies.reserve(tasks.len(), dependency_count(tasks));
        self.ids.reserve(tasks.len(), tasks.iter().map(|task| task.id.len()).sum());
        for task in tasks {
            self.ids.push(&task.id);
            self.dependencies.push(&task.dependencies);
            self.specs.push(Spec::of(task));
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) uploads: SharedMap<WorkflowId, Arc<Upload>>,
    /// Idempotency keys that were accepted lately. Older ones are in the persisted index that the shell asks.
    pub(crate) keys: Recent<[u8; 32], Earlier, KEYS_MAX>,
}

impl Default for State {
    fn default() -> Self {
        Self { uploads: SharedMap::new(), keys: Recent::new() }
    }
}

impl State {
    pub(crate) fn get(&self, workflow: WorkflowId) -> Option<&Upload> {
        self.uploads.get(&workflow).map(Arc::as_ref)
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Intake(event) = &record.event {
            return self.evolve(record, event, ports);
        }
        if let AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) = &record.event {
            self.close(closed.closed, record.sequence, ports);
        }
        Ok(())
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let workflow = WorkflowId::from(record.stream);
        match event {
            Event::ChunkStaged(chunk) => {
                self.begin(record, &chunk.subject, ports)?;
                self.stage(record, workflow, chunk, ports)
            }
            Event::WorkflowSubmitted(submitted) => {
                self.begin(record, &submitted.asked.subject, ports)?;
                self.submit(record, workflow, submitted, ports)
            }
            Event::WorkflowAccepted(accepted) => self.accept(record, workflow, accepted, ports),
            Event::UploadExpired(_) => {
                let upload = self.uploads.remove(&workflow).ok_or(FoldError::UnknownWorkflow)?;
                if upload.submitted.is_some() {
                    return Err(FoldError::Grammar);
                }
                forget_expiry(upload.expires_at, record, &mut ports.wakes);
                ports.uses.end(upload.subject.0, record.sequence);
                Ok(())
            }
        }
    }

    fn stage(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
        chunk: &ChunkStaged,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let upload = self.upload(workflow)?;
        forget_expiry(upload.expires_at, record, &mut ports.wakes);
        upload.chain.over(&chunk.tasks);
        upload.add(&chunk.tasks);
        if chunk.tasks.iter().any(TaskDefinition::brings_content) {
            ports.uses.accept_content(upload.subject.0, record.at);
        }
        let due = record.elapsed.after(ports.settings.span(Setting::UploadExpiry));
        upload.expires_at = Some(due);
        ports.wakes.insert(expiry_wake(due, record));
        Ok(())
    }

    fn submit(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
        submitted: &WorkflowSubmitted,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let upload = self.upload(workflow)?;
        let asked = &submitted.asked;
        forget_expiry(upload.expires_at, record, &mut ports.wakes);
        upload.expires_at = None;
        upload.add(&asked.tasks);
        let terms = asked.terms.as_deref();
        if asked.brings_content() {
            ports.uses.accept_content(upload.subject.0, record.at);
        }
        let count = upload.task_count();
        if upload.dependencies.items.iter().any(|item| *item as usize >= count) {
            return Err(FoldError::UnknownTask);
        }
        if !lie_behind_their_groups(&upload.specs) {
            return Err(FoldError::Grammar);
        }
        upload.submitted = Some(Pending {
            priority: terms.and_then(|terms| terms.priority).unwrap_or(Priority::Normal),
            deadline: terms.and_then(|terms| terms.deadline.clone()),
            name: asked.name.clone(),
            requester: record.principal,
            idempotency_key: asked.idempotency_key,
            digest: submitted.digest,
        });
        ports.reactions.push(Reaction { accepts: workflow }, record.sequence);
        Ok(())
    }

    fn accept(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
        accepted: &WorkflowAccepted,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let upload = self.uploads.remove(&workflow).ok_or(FoldError::UnknownWorkflow)?;
        let Upload { subject, ids, specs, dependencies, submitted, .. } = Arc::unwrap_or_clone(upload);
        let pending = submitted.ok_or(FoldError::Grammar)?;
        if let Some(key) = pending.idempotency_key {
            let earlier = Earlier { workflow, digest: accepted.digest, elapsed: record.elapsed };
            self.keys.insert(key, record.sequence, earlier);
        }
        let waits = dependencies.iter().map(|list| length(list.len())).collect();
        let dependents = dependencies.reversed();
        let Pending { name, requester, priority, deadline, .. } = pending;
        let members = members(&specs);
        let has_deadline = |rules: &TaskRules| rules.deadline.is_some();
        let has_deadlines = specs.iter().any(|spec| spec.rules.as_deref().is_some_and(has_deadline));
        let taken = taken(&specs);
        let plan = Plan {
            name,
            subject,
            requester,
            ids,
            specs,
            dependents,
            members,
            taken,
            priority,
            deadline,
            has_deadlines,
        };
        ports.accepted.hand(Definition { plan, waits });
        Ok(())
    }

    /// Begins an upload unless the record continues one, which is that of the same data subject.
    fn begin(
        &mut self,
        record: &Recorded<AnyEvent>,
        subject: &Subject,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let workflow = WorkflowId::from(record.stream);
        match self.uploads.get(&workflow) {
            Some(upload) if upload.subject == (subject.id, subject.slot) => Ok(()),
            Some(_) => Err(FoldError::Subject),
            None if record.ordinal > 0 || record.stream == StreamId::LOG => Err(FoldError::Grammar),
            None => {
                ports.uses.begin(subject)?;
                ports.streams.open(record.stream, Domain::Intake);
                self.uploads.insert(workflow, Arc::new(Upload::new(subject)));
                Ok(())
            }
        }
    }

    /// The upload that a record continues.
    fn upload(&mut self, workflow: WorkflowId) -> Result<&mut Upload, FoldError> {
        let upload = self.uploads.get_mut(&workflow).map(Arc::make_mut).ok_or(FoldError::UnknownWorkflow)?;
        if upload.submitted.is_some() { Err(FoldError::Grammar) } else { Ok(upload) }
    }

    /// An operator closed the stream for ever.
    fn close(&mut self, stream: StreamId, sequence: u64, ports: &mut Ports) {
        if let Some(upload) = self.uploads.remove(&stream.into()) {
            ports.uses.end(upload.subject.0, sequence);
        }
    }
}

/// Whether what each task is said to be a part of is a sub-workflow before it, so that going from one to the next comes to an
/// end.
fn lie_behind_their_groups(specs: &[Spec]) -> bool {
    let group = |spec: &Spec| spec.rules.as_deref().and_then(|rules| rules.part_of);
    let is_group = |group: usize| specs[group].kind == TaskKind::Group;
    specs.iter().enumerate().all(|(task, spec)| {
        group(spec).is_none_or(|group| (group as usize) < task && is_group(group as usize))
    })
}

/// The tasks whose outputs others take, ascending.
fn taken(specs: &[Spec]) -> Vec<u32> {
    let flows = specs.iter().filter_map(|spec| spec.flow.as_deref());
    let taken: BTreeSet<u32> = flows.flat_map(|flow| flow.takes.iter().copied()).collect();
    taken.into_iter().collect()
}

/// For each sub-workflow, the tasks that are its own.
fn members(specs: &[Spec]) -> BTreeMap<u32, Vec<u32>> {
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (spec, task) in specs.iter().zip(0..) {
        if let Some(group) = spec.rules.as_deref().and_then(|rules| rules.part_of) {
            members.entry(group).or_default().push(task);
        }
    }
    members
}

fn expiry_wake(due: Micros, record: &Recorded<AnyEvent>) -> Wake {
    Wake { due, reason: WakeReason::UploadExpiry, stream: record.stream, about: 0 }
}

fn forget_expiry(expires_at: Option<Micros>, record: &Recorded<AnyEvent>, wakes: &mut Wakes) {
    if let Some(due) = expires_at {
        wakes.remove(&expiry_wake(due, record));
    }
}
