//! The engine on a real log: workflows run, survive, and are not lost.

use std::path::Path;
use std::time::Duration;
use triad_decide::{Accepted, Input, dag, intake};
use triad_event::dag::Event as DagEvent;
use triad_event::execution::Ending;
use triad_event::ids::{PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::quantity::Millis;
use triad_event::{Event, Recorded, Source, execution};
use triad_log::directory::LogDirectory;
use triad_log::records::{blocks, stream_sequences};
use triad_perform::{Asker, Engine, Running, StartOptions, start};
use triad_proof::Block;

const CLIENT: Asker = Asker { principal: PrincipalId([9; 16]), source: Source::Client };

fn open(path: &Path) -> (Engine, Running) {
    let opened = LogDirectory::open(path).expect("opens");
    let runtime = tokio::runtime::Handle::current();
    let options = StartOptions {
        opened,
        sign: fixtures::engine_log::sign(),
        hardware: None,
        runtime,
        build_digest: [0; 32],
    };
    start(options).expect("starts")
}

fn task(id: &str, dependencies: &[u32], command: &[&str]) -> TaskDefinition {
    TaskDefinition {
        id: id.into(),
        name: String::new(),
        kind: if command.is_empty() { TaskKind::Noop } else { TaskKind::Process },
        dependencies: dependencies.to_vec(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        env: Vec::new(),
        timeout: None,
        attempts_max: 1,
        retry_base: None,
    }
}

async fn submit(engine: &Engine, id: u8, tasks: Vec<TaskDefinition>) -> WorkflowId {
    let workflow = WorkflowId([id; 16]);
    let submission = intake::Submission {
        name: "a workflow".into(),
        idempotency_key: None,
        earlier: None,
        looked_up_through: 0,
        staged_tasks: 0,
        tasks,
    };
    let input = Input::Intake { workflow, input: intake::Input::Submit(submission) };
    let answer = engine.ask(input, CLIENT).await.expect("answers");
    assert!(matches!(answer.reply, Ok(Accepted::Submitted { .. })), "{answer:?}");
    workflow
}

/// Every record of a workflow once it has ended.
async fn ended(engine: &Engine, workflow: WorkflowId) -> Vec<Recorded<Event>> {
    let is_end = |record: &Recorded<Event>| {
        matches!(
            record.event,
            Event::Dag(
                DagEvent::WorkflowCompleted(_) | DagEvent::WorkflowFailed(_) | DagEvent::WorkflowCancelled(_)
            )
        )
    };
    for _ in 0..400 {
        let records = records(engine, workflow.into());
        if records.last().is_some_and(is_end) {
            return records;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the workflow did not end: {:#?}", records(engine, workflow.into()));
}

fn records(engine: &Engine, stream: StreamId) -> Vec<Recorded<Event>> {
    let reader = engine.reader();
    let sequences = stream_sequences(&reader, stream.0, 0, usize::MAX).expect("reads");
    let read = |sequence| {
        let bytes = blocks(&reader, sequence, sequence).next().expect("one block").expect("reads");
        let block = Block::decode(&bytes).expect("decodes");
        let record = block.record_at(sequence).expect("inside").expect("decodes");
        triad_perform::recover::recorded(&record).expect("decodes")
    };
    sequences.into_iter().map(read).collect()
}

fn endings(records: &[Recorded<Event>]) -> Vec<(u32, Ending)> {
    let ending = |record: &Recorded<Event>| match &record.event {
        Event::Execution(execution::Event::AttemptEnded(ended)) => Some((ended.task, ended.ending)),
        _ => None,
    };
    records.iter().filter_map(ending).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_tasks_runs_in_order_and_its_output_is_recorded() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let (engine, running) = open(directory.path());
    let tasks = vec![
        task("first", &[], &[]),
        task("second", &[0], &["sh", "-c", "echo hello; exit 0"]),
        task("third", &[1], &["sh", "-c", "exit 3"]),
        task("never", &[2], &[]),
    ];
    let workflow = submit(&engine, 5, tasks).await;
    let records = ended(&engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::Succeeded), (1, Ending::Succeeded), (2, Ending::Exited)]);
    assert!(matches!(records.last().map(|last| &last.event), Some(Event::Dag(DagEvent::WorkflowFailed(_)))));
    drop(engine);
    running.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_workflow_ends_its_processes() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let (engine, running) = open(directory.path());
    let workflow =
        submit(&engine, 6, vec![task("long", &[], &["sleep", "60"]), task("after", &[0], &[])]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let input = Input::Dag { workflow, input: dag::Input::Cancel { reason: "enough".into() } };
    engine.ask(input, CLIENT).await.expect("answers").reply.expect("accepted");
    let records = ended(&engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::Cancelled)]);
    assert!(matches!(
        records.last().map(|last| &last.event),
        Some(Event::Dag(DagEvent::WorkflowCancelled(_)))
    ));
    drop(engine);
    running.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_ends_an_attempt() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let (engine, running) = open(directory.path());
    let slow = TaskDefinition { timeout: Some(Millis(300)), ..task("slow", &[], &["sleep", "60"]) };
    let workflow = submit(&engine, 7, vec![slow]).await;
    let records = ended(&engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::TimedOut)]);
    drop(engine);
    running.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_running_when_the_engine_stopped_is_performed_again() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let marks = directory.path().join("marks");
    let script =
        format!("echo run >> {}; test $(wc -l < {}) -ge 2 || sleep 60", marks.display(), marks.display());
    let (engine, running) = open(directory.path());
    let workflow = submit(&engine, 8, vec![task("twice", &[], &["sh", "-c", &script])]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(engine);
    running.stop().expect("stops");
    let (engine, running) = open(directory.path());
    let records = ended(&engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::Succeeded)], "recorded once");
    assert_eq!(std::fs::read_to_string(marks).expect("reads").lines().count(), 2, "performed twice");
    drop(engine);
    running.stop().expect("stops");
}
