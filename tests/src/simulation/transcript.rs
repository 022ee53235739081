//! What happens in a simulation, as lines that people read.

use super::action::Action;
use super::names::{name_of, subject_name};
use super::script::shown;
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use triad_decide::{Accepted, Evaluation, KeyDestruction, Performance, Refusal, Work};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::{
    Domain, Event, Recorded, alerts, dag, economics, evaluation, execution, gates, governance, healing,
    intake, log, prices, subjects,
};
use triad_perform::{Answer, AskError};

/// Lines, and the names of tasks in them.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// Where what was done goes, as lines of a script. Somewhere else, so that a panic does not take it along.
    actions: Option<Sender<String>>,
    /// What came of it.
    pub(crate) lines: Vec<String>,
    tasks: BTreeMap<StreamId, Vec<String>>,
}

impl Transcript {
    /// Writes actions down as well.
    pub(crate) fn of_actions(actions: Sender<String>) -> Self {
        Self { actions: Some(actions), ..Self::default() }
    }

    pub(crate) fn act(&mut self, action: &Action) {
        if let Some(actions) = &self.actions {
            let _reader_left = actions.send(action.to_string()).is_err();
        }
    }

    /// Ids of the tasks of a workflow that were named so far.
    pub(crate) fn staged(&self, workflow: WorkflowId) -> Vec<String> {
        self.tasks.get(&workflow.into()).cloned().unwrap_or_default()
    }

    pub(crate) fn decided(&mut self, records: &[Recorded<Event>]) {
        records.iter().for_each(|record| self.record(record));
    }

    fn record(&mut self, record: &Recorded<Event>) {
        if let Event::Intake(event) = &record.event {
            self.learn_tasks(record.stream, event);
        }
        if let Event::Dag(dag::Event::TaskFannedOut(fanned)) = &record.event {
            self.learn_parts(record.stream, fanned);
        }
        let line = self.render(record);
        self.lines.push(line);
    }

    fn learn_tasks(&mut self, stream: StreamId, event: &intake::Event) {
        let tasks = match event {
            intake::Event::ChunkStaged(chunk) => &chunk.tasks,
            intake::Event::WorkflowSubmitted(submitted) => &submitted.asked.tasks,
            intake::Event::WorkflowAccepted(_) | intake::Event::UploadExpired(_) => return,
        };
        self.tasks.entry(stream).or_default().extend(tasks.iter().map(|task| task.id.clone()));
    }

    fn learn_parts(&mut self, stream: StreamId, fanned: &dag::TaskFannedOut) {
        let ids = self.tasks.entry(stream).or_default();
        let Some(id) = ids.get(fanned.task as usize).cloned() else { return };
        ids.extend((0..fanned.parts).map(|number| format!("{id}.{number}")));
    }

    pub(crate) fn evaluating(&mut self, evaluation: &Evaluation) {
        let Evaluation { request, workflow, task, condition, list, .. } = evaluation;
        let what = match (condition, list) {
            (Some(_), None) => "condition",
            (None, _) => "list",
            (Some(_), Some(_)) => "condition and list",
        };
        self.lines.push(format!(
            "evaluates the {what} of {}, for #{request}",
            self.task((*workflow).into(), *task)
        ));
    }

    pub(crate) fn durable(&mut self, through: u64) {
        self.lines.push(format!("durable through #{through}"));
    }

    pub(crate) fn reborn(&mut self, lives: u64, next_sequence: u64) {
        self.lines.push(format!("life {lives} begins at #{next_sequence}"));
    }

    pub(crate) fn began(&mut self, effect: &Performance) {
        let what = match &effect.work {
            Work::Noop { input: None, entry: None } => "no-op".to_owned(),
            Work::Noop { input: None, entry: Some(entry) } => format!("hands on entry {}", entry.number),
            Work::Noop { input: Some(input), .. } => format!("hands on {}", input.length),
            Work::Process { input, options, .. } => {
                let timeout = options.timeout.unwrap_or_default();
                format!("runs its {} of input for at most {timeout}", input.length)
            }
        };
        let task = self.task(effect.workflow.into(), effect.task);
        self.lines.push(format!("performs {task} attempt {}: {what}", effect.attempt));
    }

    pub(crate) fn stopping(&mut self, request: u64) {
        self.lines.push(format!("stops attempt #{request}"));
    }

    pub(crate) fn pacing(&mut self, request: u64, is_suspended: bool) {
        let does = if is_suspended { "suspends" } else { "continues" };
        self.lines.push(format!("{does} attempt #{request}"));
    }

