//! Random inputs in any order: whatever happens, the invariants hold, and everything comes to an end.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use triad_event::execution::{AttemptProgressed, Ending};
use triad_event::governance::{ClockStepped, Setting, StreamQuarantined, StreamReleased};
use triad_event::ids::WorkflowId;
use triad_event::intake::{ChunkStaged, TaskDefinition, TaskKind};
use triad_event::quantity::{Bytes, Micros, Millis};

use super::door::{Door, workflow_named};
use super::invariants::check_grammars;
use super::script::ended;
use crate::governance::Input as Govern;
use crate::intake::Submission;
use crate::{Input, dag, due, execution, intake, next_wake};

/// Something that happens. Numbers are taken modulo what exists, so that most of it is possible.
#[derive(Debug, Clone)]
enum Action {
    Submit { name: u8, shape: Vec<(u8, u8)>, staged: u8, key: Option<u8> },
    End { pick: u16, ending: u8 },
    Progress { pick: u16 },
    Late { request: u16 },
    Wait { millis: u16 },
    Fire,
    Ask { name: u8, what: u8 },
    Govern { what: u8, name: u8, value: u8 },
}

impl Arbitrary for Action {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 16 {
            0..3 => Self::Submit {
                name: u8::arbitrary(g) % 6,
                shape: (0..u8::arbitrary(g) % 9).map(|_| Arbitrary::arbitrary(g)).collect(),
                staged: u8::arbitrary(g) % 5,
                key: Option::<u8>::arbitrary(g).map(|key| key % 3),
            },
            3..9 => Self::End { pick: Arbitrary::arbitrary(g), ending: Arbitrary::arbitrary(g) },
            9 => Self::Progress { pick: Arbitrary::arbitrary(g) },
            10 => Self::Late { request: u16::arbitrary(g) % 300 },
            11 => Self::Wait { millis: Arbitrary::arbitrary(g) },
            12 | 13 => Self::Fire,
            14 => Self::Ask { name: u8::arbitrary(g) % 6, what: Arbitrary::arbitrary(g) },
            _ => Self::Govern {
                what: Arbitrary::arbitrary(g),
                name: u8::arbitrary(g) % 6,
                value: Arbitrary::arbitrary(g),
            },
        }
    }
}

/// A door, and how often each name was given to a workflow: an id is never used twice.
struct Drive {
    door: Door,
    generations: [u8; 6],
}

impl std::ops::Deref for Drive {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl std::ops::DerefMut for Drive {
    fn deref_mut(&mut self) -> &mut Door {
        &mut self.door
    }
}

impl Drive {
    fn workflow(&self, name: u8) -> WorkflowId {
        workflow_named(&format!("w{name}-{}", self.generations[usize::from(name)]))
    }

