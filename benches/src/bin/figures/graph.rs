//! A graph of a hundred thousand tasks: submitting it, running it, its memory, and how others fare meanwhile.

use crate::child::{self, Part};
use crate::engine_load::{Served, ask, chain, completions, runtime, submit, workflow};
use crate::session::{Failure, Session, progress, remark};
use benches::process::peak_resident_mib;
use benches::stopwatch::Stopwatch;
use fixtures::statistics::quantile;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use triad_decide::intake::{self, Bounds, Proposal, ProposedTask, check, pieces};
use triad_event::ids::WorkflowId;
use triad_event::intake::{ChunkStaged, TaskKind};
use triad_event::subjects::Subject;
use triad_log::tail::Tail;
use triad_perform::Engine;

pub(crate) const FIGURES: &[&str] = &[
    "graph_100k_submit_ms",
    "graph_100k_run_s",
    "graph_100k_rss_mib",
    "graph_100k_other_p99_ms",
    "graph_100k_cycle_ms",
];

const TASKS: usize = 100_000;
const LAYER: usize = 100;
/// Dependencies of each task on tasks of the layer before.
const DEPENDENCIES: usize = 2;
/// Another workflow, of one task, is submitted this often.
const OTHER_EVERY: Duration = Duration::from_millis(10);
/// The others go on this long before the graph comes, so that it meets a running engine.
const LEAD: Duration = Duration::from_millis(500);
const GRAPH: WorkflowId = WorkflowId([0xee; 16]);

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    progress("graph_100k");
    let scratch = session.scratch()?;
    let mut part = Part::spawn(child::GRAPH, &scratch.path().join("log"), &[])?;
    remark(&format!(
        "graph_100k: {TASKS} no-op tasks in layers of {LAYER}, {DEPENDENCIES} dependencies each; submit: checked, \
         staged in pieces, accepted and durable; run: from there to the end; memory: the most that its process had \
         resident, with the client; other: from submitting a workflow of one task, every {} ms meanwhile, \
         to reading its end in the log",
        OTHER_EVERY.as_millis()
    ));
    for (name, unit) in FIGURES.iter().zip(["ms", "s", "MiB", "ms", "ms"]) {
        session.figure(name, part.line()?.parse()?, unit, None);
    }
    remark(&format!("graph_100k: others: {}", part.line()?));
    remark(&format!("graph_100k_cycle_ms: refused: {}", part.line()?));
    part.end()
}

/// When each of the others was submitted, and how long those took that have ended.
#[derive(Default)]
struct Others {
    submitted: BTreeMap<WorkflowId, Stopwatch>,
    took_ms: Vec<f64>,
}

type Shared = Arc<Mutex<Others>>;

/// The part that measures; it prints the figures in order, then what is said of others and of the cycle.
pub(crate) fn run_graph(directory: &Path) -> Result<(), Failure> {
    let runtime = runtime()?;
    let served = Served::create(directory, &runtime)?;
    let (submit_ms, run_seconds, others) = runtime.block_on(beside_others(&served.engine))?;
    let peak = peak_resident_mib();
    served.stop()?;
    let (cycle_ms, refused) = refuse_cycle()?;
    println!("{submit_ms}\n{run_seconds}\n{peak}\n{}\n{cycle_ms}", quantile(&others, 0.99));
    println!(
        "{} of them, p50 {:.3} ms, longest {:.3} ms",
        others.len(),
        quantile(&others, 0.5),
        quantile(&others, 1.0)
    );
    println!("{refused}");
    Ok(())
}

