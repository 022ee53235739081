//! What only versions after the first hold.

use super::samples::{noop, process, sealed, subject};
use crate::dag::{self, QueueReason};
use crate::event::Event;
use crate::execution::{self, Captured, Ending};
use crate::governance::{self, WakeReason};
use crate::intake::{self, ApprovalGate, Priority, SignalGate, TaskDefinition, TaskFlow, TaskKind};
use crate::quantity::{Bytes, Micros, Millis};

/// One of each.
pub(super) fn samples() -> Vec<Event> {
    let mut command = process();
    command.flow = Some(TaskFlow { takes: vec![0], ..TaskFlow::nothing() }.into());
    let mut wait = TaskDefinition::new("settle", TaskKind::Wait);
    wait.flow = Some(TaskFlow { wait: Some(Millis(30_000)), ..TaskFlow::nothing() }.into());
    let mut signal = TaskDefinition::new("go", TaskKind::Signal);
    let gate = SignalGate { name: "go-ahead".to_owned(), expires: None };
    signal.flow = Some(TaskFlow { signal: Some(gate), ..TaskFlow::nothing() }.into());
    let mut approval = TaskDefinition::new("release", TaskKind::Approval);
    let gate =
        ApprovalGate { roles: vec!["approver".to_owned()], needed: 2, expires: Some(Millis(86_400_000)) };
    let category = "RELEASE".to_owned();
    approval.flow = Some(TaskFlow { category, approval: Some(gate), ..TaskFlow::nothing() }.into());
    let asked = intake::Submission {
        name: "release".to_owned(),
        idempotency_key: None,
        earlier: None,
        looked_up_through: 41,
        subject: subject(),
        staged_tasks: 0,
        tasks: vec![noop("start", vec![]), command],
        content: [0xce; 32],
        owner: "platform".to_owned(),
        terms: None,
    };
    let mut all = super::ruled::ruled_samples(asked.clone());
    all.extend([
        intake::ChunkStaged { first_task: 0, subject: subject(), tasks: vec![wait, signal, approval] }.into(),
        intake::WorkflowSubmitted { asked: asked.clone(), digest: [0xdd; 32] }.into(),
        dag::TaskFailed { task: 7, attempts: 0, ending: Ending::Declined }.into(),
        execution::AttemptEnded {
            request: 40,
            task: 7,
            ending: Ending::InputUnusable,
            exit_code: None,
            signal: None,
            duration: Micros(12),
            stdout: Captured::NOTHING,
            stderr: Captured { kept: Some(sealed(0x52, 30).into()), total: Bytes(30) },
            used: None,
            findings: None,
        }
        .into(),
        governance::TimerFired { due: Micros(1_700_000_000_000_000), reason: WakeReason::Gate }.into(),
    ]);
    all.extend(measured());
    all.extend(super::ruled::aimed_samples(asked.clone()));
    all.extend(super::priced::newer_samples());
    all.push(super::ruled::follower_sample());
    all.extend(super::priced::budget_samples());
    all.extend(super::priced::counted_samples());
    all.extend(super::priced::carbon_samples());
    all.extend(super::ruled::clean_samples(asked.clone()));
    all.extend(super::ruled::interruptible_samples(asked.clone()));
    all.push(super::priced::interruptible_sample());
    all.extend(super::healed::newer_samples(asked));
    all.extend(super::held::newer_samples());
    all
}

/// What a task waits by, and what a run used.
fn measured() -> [Event; 3] {
    [
        dag::TaskQueued {
            task: 7,
            reason: QueueReason::Capacity,
            priority: Priority::High,
            value_lead: None,
        }
        .into(),
        dag::TaskQueued {
            task: 7,
            reason: QueueReason::Capacity,
            priority: Priority::Low,
            value_lead: Some(Micros(43_200_000_000)),
        }
        .into(),
        execution::AttemptEnded {
            request: 40,
            task: 7,
            ending: Ending::Succeeded,
            exit_code: Some(0),
            signal: None,
            duration: Micros(2_000_000),
            stdout: Captured::NOTHING,
            stderr: Captured::NOTHING,
            used: Some(execution::Used { processor_time: Micros(7_500_000), package_energy: None }.into()),
            findings: None,
        }
        .into(),
    ]
}
