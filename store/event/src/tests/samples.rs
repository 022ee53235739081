//! One event of each kind, with fields that show their bytes.

use crate::access::{self, Cause, Grants, Origin, Person, Proof, Reach};
use crate::alerts::{self, AlertKind, Delivery};
use crate::dag::{self, LeftOut, QueueReason, Tally};
use crate::event::Event;
use crate::execution::{self, CancelReason, Captured, Ending};
use crate::gates::{self, Closing, SignalContent, Wants};
use crate::governance::{self, Setting, WakeReason};
use crate::ids::{
    AttemptKey, BootId, DataSubjectId, LinkId, LogId, NodeId, PrincipalId, SessionId, StreamId, WorkflowId,
};
use crate::intake::{self, Earlier, Priority, TaskDefinition, TaskKind};
use crate::kind::Kind;
use crate::log::{self, KeyAuthority, KeyProtection, Occasion, Place, QuotedRegister};
use crate::quantity::{Bytes, Micros, Millis};
use crate::sealed::{ContentClass, Sealed};
use crate::subjects::{self, Obstacle, PlaceHold, ReleaseHold, RequestErasure, Standing, Subject};

/// One event of each kind, in the order of the kinds.
pub(crate) fn samples() -> Vec<Event> {
    let mut all = log_samples();
    all.extend(governance_samples());
    all.extend(intake_samples());
    all.extend(dag_samples());
    all.extend(execution_samples());
    all.extend(subject_samples());
    all.extend(alert_samples());
    all.extend(access_samples());
    all.extend(gate_samples());
    all.extend(super::ruled::evaluation_samples());
    all.extend(super::ruled::definition_samples());
    all.extend(super::ruled::bulk_samples());
    all.extend(super::ruled::schedule_samples());
    all.extend(super::priced::samples());
    all.extend(super::priced::run_samples());
    all.extend(super::priced::economics_samples());
    all.extend(super::healed::samples());
    all.extend(super::held::samples());
    all
}

/// The same, and what only versions after the first hold.
pub(crate) fn samples_of_all_versions() -> Vec<Event> {
    [samples(), super::newer::samples()].concat()
}

#[test]
fn every_kind_has_a_sample() {
    let kinds: Vec<Kind> = samples().iter().map(Event::kind).collect();
    assert_eq!(kinds, Kind::ALL);
}

fn log_samples() -> Vec<Event> {
    vec![
        log::Created {
            log_id: LogId([0x11; 16]),
            node: NodeId([0x22; 16]),
            key_protection: KeyProtection::SoftwarePassphrase,
            verifying_key: [0x33; 32],
            recovery_key: Some([0x44; 32]),
            build_digest: [0x55; 32],
            place: Place { id: [0xaa; 16], file_system: 0x3132_3334, inode: 0x4142 },
        }
        .into(),
        log::TailDropped { after_sequence: 0x0102_0304_0506_0708, dropped_bytes: 77 }.into(),
        log::Repaired {
            last_kept_sequence: 90,
            watermark_sequence: Some(95),
            salvaged_blocks: 3,
            reason: "disk replaced".to_owned(),
        }
        .into(),
        log::NoteRecorded { text: "eight by".to_owned() }.into(),
        log::KeyEpochBegan {
            epoch: 3,
            key_protection: KeyProtection::VirtualTpm,
            verifying_key: [0x66; 32],
            authority: KeyAuthority::Recovery,
        }
        .into(),
        log::CheckpointAttested {
            occasion: Occasion::Exported,
            size: 0x1112_1314,
            root: [0x77; 32],
            key_epoch: 2,
            verifying_key: [0x66; 32],
            attestation_key: vec![1, 2, 3],
            attest: vec![4; 9],
            signature: [0x88; 64],
            registers: vec![QuotedRegister { index: 7, value: [0x99; 32] }],
        }
        .into(),
        log::Adopted {
            place: Place { id: [0xbb; 16], file_system: 0x5152, inode: 0x6162_6364 },
            before: [0xaa; 16],
            reason: "restored after the fire".to_owned(),
        }
        .into(),
    ]
}

