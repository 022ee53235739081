//! Random histories: an engine that decides by chance, within the grammar.

use triad_event::dag::{QueueReason, TaskPhase, WorkflowPhase};
use triad_event::execution::{CancelReason, Ending};
use triad_event::gates::Closing;
use triad_event::subjects::Obstacle;

use super::history::{History, approval, noop, process};

/// Numbers that look random and are the same for the same seed (xorshift64*).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// A workflow as the random engine sees it.
struct Player {
    phase: Option<WorkflowPhase>,
    dependencies: Vec<Vec<u32>>,
    tasks: Vec<TaskPhase>,
    is_stopping: Vec<bool>,
    is_gate: Vec<bool>,
}

/// A history of some workflows and about that many records.
pub(super) fn history(seed: u64, records: usize) -> History {
    let mut chance = Chance::of(seed);
    let mut past = History::begun();
    let count = 1 + chance.below(6);
    let nobody =
        || Player { phase: None, dependencies: vec![], tasks: vec![], is_stopping: vec![], is_gate: vec![] };
    let mut players: Vec<Player> = (0..count).map(|_| nobody()).collect();
    let mut keepers: Vec<Keeper> = (0..count).map(|_| Keeper::default()).collect();
    while past.records.len() < records && players.iter().any(|player| !player.is_over()) {
        let number = chance.below(players.len());
        let workflow = number as u8 + 1;
        players[number].play(workflow, &mut past, &mut chance);
        if chance.below(40) == 0 {
            past.started();
        }
        let number = chance.below(players.len());
        if chance.below(8) == 0 && players[number].phase.is_some() {
            let is_over = players[number].is_over();
            keepers[number].play(number as u8 + 1, is_over, &mut past, &mut chance);
        }
    }
    past
}

/// What was measured of most runs is charged, some of it at a price.
fn charge(workflow: u8, task: u32, past: &mut History, chance: &mut Chance) {
    let (energy, money) = (chance.below(1000) as u64, chance.below(90) as i64 - 20);
    match chance.below(4) {
        0 => {}
        1 => past.charged(workflow, task, energy, None),
        _ => past.charged(workflow, task, energy, Some(money)),
    }
}

/// The content of a workflow as the random engine sees it.
#[derive(Default)]
struct Keeper {
    holds: u32,
    erasing: Option<u64>,
    is_erased: bool,
}

impl Keeper {
    fn play(&mut self, workflow: u8, is_over: bool, past: &mut History, chance: &mut Chance) {
        match (chance.below(5), self.erasing, self.holds) {
            _ if self.is_erased => past.read(workflow),
            (_, Some(request), _) => {
                past.erased(workflow, request);
                self.is_erased = true;
            }
            (0, None, _) => past.read(workflow),
            (1, None, holds) => {
                self.holds += 1;
                past.held(workflow, &format!("hold-{holds}"), self.holds);
            }
            (_, None, 0) if is_over => self.erasing = Some(past.erasure_asked(workflow, None)),
            (_, None, 0) => {
                past.erasure_asked(workflow, Some(Obstacle::InUse));
            }
            (2, None, _) => {
                past.erasure_asked(workflow, Some(Obstacle::LegalHold));
            }
            (_, None, _) => {
                self.holds -= 1;
                past.let_go(workflow, &format!("hold-{}", self.holds), self.holds);
            }
        }
    }
}

impl Player {
    fn is_over(&self) -> bool {
        self.phase.is_some_and(WorkflowPhase::is_terminal)
    }

    fn play(&mut self, workflow: u8, past: &mut History, chance: &mut Chance) {
        match self.phase {
            None => self.come_in(workflow, past, chance),
            Some(WorkflowPhase::Staging) => match chance.below(8) {
                0 => {
                    past.expired(workflow);
                    self.phase = Some(WorkflowPhase::Expired);
                }
                _ => self.come_in(workflow, past, chance),
            },
            Some(WorkflowPhase::Running | WorkflowPhase::Paused | WorkflowPhase::Cancelling) => {
                self.go_on(workflow, past, chance);
            }
            Some(
                WorkflowPhase::Submitted
                | WorkflowPhase::Completed
                | WorkflowPhase::Failed
                | WorkflowPhase::Cancelled
                | WorkflowPhase::Expired
                | WorkflowPhase::Closed,
            ) => {}
        }
    }

