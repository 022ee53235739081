//! Random inputs in any order: whatever happens, the invariants hold, and everything comes to an end.

use std::cell::RefCell;
use std::collections::BTreeSet;

use quickcheck::{Arbitrary, Gen, QuickCheck};
use triad_event::alerts::{Delivery, DeliveryEnded, MessageEnded};
use triad_event::dag::{CancelRequested, WorkflowPaused, WorkflowResumed};
use triad_event::execution::Ending;
use triad_event::gates::{ApprovalDeclined, ApprovalGiven, SignalReceived, Wants};
use triad_event::governance::{
    ChangeSetting, ClockAccepted, ClockStepped, EnginePaused, EngineResumed, EngineStopped, Setting,
    StreamClosed, StreamQuarantined, StreamReleased,
};
use triad_event::ids::{DataSubjectId, PrincipalId, WorkflowId};
use triad_event::intake::{ChunkStaged, TaskDefinition};
use triad_event::kind::Kind;
use triad_event::quantity::Micros;
use triad_event::sealed::ContentClass;
use triad_event::subjects::{Erased, PayloadRead, PlaceHold, ReleaseHold, RequestErasure, Standing, Subject};

use super::budgeted::lift;
use super::door::{destructions, evaluations, name_of, performances};
use super::drive::Drive;
use super::invariants::check_grammars;
use super::priced::random_line;
use super::script::{came_to, content_of, ended, sealed};
use super::shapes::{Shape, tasks, terms};
use crate::alerts::Told;
use crate::governance::Ask as Govern;
use crate::intake::Submission;
use crate::{Effect, Input, alerts, dag, effects, evaluation, execution, gates, intake, subjects};

/// Something that happens. Numbers are taken modulo what exists, so that most of it is possible.
#[derive(Debug, Clone)]
enum Action {
    Submit {
        name: u8,
        shape: Vec<Shape>,
        staged: u8,
        key: Option<u8>,
        subject: u8,
        said: u8,
    },
    /// Expressions come to something.
    Evaluate {
        pick: u16,
        outcome: u8,
    },
    End {
        pick: u16,
        ending: u8,
    },
    Progress {
        pick: u16,
    },
    Late {
        request: u16,
    },
    /// Something is told to a workflow that waits: a signal, or what somebody decides.
    Tell {
        name: u8,
        task: u8,
        what: u8,
    },
    Wait {
        millis: u16,
    },
    Fire,
    Ask {
        name: u8,
        what: u8,
    },
    Govern {
        what: u8,
        name: u8,
        value: u8,
    },
    /// Something about prices or budgets, or time in which they change.
    Price {
        what: u8,
        value: u8,
    },
    /// Something about the data subject of that number.
    Subject {
        what: u8,
        subject: u8,
        value: u8,
    },
}

impl Arbitrary for Action {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 27 {
            0..3 => Self::Submit {
                name: u8::arbitrary(g) % 6,
                shape: (0..u8::arbitrary(g) % 9).map(|_| Arbitrary::arbitrary(g)).collect(),
                staged: u8::arbitrary(g) % 5,
                key: Option::<u8>::arbitrary(g).map(|key| key % 3),
                subject: u8::arbitrary(g) % SUBJECTS,
                said: Arbitrary::arbitrary(g),
            },
            24..26 => Self::Price { what: Arbitrary::arbitrary(g), value: Arbitrary::arbitrary(g) },
            21..24 => Self::Evaluate { pick: Arbitrary::arbitrary(g), outcome: Arbitrary::arbitrary(g) },
            3..9 => Self::End { pick: Arbitrary::arbitrary(g), ending: Arbitrary::arbitrary(g) },
            9 | 26 => Self::Progress { pick: Arbitrary::arbitrary(g) },
            10 => Self::Late { request: u16::arbitrary(g) % 300 },
            11 => Self::Wait { millis: Arbitrary::arbitrary(g) },
            12 | 13 => Self::Fire,
            19 | 20 => Self::Tell {
                name: u8::arbitrary(g) % 6,
                task: u8::arbitrary(g) % 9,
                what: Arbitrary::arbitrary(g),
            },
            14 => Self::Ask { name: u8::arbitrary(g) % 6, what: Arbitrary::arbitrary(g) },
            15 => Self::Govern {
                what: Arbitrary::arbitrary(g),
                name: u8::arbitrary(g) % 6,
                value: Arbitrary::arbitrary(g),
            },
            _ => Self::Subject {
                what: Arbitrary::arbitrary(g),
                subject: u8::arbitrary(g) % SUBJECTS,
                value: Arbitrary::arbitrary(g),
            },
        }
    }
}

