//! A running engine, and workflows of no-op tasks for it: so many at once, until so many have ended.

use crate::session::Failure;
use fixtures::submission::{Unsealed, submission};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use triad_decide::{Input, intake};
use triad_event::Source;
use triad_event::dag::WorkflowCompleted;
use triad_event::ids::{PrincipalId, WorkflowId};
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::subjects::Subject;
use triad_log::directory::LogDirectory;
use triad_log::tail::Tail;
use triad_perform::{Asker, Engine, Running, SiteOptions, StartOptions, start};
use triad_proof::Block;
use triad_vault::Vault;

/// Threads of the runtime: the engine and the storage have one of their own each.
const WORKER_THREADS: usize = 2;
/// Who submits.
pub(crate) const CLIENT: Asker = Asker { principal: PrincipalId([1; 16]), source: Source::Client };

/// An engine, and what it runs on.
pub(crate) struct Served {
    pub(crate) engine: Engine,
    vault: Vault,
    running: Running,
}

/// Also when a build has put another file in its place.
const THIS_PROGRAM: &str = "/proc/self/exe";

impl Served {
    /// Starts an engine on a new log.
    pub(crate) fn create(path: &Path, runtime: &Runtime) -> Result<Self, Failure> {
        fixtures::engine_log::create(path);
        Self::open(path, runtime)
    }

    /// Starts an engine on a log that is there.
    pub(crate) fn open(path: &Path, runtime: &Runtime) -> Result<Self, Failure> {
        let opened = LogDirectory::open(path)?;
        let vault = fixtures::engine_log::vault(&opened);
        let (engine, running) = start(StartOptions {
            opened,
            sign: fixtures::engine_log::sign(),
            hardware: None,
            vault: vault.clone(),
            runtime: runtime.handle().clone(),
            build_digest: [0; 32],
            notify: None,
            configuration: Default::default(),
            site: SiteOptions::new(THIS_PROGRAM.into()),
            is_paused: false,
        })?;
        Ok(Self { engine, vault, running })
    }

    /// Stops it cleanly.
    pub(crate) fn stop(self) -> Result<(), Failure> {
        drop((self.engine, self.vault));
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
    /// Bytes that each task hands on, sealed as its input and as its output; without them nothing is sealed.
    pub(crate) content_bytes: Option<usize>,
}

/// Submits the workflows and calls `progressed` with the number that has ended, after each block of the log.
/// Returns when all have ended, or when `progressed` breaks.
pub(crate) async fn run(
    served: &Served,
    load: Load,
    mut progressed: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let engine = &served.engine;
    let from = engine.durable().borrow().next_sequence;
    let mut tail = Tail::new(engine.reader(), from, engine.durable());
    let room = Arc::new(Semaphore::new(load.at_once));
    let mut submitting = JoinSet::new();
    submitting.spawn(submit_all(engine.clone(), served.vault.clone(), load, Arc::clone(&room)));
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

async fn submit_all(engine: Engine, vault: Vault, load: Load, room: Arc<Semaphore>) -> Result<(), String> {
    let mut asking = JoinSet::new();
    for number in 0..load.workflows {
        room.acquire().await.map_err(|closed| closed.to_string())?.forget();
        let (engine, vault) = (engine.clone(), vault.clone());
        asking.spawn(async move {
            match load.content_bytes {
                Some(bytes) => submit_sealed(&engine, &vault, workflow(number), load.chain, bytes).await,
                None => submit(&engine, workflow(number), 0, chain(load.chain)).await,
            }
        });
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
        owner: String::new(),
        name: "measured".into(),
        idempotency_key: None,
        earlier: None,
        looked_up_through: 0,
        subject: Subject::of(workflow, 0, 0),
        content: [0; 32],
        staged_tasks,
        tasks,
        terms: None,
    };
    ask(engine, workflow, intake::Ask::from(submission)).await
}

/// Submits no-op tasks that each hand on so many bytes.
async fn submit_sealed(
    engine: &Engine,
    vault: &Vault,
    workflow: WorkflowId,
    length: u32,
    bytes: usize,
) -> Result<(), String> {
    let content = text(bytes);
    let task = |task| Unsealed { task, content: Some(content.clone()) };
    let (submission, attachments) =
        submission(vault, workflow, chain(length).into_iter().map(task).collect());
    let input = Input::of(workflow, intake::Ask::from(submission));
    let answer = engine.ask_with(input, attachments, CLIENT).await;
    answer.map_err(|error| error.to_string())?.reply.map_err(|refusal| refusal.to_string())?;
    Ok(())
}

/// So many bytes, which is all that matters about them: sealed bytes look random whatever they were.
fn text(bytes: usize) -> Vec<u8> {
    b"one line of what a task was given\n".iter().copied().cycle().take(bytes).collect()
}

/// Hands something in, and returns when it is durable.
pub(crate) async fn ask(engine: &Engine, workflow: WorkflowId, input: intake::Ask) -> Result<(), String> {
    let answer = engine.ask(Input::of(workflow, input), CLIENT).await;
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
        dependencies: position.checked_sub(1).into_iter().collect(),
        ..TaskDefinition::new(format!("step-{position}"), TaskKind::Noop)
    };
    (0..length).map(task).collect()
}

/// Counts the workflows that are completed in a block, and says which.
pub(crate) fn completions(block: &[u8], mut completed: impl FnMut(WorkflowId)) -> Result<usize, Failure> {
    let block = Block::decode(block)?;
    let mut count = 0;
    for record in block.records() {
        let header = record?.header;
        if header.kind == WorkflowCompleted::KIND.number() {
            completed(WorkflowId(header.stream));
            count += 1;
        }
    }
    Ok(count)
}
