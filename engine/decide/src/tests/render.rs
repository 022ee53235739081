//! Records as the tests write them: `W event task words`.

use triad_event::evaluation::Verdict;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Priority;
use triad_event::{Event, Recorded, alerts, dag, evaluation, execution, gates, governance, intake, subjects};

use super::door::name_of;

/// One record in one line. Tasks are shown by position, since a workflow may have left the world.
pub(super) fn render(record: &Recorded<Event>) -> String {
    let kind = record.event.kind().name();
    let event = kind.split_once('.').map_or(kind, |(_, event)| event);
    let details = if let Event::Prices(event) = &record.event {
        super::priced::details(record, event)
    } else {
        details(&record.event)
    };
    let stream = match record.stream {
        _ if matches!(record.event, Event::Alerts(_)) => "alert ".to_owned(),
        StreamId::LOG => String::new(),
        stream => format!("{} ", name_of(WorkflowId::from(stream))),
    };
    format!("{stream}{event}{}{details}", if details.is_empty() { "" } else { " " })
}

fn details(event: &Event) -> String {
    match event {
        // Prices are told with the moment of their record.
        Event::Log(_)
        | Event::Access(_)
        | Event::Definitions(_)
        | Event::Bulk(_)
        | Event::Moderation(_)
        | Event::Prices(_) => String::new(),
        Event::Schedules(event) => super::scheduled::details(event),
        Event::Governance(event) => governance_details(event),
        Event::Intake(event) => intake_details(event),
        Event::Dag(event) => dag_details(event),
        Event::Execution(event) => execution_details(event),
        Event::Subjects(event) => subject_details(event),
        Event::Alerts(event) => alert_details(event),
        Event::Gates(event) => gate_details(event),
        Event::Evaluation(event) => evaluation_details(event),
        Event::Economics(event) => super::charged::details(event),
        Event::Healing(event) => super::healed::details(event),
    }
}

fn gate_details(event: &gates::Event) -> String {
    use gates::Event as E;
    match event {
        E::GateOpened(opened) => match &opened.signal {
            Some(name) => format!("{} {:?} {name}", opened.task, opened.wants),
            None => format!("{} {:?}", opened.task, opened.wants),
        },
        E::SignalReceived(received) => received.name.clone(),
        E::ApprovalGiven(given) => given.task.to_string(),
        E::ApprovalDeclined(declined) => declined.task.to_string(),
        E::GateClosed(closed) => {
            let output = if closed.output.is_some() { " out" } else { "" };
            format!("{} {:?}{output}", closed.task, closed.how)
        }
    }
}

fn evaluation_details(event: &evaluation::Event) -> String {
    use evaluation::Event as E;
    match event {
        E::EvaluationRequested(requested) => requested.task.to_string(),
        E::EvaluationEnded(ended) => match ended.value.as_ref().filter(|_| ended.verdict == Verdict::List) {
            Some(list) => format!("{} {:?} {}", ended.task, ended.verdict, list.entries),
            None => format!("{} {:?}", ended.task, ended.verdict),
        },
    }
}

fn subject_details(event: &subjects::Event) -> String {
    use subjects::Event as E;
    let name = name_of(WorkflowId(event.subject().0));
    match event {
        E::ErasureRequested(_) | E::Erased(_) => name,
        E::ErasureRefused(refused) => format!("{name} {:?}", refused.obstacle),
        E::HoldPlaced(placed) => format!("{name} {} {}", placed.asked.hold, placed.holds),
        E::HoldReleased(released) => format!("{name} {} {}", released.asked.hold, released.holds),
        E::PayloadRead(read) => format!("{name} {}/{} {:?}", name_of(read.workflow), read.task, read.class),
    }
}

fn alert_details(event: &alerts::Event) -> String {
    use alerts::Event as E;
    match event {
        E::ConditionReported(met) => format!("{:?}", met.alert),
        E::ConditionEnded(ended) => format!("{:?}", ended.alert),
        E::AlertRaised(raised) => format!("{:?}", raised.alert),
        E::DeliveryRequested(requested) => format!("#{}", requested.attempt),
        E::DeliveryEnded(ended) => format!("{:?}", ended.delivery),
        E::DeliveryScheduled(scheduled) => format!("#{}", scheduled.attempt),
        E::AlertAcknowledged(_) => String::new(),
        E::AlertResolved(resolved) => format!("{:?}", resolved.alert),
        E::AlertSubsided(subsided) => format!("{:?}", subsided.alert),
        E::AlertReturned(returned) => format!("{:?} #{}", returned.alert, returned.returns),
        E::AlertEscalated(escalated) => format!("{:?} {}", escalated.alert, escalated.channel),
        E::SubscriptionSet(set) => format!("{} {}", set.name, set.channel),
        E::SubscriptionRemoved(removed) => removed.name.clone(),
        E::MessageMade(made) => format!("{} {}-{} {}", made.subscription, made.first, made.last, made.events),
        E::MessageRepeated(repeated) => format!("{} #{}", repeated.message, repeated.attempt),
        E::MessageEnded(ended) => format!("{} {:?}", ended.message, ended.delivery),
        E::MessageGivenUp(given_up) => format!("{} #{}", given_up.message, given_up.attempts),
        E::MessageRedelivered(asked) => asked.message.to_string(),
    }
}