/// Data subjects that workflows share. Further ones are workflows by themselves.
const SUBJECTS: u8 = 8;
const SHARED: u8 = 4;

fn act(door: &mut Drive, action: &Action) {
    match action {
        Action::Submit { name, shape, staged, key, subject, said } => {
            let tasks = tasks(shape, door.at);
            submit(door, *name, tasks, *staged, *key, *subject, *said);
        }
        Action::Evaluate { pick, outcome } => drop(end_evaluation(door, usize::from(*pick), *outcome)),
        Action::Price { what, value } => {
            match random_line(*what, *value, &name_of(door.workflow(value % 6))) {
                Some(line) => drop(door.run(&line)),
                None => door.wait(Micros(i64::from(*value) * 10_000_000)),
            }
        }
        Action::Subject { what, subject, value } => act_on_subject(door, *what, *subject, *value),
        Action::End { pick, ending } => {
            // Those that an attempt can have, of which success is most likely, as it is in life.
            let endings = &Ending::ALL[..11];
            let ending = match *ending {
                20..40 => Ending::Held,
                ending => endings.get(usize::from(ending)).copied().unwrap_or(Ending::Succeeded),
            };
            end_one(door, usize::from(*pick), ending);
        }
        Action::Progress { pick } => {
            if let Some((request, task)) = pick_effect(door, usize::from(*pick)) {
                let report = super::reported::report(&door.world, request, task, usize::from(*pick));
                let _ = door.input(report.into());
            }
            let _ = super::reported::begin_one_that_may_pause(door, usize::from(*pick));
        }
        Action::Late { request } => {
            let ended = ended((*request).into(), 0, Ending::Succeeded);
            let _ = door.input(execution::Ask::EndAttempt(ended).into());
            let ended = came_to(door, WorkflowId([0; 16]), (*request).into(), 0, "holds");
            let _ = door.input(evaluation::Ask::EndEvaluation(ended).into());
        }
        Action::Tell { name, task, what } => {
            let workflow = door.workflow(*name);
            tell(door, workflow, u32::from(*task), *what);
        }
        Action::Wait { millis } => door.wait(Micros(i64::from(*millis) * 1_000)),
        Action::Fire => {
            let _ = door.input(Govern::FireTimer.into());
        }
        Action::Ask { name, what } => {
            let reason = String::new();
            let input = match what % 4 {
                0 => dag::Ask::Cancel(CancelRequested { reason }),
                1 => dag::Ask::Pause(WorkflowPaused { reason }),
                _ => dag::Ask::Resume(WorkflowResumed { reason }),
            };
            let workflow = door.workflow(*name);
            let _ = door.input(Input::of(workflow, input));
        }
        Action::Govern { what, name, value } => govern(door, *what, *name, *value),
    }
}

fn tell(door: &mut Drive, workflow: WorkflowId, task: u32, what: u8) {
    let proposed = |workflow| Some((workflow, super::healed::waiting(&door.world, workflow)?));
    if let Some((workflow, task)) = (0..6).find_map(|name| proposed(door.workflow(name))) {
        door.principal = PrincipalId([what % 4; 16]);
        let ask = if what & 4 == 4 { super::healed::approve(task) } else { super::healed::decline(task) };
        let _ = door.input(Input::of(workflow, ask));
        return;
    }
    let reason = String::new();
    let gates = door.world.gates.get(workflow).filter(|_| what < 200); // Mostly one that waits.
    let task = gates.and_then(|gates| gates.open.keys().next().copied()).unwrap_or(task);
    door.principal = PrincipalId([what % 4; 16]);
    let ask = match what % 5 {
        0 => gates::Ask::Decline(ApprovalDeclined { task, reason }),
        1 | 2 => gates::Ask::Approve(ApprovalGiven { task, reason: "seen".repeat(usize::from(what & 1)) }),
        _ => {
            let content = (what & 8 == 8).then(|| content_of(door, workflow, sealed(5)).into());
            gates::Ask::Signal(SignalReceived { name: "go".to_owned(), content, reason })
        }
    };
    let _ = door.input(Input::of(workflow, ask));
}

