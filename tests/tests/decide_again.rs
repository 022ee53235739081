//! A log that a real engine wrote is decided again offline, byte for byte; a log that claims otherwise is found out.

use crate::environment::is_set;
use fixtures::engine_log;
use fixtures::submission::{Unsealed, noop, process, submission};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::time::Duration;
use triad_decide::{Input, intake};
use triad_event::dag::{CancelRequested, RetryScheduled, WorkflowPaused};
use triad_event::governance::{EnginePaused, EngineResumed};
use triad_event::ids::{PrincipalId, WorkflowId};
use triad_event::quantity::Millis;
use triad_event::{Event, Source, codec, dag, governance};
use triad_log::LogRead;
use triad_log::copy::copy;
use triad_log::directory::LogDirectory;
use triad_perform::{Asker, Engine, SiteOptions, StartOptions, start};
use triad_proof::Block;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::Trust;
use triad_replay::frame::{Content, Frame, frames};
use triad_replay::replay::{Progress, Replay, Stopped};
use triad_vault::Vault;

const CLIENT: Asker = Asker { principal: PrincipalId([9; 16]), source: Source::Client };

fn task(id: &str, dependencies: &[u32], script: &str, attempts_max: u32) -> Unsealed {
    let mut task = match script {
        "" => noop(id, dependencies, None),
        script => process(id, dependencies, &["sh", "-c", script]),
    };
    task.task.options.attempts_max = attempts_max;
    task.task.options.retry_base = (attempts_max > 1).then_some(Millis(20));
    task
}

async fn ask(engine: &Engine, input: Input) {
    engine.ask(input, CLIENT).await.expect("answers").reply.expect("accepted");
}

async fn submit(engine: &Engine, vault: &Vault, id: u8, tasks: Vec<Unsealed>) -> WorkflowId {
    let workflow = WorkflowId([id; 16]);
    let (submission, attachments) = submission(vault, workflow, tasks);
    let submission = intake::Submission { idempotency_key: Some([id; 32]), ..submission };
    let input = Input::of(workflow, intake::Ask::from(submission));
    engine.ask_with(input, attachments, CLIENT).await.expect("answers").reply.expect("accepted");
    workflow
}

/// Two lives of an engine with success, failure, retry, skip, cancel, pause and a process that was running at the stop.
async fn write_log(path: &Path) -> Vec<u8> {
    engine_log::create(path);
    for life in 0..2u8 {
        let opened = LogDirectory::open(path).expect("opens");
        let runtime = tokio::runtime::Handle::current();
        let vault = engine_log::vault(&opened);
        let options = StartOptions {
            opened,
            sign: engine_log::sign(),
            hardware: None,
            vault: vault.clone(),
            runtime,
            build_digest: [0; 32],
            notify: None,
            configuration: Default::default(),
            site: SiteOptions::new(env!("CARGO_BIN_EXE_soak").into()),
            is_paused: false,
        };
        let (engine, running) = start(options).expect("starts");
        let id = |n: u8| life * 16 + n;
        submit(
            &engine,
            &vault,
            id(1),
            vec![task("a", &[], "", 1), task("b", &[0], "echo b", 1), task("c", &[0, 1], "", 1)],
        )
        .await;
        submit(&engine, &vault, id(2), vec![task("flaky", &[], "exit 1", 3), task("skipped", &[0], "", 1)])
            .await;
        let long = submit(&engine, &vault, id(3), vec![task("long", &[], "sleep 60", 1)]).await;
        submit(&engine, &vault, id(4), vec![task("over", &[], "sleep 1.5", 1)]).await;
        ask(&engine, Input::of(long, dag::Ask::Pause(WorkflowPaused { reason: "wait".into() }))).await;
        ask(&engine, governance::Ask::PauseEngine(EnginePaused { reason: "all".into() }).into()).await;
        ask(&engine, governance::Ask::ResumeEngine(EngineResumed { reason: "all".into() }).into()).await;
        ask(&engine, Input::of(long, dag::Ask::Cancel(CancelRequested { reason: "enough".into() }))).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        drop((engine, vault));
        running.stop().expect("stops");
    }
    let opened = LogDirectory::open(path).expect("opens");
    let newest = opened.reader().last_block().expect("reads").expect("not empty");
    let last = Block::decode(&newest).expect("decodes");
    let mut file = Vec::new();
    let log_id = last.log_id;
    copy(opened.reader(), &log_id, last.last_sequence(), None, &mut file, |_| ()).expect("copies");
    file
}