    fn come_in(&mut self, workflow: u8, past: &mut History, chance: &mut Chance) {
        let is_wide = chance.below(12) == 0;
        let mut definitions = Vec::new();
        for _ in 0..1 + chance.below(if is_wide { 150 } else { 5 }) {
            let number = self.dependencies.len();
            let dependencies: Vec<u32> =
                (0..number as u32).filter(|_| chance.below(number + 1) < 2).collect();
            let name = format!("t{number}");
            let kind = chance.below(5);
            definitions.push(match kind {
                0..2 => noop(&name, &dependencies),
                2..4 => process(&name, &dependencies, 3),
                _ => approval(&name, &dependencies),
            });
            self.is_gate.push(kind == 4);
            self.dependencies.push(dependencies);
        }
        if chance.below(3) == 0 {
            past.staged(workflow, definitions);
            self.phase = Some(WorkflowPhase::Staging);
            return;
        }
        let key = (chance.below(2) == 0).then(|| [chance.below(3) as u8; 32]);
        past.accepted_under(workflow, &format!("w{workflow}"), definitions, key);
        self.phase = Some(WorkflowPhase::Running);
        self.tasks = vec![TaskPhase::Pending; self.dependencies.len()];
        self.is_stopping = vec![false; self.dependencies.len()];
    }

    fn go_on(&mut self, workflow: u8, past: &mut History, chance: &mut Chance) {
        if self.tasks.iter().all(|phase| phase.is_terminal()) {
            return self.close(workflow, past);
        }
        match (chance.below(30), self.phase) {
            (0, Some(WorkflowPhase::Running)) => {
                past.paused(workflow);
                self.phase = Some(WorkflowPhase::Paused);
            }
            (0..6, Some(WorkflowPhase::Paused)) => {
                past.resumed(workflow);
                self.phase = Some(WorkflowPhase::Running);
            }
            (6, Some(WorkflowPhase::Running | WorkflowPhase::Paused)) => {
                past.cancel_asked(workflow);
                self.phase = Some(WorkflowPhase::Cancelling);
            }
            _ => {
                let start = chance.below(self.tasks.len());
                let tasks = (0..self.tasks.len()).map(|offset| (start + offset) % self.tasks.len());
                for task in tasks.collect::<Vec<_>>() {
                    if self.step(workflow, task, past, chance) {
                        return;
                    }
                }
            }
        }
    }

    fn close(&mut self, workflow: u8, past: &mut History) {
        let is_cancelled = self.phase == Some(WorkflowPhase::Cancelling);
        past.closed(workflow, is_cancelled);
        self.phase = Some(WorkflowPhase::Completed);
    }

    /// Whether anything happened to the task.
    fn step(&mut self, workflow: u8, task: usize, past: &mut History, chance: &mut Chance) -> bool {
        match self.tasks[task] {
            TaskPhase::Pending | TaskPhase::Queued | TaskPhase::Waiting => {
                self.start(workflow, task, past, chance)
            }
            TaskPhase::Running => self.run(workflow, task, past, chance),
            TaskPhase::Settling => self.settle(workflow, task, past, chance),
            TaskPhase::Awaiting => self.judge(workflow, task, past, chance),
            // Nothing of these histories is evaluated, has parts or waits for a price.
            TaskPhase::Completed
            | TaskPhase::Failed
            | TaskPhase::Skipped
            | TaskPhase::Cancelled
            | TaskPhase::Evaluating
            | TaskPhase::Evaluated
            | TaskPhase::Spread
            | TaskPhase::Deferred
            | TaskPhase::Released
            | TaskPhase::Proposed
            | TaskPhase::Held => false,
        }
    }

