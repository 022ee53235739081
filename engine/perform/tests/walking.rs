//! The engine on a real log: workflows run, survive, and are not lost.

use fixtures::submission::{Unsealed, noop, process, submission};
use std::path::Path;
use std::time::Duration;
use triad_decide::limits::OUTPUT_BYTES_MAX;
use triad_decide::{Accepted, Input, dag, intake, subjects};
use triad_event::dag::{CancelRequested, Event as DagEvent};
use triad_event::execution::{AttemptEnded, Captured, Ending};
use triad_event::ids::{PrincipalId, StreamId, WorkflowId};
use triad_event::quantity::Millis;
use triad_event::sealed::ContentClass;
use triad_event::subjects::{Event as SubjectsEvent, RequestErasure, Standing, Subject};
use triad_event::{Event, Recorded, Source, execution};
use triad_log::directory::LogDirectory;
use triad_log::records::{blocks, stream_sequences};
use triad_perform::content::{binding, reference};
use triad_perform::{Asker, Engine, Running, SiteOptions, StartOptions, start};
use triad_proof::Block;
use triad_vault::{Unopened, Vault};

const CLIENT: Asker = Asker { principal: PrincipalId([9; 16]), source: Source::Client };

/// An engine with its vault.
struct Walking {
    engine: Engine,
    vault: Vault,
    running: Running,
}

impl Walking {
    fn open(path: &Path) -> Self {
        let opened = LogDirectory::open(path).expect("opens");
        let vault = fixtures::engine_log::vault(&opened);
        let options = StartOptions {
            opened,
            sign: fixtures::engine_log::sign(),
            hardware: None,
            vault: vault.clone(),
            runtime: tokio::runtime::Handle::current(),
            build_digest: [0; 32],
            notify: None,
            configuration: Default::default(),
            site: SiteOptions::new(env!("CARGO_BIN_EXE_guard").into()),
            is_paused: false,
        };
        let (engine, running) = start(options).expect("starts");
        Self { engine, vault, running }
    }

    fn stop(self) {
        drop((self.engine, self.vault));
        self.running.stop().expect("stops");
    }

    async fn submit(&self, id: u8, tasks: Vec<Unsealed>) -> WorkflowId {
        let workflow = WorkflowId([id; 16]);
        let (submission, attachments) = submission(&self.vault, workflow, tasks);
        let input = Input::of(workflow, intake::Ask::from(submission));
        let answer = self.engine.ask_with(input, attachments, CLIENT).await.expect("answers");
        assert!(matches!(answer.reply, Ok(Accepted::Submitted { .. })), "{answer:?}");
        workflow
    }

