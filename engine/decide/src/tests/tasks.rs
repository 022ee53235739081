//! Tasks as scripts write them: an id, and words behind it.
//!
//! ```text
//! a    b process    c text    d waits=5s    e signal=NAME expires=5s    f approval=2
//! after a+b       when all of them are completed; `a!` when it failed, `a?` when it ended
//! attempts=3      base=100ms    on=exit+timed-out    timeout=5s    takes=a+b
//! when            has a condition
//! each=2          is run for each entry of a list, two at once
//! g group         is a sub-workflow; its tasks are `g.a in=g`
//! deadline=5s     by=5s, by=-5s by the calendar    priority=high
//! bid=10          bids so many cents for a kilowatt hour    energy=10    is thought to take so many milliwatt hours
//! pauses          may be suspended
//! heals, asks     is healed by itself, or after a person's word
//! cheapest        waits for the cheapest time    no-price=run    is what happens to it then (or wait, last, typical)
//! reused          an earlier workflow did it; reused=3 gave a list
//! ```
//!
//! Dependencies name earlier or later tasks of the same workflow by id; after `stage` also tasks staged before. What is no id
//! is a
//! position.

use triad_event::execution::Ending;
use triad_event::ids::WorkflowId;
use triad_event::intake::{
    ApprovalGate, Deadline, Edge, EdgeOn, FanOut, Form, Gave, HealingPolicy, Measure, Priority, Reused,
    SignalGate, Suspension, TaskDefinition, TaskFlow, TaskKind, TaskRules, TaskTerms, Weight,
};
use triad_event::quantity::{Bytes, Micros, Millis, MilliwattHours, PartsPerMillion};
use triad_event::sealed::ContentClass;

use crate::plan::Weights;

use super::script::sealed;

/// Reads tasks that stand behind those that were staged.
pub(super) fn define(staged: &[String], text: &str, now: Micros) -> Vec<TaskDefinition> {
    let texts: Vec<&str> = text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
    let mut ids = staged.to_vec();
    ids.extend(texts.iter().map(|text| text.split(' ').next().unwrap_or_default().to_owned()));
    let position = |id: &str| match ids.iter().position(|known| known == id) {
        Some(position) => position as u32,
        None => id.parse().unwrap_or_else(|_| panic!("no task {id}")),
    };
    texts.iter().map(|text| define_one(text, &position, now)).collect()
}

fn define_one(text: &str, position: &impl Fn(&str) -> u32, now: Micros) -> TaskDefinition {
    let mut words = text.split_whitespace();
    let mut task = TaskDefinition::new(words.next().unwrap_or_default(), TaskKind::Noop);
    let mut rules = TaskRules { deadline: deadline(text, now), ..TaskRules::nothing() };
    let mut terms = TaskTerms::nothing();
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "process" => {
                task.kind = TaskKind::Process;
                task.input = Some(sealed(64));
            }
            "text" => task.input = Some(sealed(5)),
            "group" => task.kind = TaskKind::Group,
            "after" => depend(&mut task, &mut rules, words.next().expect("dependencies"), position),
            "attempts" => task.options.attempts_max = value.parse().expect("a count"),
            "timeout" => task.options.timeout = Some(Millis(millis(value))),
            "base" => task.options.retry_base = Some(Millis(millis(value))),
            "on" => {
                let retry_on = value.split('+').map(ending).collect();
                task.flow = Some(TaskFlow { retry_on, ..TaskFlow::nothing() }.into());
            }
            "takes" => {
                let mut takes: Vec<u32> = value.split('+').map(position).collect();
                takes.sort_unstable();
                task.flow = Some(TaskFlow { takes, ..TaskFlow::nothing() }.into());
            }
            "waits" | "signal" | "approval" => wait_for(&mut task, word, text),
            "when" => rules.condition = Some(sealed(20)),
            "each" => {
                rules.fan_out = Some(FanOut { list: sealed(21), at_once: value.parse().expect("a count") });
            }
            "in" => rules.part_of = Some(position(value)),
            "priority" => rules.priority = Some(priority(value)),
            "bid" => {
                terms.bid_price_max = Some(super::priced::cents(value));
            }
            "cheapest" => {
                terms.optimise = vec![Weight { of: Measure::Price, share: PartsPerMillion(1_000_000) }];
            }
            "carbon" => {
                terms.optimise = vec![Weight { of: Measure::Carbon, share: PartsPerMillion(1_000_000) }];
            }
            "price-share" => {
                let price = value.parse::<u32>().expect("hundredths") * 10_000;
                terms.optimise = Weights { price, carbon: 1_000_000 - price }.recorded();
            }
            "heals" => terms.healing = Some(HealingPolicy::DiagnoseAndRetry),
            "asks" => terms.healing = Some(HealingPolicy::DiagnoseAndAsk),
            "pauses" => terms.suspension = Some(Suspension::Allowed),
            "no-price" => terms.missing_price = Some(super::priced::policy(value)),
            "energy" => terms.energy_estimate = Some(MilliwattHours(value.parse().expect("an amount"))),
            "value" => terms.value_score = Some(PartsPerMillion(value.parse().expect("millionths"))),
            "reused" => rules.reused = Some(reused(value)),
            "expires" | "deadline" | "by" => {}
            other => panic!("no such word: {other:?}"),
        }
    }
    task.rules = (rules != TaskRules::nothing()).then(|| rules.into());
    task.terms = (terms != TaskTerms::nothing()).then(|| terms.into());
    task
}