fn all_frames(file: &[u8]) -> Vec<Frame> {
    let mut all = Vec::new();
    verify_and_fold(file, Trust::default(), NonZero::<usize>::MIN, frames, |frames| all.extend(frames))
        .expect("verifies");
    all
}

fn decide_again(frames: Vec<Frame>) -> Result<Progress, Stopped> {
    let mut replay = Replay::default();
    replay.take(frames)?;
    Ok(replay.finish()?.0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_frame_of_two_lives_comes_out_identical_and_a_changed_decision_does_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = write_log(directory.path()).await;
    let frames = all_frames(&file);
    let progress = decide_again(frames.clone()).expect("identical");
    assert_eq!(progress.records, frames.len() as u64);
    assert!(progress.records > 60, "{progress:?}");

    // What if the log claimed that a decision had been another one? Each payload of a consequence is changed in turn.
    let mut found = 0;
    for place in 0..frames.len() {
        let mut forged = frames.clone();
        if forged[place].header.begins_group() || !forge(&mut forged[place]) {
            continue;
        }
        match decide_again(forged) {
            Err(Stopped::Different { sequence, .. } | Stopped::Unreplayable { group: sequence, .. }) => {
                assert!(sequence <= place as u64, "{sequence} for {place}");
                found += 1;
            }
            other => panic!("a forged decision at {place} came out as {other:?}"),
        }
    }
    assert!(found > 20, "{found}");
}

/// Set, the log that is checked in is written anew.
const WRITE_ANEW: &str = "TRIAD_WRITE_ENGINE_LOG";

/// The decisions of this version of the core are those of the log that is checked in. When this fails, a decision changed:
/// if that is right, raise `DECIDE_VERSION` and write the log anew, so that no two cores of one version decide differently.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_version_of_the_core_decides_the_log_that_is_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/logs/engine.triadlog");
    if is_set(WRITE_ANEW) {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(&path, write_log(directory.path()).await).expect("the log can be written");
    }
    let frames = all_frames(&std::fs::read(&path).expect("the log is there"));
    let progress = decide_again(frames.clone()).unwrap_or_else(|stopped| {
        panic!("{stopped}\nif that is right, raise DECIDE_VERSION, set {WRITE_ANEW}=1 and run again")
    });
    assert_eq!(progress.others, BTreeMap::new(), "it was written by another version: set {WRITE_ANEW}=1");
    assert_eq!(progress.records, frames.len() as u64);
}

/// A log that an earlier version of the core wrote is folded, and decided anew: what the present version decides otherwise
/// is counted, and is no fault of the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_version_decided_is_folded_and_decided_anew() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = write_log(directory.path()).await;
    let mut frames = all_frames(&file);
    for frame in &mut frames {
        if let Content::Event { recorded, .. } = &mut frame.content
            && let Event::Governance(governance::Event::EngineStarted(started)) = &mut recorded.event
        {
            started.decide_version = 1;
        }
    }
    let progress = decide_again(frames.clone()).expect("another version is no fault");
    let old = &progress.others[&1];
    assert_eq!((old.different, old.first_different), (0, None));
    assert!(old.groups > 20, "{progress:?}");

    // The old version drew another delay before a retry.
    let is_retry = |frame: &Frame| frame.header.kind == RetryScheduled::KIND.number();
    let place = frames.iter().position(is_retry).expect("a task is tried again");
    let Content::Event { recorded, .. } = &mut frames[place].content else { panic!("its payload is there") };
    let Event::Dag(dag::Event::RetryScheduled(retry)) = &mut recorded.event else { panic!("a retry") };
    retry.delay.0 += 1;
    let group = frames[place].header.group;
    let progress = decide_again(frames).expect("folded");
    let old = &progress.others[&1];
    assert_eq!(old.first_different, Some(group), "{progress:?}");
    assert!(old.different >= 1);
}

/// Flips a bit of the payload if what comes out is another event of the same kind.
fn forge(frame: &mut Frame) -> bool {
    let (kind, version) = (frame.header.kind, frame.header.kind_version);
    let Content::Event { recorded, payload, .. } = &mut frame.content else { return false };
    for bit in 0..payload.len() * 8 {
        payload[bit / 8] ^= 1 << (bit % 8);
        if let Ok(event) = codec::decode(kind, version, payload)
            && event != recorded.event
        {
            recorded.event = event;
            return true;
        }
        payload[bit / 8] ^= 1 << (bit % 8);
    }
    false
}