fn governance_samples() -> Vec<Event> {
    let reason = || "because of the test".to_owned();
    vec![
        governance::SettingChanged {
            asked: governance::ChangeSetting {
                setting: Setting::TimeoutDefault,
                scope: "nightly".to_owned(),
                value: -2,
                reason: reason(),
            },
            previous: Some(3_600_000),
        }
        .into(),
        governance::EngineStarted {
            build_digest: [0x77; 32],
            decide_version: 1,
            node: NodeId([0x22; 16]),
            boot: BootId([0x33; 16]),
            boottime: Micros(86_400_000_000),
        }
        .into(),
        governance::EnginePaused { reason: String::new() }.into(),
        governance::EngineResumed { reason: reason() }.into(),
        governance::TimerFired { due: Micros(1_700_000_000_000_000), reason: WakeReason::Retry }.into(),
        governance::ClockStepped { expected: Micros(-1), found: Micros(1) }.into(),
        governance::ClockAccepted { found: Micros(-1), reason: reason() }.into(),
        governance::StreamQuarantined {
            quarantined: StreamId([0x88; 16]),
            panics: 2,
            input: "EndAttempt".to_owned(),
        }
        .into(),
        governance::StreamReleased { released: StreamId([0x88; 16]), reason: reason() }.into(),
        governance::SnapshotTaken { through_sequence: 1000, digest: [0x99; 32], size: Bytes(123_456) }.into(),
        governance::StreamClosed { closed: StreamId([0x88; 16]), reason: reason() }.into(),
        governance::ClockAgreed { expected: Micros(2), found: Micros(1) }.into(),
        governance::EngineStopped { running: 3 }.into(),
    ]
}

fn intake_samples() -> Vec<Event> {
    vec![
        intake::ChunkStaged { first_task: 512, subject: subject(), tasks: vec![noop("join", vec![0, 511])] }
            .into(),
        intake::WorkflowSubmitted {
            asked: intake::Submission {
                name: "nightly report".to_owned(),
                idempotency_key: Some([0xaa; 32]),
                earlier: Some(Earlier {
                    workflow: WorkflowId([0xbb; 16]),
                    digest: [0xcc; 32],
                    elapsed: Micros(1_700_000_000_000_000),
                }),
                looked_up_through: 41,
                subject: subject(),
                staged_tasks: 0,
                tasks: vec![noop("start", vec![]), process()],
                content: [0xce; 32],
                owner: String::new(),
                terms: None,
            },
            digest: [0xdd; 32],
        }
        .into(),
        intake::WorkflowAccepted { digest: [0xdd; 32], tasks: 2, dependencies: 1 }.into(),
        intake::UploadExpired { staged_tasks: 512 }.into(),
    ]
}

fn gate_samples() -> Vec<Event> {
    let reason = || "seen by two".to_owned();
    let content = SignalContent { subject: subject(), sealed: sealed(0x53, 9) };
    vec![
        gates::GateOpened {
            task: 3,
            wants: Wants::Signal,
            signal: Some("go-ahead".to_owned()),
            due: Some(Micros(9)),
        }
        .into(),
        gates::SignalReceived {
            name: "go-ahead".to_owned(),
            content: Some(content.into()),
            reason: reason(),
        }
        .into(),
        gates::ApprovalGiven { task: 4, reason: reason() }.into(),
        gates::ApprovalDeclined { task: 4, reason: reason() }.into(),
        gates::GateClosed { task: 3, how: Closing::Signalled, output: Some(sealed(0x53, 9).into()) }.into(),
    ]
}

pub(super) fn noop(id: &str, dependencies: Vec<u32>) -> TaskDefinition {
    TaskDefinition { dependencies, ..TaskDefinition::new(id, TaskKind::Noop) }
}

