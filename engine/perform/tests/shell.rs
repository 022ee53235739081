//! The shell over storage that fails, driven by hand: what leaves it, and when.

use fixtures::engine_log::create_on_twin;
use fixtures::genesis::NODE;
use fixtures::submission::{Unsealed, noop, process, unsealed_submission};
use fixtures::twin_log::TwinLog;
use std::sync::mpsc::Receiver;
use triad_decide::{Accepted, Input, Refusal, dag, intake};
use triad_event::alerts::{AlertKind, Event as AlertEvent};
use triad_event::dag::CancelRequested;
use triad_event::execution::{AttemptEnded, AttemptStarted, Captured, Ending};
use triad_event::ids::{BootId, PrincipalId, WorkflowId};
use triad_event::quantity::{Bytes, Micros};
use triad_event::{Event, Sealed, Source};
use triad_log::LogRead;
use triad_log::storage::Completion;
use triad_log::twin::{Fault, Twin, TwinReader};
use triad_perform::shell::in_flight::InFlight;
use triad_perform::shell::message::{Lack, Message, Outcome, Output, Performed};
use triad_perform::shell::poison::Poison;
use triad_perform::shell::recover::{Snapshots, recover};
use triad_perform::shell::time::Reading;
use triad_perform::shell::{Beginning, Setup, Shell, ShellError};
use triad_perform::{Answer, AskError, Asker};
use triad_vault::{Subject, subject_key};

const CLIENT: Asker = Asker { principal: PrincipalId([9; 16]), source: Source::Client };

const NOTHING: Vec<u64> = Vec::new();

/// A disk without snapshots.
struct NoSnapshots;

impl Snapshots for NoSnapshots {
    fn sequences(&self) -> std::io::Result<Vec<u64>> {
        Ok(Vec::new())
    }

    fn read(&self, _: u64) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

const BOOT: BootId = BootId([1; 16]);

/// One life of a shell. Answers go to numbers.
struct Life {
    shell: Shell<Twin, u32>,
    completions: Receiver<Completion>,
    now: Reading,
    answers: Vec<(u32, Result<Answer, AskError>)>,
    /// Everything else that it said.
    said: Vec<Output<u32>>,
}

impl Life {
    /// A life whose first records are durable.
    fn begin(disk: &TwinReader) -> Self {
        let mut life = Self::open(disk, false);
        life.begin_at_once();
        life.complete(Fault::None);
        life
    }

    fn begin_at_once(&mut self) {
        let poisoned = Poison::default().poisoned();
        let beginning =
            Beginning { dropped: None, build_digest: [0; 32], node: NODE, is_paused: false, poisoned };
        self.shell.begin(beginning, self.now).expect("begins");
        self.submit();
    }

    fn open(disk: &TwinReader, is_watched: bool) -> Self {
        let last = disk.last_block().expect("reads").expect("has a genesis");
        let last = triad_proof::Block::decode(&last).expect("decodes").last_sequence();
        let recovered = recover(disk, last, &NoSnapshots).expect("recovers");
        let TwinLog { writer, completions, .. } = TwinLog::on(disk.clone()).expect("opens");
        let now = Reading { wall_us: recovered.world.now().0 + 1, boottime_us: 0 };
        let shell = Shell::new(Setup {
            recovered,
            writer,
            in_flight: InFlight::default(),
            counted: None,
            records_per_snapshot: 1_000,
            boot: BOOT,
            now,
            is_watched,
        });
        Self { shell, completions, now, answers: Vec::new(), said: Vec::new() }
    }

    fn pass(&mut self, span_us: i64) {
        self.now.wall_us += span_us;
        self.now.boottime_us += span_us;
    }

    fn take(&mut self, message: Message<u32>) {
        self.shell.take(message, self.now).expect("goes on");
        self.listen();
    }

    fn ask(&mut self, reply: u32, input: Input) {
        self.take(Message::Ask { input, attachments: Vec::new(), by: CLIENT, reply });
    }

