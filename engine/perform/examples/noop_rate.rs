//! How many no-op tasks a second the engine runs, end to end and durable: 256 workflows at once, chains of 10.
//!
//! `cargo run --release -p triad-perform --example noop_rate -- [SECONDS]`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use triad_decide::{Input, intake};
use triad_event::Source;
use triad_event::ids::{PrincipalId, WorkflowId};
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_log::directory::LogDirectory;
use triad_log::tail::Tail;
use triad_perform::{Asker, StartOptions, start};
use triad_proof::Block;

fn chain() -> Vec<TaskDefinition> {
    let task = |n: u32| TaskDefinition {
        id: format!("t{n}"),
        name: String::new(),
        kind: TaskKind::Noop,
        dependencies: n.checked_sub(1).into_iter().collect(),
        command: Vec::new(),
        env: Vec::new(),
        timeout: None,
        attempts_max: 1,
        retry_base: None,
    };
    (0..10).map(task).collect()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    let directory = tempfile::tempdir_in("target").expect("a directory");
    fixtures::engine_log::create(directory.path());
    let opened = LogDirectory::open(directory.path()).expect("opens");
    let runtime = tokio::runtime::Handle::current();
    let options = StartOptions { opened, sign: fixtures::engine_log::sign(), runtime, build_digest: [0; 32] };
    let (engine, running) = start(options).expect("starts");
    let (next, done) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicU64::new(0)));
    let mut tail = Tail::new(engine.reader(), 0, engine.durable());
    let mut set = tokio::task::JoinSet::new();
    let permits = Arc::new(tokio::sync::Semaphore::new(256));
    let (ended, stop) = (Arc::clone(&permits), Arc::clone(&done));
    set.spawn(async move {
        while let Ok(Some(bytes)) = tail.next_block().await {
            let block = Block::decode(&bytes).expect("decodes");
            let count =
                block.records().filter(|record| record.as_ref().is_ok_and(|r| r.header.kind == 310)).count();
            stop.fetch_add(count as u64, Ordering::Relaxed);
            ended.add_permits(count);
        }
    });
    let submitter = engine.clone();
    set.spawn(async move {
        let mut asks = tokio::task::JoinSet::new();
        loop {
            let permit = permits.acquire().await.expect("open");
            permit.forget();
            let id = next.fetch_add(1, Ordering::Relaxed);
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&id.to_be_bytes());
            bytes[15] = 1;
            let submission = intake::Submission {
                name: "chain".into(),
                idempotency_key: None,
                earlier: None,
                looked_up_through: 0,
                staged_tasks: 0,
                tasks: chain(),
            };
            let input =
                Input::Intake { workflow: WorkflowId(bytes), input: intake::Input::Submit(submission) };
            let engine = submitter.clone();
            asks.spawn(async move {
                let by = Asker { principal: PrincipalId([1; 16]), source: Source::Client };
                engine.ask(input, by).await.expect("answers").reply.expect("accepted");
            });
            while asks.try_join_next().is_some() {}
        }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = (done.load(Ordering::Relaxed), engine.durable().borrow().next_sequence);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let after = (done.load(Ordering::Relaxed), engine.durable().borrow().next_sequence);
    println!("noop tasks/s {}", (after.0 - before.0) * 10 / seconds);
    println!("records/s {}", (after.1 - before.1) / seconds);
    set.abort_all();
    drop(engine);
    running.stop().expect("stops");
}