pub(super) fn process() -> TaskDefinition {
    let mut task = TaskDefinition::new("compress", TaskKind::Process);
    task.name = "Compress the tree".to_owned();
    task.dependencies = vec![0];
    task.input = Some(sealed(0x51, 46));
    task.options.timeout = Some(Millis(60_000));
    task.options.attempts_max = 3;
    task.options.retry_base = Some(Millis(250));
    task
}

pub(super) fn sealed(address: u8, length: u64) -> Sealed {
    Sealed { address: [address; 32], commitment: [0xc0; 32], length: Bytes(length) }
}

pub(super) fn subject() -> Subject {
    Subject { id: SUBJECT, slot: 1023, standing: Standing::Known, looked_up_through: 41 }
}

const SUBJECT: DataSubjectId = DataSubjectId([0xd5; 16]);

fn dag_samples() -> Vec<Event> {
    let tally = Tally { completed: 4, failed: 3, skipped: 2, cancelled: 1 };
    let reason = || "because of the test".to_owned();
    vec![
        dag::TaskQueued {
            task: 7,
            reason: QueueReason::Capacity,
            priority: Priority::Normal,
            value_lead: None,
        }
        .into(),
        dag::TaskCompleted { task: 7, attempts: 1 }.into(),
        dag::TaskFailed { task: 7, attempts: 3, ending: Ending::TimedOut }.into(),
        dag::TaskSkipped { task: 8, because: 7 }.into(),
        dag::TaskCancelled { task: 9 }.into(),
        dag::RetryScheduled { task: 7, attempt: 2, ending: Ending::Exited, delay: Micros(123_456) }.into(),
        dag::CancelRequested { reason: reason() }.into(),
        dag::WorkflowPaused { reason: reason() }.into(),
        dag::WorkflowResumed { reason: reason() }.into(),
        dag::WorkflowCompleted { tally: tally.clone() }.into(),
        dag::WorkflowFailed { tally: tally.clone() }.into(),
        dag::WorkflowCancelled { tally }.into(),
        dag::TaskLeftOut { task: 8, why: LeftOut::Edge }.into(),
        dag::TaskFannedOut { task: 7, first: 12, parts: 3 }.into(),
        dag::GroupBegan { task: 7 }.into(),
        dag::TaskReused { task: 7 }.into(),
        dag::DeadlinePassed { of: Some(7) }.into(),
    ]
}

fn execution_samples() -> Vec<Event> {
    vec![
        execution::AttemptRequested {
            task: 7,
            attempt: 1,
            kind: TaskKind::Process,
            key: AttemptKey([0xee; 16]),
            timeout: Some(Millis(60_000)),
            memory_max: None,
            reserve: None,
            fixes: None,
        }
        .into(),
        execution::AttemptEnded {
            request: 40,
            task: 7,
            ending: Ending::Exited,
            exit_code: Some(-1),
            signal: None,
            duration: Micros(1500),
            stdout: Captured { kept: Some(sealed(0x61, 3).into()), total: Bytes(3) },
            stderr: Captured { kept: None, total: Bytes(70_000) },
            used: None,
            findings: None,
        }
        .into(),
        execution::AttemptProgressed { request: 40, task: 7, output: Bytes(3) }.into(),
        execution::AttemptCancelRequested { request: 40, task: 7, reason: CancelReason::TimedOut }.into(),
        execution::AttemptStalled { request: 40, task: 7, silent_since: Micros(1_700_000_000_000_000) }
            .into(),
        execution::AttemptAbandoned { request: 40, task: 7, reason: CancelReason::WorkflowCancelled }.into(),
        execution::AttemptStarted { request: 40, task: 7 }.into(),
        execution::AttemptLost { request: 40, task: 7, cut_off: 5 }.into(),
    ]
}