    /// The workflow that bears a name, or a new one when it is gone.
    fn workflow_to_submit(&mut self, name: u8) -> WorkflowId {
        let id = self.workflow(name);
        if self.world.dag.get(id).is_none() && self.world.intake.get(id).is_none() {
            self.generations[usize::from(name)] += 1;
        }
        self.workflow(name)
    }
}

fn act(door: &mut Drive, action: &Action) {
    match action {
        Action::Submit { name, shape, staged, key } => submit(door, *name, shape, *staged, *key),
        Action::End { pick, ending } => {
            let endings = Ending::ALL;
            // Success is most likely, as it is in life.
            let ending = endings.get(usize::from(*ending)).copied().unwrap_or(Ending::Succeeded);
            end_one(door, usize::from(*pick), ending);
        }
        Action::Progress { pick } => {
            if let Some((request, task)) = pick_effect(door, usize::from(*pick)) {
                let progressed = AttemptProgressed { request, task, output: Bytes(1) };
                let _ = door.input(execution::Input::ReportProgress(progressed).into());
            }
        }
        Action::Late { request } => {
            let ended = ended((*request).into(), 0, Ending::Succeeded);
            let _ = door.input(execution::Input::EndAttempt(ended).into());
        }
        Action::Wait { millis } => door.at = Micros(door.at.0 + i64::from(*millis) * 1_000),
        Action::Fire => {
            let _ = door.input(Govern::FireTimer.into());
        }
        Action::Ask { name, what } => {
            let reason = String::new();
            let input = match what % 4 {
                0 => dag::Input::Cancel { reason },
                1 => dag::Input::Pause { reason },
                _ => dag::Input::Resume { reason },
            };
            let workflow = door.workflow(*name);
            let _ = door.input(Input::Dag { workflow, input });
        }
        Action::Govern { what, name, value } => govern(door, *what, *name, *value),
    }
}

fn submit(door: &mut Drive, name: u8, shape: &[(u8, u8)], staged: u8, key: Option<u8>) {
    let mut tasks: Vec<TaskDefinition> =
        shape.iter().zip(0..).map(|(shape, index)| task(index, *shape)).collect();
    let workflow = door.workflow_to_submit(name);
    let staged = tasks.len().min(usize::from(staged));
    let rest = tasks.split_off(staged);
    let chunk = ChunkStaged { first_task: 0, tasks };
    let stage = Input::Intake { workflow, input: intake::Input::StageChunk(chunk) };
    let staged_tasks = match door.input(stage) {
        Ok(_) => staged as u32,
        Err(_) => 0,
    };
    let submission = Submission {
        name: "random".to_owned(),
        idempotency_key: key.map(|key| [key; 32]),
        earlier: None,
        looked_up_through: u64::MAX,
        staged_tasks,
        tasks: rest,
    };
    let _ = door.input(Input::Intake { workflow, input: intake::Input::Submit(submission) });
}

/// A task that depends on some of those before it.
fn task(index: u32, (edges, options): (u8, u8)) -> TaskDefinition {
    let is_process = options & 1 == 1;
    TaskDefinition {
        id: format!("t{index}"),
        name: String::new(),
        kind: if is_process { TaskKind::Process } else { TaskKind::Noop },
        dependencies: (0..index).filter(|other| edges >> other & 1 == 1).collect(),
        command: if is_process { vec!["true".to_owned()] } else { vec![] },
        env: vec![],
        timeout: (is_process && options & 2 == 2).then_some(Millis(20_000)),
        attempts_max: u32::from(options >> 2 & 3) + 1,
        retry_base: (options & 16 == 16).then_some(Millis(1_000)),
    }
}

fn govern(door: &mut Drive, what: u8, name: u8, value: u8) {
    let (reason, stream) = (String::new(), door.workflow(name).into());
    let input = match what % 10 {
        0 => Govern::PauseEngine { reason },
        1 | 2 => Govern::ResumeEngine { reason },
        3 => {
            let value = i64::from(value % 4) + 1;
            Govern::ChangeSetting { setting: Setting::AttemptsRunningMax, value, reason }
        }
        4 => Govern::StartEngine(super::door::started()),
        5 => Govern::QuarantineStream(StreamQuarantined { quarantined: stream, panics: 2, input: reason }),
        6 | 7 => Govern::ReleaseStream(StreamReleased { released: stream, reason }),
        8 => Govern::StepClock(ClockStepped { expected: door.at, found: Micros(door.at.0 + 60_000_000) }),
        _ => Govern::AcceptClock { reason },
    };
    let _ = door.input(input.into());
}

fn pick_effect(door: &Drive, pick: usize) -> Option<(u64, u32)> {
    let effects = due(&door.world).effects;
    let effect = effects.get(pick % effects.len().max(1))?;
    Some((effect.request, effect.task))
}

fn end_one(door: &mut Drive, pick: usize, ending: Ending) {
    if let Some((request, task)) = pick_effect(door, pick) {
        door.input(execution::Input::EndAttempt(ended(request, task, ending)).into())
            .expect("its end is accepted");
    }
}

/// Nothing stands in the way any more, effects succeed and time passes: then everything must end.
fn come_to_an_end(door: &mut Drive) {
    let reason = String::new;
    let _ = door.input(Govern::ResumeEngine { reason: reason() }.into());
    let _ = door.input(Govern::AcceptClock { reason: reason() }.into());
    for name in 0..6 {
        let workflow = door.workflow(name);
        let released = StreamReleased { released: workflow.into(), reason: reason() };
        let _ = door.input(Govern::ReleaseStream(released).into());
        let _ = door.input(Input::Dag { workflow, input: dag::Input::Resume { reason: reason() } });
    }
    for _ in 0..10_000 {
        if pick_effect(door, 0).is_some() {
            end_one(door, 0, Ending::Succeeded);
        } else if let Some(wake) = next_wake(&door.world) {
            door.at = door.at.max(wake.at);
            door.input(Govern::FireTimer.into()).expect("something is due");
        } else {
            break;
        }
    }
    assert_eq!(door.world.alive(), 0, "everything comes to an end");
    assert_eq!(door.world.attempts_running(), 0);
}

#[test]
fn whatever_happens_the_invariants_hold_and_everything_ends() {
    fn property(actions: Vec<Action>) -> bool {
        let mut door = Drive { door: Door::open(), generations: [0; 6] };
        actions.iter().for_each(|action| act(&mut door, action));
        come_to_an_end(&mut door);
        check_grammars(&door);
        true
    }
    QuickCheck::new().tests(300).rng(Gen::new(120)).quickcheck(property as fn(Vec<Action>) -> bool);
}