    fn start(&mut self, workflow: u8, task: usize, past: &mut History, chance: &mut Chance) -> bool {
        let number = task as u32;
        if self.phase == Some(WorkflowPhase::Cancelling) {
            past.cancelled(workflow, number);
            self.tasks[task] = TaskPhase::Cancelled;
            return true;
        }
        let phase_of = |dependency: &u32| self.tasks[*dependency as usize];
        let broken = |dependency: &&u32| {
            phase_of(dependency).is_terminal() && phase_of(dependency) != TaskPhase::Completed
        };
        if let Some(because) = self.dependencies[task].iter().find(broken) {
            past.skipped(workflow, number, *because);
            self.tasks[task] = TaskPhase::Skipped;
            return true;
        }
        if self.dependencies[task].iter().any(|dependency| phase_of(dependency) != TaskPhase::Completed) {
            return false;
        }
        if self.is_gate[task] && self.tasks[task] == TaskPhase::Pending {
            past.gate_opened(workflow, number);
            self.tasks[task] = TaskPhase::Awaiting;
            return true;
        }
        if self.tasks[task] != TaskPhase::Queued && chance.below(4) == 0 {
            past.queued(workflow, number, QueueReason::Capacity);
            self.tasks[task] = TaskPhase::Queued;
            return true;
        }
        if self.phase != Some(WorkflowPhase::Running) {
            return false;
        }
        past.requested(workflow, number);
        self.tasks[task] = TaskPhase::Running;
        self.is_stopping[task] = false;
        true
    }

    fn judge(&mut self, workflow: u8, task: usize, past: &mut History, chance: &mut Chance) -> bool {
        let number = task as u32;
        let how = match (chance.below(4), self.phase) {
            (_, Some(WorkflowPhase::Cancelling)) => {
                past.cancelled(workflow, number);
                self.tasks[task] = TaskPhase::Cancelled;
                return true;
            }
            (0, _) => {
                past.judged(workflow, number, true);
                return true;
            }
            (1, _) => {
                past.judged(workflow, number, false);
                Closing::Declined
            }
            (2, _) => Closing::Expired,
            _ => Closing::Approved,
        };
        past.gate_closed(workflow, number, how);
        self.tasks[task] = TaskPhase::Settling;
        true
    }

    fn run(&mut self, workflow: u8, task: usize, past: &mut History, chance: &mut Chance) -> bool {
        let number = task as u32;
        match (chance.below(8), self.is_stopping[task]) {
            (0, _) => past.progressed(workflow, number),
            (1, false) => past.stalled(workflow, number),
            (2, false) => {
                past.stopped(workflow, number, CancelReason::TimedOut);
                self.is_stopping[task] = true;
            }
            (3, true) => {
                past.abandoned(workflow, number, CancelReason::TimedOut);
                self.tasks[task] = TaskPhase::Settling;
            }
            (4, false) => {
                past.lost(workflow, number);
                self.tasks[task] = TaskPhase::Settling;
            }
            (5, _) => {
                let output = chance.below(700) as u64;
                past.ended(workflow, number, Ending::Exited, output);
                charge(workflow, number, past, chance);
                self.tasks[task] = TaskPhase::Settling;
            }
            _ => {
                past.ended(workflow, number, Ending::Succeeded, 4);
                charge(workflow, number, past, chance);
                self.tasks[task] = TaskPhase::Settling;
            }
        }
        true
    }

    fn settle(&mut self, workflow: u8, task: usize, past: &mut History, chance: &mut Chance) -> bool {
        let number = task as u32;
        self.tasks[task] = match (chance.below(4), self.phase) {
            (0, Some(WorkflowPhase::Running | WorkflowPhase::Paused)) => {
                past.retried(workflow, number, Ending::Exited);
                TaskPhase::Waiting
            }
            (1, _) => {
                past.failed(workflow, number, Ending::Exited);
                TaskPhase::Failed
            }
            _ => {
                past.completed(workflow, number);
                TaskPhase::Completed
            }
        };
        true
    }
}
