//! A running engine, and workflows of no-op tasks for it: so many at once, until so many have ended.

use crate::session::Failure;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use triad_decide::{Input, intake};
use triad_event::ids::{PrincipalId, WorkflowId};
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::subjects::Subject;
use triad_event::{Kind, Source};
use triad_log::directory::LogDirectory;
use triad_log::tail::Tail;
use triad_perform::{Asker, Engine, Running, StartOptions, start};
use triad_proof::Block;

/// Threads of the runtime: the engine and the storage have one of their own each.
const WORKER_THREADS: usize = 2;
/// Who submits.
pub(crate) const CLIENT: Asker = Asker { principal: PrincipalId([1; 16]), source: Source::Client };

/// An engine, and what it runs on.
pub(crate) struct Served {
    pub(crate) engine: Engine,
    running: Running,
}

impl Served {
    /// Starts an engine on a new log.
    pub(crate) fn create(path: &Path, runtime: &Runtime) -> Result<Self, Failure> {
        fixtures::engine_log::create(path);
        Self::open(path, runtime)
    }

    /// Starts an engine on a log that is there.
    pub(crate) fn open(path: &Path, runtime: &Runtime) -> Result<Self, Failure> {
        let (engine, running) = start(StartOptions {
            opened: LogDirectory::open(path)?,
            sign: fixtures::engine_log::sign(),
            hardware: None,
            runtime: runtime.handle().clone(),
            build_digest: [0; 32],
        })?;
        Ok(Self { engine, running })
    }

    /// Stops it cleanly.
    pub(crate) fn stop(self) -> Result<(), Failure> {
        drop(self.engine);
        Ok(self.running.stop()?)
    }
}

/// The runtime of an engine and of those who ask it.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_multi_thread().worker_threads(WORKER_THREADS).enable_all().build()?)
}

/// Workflows that are all alike.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// How many run at once.
    pub(crate) at_once: usize,
    /// How many there are in all.
    pub(crate) workflows: u64,
    /// Tasks of each, one after another.
    pub(crate) chain: u32,
}

/// Submits the workflows and calls `progressed` with the number that has ended, after each block of the log.
/// Returns when all have ended, or when `progressed` breaks.
pub(crate) async fn run(
    engine: &Engine,
    load: Load,
    mut progressed: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let from = engine.durable().borrow().next_sequence;
    let mut tail = Tail::new(engine.reader(), from, engine.durable());
    let room = Arc::new(Semaphore::new(load.at_once));
    let mut submitting = JoinSet::new();
    submitting.spawn(submit_all(engine.clone(), load, Arc::clone(&room)));
    let (mut ended, mut all_submitted) = (0, false);
    while ended < load.workflows {
        let block = tokio::select! {
            block = tail.next_block() => block?.ok_or("the engine ended")?,
            submitted = submitting.join_next(), if !all_submitted => {
                submitted.ok_or("nothing is submitted")??.map_err(|why| format!("not submitted: {why}"))?;
                all_submitted = true;
                continue;
            }
        };
        let count = completions(&block, |_| ())?;
        ended += count as u64;
        room.add_permits(count);
        if progressed(ended).is_break() {
            break;
        }
    }
    Ok(())
}

async fn submit_all(engine: Engine, load: Load, room: Arc<Semaphore>) -> Result<(), String> {
    let mut asking = JoinSet::new();
    for number in 0..load.workflows {
        room.acquire().await.map_err(|closed| closed.to_string())?.forget();
        let engine = engine.clone();
        asking.spawn(async move { submit(&engine, workflow(number), 0, chain(load.chain)).await });
        while let Some(asked) = asking.try_join_next() {
            asked.map_err(|panicked| panicked.to_string())??;
        }
    }
    while let Some(asked) = asking.join_next().await {
        asked.map_err(|panicked| panicked.to_string())??;
    }
    Ok(())
}

/// Submits a definition, or the rest of one of which some tasks were staged, and returns when that is durable.
pub(crate) async fn submit(
    engine: &Engine,
    workflow: WorkflowId,
    staged_tasks: u32,
    tasks: Vec<TaskDefinition>,
) -> Result<(), String> {
    let submission = intake::Submission {
        name: "measured".into(),
        idempotency_key: None,
        earlier: None,
        looked_up_through: 0,
        subject: Subject::of(workflow, 0, 0),
        content: [0; 32],
        staged_tasks,
        tasks,
    };
    ask(engine, workflow, intake::Input::Submit(submission)).await
}

/// Hands something in, and returns when it is durable.
pub(crate) async fn ask(engine: &Engine, workflow: WorkflowId, input: intake::Input) -> Result<(), String> {
    let answer = engine.ask(Input::Intake { workflow, input }, CLIENT).await;
    answer.map_err(|error| error.to_string())?.reply.map_err(|refusal| refusal.to_string())?;
    Ok(())
}

/// The id of a workflow, as even as chance would make it: what is alive is spread by the first byte.
pub(crate) fn workflow(number: u64) -> WorkflowId {
    let mut id = [1; 16];
    id[..8].copy_from_slice(&(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    id[8..].copy_from_slice(&(number + 1).to_be_bytes());
    WorkflowId(id)
}

/// No-op tasks, one after another.
pub(crate) fn chain(length: u32) -> Vec<TaskDefinition> {
    let task = |position: u32| TaskDefinition {
        id: format!("step-{position}"),
        name: String::new(),
        kind: TaskKind::Noop,
        dependencies: position.checked_sub(1).into_iter().collect(),
        input: None,
        timeout: None,
        attempts_max: 1,
        retry_base: None,
    };
    (0..length).map(task).collect()
}

/// Counts the workflows that are completed in a block, and says which.
pub(crate) fn completions(block: &[u8], mut completed: impl FnMut(WorkflowId)) -> Result<usize, Failure> {
    let block = Block::decode(block)?;
    let mut count = 0;
    for record in block.records() {
        let header = record?.header;
        if header.kind == Kind::DagWorkflowCompleted.number() {
            completed(WorkflowId(header.stream));
            count += 1;
        }
    }
    Ok(count)
}