/// A data subject as the vault tells of it, and the core must agree with it whatever it says of new and known.
fn subject(door: &Drive, number: u8, workflow: WorkflowId) -> Subject {
    let id = if number < SHARED { DataSubjectId([number + 1; 16]) } else { workflow.into() };
    let standing = if door.destroyed.contains(&id) { Standing::Erased } else { Standing::Known };
    let looked_up_through = door.world.next_sequence() - 1;
    Subject { id, slot: u64::from(id.0[0]), standing, looked_up_through }
}

fn act_on_subject(door: &mut Drive, what: u8, number: u8, value: u8) {
    let workflow = door.workflow(number % 6);
    let (subject, reason) = (subject(door, number, workflow), String::new());
    let hold = format!("hold-{}", value % 3);
    let input = match what % 8 {
        0 | 1 => {
            let last_accepted = Some(Micros(door.at.0 - i64::from(value) * 1_000_000));
            subjects::Ask::RequestErasure(RequestErasure { subject, last_accepted, reason })
        }
        2 | 3 => return destroy(door, usize::from(value)),
        4 => {
            let Subject { id, standing, looked_up_through, .. } = subject;
            subjects::Ask::PlaceHold(PlaceHold { subject: id, standing, looked_up_through, hold, reason })
        }
        5 | 6 => subjects::Ask::ReleaseHold(ReleaseHold { subject: subject.id, hold, reason }),
        _ => {
            door.principal = PrincipalId([value % 3; 16]);
            let task = u32::from(value);
            subjects::Ask::RecordRead(PayloadRead {
                workflow,
                subject: subject.id,
                task,
                class: ContentClass::Input,
            })
        }
    };
    let _ = door.input(input.into());
}

/// The vault destroys a key that is owed to be, and says so.
fn destroy(door: &mut Drive, pick: usize) {
    let owed = destructions(&door.world);
    let Some(erasure) = owed.get(pick % owed.len().max(1)) else { return };
    door.destroyed.insert(erasure.subject);
    let erased = Erased { request: erasure.request, subject: erasure.subject, slot: erasure.slot };
    door.input(subjects::Ask::EndErasure(erased.clone()).into()).expect("its end is accepted");
    let again = door.input(subjects::Ask::EndErasure(erased).into());
    again.expect_err("an erasure ends once");
}

fn submit(
    door: &mut Drive,
    name: u8,
    mut tasks: Vec<TaskDefinition>,
    staged: u8,
    key: Option<u8>,
    subject: u8,
    said: u8,
) {
    let workflow = door.workflow_to_submit(name);
    let staged = tasks.len().min(usize::from(staged));
    let rest = tasks.split_off(staged);
    let subject = self::subject(door, subject, workflow);
    let chunk = ChunkStaged { first_task: 0, subject: subject.clone(), tasks };
    let stage = Input::of(workflow, intake::Ask::StageChunk(chunk));
    let staged_tasks = match door.input(stage) {
        Ok(_) => staged as u32,
        Err(_) => 0,
    };
    let submission = Submission {
        name: "random".to_owned(),
        idempotency_key: key.map(|key| [key; 32]),
        earlier: None,
        looked_up_through: u64::MAX,
        subject,
        owner: String::new(),
        content: [0; 32],
        staged_tasks,
        tasks: rest,
        terms: terms(said, door.at).map(Into::into),
    };
    let _ = door.input(Input::of(workflow, intake::Ask::from(submission)));
}

