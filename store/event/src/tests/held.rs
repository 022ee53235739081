//! Events of steps that are held until somebody has reviewed them.

use crate::event::Event;
use crate::execution::{self, Ending, Findings, HeldBy, StepPart};
use crate::gates::{self, Closing, Wants};
use crate::moderation;
use crate::quantity::Micros;

/// One of each kind of the domain.
pub(super) fn samples() -> Vec<Event> {
    let reason = || "because of the test".to_owned();
    let document = "[[rule]]".to_owned();
    vec![
        moderation::RulesSet { document, rules: 3, digest: [0xb8; 32], reason: reason() }.into(),
        moderation::RulesRemoved { reason: reason() }.into(),
    ]
}

/// What only the newest versions of others hold.
pub(super) fn newer_samples() -> Vec<Event> {
    let held = HeldBy { rule: "drops-tables".to_owned(), rules_digest: [0xb8; 32], part: StepPart::Input };
    let findings = Findings { verified: None, diagnosed: None, said: None, held: Some(held) };
    vec![
        execution::AttemptEnded {
            request: 40,
            task: 7,
            ending: Ending::Held,
            exit_code: None,
            signal: None,
            duration: Micros(0),
            stdout: execution::Captured::NOTHING,
            stderr: execution::Captured::NOTHING,
            used: None,
            findings: Some(findings.into()),
        }
        .into(),
        gates::GateOpened { task: 7, wants: Wants::Review, signal: None, due: None }.into(),
        gates::GateClosed { task: 7, how: Closing::Released, output: None }.into(),
    ]
}