fn ending(name: &str) -> Ending {
    match name {
        "exit" => Ending::Exited,
        "timed-out" => Ending::TimedOut,
        other => panic!("no such ending: {other}"),
    }
}

/// What a task depends on, and how it wants that to end.
fn depend(task: &mut TaskDefinition, rules: &mut TaskRules, names: &str, position: &impl Fn(&str) -> u32) {
    for name in names.split('+') {
        let (name, on) = match (name.strip_suffix('!'), name.strip_suffix('?')) {
            (Some(name), _) => (name, Some(EdgeOn::Failed)),
            (None, Some(name)) => (name, Some(EdgeOn::Ended)),
            (None, None) => (name, None),
        };
        let dependency = position(name);
        task.dependencies.push(dependency);
        rules.edges.extend(on.map(|on| Edge { dependency, on }));
    }
    task.dependencies.sort_unstable();
    rules.edges.sort_unstable_by_key(|edge| edge.dependency);
}

/// What a task waits for.
fn wait_for(task: &mut TaskDefinition, word: &str, text: &str) {
    let (what, value) = word.split_once('=').expect("what it waits for");
    let expires = option(text, "expires").map(|span| Millis(millis(span)));
    let mut flow = TaskFlow::nothing();
    task.kind = match what {
        "waits" => {
            flow.wait = Some(Millis(millis(value)));
            TaskKind::Wait
        }
        "signal" => {
            flow.signal = Some(SignalGate { name: value.to_owned(), expires });
            TaskKind::Signal
        }
        _ => {
            let needed = value.parse().expect("a number of approvals");
            flow.approval = Some(ApprovalGate { roles: vec!["approver".to_owned()], needed, expires });
            TaskKind::Approval
        }
    };
    task.flow = Some(flow.into());
}

/// What an earlier workflow gave: one thing, or a list of so many.
fn reused(count: &str) -> Reused {
    let gave =
        |length| Gave { output: Some(sealed(length)), class: ContentClass::Stdout, total: Bytes(length) };
    let (form, count) = match count {
        "" => (Form::One, 1),
        count => (Form::List, count.parse().expect("a count")),
    };
    Reused { workflow: WorkflowId([0xea; 16]), gave: (1..=count).map(gave).collect(), form }
}

/// When something must have ended: so long after its acceptance, or so long after now by the calendar.
pub(super) fn deadline(text: &str, now: Micros) -> Option<Deadline> {
    if let Some(span) = option(text, "deadline") {
        return Some(Deadline { at: None, after: Some(Millis(millis(span))) });
    }
    let span = option(text, "by")?;
    let micros = |span| Millis(millis(span)).to_micros().0;
    let span = span.strip_prefix('-').map_or_else(|| micros(span), |past| -micros(past));
    Some(Deadline { at: Some(Micros(now.0 + span)), after: None })
}

pub(super) fn priority(name: &str) -> Priority {
    match name {
        "low" => Priority::Low,
        "normal" => Priority::Normal,
        "high" => Priority::High,
        "critical" => Priority::Critical,
        other => panic!("no such priority: {other}"),
    }
}

/// What stands behind a key and `=`.
pub(super) fn option<'a>(options: &'a str, key: &str) -> Option<&'a str> {
    options.split(['[', ']', ' ']).find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

pub(super) fn millis(span: &str) -> u64 {
    let digits = span.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let scale = match &span[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        other => panic!("no such unit: {other:?}"),
    };
    digits.parse::<u64>().expect("a number") * scale
}