fn govern(door: &mut Drive, what: u8, name: u8, value: u8) {
    let (reason, stream) = (String::new(), door.workflow(name).into());
    let input = match what % 14 {
        0 => Govern::PauseEngine(EnginePaused { reason }),
        1 | 2 => Govern::ResumeEngine(EngineResumed { reason }),
        3 => {
            let value = i64::from(value % 4) + 1;
            Govern::ChangeSetting(ChangeSetting {
                scope: String::new(),
                setting: Setting::AttemptsRunningMax,
                value,
                reason,
            })
        }
        4 => {
            // Some processes hardly live.
            for _ in 0..value % 4 {
                let _ = door.input(Govern::StartEngine(super::door::started()).into());
            }
            Govern::StartEngine(super::door::started())
        }
        12 => Govern::StopEngine(EngineStopped { running: u32::from(value) }),
        5 => Govern::QuarantineStream(StreamQuarantined { quarantined: stream, panics: 2, input: reason }),
        6 | 7 => Govern::ReleaseStream(StreamReleased { released: stream, reason }),
        8 => Govern::StepClock(ClockStepped { expected: door.at, found: Micros(door.at.0 + 60_000_000) }),
        // Most of what is set aside is released again.
        11 => Govern::CloseStream(StreamClosed { closed: stream, reason }),
        9 => Govern::AcceptClock(ClockAccepted { found: Micros(door.at.0 + i64::from(value) - 128), reason }),
        13 => {
            let value = i64::from(value % 16) + 6;
            Govern::ChangeSetting(ChangeSetting {
                scope: String::new(),
                setting: Setting::TasksPerWorkflowMax,
                value,
                reason,
            })
        }
        _ => {
            let value = i64::from(value % 2) * 30_000;
            Govern::ChangeSetting(ChangeSetting {
                scope: String::new(),
                setting: Setting::RetentionMin,
                value,
                reason,
            })
        }
    };
    let _ = door.input(input.into());
}

fn pick_effect(door: &Drive, pick: usize) -> Option<(u64, u32)> {
    let effects = performances(&door.world);
    let effect = effects.get(pick % effects.len().max(1))?;
    Some((effect.request, effect.task))
}

fn end_one(door: &mut Drive, pick: usize, ending: Ending) {
    if let Some((request, task)) = pick_effect(door, pick) {
        let mut ended = ended(request, task, ending);
        ended.stdout.kept = pick.is_multiple_of(2).then(|| sealed(3).into());
        super::charged::measure(&mut ended, pick);
        super::healed::find(&mut ended, pick);
        door.input(execution::Ask::EndAttempt(ended).into()).expect("its end is accepted");
    }
}

/// Expressions come to something that they can come to, if there are any.
fn end_evaluation(door: &mut Drive, pick: usize, outcome: u8) -> bool {
    let owed = evaluations(&door.world);
    let Some(owed) = owed.get(pick % owed.len().max(1)) else { return false };
    let list = format!("list={}", u32::from(outcome % 8).min(owed.entries_max + 1));
    let outcome = match outcome >> 3 {
        0 => "missing",
        1 => "too-much",
        2..10 if owed.condition.is_some() => "not",
        _ if owed.list.is_some() => &list,
        _ => "holds",
    };
    let ended = came_to(door, owed.workflow, owed.request, owed.task, outcome);
    door.input(evaluation::Ask::EndEvaluation(ended.clone()).into()).expect("its end is accepted");
    door.input(evaluation::Ask::EndEvaluation(ended).into()).expect_err("an evaluation ends once");
    true
}

/// Somebody is told, if somebody is to be.
fn end_delivery(door: &mut Drive) -> bool {
    let first = effects(&door.world).next();
    let Some(Effect::Notify(told)) = first else { return false };
    let (request, delivery, status) = (told.request, Delivery::Accepted, Some(204));
    let ask = match told.told {
        Told::Alert(_) => alerts::Ask::EndDelivery(DeliveryEnded { request, delivery, status }),
        Told::Letter(letter) => {
            alerts::Ask::EndMessage(MessageEnded { request, message: letter.message, delivery, status })
        }
    };
    door.input(Input::of_log(ask)).expect("its end is accepted");
    true
}

