//! Failures that are healed, as scripts write them, and what must hold of them in every log.
//!
//! ```text
//! offer A B                                 the operator's configuration has these variables
//! end W/a exit why=network[:RULE[:PM]] [lacks=A+B]    why it failed, by which rule, how sure per mille
//! apply W/a    drop W/a                     a fix is approved, or declined
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use triad_event::dag::Event as DagEvent;
use triad_event::execution::{
    AttemptEnded, Diagnosed, Ending, Event as ExecutionEvent, FailureClass, Findings,
};
use triad_event::governance::{Event as GovernanceEvent, Setting};
use triad_event::healing::{
    Ask, ConfigurationOffered, Event as HealingEvent, Fix, FixApproved, FixDeclined, FixKind,
    OfferedVariable, RulesRemoved, RulesSet,
};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::{Event as IntakeEvent, HealingPolicy, TaskDefinition};
use triad_event::quantity::{Bytes, Micros};
use triad_event::{Event, Recorded};

use super::tasks::option;
use crate::World;
use crate::dag::TaskState;
use crate::healing::state::wake;
use crate::ports::wakes::Wake;

/// Reads what a script says of what is offered to fixes, and of rules.
pub(super) fn parse(verb: &str, rest: &str) -> Ask {
    let reason = String::new;
    match verb {
        "offer" => {
            let mut names: Vec<&str> = rest.split_whitespace().collect();
            names.sort_unstable();
            let variable = |name: &str| OfferedVariable { name: name.to_owned(), digest: [7; 16] };
            Ask::OfferConfiguration(ConfigurationOffered {
                variables: names.into_iter().map(variable).collect(),
            })
        }
        "rules" => {
            let document = rest.to_owned();
            let set = RulesSet { document, version: 3, rules: 1, digest: [9; 32], reason: reason() };
            Ask::SetRules(set.into())
        }
        _ => Ask::RemoveRules(RulesRemoved { reason: reason() }),
    }
}

pub(super) fn approve(task: u32) -> Ask {
    Ask::ApproveFix(FixApproved { task, reason: String::new() })
}

pub(super) fn decline(task: u32) -> Ask {
    Ask::DeclineFix(FixDeclined { task, reason: String::new() })
}

/// Why an attempt failed, as a script says it.
pub(super) fn findings(options: &str) -> Option<Findings> {
    let mut why = option(options, "why")?.split(':');
    let class = why.next().and_then(FailureClass::of_word).expect("a class");
    let rule = why.next().unwrap_or("rule").to_owned();
    let confidence_pm = why.next().map_or(900, |per_mille| per_mille.parse().expect("per mille"));
    let lacks = option(options, "lacks").map(|names| names.split('+').map(str::to_owned).collect());
    Some(found(class, rule, confidence_pm, lacks.unwrap_or_default()))
}

/// What is found of an attempt that failed.
pub(super) fn found(class: FailureClass, rule: String, confidence_pm: u32, lacks: Vec<String>) -> Findings {
    let diagnosed = Diagnosed {
        class,
        confidence_pm,
        rule,
        rules_version: 1,
        operator_version: None,
        rules_digest: [8; 32],
        shown_in: None,
        from: Bytes(0),
        to: Bytes(0),
        lacks,
    };
    Findings { verified: None, diagnosed: Some(diagnosed), said: None, held: None }
}

/// What is found of an attempt that failed is put into its end.
pub(super) fn find(ended: &mut AttemptEnded, number: usize) {
    if !matches!(ended.ending, Ending::Succeeded | Ending::Cancelled | Ending::Held) {
        ended.findings = random_findings(number).map(Into::into);
    }
}

/// Why an attempt failed, drawn from a number. Mostly something that a fix is known for.
fn random_findings(number: usize) -> Option<Findings> {
    let class = FailureClass::ALL[number % FailureClass::ALL.len()];
    let names: Vec<String> = ["A", "B", "C"].into_iter().take(number % 4).map(str::to_owned).collect();
    let confidence = [900, 940, 700, 100][number / 7 % 4];
    (!number.is_multiple_of(5)).then(|| found(class, format!("rule-{}", number % 3), confidence, names))
}

/// What a record says.
pub(super) fn details(event: &HealingEvent) -> String {
    match event {
        HealingEvent::RulesSet(set) => set.version.to_string(),
        HealingEvent::RulesRemoved(_) => String::new(),
        HealingEvent::ConfigurationOffered(offered) => offered.variables.len().to_string(),
        HealingEvent::FixApplied(applied) => {
            let delay = applied.delay.0 / 1_000_000;
            format!("{} #{} {}{}", applied.task, applied.attempt, of_fix(&applied.fix), after(delay))
        }
        HealingEvent::FixProposed(proposed) => format!("{} {}", proposed.task, of_fix(&proposed.fix)),
        HealingEvent::FixApproved(approved) => approved.task.to_string(),
        HealingEvent::FixDeclined(declined) => declined.task.to_string(),
        HealingEvent::HealingEnded(ended) => format!("{} {} {:?}", ended.task, ended.class.word(), ended.why),
    }
}