    pub(crate) fn destroying(&mut self, erasure: &KeyDestruction) {
        self.lines.push(format!(
            "destroys the key of {}, for #{}",
            subject_name(erasure.subject),
            erasure.request
        ));
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        self.lines.push(format!("ignored: {refusal}"));
    }

    pub(crate) fn answered(&mut self, said: &Result<Answer, AskError>) {
        self.lines.push(match said {
            Ok(Answer { reply: Ok(accepted), .. }) => match accepted {
                Accepted::Recorded => "answer: done".to_owned(),
                Accepted::Staged { staged_tasks } => format!("answer: {staged_tasks} tasks are staged"),
                Accepted::Submitted { workflow, tasks, .. } => {
                    format!("answer: {} is accepted with {tasks} tasks", name_of(*workflow))
                }
                Accepted::Repeated { workflow } => format!("answer: that is {}", name_of(*workflow)),
            },
            Ok(Answer { reply: Err(refusal), .. }) => format!("answer: no, {refusal}"),
            Err(error) => format!("answer: none, {error}"),
        });
    }

    /// One record in one line.
    fn render(&self, record: &Recorded<Event>) -> String {
        let kind = record.event.kind().name();
        let name = kind.split_once('.').map_or(kind, |(_, name)| name).replace('_', " ");
        let (task, details) = match &record.event {
            Event::Log(event) => (None, of_log(event)),
            Event::Governance(event) => (None, of_governance(event)),
            Event::Intake(event) => (None, of_intake(event)),
            Event::Dag(event) => self.of_dag(record.stream, event),
            Event::Execution(event) => of_execution(event),
            Event::Subjects(event) => (None, of_subjects(event)),
            Event::Alerts(event) => (None, of_alerts(event)),
            Event::Gates(event) => of_gates(event),
            Event::Evaluation(event) => of_evaluation(event),
            Event::Prices(event) => of_prices(event),
            Event::Healing(event) => of_healing(event),
            Event::Economics(economics::Event::RunCharged(charged)) => {
                (Some(charged.task), of_charge(charged))
            }
            Event::Economics(
                economics::Event::BudgetSet(_)
                | economics::Event::BudgetRemoved(_)
                | economics::Event::BudgetPeriodBegan(_)
                | economics::Event::BudgetExhausted(_),
            )
            | Event::Access(_)
            | Event::Definitions(_)
            | Event::Bulk(_)
            | Event::Moderation(_)
            | Event::Schedules(_) => (None, String::new()),
        };
        let subject = match (record.stream, task) {
            (StreamId::LOG, _) => "engine".to_owned(),
            // The id of an alert is drawn from its condition, and no name.
            _ if record.event.domain() == Domain::Alerts => "people".to_owned(),
            (stream, Some(task)) => self.task(stream, task),
            (stream, None) => name_of(stream.into()),
        };
        let details = if details.is_empty() { details } else { format!(": {details}") };
        format!("#{} {subject} {name}{details}", record.sequence)
    }

    fn task(&self, stream: StreamId, task: u32) -> String {
        let id = self.tasks.get(&stream).and_then(|ids| ids.get(task as usize));
        let name = name_of(stream.into());
        id.map_or_else(|| format!("{name}/{task}"), |id| format!("{name}/{id}"))
    }

    fn of_dag(&self, stream: StreamId, event: &dag::Event) -> (Option<u32>, String) {
        use dag::Event as E;
        let tally = |tally: &dag::Tally| {
            let dag::Tally { completed, failed, skipped, cancelled } = tally;
            format!("{completed} completed, {failed} failed, {skipped} skipped, {cancelled} cancelled")
        };
        match event {
            E::TaskQueued(queued) => (Some(queued.task), format!("{:?}", queued.reason)),
            E::TaskCompleted(completed) => (Some(completed.task), format!("attempt {}", completed.attempts)),
            E::TaskFailed(failed) => {
                (Some(failed.task), format!("attempt {}, {}", failed.attempts, shown(failed.ending)))
            }
            E::TaskSkipped(skipped) => {
                (Some(skipped.task), format!("because of {}", self.task(stream, skipped.because)))
            }
            E::TaskCancelled(cancelled) => (Some(cancelled.task), String::new()),
            E::TaskLeftOut(left) => (Some(left.task), format!("{:?}", left.why)),
            E::TaskFannedOut(fanned) => (Some(fanned.task), format!("{} parts", fanned.parts)),
            E::GroupBegan(began) => (Some(began.task), String::new()),
            E::TaskReused(reused) => (Some(reused.task), String::new()),
            E::DeadlinePassed(passed) => (passed.of, String::new()),
            E::RetryScheduled(retry) => {
                (Some(retry.task), format!("attempt {}, after {}", retry.attempt, shown(retry.ending)))
            }
            E::CancelRequested(_) | E::WorkflowPaused(_) | E::WorkflowResumed(_) => (None, String::new()),
            E::WorkflowCompleted(ended) => (None, tally(&ended.tally)),
            E::WorkflowFailed(ended) => (None, tally(&ended.tally)),
            E::WorkflowCancelled(ended) => (None, tally(&ended.tally)),
        }
    }
}