fn alert_samples() -> Vec<Event> {
    let (alert, about) = (AlertKind::StreamQuarantined, StreamId([0x88; 16]));
    vec![
        alerts::ConditionReported { alert, about, detail: "no space left".to_owned() }.into(),
        alerts::ConditionEnded { alert, about }.into(),
        alerts::AlertRaised { alert, about, detail: "after 2 panics".to_owned() }.into(),
        alerts::DeliveryRequested { attempt: 2 }.into(),
        alerts::DeliveryEnded { request: 40, delivery: Delivery::Refused, status: Some(503) }.into(),
        alerts::DeliveryScheduled { attempt: 3, delay: Micros(123_456) }.into(),
        alerts::AlertAcknowledged { reason: "on it".to_owned() }.into(),
        alerts::AlertResolved { alert }.into(),
        alerts::AlertSubsided { alert, due: Micros(600_000_000) }.into(),
        alerts::AlertReturned { alert, returns: 2, detail: "after 2 panics".to_owned() }.into(),
        alerts::AlertEscalated {
            alert,
            about,
            detail: "after 2 panics".to_owned(),
            subscription: "ops".to_owned(),
            channel: "boss".to_owned(),
        }
        .into(),
        alerts::SubscriptionSet {
            name: "ops".to_owned(),
            channel: "mail".to_owned(),
            kinds: vec!["alerts.alert_raised".to_owned()],
            filter: Some("event.outcome == \"FAILURE\"".to_owned()),
            escalation: Some(alerts::Escalation { channel: "boss".to_owned(), after: Micros(900_000_000) }),
            per_minute: 10,
            from: Some(7),
            reason: "on call".to_owned(),
        }
        .into(),
        alerts::SubscriptionRemoved { name: "ops".to_owned(), reason: "nobody reads it".to_owned() }.into(),
        alerts::MessageMade {
            subscription: "ops".to_owned(),
            channel: "mail".to_owned(),
            first: 40,
            last: 44,
            events: 3,
            alerts: vec![StreamId([0x77; 16])],
        }
        .into(),
        alerts::MessageRepeated { message: 45, attempt: 2 }.into(),
        alerts::MessageEnded { request: 46, message: 45, delivery: Delivery::Refused, status: Some(451) }
            .into(),
        alerts::MessageGivenUp { message: 45, attempts: 16 }.into(),
        alerts::MessageRedelivered { message: 45, reason: "the mail server is back".to_owned() }.into(),
    ]
}

fn grants() -> Grants {
    Grants {
        owner: "finance".to_owned(),
        roles: vec!["submitter".to_owned(), "approver".to_owned()],
        reach: Reach::Tenants,
        tenant: "acme".to_owned(),
        further_tenants: vec!["shared".to_owned()],
        zones: Vec::new(),
        classes: vec!["internal".to_owned()],
        requests_per_minute: Some(600),
        workflows_alive_max: None,
        expires: Some(Micros(1_800_000_000_000_000)),
    }
}

fn access_samples() -> Vec<Event> {
    let mut all = key_samples();
    all.extend(policy_samples());
    all.extend(session_samples());
    let key = PrincipalId([0xb1; 16]);
    all.push(access::KeyRestored { key, reason: "it was known".to_owned() }.into());
    let asked = access::NamePerson { key, person: person(key), reason: "ticket 9".to_owned() };
    all.push(access::PersonNamed { asked }.into());
    all
}

fn person(key: PrincipalId) -> Person {
    let name = Sealed { address: [0xb2; 32], commitment: [0xb3; 32], length: Bytes(11) };
    let subject =
        Subject { id: DataSubjectId(key.0), slot: 9, standing: Standing::New, looked_up_through: 40 };
    Person { subject, name: name.into() }
}

fn key_samples() -> Vec<Event> {
    let (key, reason) = (PrincipalId([0xb1; 16]), || "ticket 7".to_owned());
    let person = person(key);
    let (label, digest) = ("ci-deploy".to_owned(), [0xb4; 32]);
    let issue = access::IssueKey {
        key,
        label,
        person: Some(person),
        digest,
        grants: grants(),
        link: Some(LinkId([0xb5; 16])),
        reason: reason(),
    };
    vec![
        access::KeyIssued { asked: issue }.into(),
        access::KeyRotated { key, digest, former_until: Micros(1_700_000_600_000_000), reason: reason() }
            .into(),
        access::KeyChanged { asked: access::ChangeKey { key, grants: grants(), reason: reason() } }.into(),
        access::KeyRevoked { key, reason: reason() }.into(),
    ]
}

