//! What must hold after every group, each as a function of its own.

use std::collections::{BTreeMap, BTreeSet};

use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::governance::{Setting, WakeReason};
use triad_event::ids::{DataSubjectId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::Priority;
use triad_event::quantity::Micros;
use triad_event::{Domain, Event, Recorded, codec, dag, execution, intake, subjects};

use super::budgeted::{check_budgets, invariant_what_is_kept_of_budgets_is_for_attempts, moments};
use super::charged::check_charges;
use super::door::{Door, destructions, performances};
use super::graphs::{check_graphs, deadlines_to_come};
use super::healed::{check_healing, invariant_a_fix_waits_where_its_task_does};
use super::joins::check_joins;
use super::priced::{
    check_decisions, invariant_what_is_suspended_goes_on_in_time,
    invariant_what_waits_for_a_price_is_looked_at_in_time,
};
use super::scheduled::check_followers;
use crate::alerts::state::DeliveryState;
use crate::dag::TaskState;
use crate::dispatch::owes;
use crate::execution::attempt::Attempt;
use crate::execution::reaction::Reaction;
use crate::limits::CUT_OFF_MAX;
use crate::ports::wakes::Wake;
use crate::{Effect, World, effect, gates};

/// Checks all of them.
pub(super) fn check_invariants(door: &Door) {
    let world = &door.world;
    invariant_a_group_ends_with_nothing_owed_or_full(door);
    invariant_records_stand_in_one_group(door);
    invariant_running_tasks_have_an_attempt_and_attempts_a_task(world);
    invariant_counts_agree_with_tasks(world);
    invariant_no_more_run_than_may(door);
    invariant_queued_tasks_stand_in_line(world);
    invariant_no_place_is_free_while_a_task_could_take_it(world);
    invariant_every_moment_is_asked_for_and_no_other(door);
    invariant_what_is_owed_is_what_runs(world);
    invariant_nothing_is_cut_off_more_often_than_may_be(world);
    invariant_streams_are_open_as_long_as_something_lives_in_them(world);
    invariant_every_condition_that_stands_has_its_alert(world);
    invariant_what_has_ended_has_left(world);
    invariant_a_data_subject_is_in_use_as_often_as_it_is_used(world);
    invariant_nothing_is_erased_that_is_held_or_in_use(world);
    invariant_every_erasure_under_way_is_owed(world);
    invariant_a_task_waits_exactly_as_long_as_its_gate_is_open(world);
    invariant_no_gate_stays_open_for_which_everything_is_there(world);
    invariant_what_waits_for_a_price_is_looked_at_in_time(world);
    invariant_what_is_suspended_goes_on_in_time(world);
    invariant_what_is_kept_of_budgets_is_for_attempts(world);
    invariant_a_fix_waits_where_its_task_does(world);
    check_graphs(door);
}

fn invariant_a_group_ends_with_nothing_owed_or_full(door: &Door) {
    let is_left_behind =
        door.world.ports.reactions.fronts()[0].is_none() && !door.group.has_room_in_background();
    assert!(!door.world.owes_work() || door.group.is_full() || is_left_behind);
    assert!(
        !door.world.owes_work() || door.world.next_wake().is_some_and(|wake| wake.reason == WakeReason::Owed)
    );
}

fn invariant_records_stand_in_one_group(door: &Door) {
    let first = door.group.records[0].sequence;
    for (record, sequence) in door.group.records.iter().zip(first..) {
        assert_eq!(
            (record.sequence, record.group, record.at, record.elapsed),
            (sequence, first, door.at, door.elapsed)
        );
        assert!(record.cause <= sequence);
    }
    let mut payloads = Vec::new();
    for record in &door.group.records {
        let (_kind, _version) = codec::encode(&record.event, &mut payloads);
    }
    assert!(payloads.len() <= door.group.payload_bytes(), "what a group needs is counted");
}

fn invariant_running_tasks_have_an_attempt_and_attempts_a_task(world: &World) {
    let mut running = BTreeSet::new();
    for (id, workflow) in world.dag.workflows.iter() {
        for (task, index) in workflow.tasks.iter().zip(0_u32..) {
            if let TaskState::Running { request } = task.state {
                let attempt = world.execution.get(request).expect("a running task has an attempt");
                assert_eq!((attempt.workflow, attempt.task, attempt.number), (*id, index, task.attempts));
                running.insert(request);
            }
        }
    }
    let attempts: BTreeSet<u64> = world.execution.running.keys().collect();
    assert_eq!(attempts, running);
}

fn invariant_counts_agree_with_tasks(world: &World) {
    for (_, workflow) in world.dag.workflows.iter() {
        let count = |phase| workflow.tasks.iter().filter(|task| task.state.phase() == phase).count() as u32;
        let tally = workflow.tally();
        assert_eq!(tally.completed, count(TaskPhase::Completed));
        assert_eq!(tally.failed, count(TaskPhase::Failed));
        assert_eq!(tally.skipped, count(TaskPhase::Skipped));
        assert_eq!(tally.cancelled, count(TaskPhase::Cancelled));
        let ended = tally.completed + tally.failed + tally.skipped + tally.cancelled;
        assert_eq!(workflow.open, workflow.tasks.len() as u32 - ended);
    }
}

fn invariant_no_more_run_than_may(door: &Door) {
    let requested = |event: &Event| matches!(event, Event::Execution(execution::Event::AttemptRequested(_)));
    if door.group.records.iter().any(|record| requested(&record.event)) {
        let max = door.world.settings().count(Setting::AttemptsRunningMax);
        assert!(door.world.attempts_running() - door.world.attempts_suspended() <= max);
    }
}

fn invariant_queued_tasks_stand_in_line(world: &World) {
    let mut queued: BTreeMap<(WorkflowId, Priority), BTreeSet<u32>> = BTreeMap::new();
    for (id, workflow) in world.dag.workflows.iter() {
        let is_cancelling = workflow.phase() == WorkflowPhase::Cancelling;
        for (task, index) in workflow.tasks.iter().zip(0..) {
            if task.state == TaskState::Queued && !is_cancelling {
                let priority = workflow.plan.priority(workflow.template(index));
                queued.entry((*id, priority)).or_default().insert(index);
            }
        }
    }
    for (id, task, priority) in world.execution.held_back.all() {
        let own = queued.get_mut(&(id, priority)).expect("whom a budget holds back is queued");
        assert!(own.remove(&task));
    }
    queued.retain(|_, tasks| !tasks.is_empty());
    let queue = &world.execution.queue;
    let lines = queue.lines.iter().map(|(of, line)| (*of, line.waiting().collect::<BTreeSet<_>>()));
    let mut found: BTreeMap<_, _> = lines.collect();
    for (id, valued) in &queue.valued {
        for task in valued.ranks.keys() {
            let workflow = world.workflow(*id).expect("who waits has a workflow");
            let priority = workflow.plan.priority(workflow.template(*task));
            assert!(found.entry((*id, priority)).or_default().insert(*task), "who waits stands in one place");
        }
        assert_eq!(valued.is_held, world.ports.streams.is_held((*id).into()), "domains and ports agree");
    }
    assert_eq!(found, queued);
    let unheld = queue.valued.iter().filter(|(_, valued)| !valued.is_held);
    let ranks = unheld.flat_map(|(id, valued)| valued.ranks.iter().map(|(task, rank)| (*rank, (*id, *task))));
    assert_eq!(queue.ranks, ranks.collect(), "every task that states a value and is not held has one rank");
    for ((id, _), line) in &queue.lines {
        let is_paused = world.workflow(*id).expect("a line has a workflow").phase() == WorkflowPhase::Paused;
        let stream = StreamId::from(*id);
        let is_held = line.turn.is_none();
        assert_eq!(is_held, is_paused || world.ports.streams.is_aside(stream), "who is paused is held");
        assert_eq!(is_held, world.ports.streams.is_held(stream), "domains and ports agree");
    }
    let turns = queue.lines.iter().filter_map(|((id, priority), line)| Some(((*priority, line.turn?), *id)));
    assert_eq!(queue.turns, turns.collect(), "every line that is not held has one turn");
}

fn invariant_no_place_is_free_while_a_task_could_take_it(world: &World) {
    // Whom a budget of money holds back may have room by the mere passing of time, and is looked at with what happens next.
    let mut budgets = world.ports.budgets.all();
    let depends_on_time =
        !world.execution.held_back.is_empty() && budgets.any(|(_, budget)| budget.money_max.is_some());
    assert!(world.owes_work() || depends_on_time || !owes(world, Reaction::Admit.into(), &world.here()));
}

fn invariant_every_moment_is_asked_for_and_no_other(door: &Door) {
    let world = &door.world;
    let mut expected = BTreeSet::new();
    let mut ask = |due, reason, stream: StreamId, about| {
        if !world.ports.streams.is_aside(stream) {
            expected.insert(Wake { due, reason, stream, about });
        }
    };
    for (id, workflow) in world.dag.workflows.iter() {
        for (task, index) in workflow.tasks.iter().zip(0..) {
            if let TaskState::Waiting { due } = task.state {
                ask(due, WakeReason::Retry, (*id).into(), index);
            }
        }
    }
    for (stream, about, due) in deadlines_to_come(door) {
        ask(due, WakeReason::Deadline, stream, about);
    }
    for (request, attempt) in world.execution.running.iter() {
        let stream = StreamId::from(attempt.workflow);
        let is_lost = attempt.cut_off >= CUT_OFF_MAX;
        let reason = match attempt.stopping {
            Some(_) => WakeReason::CancelGrace,
            None if is_lost => WakeReason::CutOff,
            None => WakeReason::Timeout,
        };
        attempt.deadline.into_iter().for_each(|due| ask(due, reason, stream, request));
        attempt.stall_at.into_iter().for_each(|due| ask(due, WakeReason::Stall, stream, request));
        let is_running = attempt.is_started && !attempt.is_held && !attempt.is_suspended();
        let must_end = is_running || attempt.stopping.is_some() || is_lost;
        // What was set aside has that of before, which counts anew when it is released.
        let is_aside = world.ports.streams.is_aside(stream);
        assert!(is_aside || attempt.deadline.is_some() == must_end, "what can hang has a deadline");
    }
    for (id, upload) in world.intake.uploads.iter() {
        upload.expires_at.into_iter().for_each(|due| ask(due, WakeReason::UploadExpiry, (*id).into(), 0));
    }
    for (stream, alert) in world.alerts.open.iter() {
        if let DeliveryState::Waiting { due } = alert.delivery {
            ask(due, WakeReason::DeliveryRetry, *stream, 0);
        }
        alert.quiet_until.into_iter().for_each(|due| ask(due, WakeReason::AlertQuiet, *stream, 0));
    }
    for (id, message) in world.alerts.telling.messages.iter() {
        if let DeliveryState::Waiting { due } = message.delivery {
            ask(due, WakeReason::MessageRetry, StreamId::LOG, *id);
        }
    }
    for ((alert, _), escalating) in world.alerts.telling.escalating.iter() {
        ask(escalating.due, WakeReason::Escalation, *alert, escalating.message);
    }
    for (id, gates) in world.gates.all() {
        for (task, gate) in &gates.open {
            gate.due.into_iter().for_each(|due| ask(due, WakeReason::Gate, id.into(), (*task).into()));
        }
    }
    for (id, task, waits) in world.prices.all() {
        ask(waits.due, WakeReason::Price, id.into(), task.into());
    }
    for (id, task, run) in world.prices.runs.all() {
        run.due.into_iter().for_each(|due| ask(due, WakeReason::Price, id.into(), task.into()));
    }
    for wake in super::healed::moments(world) {
        ask(wake.due, wake.reason, wake.stream, wake.about);
    }
    expected.extend(moments(world));
    let wakes = &world.ports.wakes;
    let found: BTreeSet<Wake> = wakes.moments.union(&wakes.background).copied().collect();
    assert_eq!(found, expected);
}

fn invariant_what_is_owed_is_what_runs(world: &World) {
    let owed: Vec<u64> = performances(world).iter().map(|performance| performance.request).collect();
    let goes_on = |attempt: &Attempt| {
        let waits = attempt.is_held || attempt.cut_off >= CUT_OFF_MAX;
        !world.ports.streams.is_aside(attempt.workflow.into()) && (!waits || attempt.stopping.is_some())
    };
    let running = world.execution.running.iter().filter(|(_, attempt)| goes_on(attempt));
    assert_eq!(owed, running.map(|(request, _)| request).collect::<Vec<_>>());
    let all = world.execution.running.len() + world.subjects.erasing.len() + world.alerts.requests.len();
    let all = all + world.evaluation.all().count() + world.alerts.telling.requests.len();
    assert_eq!(world.ports.effects.owed.len(), all, "nothing else is owed");
}

fn invariant_nothing_is_cut_off_more_often_than_may_be(world: &World) {
    assert!(world.execution.running.iter().all(|(_, attempt)| attempt.cut_off <= CUT_OFF_MAX));
}

fn invariant_every_condition_that_stands_has_its_alert(world: &World) {
    let of_conditions: BTreeSet<_> = world.alerts.standing.keys().collect();
    let is_loud = |stream: &StreamId| world.alerts.open[stream].quiet_until.is_none();
    let loud =
        world.alerts.streams.iter().filter(|(_, stream)| is_loud(stream)).map(|(condition, _)| condition);
    assert!(world.owes_work() || of_conditions == loud.collect());
    assert_eq!(world.alerts.open.len(), world.alerts.streams.len());
    assert_eq!(world.ports.streams.count(Domain::Alerts), world.alerts.open.len());
}

fn invariant_streams_are_open_as_long_as_something_lives_in_them(world: &World) {
    let alive = world.dag.workflows.len() + world.intake.uploads.len();
    assert_eq!(world.alive(), alive);
    for (workflow, _) in world.dag.workflows.iter() {
        assert!(world.ports.streams.get((*workflow).into()).is_some());
    }
}

fn invariant_what_has_ended_has_left(world: &World) {
    for (_, workflow) in world.dag.workflows.iter() {
        assert!(!workflow.phase().is_terminal());
        assert!(workflow.open > 0 || world.owes_work() || world.quarantined().next().is_some());
    }
}

fn invariant_a_data_subject_is_in_use_as_often_as_it_is_used(world: &World) {
    let mut expected: BTreeMap<DataSubjectId, (u64, u32)> = BTreeMap::new();
    let of_workflows = world.dag.workflows.iter().map(|(_, workflow)| workflow.plan.subject);
    let of_uploads = world.intake.uploads.iter().map(|(_, upload)| upload.subject);
    for (subject, slot) in of_workflows.chain(of_uploads) {
        let counted = expected.entry(subject).or_insert((slot, 0));
        assert_eq!(counted.0, slot, "a data subject has one slot");
        counted.1 += 1;
    }
    let used = world.ports.uses.used.iter();
    let found = used.map(|(subject, used)| (*subject, (used.slot, used.streams)));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
}

fn invariant_nothing_is_erased_that_is_held_or_in_use(world: &World) {
    for subject in world.subjects.erasing.keys() {
        assert_eq!(world.subjects.holds_on(*subject), 0);
        assert!(world.ports.uses.get(*subject).is_none());
    }
    let holds: usize = world.subjects.holds.values().map(BTreeSet::len).sum();
    assert_eq!(world.holds(), holds as u64);
    assert!(world.subjects.holds.values().all(|holds| !holds.is_empty()));
}

fn invariant_every_erasure_under_way_is_owed(world: &World) {
    let owed = destructions(world);
    assert_eq!(owed.len(), world.erasures_under_way());
    for destruction in owed {
        assert_eq!(effect(world, destruction.request), Some(Effect::DestroyKey(destruction)));
    }
}

fn invariant_a_task_waits_exactly_as_long_as_its_gate_is_open(world: &World) {
    let mut awaiting = BTreeSet::new();
    for (id, workflow) in world.dag.workflows.iter() {
        let waits = workflow
            .tasks
            .iter()
            .zip(0_u32..)
            .filter(|(task, _)| matches!(task.state, TaskState::Awaiting | TaskState::Held));
        awaiting.extend(waits.map(|(_, index)| (*id, index)));
    }
    let open = world.gates.all().flat_map(|(id, gates)| gates.open.keys().map(move |task| (id, *task)));
    assert_eq!(open.collect::<BTreeSet<_>>(), awaiting);
    assert!(
        world.gates.all().all(|(id, _)| world.workflow(id).is_some()),
        "nothing is kept of what has ended"
    );
}

fn invariant_no_gate_stays_open_for_which_everything_is_there(world: &World) {
    for (workflow, gates) in world.gates.all().filter(|_| !world.owes_work()) {
        for task in gates.open.keys().copied().filter(|_| !world.ports.streams.is_aside(workflow.into())) {
            assert!(!owes(world, gates::reaction::Reaction::Close { workflow, task }.into(), &world.here()));
        }
    }
}

/// Reads a whole log with the grammars alone: no workflow, task or attempt does what its grammar forbids, and
/// each task of a workflow that has ended has ended, once.
pub(super) fn check_grammars(door: &Door) {
    check_subjects(door);
    check_joins(&door.log);
    check_decisions(&door.log);
    check_followers(&door.log);
    check_charges(&door.log);
    check_budgets(&door.log);
    check_healing(&door.log);
    let mut workflows: BTreeMap<StreamId, WorkflowPhase> = BTreeMap::new();
    let mut tasks: BTreeMap<(StreamId, u32), TaskPhase> = BTreeMap::new();
    let mut attempts: BTreeMap<u64, execution::Phase> = BTreeMap::new();
    for record in door.log.iter().filter(|record| is_of_a_workflow(record)) {
        let (stream, event) = (record.stream, &record.event);
        let phase = WorkflowPhase::after(workflows.get(&stream).copied(), event).expect("a legal workflow");
        workflows.insert(stream, phase);
        if let Event::Intake(intake::Event::WorkflowAccepted(accepted)) = event {
            (0..accepted.tasks).for_each(|task| {
                tasks.insert((stream, task), TaskPhase::Pending);
            });
        }
        if let Event::Dag(dag::Event::TaskFannedOut(fanned)) = event {
            (fanned.first..fanned.first + fanned.parts).for_each(|part| {
                let phase = TaskPhase::after(None, event).expect("parts begin");
                assert_eq!(tasks.insert((stream, part), phase), None, "a part is a new task");
            });
        }
        if let Some(task) = event.task() {
            let phase = TaskPhase::after(tasks.get(&(stream, task)).copied(), event).expect("a legal task");
            tasks.insert((stream, task), phase);
        }
        if let Event::Execution(event) = event {
            let request = event.request().unwrap_or(record.sequence);
            let phase =
                execution::Phase::after(attempts.get(&request).copied(), event).expect("a legal attempt");
            attempts.insert(request, phase);
        }
        // What is closed in quarantine stays as it was.
        if phase.is_terminal() && phase != WorkflowPhase::Closed {
            let own = tasks.range((stream, 0)..=(stream, u32::MAX));
            assert!(own.into_iter().all(|(_, phase)| phase.is_terminal()), "its tasks have ended");
        }
    }
}

fn is_of_a_workflow(record: &Recorded<Event>) -> bool {
    match record.event {
        Event::Intake(_) | Event::Dag(_) | Event::Execution(_) | Event::Gates(_) | Event::Evaluation(_) => {
            true
        }
        Event::Governance(_) => record.stream != StreamId::LOG,
        Event::Log(_)
        | Event::Subjects(_)
        | Event::Alerts(_)
        | Event::Access(_)
        | Event::Definitions(_)
        | Event::Bulk(_)
        | Event::Schedules(_)
        | Event::Moderation(_) => false,
        Event::Prices(_) | Event::Economics(_) | Event::Healing(_) => record.stream != StreamId::LOG,
    }
}

/// Reads the records of data subjects with their grammar alone: none is accepted for once its erasure is asked for, and
/// nobody's reading is recorded twice in a minute.
fn check_subjects(door: &Door) {
    let mut phases: BTreeMap<DataSubjectId, subjects::Phase> = BTreeMap::new();
    let mut reads: BTreeSet<(Micros, PrincipalId, WorkflowId)> = BTreeSet::new();
    for record in &door.log {
        match &record.event {
            Event::Subjects(event) => {
                let subject = event.subject();
                let before = phases.get(&subject).copied();
                let phase = subjects::Phase::after(before, event).expect("a legal data subject");
                phases.insert(subject, phase);
                if let subjects::Event::PayloadRead(read) = event {
                    let minute = Micros(record.elapsed.0.div_euclid(60_000_000));
                    assert!(reads.insert((minute, record.principal, read.workflow)), "read once a minute");
                }
            }
            Event::Intake(event) => {
                let subject = match event {
                    intake::Event::ChunkStaged(chunk) => chunk.subject.id,
                    intake::Event::WorkflowSubmitted(submitted) => submitted.asked.subject.id,
                    intake::Event::WorkflowAccepted(_) | intake::Event::UploadExpired(_) => continue,
                };
                let phase = phases.get(&subject);
                let is_gone = matches!(phase, Some(subjects::Phase::Erasing | subjects::Phase::Erased));
                assert!(!is_gone, "nothing is accepted for who is erased");
            }
            Event::Log(_)
            | Event::Governance(_)
            | Event::Dag(_)
            | Event::Execution(_)
            | Event::Alerts(_)
            | Event::Access(_)
            | Event::Gates(_)
            | Event::Definitions(_)
            | Event::Bulk(_)
            | Event::Schedules(_)
            | Event::Prices(_)
            | Event::Economics(_)
            | Event::Moderation(_)
            | Event::Healing(_)
            | Event::Evaluation(_) => {}
        }
    }
}