fn of_healing(event: &healing::Event) -> (Option<u32>, String) {
    use healing::Event as E;
    match event {
        E::RulesSet(_) | E::RulesRemoved(_) => (None, String::new()),
        E::ConfigurationOffered(offered) => (None, format!("{} variables", offered.variables.len())),
        E::FixApplied(applied) => {
            let (kind, attempt) = (applied.fix.kind, applied.attempt);
            (Some(applied.task), format!("{kind:?} for attempt {attempt} in {}us", applied.delay.0))
        }
        E::FixProposed(proposed) => (Some(proposed.task), format!("{:?}", proposed.fix.kind)),
        E::FixApproved(approved) => (Some(approved.task), String::new()),
        E::FixDeclined(declined) => (Some(declined.task), String::new()),
        E::HealingEnded(ended) => (Some(ended.task), format!("{}: {:?}", ended.class.word(), ended.why)),
    }
}

fn of_prices(event: &prices::Event) -> (Option<u32>, String) {
    use prices::Event as E;
    match event {
        E::SourceSet(set) => (None, format!("{:?}, {:?} while there is none", set.source, set.missing)),
        E::PricesPublished(published) => (None, format!("{} steps", published.steps.len())),
        E::SourceRemoved(_) | E::CarbonSourceSet(_) | E::CarbonPublished(_) | E::CarbonSourceRemoved(_) => {
            (None, String::new())
        }
        E::TaskDeferred(deferred) => {
            let (price, last) = (at_price(deferred.price.as_ref()), deferred.last_safe_start);
            (Some(deferred.task), format!("{:?}{price}, until {last} at the latest", deferred.reason))
        }
        E::TaskReleased(released) => {
            (Some(released.task), format!("{:?}{}", released.reason, at_price(released.price.as_ref())))
        }
        E::RunSuspended(suspended) => {
            let (price, last) = (at_price(suspended.price.as_ref()), suspended.last_safe_start);
            let ran = suspended.ran;
            (
                Some(suspended.task),
                format!("{:?}{price}, ran {ran}, until {last} at the latest", suspended.reason),
            )
        }
        E::RunContinued(continued) => {
            let (price, ran) = (at_price(continued.price.as_ref()), continued.ran);
            (Some(continued.task), format!("{:?}{price}, ran {ran}", continued.reason))
        }
    }
}

fn at_price(price: Option<&prices::PriceTaken>) -> String {
    price.map_or_else(String::new, |price| format!(" at {}", price.per_kwh.0))
}

fn of_charge(charged: &economics::RunCharged) -> String {
    let money = charged.money.map_or_else(String::new, |money| format!(", {}", money.0));
    format!("{} mWh{money}", charged.energy.0)
}

fn of_gates(event: &gates::Event) -> (Option<u32>, String) {
    use gates::Event as E;
    match event {
        E::GateOpened(opened) => (Some(opened.task), format!("{:?}", opened.wants)),
        E::SignalReceived(received) => (None, received.name.clone()),
        E::ApprovalGiven(given) => (Some(given.task), String::new()),
        E::ApprovalDeclined(declined) => (Some(declined.task), String::new()),
        E::GateClosed(closed) => (Some(closed.task), format!("{:?}", closed.how)),
    }
}

fn of_evaluation(event: &evaluation::Event) -> (Option<u32>, String) {
    use evaluation::Event as E;
    match event {
        E::EvaluationRequested(requested) => (Some(requested.task), String::new()),
        E::EvaluationEnded(ended) => {
            let entries = ended.value.as_ref().map_or(0, |value| value.entries);
            let entries = if entries > 0 { format!(", {entries} entries") } else { String::new() };
            (Some(ended.task), format!("{:?}{entries}", ended.verdict))
        }
    }
}

fn of_log(event: &log::Event) -> String {
    match event {
        log::Event::TailDropped(dropped) => format!("after {}", dropped.after_sequence),
        log::Event::Created(_)
        | log::Event::Repaired(_)
        | log::Event::NoteRecorded(_)
        | log::Event::KeyEpochBegan(_)
        | log::Event::CheckpointAttested(_)
        | log::Event::Adopted(_) => String::new(),
    }
}