fn after(seconds: i64) -> String {
    if seconds == 0 { String::new() } else { format!(" in {seconds}s") }
}

fn of_fix(fix: &Fix) -> String {
    let Fix { kind, variables, timeout, memory_max } = fix;
    let timeout = timeout.as_ref().map(|raise| format!(" {}..{}ms", raise.from.0, raise.to.0));
    let memory = memory_max.as_ref().map(|raise| format!(" {}..{}MiB", raise.from.0 >> 20, raise.to.0 >> 20));
    let names = if variables.is_empty() { String::new() } else { format!(" {}", variables.join("+")) };
    format!("{kind:?}{names}{}{}", timeout.unwrap_or_default(), memory.unwrap_or_default())
}

/// A fix waits for a person exactly where a task waits for that.
pub(super) fn invariant_a_fix_waits_where_its_task_does(world: &World) {
    let mut waiting = BTreeSet::new();
    for (id, workflow) in world.dag.workflows.iter() {
        let proposed = workflow.tasks.iter().zip(0_u32..);
        let proposed = proposed.filter(|(task, _)| matches!(task.state, TaskState::Proposed { .. }));
        waiting.extend(proposed.map(|(_, task)| (*id, task)));
    }
    let mut found = BTreeSet::new();
    for (id, patients) in world.healing.all() {
        let fixes: u32 = patients.tasks.values().map(|patient| patient.fixes).sum();
        assert!(fixes <= patients.fixes, "fixes of a task are fixes of its workflow");
        let with_fix = patients.tasks.iter().filter(|(_, patient)| patient.proposal.is_some());
        found.extend(with_fix.map(|(task, _)| (id, *task)));
    }
    assert_eq!(found, waiting);
}

/// When fixes that wait are given up.
pub(super) fn moments(world: &World) -> impl Iterator<Item = Wake> {
    world.healing.all().flat_map(|(id, patients)| {
        let due =
            patients.tasks.iter().filter_map(|(task, patient)| Some((*task, patient.proposal.as_ref()?.due)));
        due.map(move |(task, due)| wake(due, id.into(), task))
    })
}

/// A reader of logs that counts by itself.
#[derive(Default)]
struct Reader {
    policies: BTreeMap<(StreamId, u32), Option<HealingPolicy>>,
    settings: BTreeMap<Setting, i64>,
    of_task: BTreeMap<(StreamId, u32), i64>,
    of_workflow: BTreeMap<StreamId, i64>,
    recent: VecDeque<Micros>,
    approved: BTreeSet<(StreamId, u32)>,
    given_up: BTreeSet<(StreamId, u32)>,
    offered: BTreeSet<String>,
    /// The ends of the last attempts, and whether a fix followed from them.
    failed: BTreeMap<(StreamId, u32), Ending>,
}

/// Reads a whole log: fixes are applied within policies and limits, and only what an operator offers is set. Nothing is done any
/// more about a task that nothing heals.
pub(super) fn check_healing(log: &[Recorded<Event>]) {
    let mut reader = Reader::default();
    log.iter().for_each(|record| reader.read(record));
}

impl Reader {
    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn read(&mut self, record: &Recorded<Event>) {
        let stream = record.stream;
        match &record.event {
            Event::Intake(IntakeEvent::ChunkStaged(chunk)) => {
                self.define(stream, chunk.first_task, &chunk.tasks)
            }
            Event::Intake(IntakeEvent::WorkflowSubmitted(submitted)) => {
                self.define(stream, submitted.asked.staged_tasks, &submitted.asked.tasks);
            }
            Event::Dag(DagEvent::TaskFannedOut(fanned)) => {
                let policy = self.policies.get(&(stream, fanned.task)).copied().flatten();
                let parts = fanned.first..fanned.first + fanned.parts;
                self.policies.extend(parts.map(|part| ((stream, part), policy)));
            }
            Event::Governance(GovernanceEvent::SettingChanged(changed)) if changed.asked.scope.is_empty() => {
                self.settings.insert(changed.asked.setting, changed.asked.value);
            }
            Event::Execution(ExecutionEvent::AttemptEnded(ended)) => {
                self.failed.insert((stream, ended.task), ended.ending);
            }
            Event::Execution(ExecutionEvent::AttemptRequested(requested)) => {
                assert!(
                    !self.given_up.contains(&(stream, requested.task)),
                    "what was given up is not tried again"
                );
                let fixes = requested.fixes.as_deref();
                let variables = fixes.map_or(&[][..], |fixes| &fixes.variables);
                assert!(variables.is_sorted());
            }
            Event::Healing(event) => self.read_healing(record, event),
            _ => {}
        }
    }

