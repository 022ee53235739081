//! What intake remembers: uploads, definitions on their way to acceptance, and recent idempotency keys.

use std::sync::Arc;

use triad_event::governance::{Setting, WakeReason};
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{ChunkStaged, Earlier, Event, TaskDefinition, WorkflowAccepted, WorkflowSubmitted};
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;
use triad_event::{Event as AnyEvent, Recorded};

use super::definition::dependency_count;
use super::digest::Chain;
use crate::dag::{self, Lists, Plan, Spec, Texts};
use crate::evolve::Because;
use crate::governance::Settings;
use crate::limits::KEYS_MAX;
use crate::recent::Recent;
use crate::shared::SharedMap;
use crate::subjects;
use crate::wakes::{Wake, Wakes};
use crate::world::expect_ordinal;

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
    pub(crate) next_ordinal: u64,
    /// When it is forgotten unless it goes on; none once it is submitted.
    pub(crate) expires_at: Option<Micros>,
    /// What the submission said besides tasks.
    pub(crate) submitted: Option<Pending>,
    /// When content was last accepted for it.
    pub(crate) last_content: Option<Micros>,
}

/// What a submission said besides tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) name: String,
    pub(crate) idempotency_key: Option<[u8; 32]>,
    pub(crate) digest: [u8; 32],
}

impl Upload {
    fn new(subject: &Subject) -> Self {
        Self {
            subject: (subject.id, subject.slot),
            ids: Texts::default(),
            specs: Vec::new(),
            dependencies: Lists::default(),
            chain: Chain::default(),
            next_ordinal: 0,
            expires_at: None,
            submitted: None,
            last_content: None,
        }
    }

    pub(crate) fn task_count(&self) -> usize {
        self.specs.len()
    }

    fn add(&mut self, tasks: &[TaskDefinition], at: Micros) {
        if tasks.iter().any(|task| task.input.is_some()) {
            self.last_content = Some(at);
        }
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

/// What intake remembers.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) uploads: SharedMap<WorkflowId, Arc<Upload>>,
    /// Idempotency keys that were accepted lately. Older ones are in the persisted index that the shell asks.
    pub(crate) keys: Recent<[u8; 32], Earlier, KEYS_MAX>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self { uploads: SharedMap::new(), keys: Recent::new() }
    }

    pub(crate) fn uploads(&self) -> usize {
        self.uploads.len()
    }

    pub(crate) fn get(&self, workflow: WorkflowId) -> Option<&Upload> {
        self.uploads.get(&workflow).map(Arc::as_ref)
    }

    pub(crate) fn next_ordinal(&self, workflow: WorkflowId) -> u64 {
        self.get(workflow).map_or(0, |upload| upload.next_ordinal)
    }

    /// A record of intake.
    pub(crate) fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        (dag, subjects): (&mut dag::State, &mut subjects::State),
        settings: &Settings,
        wakes: &mut Wakes,
    ) -> Result<(), Because> {
        let workflow = WorkflowId::from(record.stream);
        match event {
            Event::ChunkStaged(chunk) => {
                self.begin(workflow, &chunk.subject, subjects)?;
                self.stage(record, workflow, chunk, settings, wakes)
            }
            Event::WorkflowSubmitted(submitted) => {
                self.begin(workflow, &submitted.subject, subjects)?;
                self.submit(record, workflow, submitted, wakes)
            }
            Event::WorkflowAccepted(accepted) => self.accept(record, workflow, accepted, dag),
            Event::UploadExpired(_) => {
                let upload = self.uploads.remove(&workflow).ok_or(Because::UnknownWorkflow)?;
                if record.ordinal != upload.next_ordinal || upload.submitted.is_some() {
                    return Err(Because::Grammar);
                }
                forget_expiry(upload.expires_at, record, wakes);
                subjects.end_use(upload.subject.0, upload.last_content, record.sequence);
                Ok(())
            }
        }
    }

    fn stage(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
        chunk: &ChunkStaged,
        settings: &Settings,
        wakes: &mut Wakes,
    ) -> Result<(), Because> {
        let upload = self.upload(record, workflow)?;
        forget_expiry(upload.expires_at, record, wakes);
        upload.chain.over(&chunk.tasks);
        upload.add(&chunk.tasks, record.at);
        let at = record.at.after(settings.span(Setting::UploadExpiry));
        upload.expires_at = Some(at);
        wakes.insert(expiry_wake(at, record));
        Ok(())
    }

    fn submit(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
        submitted: &WorkflowSubmitted,
        wakes: &mut Wakes,
    ) -> Result<(), Because> {
        let upload = self.upload(record, workflow)?;
        forget_expiry(upload.expires_at, record, wakes);
        upload.expires_at = None;
        upload.add(&submitted.tasks, record.at);
        let count = upload.task_count();
        if upload.dependencies.items.iter().any(|item| *item as usize >= count) {
            return Err(Because::UnknownTask);
        }
        upload.submitted = Some(Pending {
            name: submitted.name.clone(),
            idempotency_key: submitted.idempotency_key,
            digest: submitted.digest,
        });
        Ok(())
    }

    fn accept(
        &mut self,
        record: &Recorded<AnyEvent>,
        workflow: WorkflowId,
        accepted: &WorkflowAccepted,
        dag: &mut dag::State,
    ) -> Result<(), Because> {
        let upload = self.uploads.remove(&workflow).ok_or(Because::UnknownWorkflow)?;
        let Upload { subject, ids, specs, dependencies, mut next_ordinal, submitted, last_content, .. } =
            Arc::unwrap_or_clone(upload);
        expect_ordinal(record, &mut next_ordinal)?;
        let pending = submitted.ok_or(Because::Grammar)?;
        if let Some(key) = pending.idempotency_key {
            let earlier = Earlier { workflow, digest: accepted.digest, at: record.at };
            self.keys.insert(key, record.sequence, earlier);
        }
        let waits = dependencies.iter().map(|list| dag::length(list.len())).collect();
        let dependents = dependencies.reversed();
        let plan = Plan { name: pending.name, subject, ids, specs, dependents };
        dag.accept(workflow, plan, next_ordinal, waits, last_content);
        Ok(())
    }

    /// Begins an upload unless the record continues one, which is that of the same data subject.
    fn begin(
        &mut self,
        workflow: WorkflowId,
        subject: &Subject,
        subjects: &mut subjects::State,
    ) -> Result<(), Because> {
        match self.uploads.get(&workflow) {
            Some(upload) if upload.subject == (subject.id, subject.slot) => Ok(()),
            Some(_) => Err(Because::Subject),
            None => {
                subjects.begin_use(subject)?;
                self.uploads.insert(workflow, Arc::new(Upload::new(subject)));
                Ok(())
            }
        }
    }

    /// The upload that a record continues.
    fn upload(&mut self, record: &Recorded<AnyEvent>, workflow: WorkflowId) -> Result<&mut Upload, Because> {
        let upload = self.uploads.get_mut(&workflow).map(Arc::make_mut).ok_or(Because::UnknownWorkflow)?;
        if upload.submitted.is_some() {
            return Err(Because::Grammar);
        }
        expect_ordinal(record, &mut upload.next_ordinal)?;
        Ok(upload)
    }
}

fn expiry_wake(at: Micros, record: &Recorded<AnyEvent>) -> Wake {
    Wake { at, reason: WakeReason::UploadExpiry, stream: record.stream, subject: 0 }
}

fn forget_expiry(expires_at: Option<Micros>, record: &Recorded<AnyEvent>, wakes: &mut Wakes) {
    if let Some(at) = expires_at {
        wakes.remove(&expiry_wake(at, record));
    }
}