fn policy_samples() -> Vec<Event> {
    let (policies, policy_set) = (vec!["submitters".to_owned()], [0xb6; 32]);
    let (action, tenant) = ("submit_workflow".to_owned(), "acme".to_owned());
    let replaced = access::ReplacePolicy {
        text: "permit(principal, action, resource);".to_owned(),
        digest: policy_set,
        origin: Origin::Written,
        reason: "ticket 8".to_owned(),
    };
    vec![
        access::PolicyReplaced { asked: replaced, previous: Some([0xb7; 32]) }.into(),
        access::RightUsed {
            action: action.clone(),
            tenant: tenant.clone(),
            policies: policies.clone(),
            policy_set,
        }
        .into(),
        access::AccessRefused { action, tenant, cause: Cause::NotAllowed, policies, policy_set }.into(),
    ]
}

fn session_samples() -> Vec<Event> {
    let (key, session, link) = (PrincipalId([0xb1; 16]), SessionId([0xb8; 16]), LinkId([0xb5; 16]));
    let (digest, expires) = ([0xb9; 32], Micros(1_700_003_600_000_000));
    let (issuer, reason) = ("https://id.example".to_owned(), String::new());
    let accepted = access::AcceptIdentity {
        principal: PrincipalId([0xba; 16]),
        proof: Proof::Token,
        issuer: issuer.clone(),
        grants: grants(),
    };
    let trusted = access::TrustIssuer {
        issuer: issuer.clone(),
        audience: "triad".to_owned(),
        algorithms: vec!["EdDSA".to_owned()],
        keys_at: "/etc/triad/jwks.json".to_owned(),
        roles_claim: "roles".to_owned(),
        tenants_claim: String::new(),
        tenant: "acme".to_owned(),
        reason: reason.clone(),
    };
    let made =
        access::MakeLink { link, digest, key: Some(key), grants: grants(), expires, reason: reason.clone() };
    vec![
        access::IdentityAccepted { asked: accepted }.into(),
        access::IssuerTrusted { asked: trusted }.into(),
        access::IssuerDistrusted { issuer, reason }.into(),
        access::LinkMade { asked: made }.into(),
        access::SessionOpened { session, key, digest, link: Some(link), expires }.into(),
        access::SessionEnded { session }.into(),
        access::Exported { what: "copy_log".to_owned(), about: None, through: 40 }.into(),
    ]
}

fn subject_samples() -> Vec<Event> {
    let (reason, hold) = (|| "because of the test".to_owned(), || "case-17".to_owned());
    let last_accepted = Some(Micros(1_700_000_000_000_000));
    vec![
        subjects::ErasureRequested {
            asked: RequestErasure { subject: subject(), last_accepted, reason: reason() },
        }
        .into(),
        subjects::ErasureRefused {
            asked: RequestErasure { subject: subject(), last_accepted: None, reason: reason() },
            obstacle: Obstacle::LegalHold,
        }
        .into(),
        subjects::Erased { request: 40, subject: SUBJECT, slot: 1023 }.into(),
        subjects::HoldPlaced {
            asked: PlaceHold {
                subject: SUBJECT,
                standing: Standing::New,
                looked_up_through: 41,
                hold: hold(),
                reason: reason(),
            },
            holds: 2,
        }
        .into(),
        subjects::HoldReleased {
            asked: ReleaseHold { subject: SUBJECT, hold: hold(), reason: String::new() },
            holds: 0,
        }
        .into(),
        subjects::PayloadRead {
            workflow: WorkflowId([0xbb; 16]),
            subject: SUBJECT,
            task: 7,
            class: ContentClass::Stdout,
        }
        .into(),
    ]
}