    fn define(&mut self, stream: StreamId, first: u32, tasks: &[TaskDefinition]) {
        let policy = |task: &TaskDefinition| task.terms.as_deref().and_then(|terms| terms.healing);
        self.policies
            .extend(tasks.iter().zip(first..).map(|(task, number)| ((stream, number), policy(task))));
    }

    fn limit(&self, setting: Setting) -> i64 {
        self.settings.get(&setting).copied().unwrap_or(setting.default_value())
    }

    fn read_healing(&mut self, record: &Recorded<Event>, event: &HealingEvent) {
        let stream = record.stream;
        match event {
            HealingEvent::ConfigurationOffered(offered) => {
                self.offered = offered.variables.iter().map(|variable| variable.name.clone()).collect();
            }
            HealingEvent::FixApplied(applied) => {
                let named = (stream, applied.task);
                let asks = self.policies[&named] == Some(HealingPolicy::DiagnoseAndAsk);
                assert!(
                    self.policies[&named].is_some_and(HealingPolicy::diagnoses),
                    "its policy has it healed"
                );
                assert_eq!(self.approved.remove(&named), asks, "who asks is answered first");
                assert!(self.failed.get(&named).is_some_and(|ending| *ending != Ending::Succeeded));
                assert!(asks || applied.fix.variables.iter().all(|name| self.offered.contains(name)));
                self.count(record, applied.task);
                self.check_raises(&applied.fix);
            }
            HealingEvent::FixProposed(proposed) => {
                let policy = self.policies[&(stream, proposed.task)];
                assert_eq!(policy, Some(HealingPolicy::DiagnoseAndAsk));
                self.check_raises(&proposed.fix);
            }
            HealingEvent::FixApproved(approved) => assert!(self.approved.insert((stream, approved.task))),
            HealingEvent::HealingEnded(ended) => {
                self.approved.remove(&(stream, ended.task));
                assert!(self.given_up.insert((stream, ended.task)), "it is given up once");
            }
            HealingEvent::RulesSet(_) | HealingEvent::RulesRemoved(_) | HealingEvent::FixDeclined(_) => {}
        }
    }

    fn count(&mut self, record: &Recorded<Event>, task: u32) {
        let (per_task, per_workflow, per_hour) = (
            self.limit(Setting::FixesPerTaskMax),
            self.limit(Setting::FixesPerWorkflowMax),
            self.limit(Setting::FixesPerHourMax),
        );
        let of_task = self.of_task.entry((record.stream, task)).or_default();
        *of_task += 1;
        assert!(*of_task <= per_task, "no task has more fixes than may be");
        let of_workflow = self.of_workflow.entry(record.stream).or_default();
        *of_workflow += 1;
        assert!(*of_workflow <= per_workflow, "no workflow has more fixes than may be");
        let hour = Micros(3_600_000_000);
        self.recent.retain(|at| record.elapsed.0 - at.0 < hour.0);
        self.recent.push_back(record.elapsed);
        assert!(self.recent.len() as i64 <= per_hour, "no hour has more fixes than may be");
    }

    fn check_raises(&self, fix: &Fix) {
        let of_kind = [fix.timeout.is_some(), fix.memory_max.is_some(), !fix.variables.is_empty()];
        let expected = [FixKind::RaiseTimeout, FixKind::RaiseMemory, FixKind::SetEnvironment];
        assert_eq!(
            of_kind,
            expected.map(|kind| kind == fix.kind),
            "a fix does what its kind says, and nothing else"
        );
        if let Some(raise) = &fix.timeout {
            assert!(raise.from < raise.to && raise.to.0 as i64 <= self.limit(Setting::FixTimeoutMax));
        }
        if let Some(raise) = &fix.memory_max {
            assert!(raise.from < raise.to && raise.to.0 as i64 <= self.limit(Setting::FixMemoryMax));
        }
    }
}

/// The task of a workflow for which a fix waits.
pub(super) fn waiting(world: &World, workflow: WorkflowId) -> Option<u32> {
    let patients = world.healing.patients(workflow)?;
    let mut waits = patients.tasks.iter().filter(|(_, patient)| patient.proposal.is_some());
    waits.next().map(|(task, _)| *task)
}