fn of_governance(event: &governance::Event) -> String {
    use governance::Event as E;
    match event {
        E::SettingChanged(changed) => format!("{} is {}", changed.asked.setting.name(), changed.asked.value),
        E::TimerFired(fired) => format!("{:?}", fired.reason),
        E::StreamQuarantined(set_aside) => name_of(set_aside.quarantined.into()),
        E::StreamReleased(released) => name_of(released.released.into()),
        E::StreamClosed(closed) => name_of(closed.closed.into()),
        E::SnapshotTaken(taken) => format!("through {}", taken.through_sequence),
        E::EngineStarted(_)
        | E::EnginePaused(_)
        | E::EngineResumed(_)
        | E::ClockStepped(_)
        | E::ClockAccepted(_)
        | E::ClockAgreed(_)
        | E::EngineStopped(_) => String::new(),
    }
}

fn of_intake(event: &intake::Event) -> String {
    use intake::Event as E;
    match event {
        E::ChunkStaged(chunk) => format!("{} tasks after {}", chunk.tasks.len(), chunk.first_task),
        E::WorkflowSubmitted(submitted) => {
            format!("{} tasks after {}", submitted.asked.tasks.len(), submitted.asked.staged_tasks)
        }
        E::WorkflowAccepted(accepted) => {
            format!("{} tasks, {} dependencies", accepted.tasks, accepted.dependencies)
        }
        E::UploadExpired(expired) => format!("{} tasks", expired.staged_tasks),
    }
}

fn of_execution(event: &execution::Event) -> (Option<u32>, String) {
    use execution::Event as E;
    match event {
        E::AttemptRequested(requested) => (Some(requested.task), format!("attempt {}", requested.attempt)),
        E::AttemptEnded(ended) => (Some(ended.task), shown(ended.ending).to_owned()),
        E::AttemptStarted(started) => (Some(started.task), String::new()),
        E::AttemptProgressed(progressed) => (Some(progressed.task), String::new()),
        E::AttemptCancelRequested(stop) => (Some(stop.task), format!("{:?}", stop.reason)),
        E::AttemptStalled(stalled) => (Some(stalled.task), String::new()),
        E::AttemptAbandoned(abandoned) => (Some(abandoned.task), format!("{:?}", abandoned.reason)),
        E::AttemptLost(lost) => (Some(lost.task), format!("cut off {} times", lost.cut_off)),
    }
}

fn of_alerts(event: &alerts::Event) -> String {
    use alerts::Event as E;
    match event {
        E::ConditionReported(met) => format!("{:?}", met.alert),
        E::ConditionEnded(over) => format!("{:?}", over.alert),
        E::AlertRaised(raised) => format!("{:?}", raised.alert),
        E::DeliveryRequested(requested) => format!("delivery {}", requested.attempt),
        E::DeliveryEnded(ended) => format!("{:?}", ended.delivery),
        E::DeliveryScheduled(scheduled) => format!("delivery {}", scheduled.attempt),
        E::AlertAcknowledged(_) => String::new(),
        E::AlertResolved(resolved) => format!("{:?}", resolved.alert),
        E::AlertSubsided(subsided) => format!("{:?}", subsided.alert),
        E::AlertReturned(returned) => format!("{:?}, {} times", returned.alert, returned.returns),
        E::AlertEscalated(escalated) => format!("{:?} to {}", escalated.alert, escalated.channel),
        E::SubscriptionSet(set) => format!("{} of {}", set.name, set.channel),
        E::SubscriptionRemoved(removed) => removed.name.clone(),
        E::MessageMade(made) => format!("{} of {}", made.events, made.subscription),
        E::MessageRepeated(repeated) => format!("{}, attempt {}", repeated.message, repeated.attempt),
        E::MessageEnded(ended) => format!("{}, {:?}", ended.message, ended.delivery),
        E::MessageGivenUp(given_up) => given_up.message.to_string(),
        E::MessageRedelivered(asked) => asked.message.to_string(),
    }
}

fn of_subjects(event: &subjects::Event) -> String {
    use subjects::Event as E;
    let name = subject_name(event.subject());
    match event {
        E::ErasureRequested(_) | E::Erased(_) => name,
        E::ErasureRefused(refused) => format!("{name}, {:?}", refused.obstacle),
        E::HoldPlaced(placed) => format!("{} on {name}, {} in all", placed.asked.hold, placed.holds),
        E::HoldReleased(released) => format!("{} on {name}, {} left", released.asked.hold, released.holds),
        E::PayloadRead(read) => format!("{:?} of {}", read.class, name_of(read.workflow)),
    }
}
