//! The grammars as tables: every phase against every event, compared with what people have read and agreed
//! to.

use std::fmt::{Debug, Write};

use super::samples::samples;
use crate::dag::{TaskPhase, WorkflowPhase};
use crate::event::Event;
use crate::gates::{Closing, GateClosed, GateOpened, Wants};
use crate::{access, alerts, bulk, execution, governance, log, schedules, subjects};

/// Prints what follows from each phase: one line per event, and in it only what is allowed.
fn table<P: Copy + Debug>(phases: &[P], rows: &[(&str, Vec<Option<P>>)]) -> String {
    let mut out = String::new();
    for (event, nexts) in rows {
        let _ = write!(out, "{event}:");
        let befores = std::iter::once(None).chain(phases.iter().copied().map(Some));
        let mut allowed = false;
        for (before, next) in befores.zip(nexts) {
            let Some(next) = next else { continue };
            allowed = true;
            match before {
                None => write!(out, " nothing>{next:?}"),
                Some(before) => write!(out, " {before:?}>{next:?}"),
            }
            .expect("text takes text");
        }
        out.push_str(if allowed { "\n" } else { " never\n" });
    }
    out
}

fn rows<P: Copy, E>(
    phases: &[P],
    events: &[(&'static str, E)],
    after: impl Fn(Option<P>, &E) -> Option<P>,
) -> Vec<(&'static str, Vec<Option<P>>)> {
    let befores = || std::iter::once(None).chain(phases.iter().copied().map(Some));
    events
        .iter()
        .map(|(name, event)| (*name, befores().map(|before| after(before, event)).collect()))
        .collect()
}

fn compare(found: &str, agreed: &str) {
    assert!(found == agreed, "the grammar differs from what was agreed:\n{found}");
}

/// One of each kind, and the two of gates that a review has of its own.
fn all() -> Vec<(&'static str, Event)> {
    let named = samples().into_iter().map(|event| (event.kind().name(), event));
    let opened = GateOpened { task: 0, wants: Wants::Review, signal: None, due: None };
    let closed = GateClosed { task: 0, how: Closing::Released, output: None };
    named
        .chain([
            ("gates.gate_opened for a review", opened.into()),
            ("gates.gate_closed by a release", closed.into()),
        ])
        .collect()
}

#[test]
fn the_grammar_of_logs() {
    let events: Vec<_> = all()
        .into_iter()
        .filter_map(|(name, event)| if let Event::Log(event) = event { Some((name, event)) } else { None })
        .collect();
    let found = table(log::Phase::ALL, &rows(log::Phase::ALL, &events, log::Phase::after));
    compare(&found, include_str!("grammar-log.txt"));
}

#[test]
fn the_grammar_of_the_engine() {
    let events: Vec<_> = all()
        .into_iter()
        .filter_map(
            |(name, event)| if let Event::Governance(event) = event { Some((name, event)) } else { None },
        )
        .collect();
    let phases = governance::Phase::ALL;
    compare(
        &table(phases, &rows(phases, &events, governance::Phase::after)),
        include_str!("grammar-engine.txt"),
    );
}

#[test]
fn the_grammar_of_workflows() {
    let phases = WorkflowPhase::ALL;
    compare(
        &table(phases, &rows(phases, &all(), WorkflowPhase::after)),
        include_str!("grammar-workflow.txt"),
    );
}

#[test]
fn the_grammar_of_tasks() {
    let phases = TaskPhase::ALL;
    compare(&table(phases, &rows(phases, &all(), TaskPhase::after)), include_str!("grammar-task.txt"));
}

#[test]
fn the_grammar_of_attempts() {
    let events: Vec<_> = all()
        .into_iter()
        .filter_map(
            |(name, event)| if let Event::Execution(event) = event { Some((name, event)) } else { None },
        )
        .collect();
    let phases = execution::Phase::ALL;
    compare(
        &table(phases, &rows(phases, &events, execution::Phase::after)),
        include_str!("grammar-attempt.txt"),
    );
}

#[test]
fn the_grammar_of_alerts() {
    let events: Vec<_> = all()
        .into_iter()
        .filter_map(|(name, event)| if let Event::Alerts(event) = event { Some((name, event)) } else { None })
        .collect();
    let phases = alerts::Phase::ALL;
    compare(&table(phases, &rows(phases, &events, alerts::Phase::after)), include_str!("grammar-alert.txt"));
}

#[test]
fn the_grammar_of_bulk_actions() {
    let events: Vec<_> = all()
        .into_iter()
        .filter_map(|(name, event)| if let Event::Bulk(event) = event { Some((name, event)) } else { None })
        .collect();
    let phases = bulk::Phase::ALL;
    compare(&table(phases, &rows(phases, &events, bulk::Phase::after)), include_str!("grammar-bulk.txt"));
}

#[test]
fn the_grammar_of_schedules() {
    let events: Vec<_> = all()
        .into_iter()
        .filter_map(
            |(name, event)| if let Event::Schedules(event) = event { Some((name, event)) } else { None },
        )
        .collect();
    let phases = schedules::Phase::ALL;
    compare(
        &table(phases, &rows(phases, &events, schedules::Phase::after)),
        include_str!("grammar-schedule.txt"),
    );
}

#[test]
fn the_grammar_of_keys() {
    let events: Vec<_> = all()
        .into_iter()
        .filter_map(|(name, event)| if let Event::Access(event) = event { Some((name, event)) } else { None })
        .collect();
    let phases = access::Phase::ALL;
    compare(&table(phases, &rows(phases, &events, access::Phase::after)), include_str!("grammar-key.txt"));
}

#[test]
fn the_grammar_of_data_subjects() {
    let mut events: Vec<(&str, subjects::Event)> = Vec::new();
    for (name, event) in all() {
        let Event::Subjects(event) = event else { continue };
        let released = match &event {
            subjects::Event::HoldReleased(released) => Some(released.clone()),
            subjects::Event::ErasureRequested(_)
            | subjects::Event::ErasureRefused(_)
            | subjects::Event::Erased(_)
            | subjects::Event::HoldPlaced(_)
            | subjects::Event::PayloadRead(_) => None,
        };
        events.push((name, event));
        if let Some(released) = released {
            let left = subjects::HoldReleased { holds: 1, ..released };
            events.push(("subjects.hold_released, one of several", subjects::Event::HoldReleased(left)));
        }
    }
    let phases = subjects::Phase::ALL;
    compare(
        &table(phases, &rows(phases, &events, subjects::Phase::after)),
        include_str!("grammar-subject.txt"),
    );
}

#[test]
fn a_workflow_ends_with_exactly_the_events_that_close_its_stream() {
    for (name, event) in all() {
        let befores = || std::iter::once(None).chain(WorkflowPhase::ALL.iter().copied().map(Some));
        let mut afters = befores().filter_map(|before| WorkflowPhase::after(before, &event)).peekable();
        if afters.peek().is_some() {
            assert_eq!(afters.any(WorkflowPhase::is_terminal), event.closes_stream(), "{name}");
        }
    }
}

#[test]
fn what_has_ended_accepts_nothing() {
    for (name, event) in all() {
        for phase in TaskPhase::ALL.iter().filter(|phase| phase.is_terminal()) {
            assert_eq!(TaskPhase::after(Some(*phase), &event), None, "{phase:?} {name}");
        }
        for phase in WorkflowPhase::ALL.iter().filter(|phase| phase.is_terminal()) {
            assert_eq!(WorkflowPhase::after(Some(*phase), &event), None, "{phase:?} {name}");
        }
    }
}