    /// What an attempt wrote, or why that cannot be read.
    fn output(
        &self,
        workflow: WorkflowId,
        kept: &Captured,
        class: ContentClass,
    ) -> Result<Vec<u8>, Unopened> {
        let Some(kept) = &kept.kept else { return Ok(Vec::new()) };
        let opened = self.vault.unseal(&reference(kept), binding(workflow, class)).expect("the vault works");
        opened.map(|plaintext| plaintext.to_vec())
    }
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

#[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
fn outcomes(records: &[Recorded<Event>]) -> Vec<AttemptEnded> {
    let outcome = |record: &Recorded<Event>| match &record.event {
        Event::Execution(execution::Event::AttemptEnded(ended)) => Some(ended.clone()),
        _ => None,
    };
    records.iter().filter_map(outcome).collect()
}

fn endings(records: &[Recorded<Event>]) -> Vec<(u32, Ending)> {
    outcomes(records).into_iter().map(|ended| (ended.task, ended.ending)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_tasks_runs_in_order_and_its_output_is_recorded() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let tasks = vec![
        noop("first", &[], Some("handed on")),
        process("second", &[0], &["sh", "-c", "echo hello; echo careful >&2; exit 0"]),
        process("third", &[1], &["sh", "-c", "exit 3"]),
        noop("never", &[2], None),
    ];
    let workflow = walking.submit(5, tasks).await;
    let records = ended(&walking.engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::Succeeded), (1, Ending::Succeeded), (2, Ending::Exited)]);
    let written = |task: usize| {
        let ended = outcomes(&records).swap_remove(task);
        let stdout = walking.output(workflow, &ended.stdout, ContentClass::Stdout).expect("opens");
        let stderr = walking.output(workflow, &ended.stderr, ContentClass::Stderr).expect("opens");
        (String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"))
    };
    assert_eq!(written(0), ("handed on".to_owned(), String::new()));
    assert_eq!(written(1), ("hello\n".to_owned(), "careful\n".to_owned()));
    assert_eq!(written(2), (String::new(), String::new()));
    assert!(matches!(records.last().map(|last| &last.event), Some(Event::Dag(DagEvent::WorkflowFailed(_)))));
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_workflow_ends_its_processes() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let workflow =
        walking.submit(6, vec![process("long", &[], &["sleep", "60"]), noop("after", &[0], None)]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let cancel = dag::Ask::Cancel(CancelRequested { reason: "enough".into() });
    let input = Input::of(workflow, cancel);
    walking.engine.ask(input, CLIENT).await.expect("answers").reply.expect("accepted");
    let records = ended(&walking.engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::Cancelled)]);
    assert!(matches!(
        records.last().map(|last| &last.event),
        Some(Event::Dag(DagEvent::WorkflowCancelled(_)))
    ));
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_ends_an_attempt() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let mut slow = process("slow", &[], &["sleep", "60"]);
    slow.task.options.timeout = Some(Millis(300));
    let workflow = walking.submit(7, vec![slow]).await;
    let records = ended(&walking.engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::TimedOut)]);
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_running_when_the_engine_stopped_is_performed_again() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let marks = directory.path().join("marks");
    let script =
        format!("echo run >> {}; test $(wc -l < {}) -ge 2 || sleep 60", marks.display(), marks.display());
    let walking = Walking::open(directory.path());
    let workflow = walking.submit(8, vec![process("twice", &[], &["sh", "-c", &script])]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    walking.stop();
    let walking = Walking::open(directory.path());
    let records = ended(&walking.engine, workflow).await;
    assert_eq!(endings(&records), [(0, Ending::Succeeded)], "recorded once");
    assert_eq!(std::fs::read_to_string(marks).expect("reads").lines().count(), 2, "performed twice");
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_beyond_a_record_is_kept_up_to_its_limit() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let tasks = vec![
        process("some", &[], &["head", "-c", "3000000", "/dev/zero"]),
        process("much", &[], &["head", "-c", "20000000", "/dev/zero"]),
    ];
    let workflow = walking.submit(9, tasks).await;
    let records = ended(&walking.engine, workflow).await;
    for ended in outcomes(&records) {
        let total: u64 = [3_000_000, 20_000_000][ended.task as usize];
        let kept = walking.output(workflow, &ended.stdout, ContentClass::Stdout).expect("opens");
        assert_eq!((ended.stdout.total.0, kept.len()), (total, (total as usize).min(OUTPUT_BYTES_MAX)));
        assert!(kept.iter().all(|byte| *byte == 0));
    }
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_whose_input_is_lost_says_so() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let workflow = WorkflowId([10; 16]);
    let tasks = vec![process("lost", &[], &["true"]), noop("also", &[], Some("text"))];
    // Their blobs are left out.
    let (submission, _blobs) = submission(&walking.vault, workflow, tasks);
    let input = Input::of(workflow, intake::Ask::from(submission));
    walking.engine.ask_with(input, Vec::new(), CLIENT).await.expect("answers").reply.expect("accepted");
    let records = ended(&walking.engine, workflow).await;
    for ended in outcomes(&records) {
        assert_eq!(ended.ending, Ending::InputUnavailable);
        let why = walking.output(workflow, &ended.stderr, ContentClass::Stderr).expect("opens");
        assert!(String::from_utf8_lossy(&why).contains("the sealed blob is missing"), "{why:?}");
    }
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_destroys_the_key_and_is_recorded_once_also_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let workflow = walking.submit(11, vec![noop("a", &[], Some("to be forgotten"))]).await;
    let kept = outcomes(&ended(&walking.engine, workflow).await).swap_remove(0).stdout;
    assert_eq!(walking.output(workflow, &kept, ContentClass::Stdout), Ok(b"to be forgotten".to_vec()));
    let slot = request_erasure(&walking, workflow).await;
    erased(&walking, 1).await;
    assert_eq!(walking.output(workflow, &kept, ContentClass::Stdout), Err(Unopened::Erased { slot }));
    assert_eq!(walking.vault.subject(workflow.0).expect("reads"), triad_vault::Subject::Erased { slot });
    walking.stop();
    let walking = Walking::open(directory.path());
    erased(&walking, 1).await;
    assert_eq!(walking.output(workflow, &kept, ContentClass::Stdout), Err(Unopened::Erased { slot }));
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_that_failed_is_tried_again_without_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let workflow = walking.submit(14, vec![noop("a", &[], Some("to be forgotten"))]).await;
    ended(&walking.engine, workflow).await;
    let slots = directory.path().join("vault/slots/0");
    std::fs::rename(&slots, directory.path().join("aside")).expect("renames");
    let failure = || async { walking.engine.status().await.expect("answers").vault_failure };
    request_erasure(&walking, workflow).await;
    while failure().await.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    std::fs::rename(directory.path().join("aside"), &slots).expect("renames");
    erased(&walking, 1).await;
    assert_eq!(failure().await, None);
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vault_knows_when_an_attempt_brought_content() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let workflow = walking.submit(15, vec![process("a", &[], &["sh", "-c", "sleep 0.2; echo late"])]).await;
    let records = ended(&walking.engine, workflow).await;
    let is_end = |record: &&Recorded<Event>| {
        matches!(record.event, Event::Execution(execution::Event::AttemptEnded(_)))
    };
    let end = records.iter().find(is_end).expect("it ended").at;
    let triad_vault::Subject::Known { last_accepted_us, .. } =
        walking.vault.subject(workflow.0).expect("reads")
    else {
        panic!("content was accepted for it")
    };
    assert_eq!(last_accepted_us, end.0);
    walking.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_files_from_before_an_erasure_do_not_bring_the_key_back() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let [doomed, other] = [12, 13].map(|id| walking.submit(id, vec![noop("a", &[], Some("text"))]));
    let (doomed, other) = (doomed.await, other.await);
    ended(&walking.engine, doomed).await;
    let kept = outcomes(&ended(&walking.engine, other).await).swap_remove(0).stdout;
    let files = ["slots/0", "epochs/0"].map(|name| directory.path().join("vault").join(name));
    let before = files.each_ref().map(|path| std::fs::read(path).expect("reads"));
    let slot = request_erasure(&walking, doomed).await as usize;
    erased(&walking, 1).await;
    walking.stop();
    for (path, bytes) in files.iter().zip(&before) {
        std::fs::write(path, bytes).expect("writes");
    }
    let walking = Walking::open(directory.path());
    let entry = |slots: &[u8]| slots[64 + 48 * slot..][..48].to_vec();
    assert_ne!(entry(&before[0]), [0; 48]);
    assert_eq!(entry(&std::fs::read(&files[0]).expect("reads")), [0; 48], "the wrapped key is gone again");
    assert_eq!(walking.output(other, &kept, ContentClass::Stdout), Ok(b"text".to_vec()));
    walking.stop();
}

