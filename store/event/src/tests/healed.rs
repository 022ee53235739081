//! Events of failures that are diagnosed and healed, and of outputs that are verified.

use super::samples::sealed;
use crate::dag;
use crate::event::Event;
use crate::execution::{
    self, AttemptFixes, CheckCause, CheckFailed, CheckKind, Diagnosed, Ending, FailureClass, Findings,
    OutputKind, Verified,
};
use crate::healing::{self, Fix, FixGrounds, FixKind, MemoryRaise, NotHealed, OfferedVariable, TimeoutRaise};
use crate::ids::AttemptKey;
use crate::intake::{self, HealingPolicy, TaskDefinition, TaskKind, TaskTerms};
use crate::quantity::{Bytes, Micros, Millis};

/// One of each kind of the domain.
pub(super) fn samples() -> Vec<Event> {
    let reason = || "because of the test".to_owned();
    let variables = vec![OfferedVariable { name: "QUEUE_URL".to_owned(), digest: [0xd7; 16] }];
    let timeout = Some(TimeoutRaise { from: Millis(60_000), to: Millis(120_000) });
    let memory_max = Some(MemoryRaise { from: Bytes(1 << 30), to: Bytes(1 << 31) });
    let raise = Fix { kind: FixKind::RaiseTimeout, variables: Vec::new(), timeout, memory_max };
    let set = Fix {
        kind: FixKind::SetEnvironment,
        variables: vec!["QUEUE_URL".to_owned()],
        timeout: None,
        memory_max: None,
    };
    let due = Micros(604_800_000_000);
    vec![
        healing::RulesSet {
            document: "version = 3".to_owned(),
            version: 3,
            rules: 12,
            digest: [0xd8; 32],
            reason: reason(),
        }
        .into(),
        healing::RulesRemoved { reason: reason() }.into(),
        healing::ConfigurationOffered { variables }.into(),
        healing::FixApplied {
            task: 7,
            attempt: 2,
            fix: raise,
            grounds: grounds(),
            delay: Micros(30_000_000),
        }
        .into(),
        healing::FixProposed { task: 7, fix: set, grounds: grounds(), due }.into(),
        healing::FixApproved { task: 7, reason: reason() }.into(),
        healing::FixDeclined { task: 7, reason: reason() }.into(),
        healing::HealingEnded { task: 7, class: FailureClass::Permission, why: NotHealed::NoFix }.into(),
    ]
}

fn grounds() -> FixGrounds {
    FixGrounds {
        request: 40,
        class: FailureClass::MissingConfiguration,
        rule: "config.variable".to_owned(),
        confidence_pm: 920,
        learned_pm: 880,
        succeeded: 2,
        failed: 1,
    }
}

/// What only the newest versions of others hold.
pub(super) fn newer_samples(plain: intake::Submission) -> Vec<Event> {
    let mut heals = TaskDefinition::new("fetch", TaskKind::Noop);
    let terms = TaskTerms { healing: Some(HealingPolicy::DiagnoseAndAsk), ..TaskTerms::nothing() };
    heals.terms = Some(terms.into());
    let asked = intake::Submission { tasks: vec![heals.clone()], ..plain };
    let subject = asked.subject.clone();
    let ending = Ending::Unverified;
    vec![
        intake::ChunkStaged { first_task: 0, subject, tasks: vec![heals] }.into(),
        intake::WorkflowSubmitted { asked, digest: [0xdd; 32] }.into(),
        dag::TaskFailed { task: 7, attempts: 2, ending }.into(),
        dag::RetryScheduled { task: 7, attempt: 2, ending, delay: Micros(123_456) }.into(),
        execution::AttemptRequested {
            task: 7,
            attempt: 2,
            kind: TaskKind::Process,
            key: AttemptKey([0xee; 16]),
            timeout: Some(Millis(60_000)),
            memory_max: Some(Bytes(1 << 30)),
            reserve: None,
            fixes: Some(AttemptFixes { variables: vec!["QUEUE_URL".to_owned()] }.into()),
        }
        .into(),
        execution::AttemptEnded {
            request: 40,
            task: 7,
            ending,
            exit_code: Some(0),
            signal: None,
            duration: Micros(1500),
            stdout: execution::Captured::NOTHING,
            stderr: execution::Captured::NOTHING,
            used: None,
            findings: Some(findings().into()),
        }
        .into(),
    ]
}

fn findings() -> Findings {
    let failed = vec![CheckFailed { check: 1, kind: CheckKind::Pattern, cause: CheckCause::Differs }];
    let diagnosed = Diagnosed {
        class: FailureClass::BadOutput,
        confidence_pm: 990,
        rule: "verification".to_owned(),
        rules_version: 1,
        operator_version: Some(3),
        rules_digest: [0xd9; 32],
        shown_in: Some(OutputKind::Stderr),
        from: Bytes(12),
        to: Bytes(40),
        lacks: vec!["QUEUE_URL".to_owned()],
    };
    Findings {
        verified: Some(Verified { checks: 3, held: 2, fuel_used: 1_000, failed }),
        diagnosed: Some(diagnosed),
        said: Some(sealed(0x91, 90).into()),
        held: None,
    }
}