    fn turn(&mut self) -> Result<(), ShellError> {
        let turned = self.shell.turn(self.now);
        self.listen();
        turned
    }

    fn submit(&mut self) {
        self.shell.submit_if_idle(self.now);
    }

    /// The oldest commit meets its fate, and the shell does not know yet.
    fn complete(&mut self, fault: Fault) {
        assert!(self.shell.storage_mut().step(fault), "a commit is in flight");
        let completion = self.completions.recv().expect("completes");
        self.answers.extend(self.shell.in_flight().complete(completion.outcome));
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
    fn listen(&mut self) {
        while let Some(output) = self.shell.next_output() {
            match output {
                Output::Answer(reply, said) => self.answers.push((reply, said)),
                other => self.said.push(other),
            }
        }
    }

    fn answer(&self, reply: u32) -> Option<&Result<Answer, AskError>> {
        self.answers.iter().find(|(to, _)| *to == reply).map(|(_, said)| said)
    }

    /// What records said since this was asked last: that the machine is short of something, or that it is not any more.
    #[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
    fn told_short(&mut self) -> Vec<bool> {
        let decided = std::mem::take(&mut self.said).into_iter().filter_map(|output| match output {
            Output::Decided(records) => Some(records),
            _ => None,
        });
        let told = decided.flatten().filter_map(|record| match record.event {
            Event::Alerts(AlertEvent::ConditionReported(met)) => Some((met.alert, true)),
            Event::Alerts(AlertEvent::ConditionEnded(ended)) => Some((ended.alert, false)),
            _ => None,
        });
        told.map(|(alert, stands)| {
            assert_eq!(alert, AlertKind::MachineShort);
            stands
        })
        .collect()
    }

    /// Requests of the attempts that it had begin since this was asked last.
    #[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
    fn begun(&mut self) -> Vec<u64> {
        let begun = self.said.drain(..).filter_map(|output| match output {
            Output::Begin(effect) => Some(effect.request()),
            _ => None,
        });
        begun.collect()
    }
}

fn disk() -> TwinReader {
    let disk = TwinReader::default();
    create_on_twin(&disk, &[]);
    disk
}

fn submit(id: u8, key: Option<[u8; 32]>, tasks: Vec<Unsealed>) -> Input {
    let workflow = WorkflowId([id; 16]);
    let submission = intake::Submission { idempotency_key: key, ..unsealed_submission(workflow, tasks) };
    Input::of(workflow, intake::Ask::from(submission))
}

fn cancel(id: u8) -> Input {
    Input::of(WorkflowId([id; 16]), dag::Ask::Cancel(CancelRequested { reason: String::new() }))
}

fn is_refused(said: Option<&Result<Answer, AskError>>) -> bool {
    matches!(said, Some(Ok(Answer { reply: Err(Refusal::Dag(_)), .. })))
}

#[test]
fn an_answer_waits_for_what_it_observed_and_for_nothing_else() {
    let mut life = Life::begin(&disk());
    life.ask(1, cancel(7));
    assert!(is_refused(life.answer(1)), "nothing is undurable, so nothing is waited for");
    life.ask(2, submit(7, None, vec![noop("a", &[], None)]));
    life.ask(3, cancel(8));
    life.submit();
    life.ask(4, cancel(8));
    assert!([2, 3, 4].map(|reply| life.answer(reply).is_none()).iter().all(|waits| *waits));
    life.complete(Fault::None);
    assert!(matches!(life.answer(2), Some(Ok(Answer { reply: Ok(Accepted::Submitted { .. }), .. }))));
    assert!(is_refused(life.answer(3)) && is_refused(life.answer(4)));
}

#[test]
fn whoever_observed_a_commit_that_failed_hears_so_and_nothing_begins() {
    let mut life = Life::begin(&disk());
    life.ask(1, submit(7, None, vec![process("a", &[], &["true"])]));
    life.submit();
    life.ask(2, cancel(8));
    life.complete(Fault::FailedNotPersisted);
    let failed = |said: Option<&Result<Answer, AskError>>| matches!(said, Some(Err(AskError::Failed(_))));
    assert!(failed(life.answer(1)) && failed(life.answer(2)));
    life.ask(3, cancel(8));
    assert!(failed(life.answer(3)), "what it observed never became durable, although nothing is in flight");
    assert!(matches!(life.turn(), Err(ShellError::Commit(_))));
    assert_eq!(life.begun(), NOTHING);
}

#[test]
fn what_nobody_can_tell_is_found_by_the_next_life() {
    let disk = disk();
    for (id, fault, is_there) in [(7, Fault::UnknownNotPersisted, false), (8, Fault::UnknownPersisted, true)]
    {
        let mut life = Life::begin(&disk);
        let key = Some([id; 32]);
        life.ask(1, submit(id, key, vec![noop("a", &[], None)]));
        life.submit();
        life.complete(fault);
        assert!(matches!(life.answer(1), Some(Err(AskError::Unknown(_)))));
        let mut life = Life::begin(&disk);
        life.ask(2, submit(id + 100, key, vec![noop("a", &[], None)]));
        life.submit();
        if is_there {
            let repeated = Ok(Accepted::Repeated { workflow: WorkflowId([id; 16]) });
            assert!(matches!(life.answer(2), Some(Ok(answer)) if answer.reply == repeated));
        } else {
            life.complete(Fault::None);
            assert!(matches!(life.answer(2), Some(Ok(Answer { reply: Ok(Accepted::Submitted { .. }), .. }))));
        }
    }
}

#[test]
fn an_effect_begins_once_its_request_is_durable_and_only_once_in_a_life() {
    let disk = disk();
    let mut life = Life::begin(&disk);
    life.ask(1, submit(7, None, vec![process("a", &[], &["true"])]));
    life.turn().expect("goes on");
    life.submit();
    assert_eq!(life.begun(), NOTHING, "its request is not durable");
    life.complete(Fault::None);
    life.turn().expect("goes on");
    let begun = life.begun();
    assert_eq!(begun.len(), 1);
    life.turn().expect("goes on");
    assert_eq!(life.begun(), NOTHING, "it runs");
    let mut life = Life::begin(&disk);
    life.turn().expect("goes on");
    assert_eq!(life.begun(), begun, "the next life performs it again");
}

#[test]
fn an_effect_that_failed_for_a_passing_reason_is_tried_again_without_a_restart() {
    let mut life = Life::begin(&disk());
    life.ask(1, submit(7, None, vec![process("a", &[], &["true"])]));
    life.submit();
    life.complete(Fault::None);
    life.turn().expect("goes on");
    let begun = life.begun();
    let [request] = begun.as_slice() else { panic!("one attempt begins: {begun:?}") };
    let outcome = Outcome::Failed("the disk is full".to_owned());
    life.take(Message::Performed(Performed { request: *request, outcome, attachments: Vec::new() }));
    assert_eq!(life.shell.failing(), Some("the disk is full"));
    life.turn().expect("goes on");
    assert_eq!(life.begun(), NOTHING, "not at once");
    let wait = life.shell.idle_for(life.now).expect("it waits for that");
    life.pass(i64::try_from(wait.as_micros()).expect("a short while"));
    life.turn().expect("goes on");
    assert_eq!(life.begun(), begun);
}

#[test]
fn what_is_short_is_told_until_nothing_waits_for_it() {
    let mut life = Life::open(&disk(), true);
    life.begin_at_once();
    life.complete(Fault::None);
    let task = |id| process(id, &[], &["true"]);
    life.ask(1, submit(7, None, vec![task("a"), task("b"), task("c")]));
    life.submit();
    life.complete(Fault::None);
    life.turn().expect("goes on");
    let [first, second, third] = life.begun()[..] else { panic!("three attempts begin") };
    let short = || (Lack::Machine, "no file".to_owned());
    for request in [first, second] {
        let outcome = Outcome::Short(short().1);
        life.take(Message::Performed(Performed { request, outcome, attachments: Vec::new() }));
    }
    life.take(Message::Delayed { request: third, lack: Some(short()) });
    assert_eq!(life.told_short(), [true]);
    life.pass(250_000);
    life.turn().expect("goes on");
    life.take(Message::Started(AttemptStarted { request: first, task: 0 }));
    life.take(Message::Delayed { request: third, lack: None });
    life.turn().expect("goes on");
    assert_eq!((life.told_short(), life.shell.shortage()), (vec![], Some("no file")), "the second waits");
    life.take(Message::Started(AttemptStarted { request: second, task: 1 }));
    life.turn().expect("goes on");
    assert_eq!((life.told_short(), life.shell.shortage()), (vec![false], None));
    life.take(Message::Delayed { request: third, lack: Some(short()) });
    assert_eq!(life.told_short(), [true], "anew");
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
fn rows_tell_when_content_was_accepted_as_the_records_do() {
    let disk = disk();
    let mut life = Life::begin(&disk);
    let accepted = |disk: &TwinReader| {
        let row = disk.attachment(&subject_key([7; 16])).expect("reads").expect("there is a row");
        match Subject::decode(&row).expect("is a row") {
            Subject::Known { slot, last_accepted_us } => (slot, last_accepted_us),
            other => panic!("content was accepted: {other:?}"),
        }
    };
    life.ask(1, submit(7, None, vec![process("a", &[], &["true"])]));
    let submitted = life.shell.world().now().0;
    life.submit();
    life.complete(Fault::None);
    assert_eq!(accepted(&disk), (1, submitted));
    life.turn().expect("goes on");
    let request = life.begun()[0];
    // The wall clock steps back by a day, and is not believed.
    life.pass(60_000_000);
    life.now.wall_us -= 86_400_000_000;
    let content = Sealed { address: [1; 32], commitment: [2; 32], length: Bytes(3) };
    let ended = AttemptEnded {
        request,
        task: 0,
        ending: Ending::Succeeded,
        exit_code: Some(0),
        signal: None,
        duration: Micros(1),
        stdout: Captured { kept: Some(content.into()), total: Bytes(3) },
        stderr: Captured::NOTHING,
        used: None,
        findings: None,
    };
    let outcome = Outcome::Ended(ended);
    life.take(Message::Performed(Performed { request, outcome, attachments: Vec::new() }));
    life.submit();
    life.complete(Fault::None);
    assert_eq!(accepted(&disk), (1, submitted + 60_000_000));
}

#[test]
fn a_shell_that_stops_ends_what_runs_and_decides_nothing_more() {
    let mut life = Life::begin(&disk());
    life.ask(1, submit(7, None, vec![process("a", &[], &["true"])]));
    life.submit();
    life.complete(Fault::None);
    life.turn().expect("goes on");
    let begun = life.begun();
    life.ask(2, cancel(8));
    let before = life.shell.world().next_sequence();
    life.take(Message::Stop);
    assert!(matches!(life.said.as_slice(), [Output::Stop(request)] if begun == [*request]));
    life.ask(3, cancel(7));
    assert_eq!(life.answer(3), Some(&Err(AskError::Stopped)));
    assert!(!life.shell.is_settled(), "it runs");
    let outcome = Outcome::Failed(String::new());
    life.take(Message::Performed(Performed { request: begun[0], outcome, attachments: Vec::new() }));
    life.complete(Fault::None);
    assert!(life.shell.is_settled());
    assert_eq!(life.shell.world().next_sequence(), before + 1, "that it stopped");
}

#[test]
fn whoever_watches_is_told_every_record_before_it_is_submitted() {
    let disk = disk();
    let mut life = Life::open(&disk, true);
    life.begin_at_once();
    life.listen();
    let [Output::Decided(records), Output::Submitted(world)] = life.said.as_slice() else {
        panic!("one group, one block: {:?}", life.said)
    };
    assert!(matches!(records.as_slice(), [record] if matches!(record.event, Event::Governance(_))));
    assert_eq!(world.next_sequence(), records[0].sequence + 1);
}