/// Signals come, and people approve, until nobody waits for them.
fn let_go(door: &mut Drive) -> bool {
    let waiting = (0..6).map(|name| door.workflow(name)).find_map(|workflow| {
        let open = &door.world.gates.get(workflow)?.open;
        let (task, gate) = open.iter().find(|(_, gate)| gate.wants != Wants::Time)?;
        Some((workflow, *task, gate.clone()))
    });
    let Some((workflow, task, gate)) = waiting else { return false };
    let reason = "it may go on".to_owned();
    let ask = if gate.wants == Wants::Signal {
        gates::Ask::Signal(SignalReceived { name: "go".to_owned(), content: None, reason })
    } else {
        door.principal = PrincipalId([100 + gate.approved.len() as u8; 16]);
        gates::Ask::Approve(ApprovalGiven { task, reason })
    };
    door.input(Input::of(workflow, ask)).expect("it is taken");
    true
}

/// The next thing happens that is owed, or time passes until something is due. False when there is nothing.
fn go_on(door: &mut Drive) -> bool {
    if pick_effect(door, 0).is_some() {
        end_one(door, 0, Ending::Succeeded);
        return true;
    }
    if end_evaluation(door, 0, 0xfb) {
        return true;
    }
    if let Some(wake) = door.world.next_wake() {
        door.wait_until(wake.due);
        door.input(Govern::FireTimer.into()).expect("something is due");
        return true;
    }
    if !destructions(&door.world).is_empty() {
        destroy(door, 0);
        return true;
    }
    end_delivery(door) || let_go(door)
}

/// Nothing stands in the way any more, effects succeed and time passes: then everything must end.
fn come_to_an_end(door: &mut Drive) {
    let reason = String::new;
    let _ = door.input(Govern::ResumeEngine(EngineResumed { reason: reason() }).into());
    lift(door);
    let found = door.at;
    let _ = door.input(Govern::AcceptClock(ClockAccepted { found, reason: reason() }).into());
    for name in 0..6 {
        let workflow = door.workflow(name);
        let released = StreamReleased { released: workflow.into(), reason: reason() };
        let _ = door.input(Govern::ReleaseStream(released).into());
        let resume = dag::Ask::Resume(WorkflowResumed { reason: reason() });
        let _ = door.input(Input::of(workflow, resume));
    }
    let _went_on = (0..10_000).take_while(|_| go_on(door)).count();
    assert_eq!(door.world.alive(), 0, "everything comes to an end");
    let left = (door.world.attempts_running(), door.world.erasures_under_way(), door.world.subjects_in_use());
    assert_eq!(left, (0, 0, 0));
    door.run("uncarbon");
}

thread_local! {
    /// The kinds of records that there were.
    static SEEN: RefCell<BTreeSet<Kind>> = const { RefCell::new(BTreeSet::new()) };
}

#[test]
fn whatever_happens_the_invariants_hold_and_everything_ends() {
    fn property(actions: Vec<Action>) -> bool {
        let mut door = Drive::open();
        actions.iter().for_each(|action| act(&mut door, action));
        come_to_an_end(&mut door);
        check_grammars(&door);
        SEEN.with_borrow_mut(|seen| seen.extend(door.log.iter().map(|record| record.event.kind())));
        true
    }
    let of_tasks = |kind: &&Kind| {
        let name = kind.name();
        ["dag.", "economics.", "evaluation.", "gates.", "healing.", "prices."]
            .into_iter()
            .any(|domain| name.starts_with(domain))
    };
    let missed = || {
        SEEN.with_borrow(|seen| {
            Kind::ALL.iter().filter(of_tasks).filter(|kind| !seen.contains(kind)).collect::<Vec<_>>()
        })
    };
    // A kind that one history in a hundred has is missed by 400 of them once in fifty runs: then there are more.
    for _ in 0..5 {
        QuickCheck::new().tests(400).rng(Gen::new(120)).quickcheck(property as fn(Vec<Action>) -> bool);
        if missed().is_empty() {
            return;
        }
    }
    panic!("these never happened: {:?}", missed());
}
