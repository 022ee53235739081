//! One chain of no-op tasks: what each step takes beside the sync that it needs at least.
//!
//! The chain is paused every hundred steps for as many syncs, so that both meet the same disk and the same neighbours.

use crate::engine_load::{CLIENT, Served, chain, runtime, submit, workflow};
use crate::session::{Failure, Session, progress, remark};
use benches::stopwatch::{Stopwatch, timed};
use benches::sync_probe::SyncProbe;
use fixtures::statistics::{median, quantile};
use std::time::Duration;
use tokio::runtime::Runtime;
use triad_decide::{Input, dag};
use triad_event::dag::{TaskCompleted, WorkflowPaused, WorkflowResumed};
use triad_event::ids::WorkflowId;
use triad_log::FjallReader;
use triad_log::storage::BlockBytes;
use triad_log::tail::Tail;
use triad_perform::Engine;
use triad_proof::Block;

pub(crate) const FIGURES: &[&str] = &["chain_step_ms"];

const STEPS: u32 = 2000;
const STEPS_IN_TURN: usize = 100;
const RUNS: usize = 5;
/// After a pause, how long the step that was under way may take to show; what is not seen by then only makes the next
/// turn shorter.
const SETTLE: Duration = Duration::from_millis(20);

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let runtime = runtime()?;
    let mut runs = Vec::new();
    for number in 1..=RUNS {
        progress(&format!("chain_step_ms: run {number} of {RUNS}"));
        runs.push(run(session, &runtime)?);
    }
    let of = |what: fn(&Run) -> f64| median(&runs.iter().map(what).collect::<Vec<_>>());
    let (step, sync) = (of(Run::step), of(Run::sync));
    remark(&format!(
        "chain_step_ms: one workflow, a chain of {STEPS}; limit: fdatasync of the bytes of a step's block to a \
         pre-sized file; in turns of {STEPS_IN_TURN}; p50 of a step {:.3} ms, of a sync {:.3} ms; means {step:.3} ms \
         and {sync:.3} ms: a step is {:.3} ms over one sync and \
         {:.3} ms over two; medians of {RUNS} runs",
        of(|run| quantile(&run.steps, 0.5)),
        of(|run| quantile(&run.syncs, 0.5)),
        of(|run| run.step() - run.sync()),
        of(|run| run.step() - 2.0 * run.sync()),
    ));
    session.figure("chain_step_ms", step, "ms", Some(of(|run| run.step() / run.sync())));
    Ok(())
}

/// What each step and each sync of one run took, in ms.
#[derive(Default)]
struct Run {
    steps: Vec<f64>,
    syncs: Vec<f64>,
}

impl Run {
    fn step(&self) -> f64 {
        self.steps.iter().sum::<f64>() / self.steps.len() as f64
    }

    fn sync(&self) -> f64 {
        self.syncs.iter().sum::<f64>() / self.syncs.len() as f64
    }
}

fn run(session: &Session, runtime: &Runtime) -> Result<Run, Failure> {
    let scratch = session.scratch()?;
    let served = Served::create(&scratch.path().join("log"), runtime)?;
    let mut file = SyncProbe::sized(&scratch.path().join("probe"))?;
    let run = runtime.block_on(alternate(&served.engine, &mut file))?;
    served.stop()?;
    Ok(run)
}

async fn alternate(engine: &Engine, file: &mut SyncProbe) -> Result<Run, Failure> {
    let (id, from) = (workflow(0), engine.durable().borrow().next_sequence);
    let mut follow =
        Follow { tail: Tail::new(engine.reader(), from, engine.durable()), completed: 0, last: None };
    let mut run = Run::default();
    submit(engine, id, 0, chain(STEPS)).await?;
    while follow.completed < STEPS as usize {
        follow.steps(&mut run.steps).await?;
        if follow.completed + STEPS_IN_TURN < STEPS as usize {
            ask(engine, id, dag::Ask::Pause(WorkflowPaused { reason: String::new() })).await?;
            follow.settle().await?;
            sync(file, &follow, &mut run.syncs)?;
            ask(engine, id, dag::Ask::Resume(WorkflowResumed { reason: String::new() })).await?;
        }
    }
    Ok(run)
}

async fn ask(engine: &Engine, workflow: WorkflowId, input: dag::Ask) -> Result<(), Failure> {
    engine.ask(Input::of(workflow, input), CLIENT).await?.reply?;
    Ok(())
}

fn sync(file: &mut SyncProbe, follow: &Follow, syncs: &mut Vec<f64>) -> Result<(), Failure> {
    let block = follow.last.as_ref().ok_or("a step was seen")?;
    for _ in 0..STEPS_IN_TURN {
        let (written, duration) = timed(|| file.write(block));
        written?;
        syncs.push(duration.as_secs_f64() * 1e3);
    }
    Ok(())
}

/// Follows the steps of the chain in the log.
struct Follow {
    tail: Tail<FjallReader>,
    completed: usize,
    /// The block of the newest step.
    last: Option<BlockBytes>,
}

impl Follow {
    /// Takes the time between completions until a turn is full or the chain is at its end.
    async fn steps(&mut self, steps: &mut Vec<f64>) -> Result<(), Failure> {
        let until = (self.completed + STEPS_IN_TURN).min(STEPS as usize);
        self.next().await?;
        let mut since = Stopwatch::start();
        while self.completed < until {
            self.next().await?;
            steps.push(since.elapsed().as_secs_f64() * 1e3);
            since = Stopwatch::start();
        }
        Ok(())
    }

    /// Waits until a step is completed.
    async fn next(&mut self) -> Result<(), Failure> {
        let before = self.completed;
        while self.completed == before {
            let bytes = self.tail.next_block().await?.ok_or("the engine ended")?;
            for record in Block::decode(&bytes)?.records() {
                self.completed += usize::from(record?.header.kind == TaskCompleted::KIND.number());
            }
            if self.completed > before {
                self.last = Some(bytes);
            }
        }
        Ok(())
    }

    /// Sees what still comes after a pause.
    async fn settle(&mut self) -> Result<(), Failure> {
        while let Ok(seen) = tokio::time::timeout(SETTLE, self.next()).await {
            seen?;
        }
        Ok(())
    }
}