fn governance_details(event: &governance::Event) -> String {
    use governance::Event as E;
    match event {
        E::SettingChanged(changed) => {
            let previous = changed.previous.map_or("-".to_owned(), |value| value.to_string());
            format!("{} {previous}>{}", changed.asked.setting.name(), changed.asked.value)
        }
        E::TimerFired(fired) => format!("{:?}", fired.reason),
        E::StreamQuarantined(quarantined) => name_of(quarantined.quarantined.into()),
        E::StreamReleased(released) => name_of(released.released.into()),
        E::StreamClosed(closed) => name_of(closed.closed.into()),
        E::EngineStarted(_)
        | E::EnginePaused(_)
        | E::EngineResumed(_)
        | E::ClockStepped(_)
        | E::ClockAccepted(_)
        | E::ClockAgreed(_)
        | E::EngineStopped(_)
        | E::SnapshotTaken(_) => String::new(),
    }
}

fn intake_details(event: &intake::Event) -> String {
    use intake::Event as E;
    match event {
        E::ChunkStaged(chunk) => format!("{}+{}", chunk.first_task, chunk.tasks.len()),
        E::WorkflowSubmitted(submitted) => {
            format!("{}+{}", submitted.asked.staged_tasks, submitted.asked.tasks.len())
        }
        E::WorkflowAccepted(accepted) => format!("{} {}", accepted.tasks, accepted.dependencies),
        E::UploadExpired(expired) => format!("{}", expired.staged_tasks),
    }
}

fn dag_details(event: &dag::Event) -> String {
    use dag::Event as E;
    let tally = |tally: &dag::Tally| {
        format!("{}/{}/{}/{}", tally.completed, tally.failed, tally.skipped, tally.cancelled)
    };
    match event {
        E::TaskQueued(dag::TaskQueued { task, reason, priority, value_lead }) => {
            let urgency =
                if *priority == Priority::Normal { String::new() } else { format!(" {priority:?}") };
            let lead = value_lead.map(|lead| format!(" ahead {}m", lead.0 / 60_000_000));
            format!("{task} {reason:?}{urgency}{}", lead.unwrap_or_default())
        }
        E::TaskCompleted(completed) => format!("{} #{}", completed.task, completed.attempts),
        E::TaskFailed(failed) => format!("{} #{} {:?}", failed.task, failed.attempts, failed.ending),
        E::TaskSkipped(skipped) => format!("{} because {}", skipped.task, skipped.because),
        E::TaskCancelled(cancelled) => format!("{}", cancelled.task),
        E::RetryScheduled(scheduled) => {
            format!("{} #{} {:?}", scheduled.task, scheduled.attempt, scheduled.ending)
        }
        E::TaskLeftOut(left) => format!("{} {:?}", left.task, left.why),
        E::TaskFannedOut(fanned) => format!("{} {}+{}", fanned.task, fanned.first, fanned.parts),
        E::GroupBegan(began) => format!("{}", began.task),
        E::TaskReused(reused) => format!("{}", reused.task),
        E::DeadlinePassed(passed) => passed.of.map_or(String::new(), |task| task.to_string()),
        E::CancelRequested(_) | E::WorkflowPaused(_) | E::WorkflowResumed(_) => String::new(),
        E::WorkflowCompleted(ended) => tally(&ended.tally),
        E::WorkflowFailed(ended) => tally(&ended.tally),
        E::WorkflowCancelled(ended) => tally(&ended.tally),
    }
}

fn execution_details(event: &execution::Event) -> String {
    use execution::Event as E;
    match event {
        E::AttemptRequested(requested) => {
            let kept = super::budgeted::kept(requested.reserve.as_deref());
            let fixes = requested.fixes.as_deref();
            let sets = fixes.map(|fixes| format!(" sets {}", fixes.variables.join("+"))).unwrap_or_default();
            format!("{} #{}{sets}{kept}", requested.task, requested.attempt)
        }
        E::AttemptEnded(ended) => format!("{} {:?}", ended.task, ended.ending),
        E::AttemptProgressed(progressed) => format!("{}", progressed.task),
        E::AttemptStarted(started) => format!("{}", started.task),
        E::AttemptCancelRequested(requested) => format!("{} {:?}", requested.task, requested.reason),
        E::AttemptStalled(stalled) => format!("{}", stalled.task),
        E::AttemptAbandoned(abandoned) => format!("{} {:?}", abandoned.task, abandoned.reason),
        E::AttemptLost(lost) => format!("{} after {}", lost.task, lost.cut_off),
    }
}