/// Asks that a workflow of which content was kept be erased, and returns its slot.
async fn request_erasure(walking: &Walking, workflow: WorkflowId) -> u64 {
    let triad_vault::Subject::Known { slot, .. } = walking.vault.subject(workflow.0).expect("reads") else {
        panic!("content was accepted for it");
    };
    let looked_up_through = walking.engine.durable().borrow().next_sequence - 1;
    let subject = Subject { id: workflow.into(), slot, standing: Standing::Known, looked_up_through };
    let input = subjects::Ask::RequestErasure(RequestErasure {
        subject,
        last_accepted: None,
        reason: "asked to".into(),
    });
    walking.engine.ask(input.into(), CLIENT).await.expect("answers").reply.expect("accepted");
    slot
}

/// Waits until so many erasures are recorded.
async fn erased(walking: &Walking, count: usize) {
    for _ in 0..400 {
        let records = records(&walking.engine, StreamId::LOG);
        let erasures = records
            .iter()
            .filter(|record| matches!(record.event, Event::Subjects(SubjectsEvent::Erased(_))))
            .count();
        assert!(erasures <= count, "an erasure is recorded once");
        if erasures == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the erasure did not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_that_stops_in_order_leaves_the_next_one_little_to_fold() {
    let directory = tempfile::tempdir().expect("a directory");
    fixtures::engine_log::create(directory.path());
    let walking = Walking::open(directory.path());
    let tasks = (0..400).map(|task| noop(&format!("task-{task}"), &[], None)).collect();
    let workflow = walking.submit(1, tasks).await;
    ended(&walking.engine, workflow).await;
    walking.stop();
    let opened = LogDirectory::open(directory.path()).expect("opens");
    let last = opened.head.as_ref().expect("there are records").last_sequence;
    let kept = std::fs::read_dir(directory.path().join("snapshots")).expect("there are snapshots");
    let through = kept.filter_map(|file| file.ok()?.file_name().to_str()?.parse().ok());
    let through: u64 = through.max().expect("one was kept");
    assert!(last > 1_000 && last - through == 1, "a snapshot through {through} of {last}, and what says so");
    drop(opened);
    let walking = Walking::open(directory.path());
    assert_eq!(records(&walking.engine, workflow.into()).len(), ended(&walking.engine, workflow).await.len());
    walking.stop();
}