async fn beside_others(engine: &Engine) -> Result<(f64, f64, Vec<f64>), Failure> {
    let (others, from) = (Shared::default(), engine.durable().borrow().next_sequence);
    let tail = Tail::new(engine.reader(), from, engine.durable());
    let mut beside = JoinSet::new();
    beside.spawn(submit_others(engine.clone(), Arc::clone(&others)));
    let mut graph = JoinSet::new();
    graph.spawn(watch(tail, Arc::clone(&others)));
    tokio::time::sleep(LEAD).await;
    // Only those count that the graph could have kept waiting.
    lock(&others).took_ms.clear();
    let begun = Stopwatch::start();
    submit_graph(engine).await?;
    let submit_ms = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Stopwatch::start();
    graph.join_next().await.ok_or("the log is watched")??.map_err(|why| format!("watching: {why}"))?;
    let run_seconds = begun.elapsed().as_secs_f64();
    if let Some(ended) = beside.try_join_next() {
        ended?.map_err(|why| format!("others: {why}"))?;
    }
    let took_ms = std::mem::take(&mut lock(&others).took_ms);
    Ok((submit_ms, run_seconds, took_ms))
}

fn lock(others: &Shared) -> std::sync::MutexGuard<'_, Others> {
    others.lock().expect("no holder of this lock panics")
}

/// A layered graph as a client proposes it; `cyclic` makes its first task wait for its last.
fn proposal(cyclic: bool) -> Proposal {
    let id = |position: usize| format!("task-{position}");
    let task = |position: usize| {
        let before = (position / LAYER).checked_sub(1).map(|layer| layer * LAYER);
        let place = |offset: usize| before.map(|before| id(before + (position + offset) % LAYER));
        let mut dependencies: Vec<String> = (0..DEPENDENCIES).filter_map(place).collect();
        if cyclic && position == 0 {
            dependencies.push(id(TASKS - 1));
        }
        ProposedTask { dependencies, ..ProposedTask::new(id(position), TaskKind::Noop) }
    };
    Proposal { name: "large".to_owned(), tasks: (0..TASKS).map(task).collect(), terms: None }
}

async fn submit_graph(engine: &Engine) -> Result<(), Failure> {
    let bounds = Bounds::from_settings(&engine.status().await?.settings);
    let tasks = check(proposal(false), &bounds).map_err(|faults| faults.to_string())?;
    let mut pieces = pieces(tasks.tasks);
    let subject = Subject::of(GRAPH, 0, 0);
    let rest = pieces.pop().unwrap_or_default();
    let mut staged = 0;
    for tasks in pieces {
        let chunk = ChunkStaged { first_task: staged, subject: subject.clone(), tasks };
        staged += u32::try_from(chunk.tasks.len())?;
        ask(engine, GRAPH, intake::Ask::StageChunk(chunk)).await?;
    }
    Ok(submit(engine, GRAPH, staged, rest).await?)
}

async fn submit_others(engine: Engine, others: Shared) -> Result<(), String> {
    let mut asking = JoinSet::new();
    for number in 0.. {
        let (engine, id) = (engine.clone(), workflow(number));
        lock(&others).submitted.insert(id, Stopwatch::start());
        asking.spawn(async move { submit(&engine, id, 0, chain(1)).await });
        while let Some(asked) = asking.try_join_next() {
            asked.map_err(|panicked| panicked.to_string())??;
        }
        tokio::time::sleep(OTHER_EVERY).await;
    }
    Ok(())
}

/// Notes the ends of the others until the graph's own.
async fn watch(mut tail: Tail<triad_log::FjallReader>, others: Shared) -> Result<(), String> {
    let mut ended = false;
    while !ended {
        let block = tail.next_block().await.map_err(|error| error.to_string())?.ok_or("the engine ended")?;
        let completed = |id: WorkflowId| {
            let mut others = lock(&others);
            match others.submitted.remove(&id) {
                Some(since) => others.took_ms.push(since.elapsed().as_secs_f64() * 1e3),
                None => ended |= id == GRAPH,
            }
        };
        completions(&block, completed).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// How soon the graph is refused when it has a cycle, and with what.
fn refuse_cycle() -> Result<(f64, String), Failure> {
    let bounds = Bounds { tasks_max: TASKS, dependencies_max: TASKS * (DEPENDENCIES + 1) };
    let (proposal, begun) = (proposal(true), Stopwatch::start());
    let Err(faults) = check(proposal, &bounds) else { return Err("a cycle was not refused".into()) };
    let took_ms = begun.elapsed().as_secs_f64() * 1e3;
    let text: String = faults.to_string().replace('\n', " ").chars().take(160).collect();
    Ok((took_ms, text))
}
