//! Events of which rules, terms, evaluations, named definitions, bulk actions and schedules are a part.

use super::samples::{noop, process, sealed, subject};
use crate::bulk::{self, Item, ItemOutcome};
use crate::definitions;
use crate::evaluation::{self, Page, Value, Verdict};
use crate::event::Event;
use crate::ids::WorkflowId;
use crate::intake::{
    self, Deadline, DefinitionUse, Edge, EdgeOn, FanOut, Form, Gave, HealingPolicy, Label, Measure, Priority,
    Reused, Sovereignty, Suspension, TaskDefinition, TaskKind, TaskRules, TaskTerms, Weight, WorkflowTerms,
};
use crate::prices::MissingPrice;
use crate::quantity::{Bytes, MicroUsd, Micros, Millis, MilliwattHours, PartsPerMillion};
use crate::schedules::{self, BackfillWhy, CatchUp, CatchUpPolicy};
use crate::sealed::ContentClass;

/// What only the newest versions hold.
pub(super) fn ruled_samples(plain: intake::Submission) -> Vec<Event> {
    let mut each = process();
    let gave = Gave { output: None, class: ContentClass::Stdout, total: Bytes(0) };
    let rules = TaskRules {
        condition: Some(sealed(0x71, 40)),
        fan_out: Some(FanOut { list: sealed(0x72, 41), at_once: 8 }),
        edges: vec![Edge { dependency: 0, on: EdgeOn::Failed }],
        part_of: Some(0),
        deadline: Some(Deadline { at: None, after: Some(Millis(60_000)) }),
        priority: Some(Priority::High),
        reused: Some(Reused { workflow: WorkflowId([0xbc; 16]), gave: vec![gave], form: Form::One }),
        signal_schema: "true".to_owned(),
    };
    each.rules = Some(rules.into());
    let mut worth = noop("worth", vec![]);
    let terms = TaskTerms {
        energy_estimate: Some(MilliwattHours(5_500_000)),
        value_score: Some(PartsPerMillion(950_000)),
        market_multiplier: Some(PartsPerMillion(1_500_000)),
        bid_price_max: Some(MicroUsd(100_000)),
        healing: Some(HealingPolicy::Retry),
        owner_persona: "research_lead".to_owned(),
        capabilities: vec!["simulate".to_owned()],
        sovereignty: Some(Sovereignty::Required),
        ..TaskTerms::nothing()
    };
    worth.terms = Some(terms.into());
    let terms = WorkflowTerms {
        labels: vec![Label { name: "region".to_owned(), value: "eu".to_owned() }],
        priority: Some(Priority::Low),
        deadline: Some(Deadline { at: Some(Micros(1_800_000_000_000_000)), after: None }),
        inputs: Some(sealed(0x73, 42)),
        definition: Some(DefinitionUse { name: "nightly".to_owned(), version: 3, published: 77 }),
        retries: Some(WorkflowId([0xbc; 16])),
    };
    let asked = intake::Submission { terms: Some(terms.into()), ..plain };
    vec![
        intake::ChunkStaged {
            first_task: 0,
            subject: subject(),
            tasks: vec![TaskDefinition::new("part", TaskKind::Group), each, worth],
        }
        .into(),
        intake::WorkflowSubmitted { asked, digest: [0xdd; 32] }.into(),
    ]
}

/// What the versions after those hold.
pub(super) fn aimed_samples(plain: intake::Submission) -> Vec<Event> {
    let mut patient = noop("patient", vec![]);
    let waits = TaskTerms {
        optimise: vec![Weight { of: Measure::Price, share: PartsPerMillion(1_000_000) }],
        missing_price: Some(MissingPrice::RunNow),
        ..TaskTerms::nothing()
    };
    patient.terms = Some(waits.into());
    waiting(patient, plain)
}

/// What the versions after those hold.
pub(super) fn clean_samples(plain: intake::Submission) -> Vec<Event> {
    let mut clean = noop("clean", vec![]);
    let weight = |of, ppm| Weight { of, share: PartsPerMillion(ppm) };
    let optimise = vec![weight(Measure::Price, 700_000), weight(Measure::Carbon, 300_000)];
    clean.terms = Some(TaskTerms { optimise, ..TaskTerms::nothing() }.into());
    waiting(clean, plain)
}

/// What the versions after those hold.
pub(super) fn interruptible_samples(plain: intake::Submission) -> Vec<Event> {
    let mut stops = process();
    let optimise = vec![Weight { of: Measure::Price, share: PartsPerMillion(1_000_000) }];
    let suspension = Some(Suspension::Allowed);
    stops.terms = Some(TaskTerms { optimise, suspension, ..TaskTerms::nothing() }.into());
    waiting(stops, plain)
}

fn waiting(task: TaskDefinition, plain: intake::Submission) -> Vec<Event> {
    let asked = intake::Submission { tasks: vec![task.clone()], ..plain };
    vec![
        intake::ChunkStaged { first_task: 0, subject: subject(), tasks: vec![task] }.into(),
        intake::WorkflowSubmitted { asked, digest: [0xde; 32] }.into(),
    ]
}

pub(super) fn evaluation_samples() -> Vec<Event> {
    let pages = vec![Page { first: 0, sealed: sealed(0x74, 43) }];
    let value = Value { digest: [0xdb; 32], entries: 3, subject: subject(), pages };
    vec![
        evaluation::EvaluationRequested { task: 7 }.into(),
        evaluation::EvaluationEnded {
            request: 40,
            task: 7,
            verdict: Verdict::List,
            value: Some(value.into()),
            detail: "three".to_owned(),
        }
        .into(),
    ]
}

pub(super) fn definition_samples() -> Vec<Event> {
    let (tenant, name, reason) =
        (|| "default".to_owned(), || "nightly".to_owned(), || "ticket 11".to_owned());
    let asked = definitions::PublishDefinition {
        tenant: tenant(),
        name: name(),
        subject: subject(),
        source: sealed(0x75, 4100).into(),
        language: definitions::Language::Yaml,
        digest: [0xdc; 32],
        tasks: 12,
        reason: reason(),
    };
    let alias = "prod".to_owned();
    vec![
        definitions::DefinitionPublished { asked, version: 3 }.into(),
        definitions::AliasSet { tenant: tenant(), name: name(), alias, version: 3, reason: reason() }.into(),
        definitions::DefinitionRetired { tenant: tenant(), name: name(), version: 2, reason: reason() }
            .into(),
    ]
}

pub(super) fn bulk_samples() -> Vec<Event> {
    let workflows = [WorkflowId([0xe1; 16]), WorkflowId([0xe2; 16])];
    let item = |workflow, outcome, retried_by| Item { workflow, outcome, retried_by };
    vec![
        bulk::ActionRequested {
            action: bulk::Action::Retry,
            filter: "status=FAILED&label=region%3Aeu".to_owned(),
            through: 4100,
            expected: Some(2),
            connection: bulk::Connection::Encrypted,
            reason: "ticket 11".to_owned(),
        }
        .into(),
        bulk::PageListed { page: 1, workflows: workflows.to_vec(), next: Some(90) }.into(),
        bulk::PageEnded {
            page: 1,
            items: vec![
                item(workflows[0], ItemOutcome::Done, Some(WorkflowId([0xe3; 16]))),
                item(workflows[1], ItemOutcome::NotFailed, None),
            ],
        }
        .into(),
        bulk::StopRequested { reason: "wrong label".to_owned() }.into(),
        bulk::ActionEnded { asked: bulk::EndAction { why: bulk::Why::Finished }, done: 1, refused: 1 }.into(),
    ]
}

pub(super) fn schedule_samples() -> Vec<Event> {
    let (zones_version, reason) = (|| "2026f".to_owned(), || "ticket 12".to_owned());
    let catch_up = CatchUp { policy: CatchUpPolicy::All, count_max: 24, age_max: Millis(86_400_000) };
    vec![
        schedules::ScheduleSet {
            tenant: "default".to_owned(),
            name: "nightly".to_owned(),
            timing: "0 30 2 * * *".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            zones_version: zones_version(),
            gap: schedules::Gap::Shift,
            fold: schedules::Fold::Last,
            overlap: schedules::Overlap::Queue,
            catch_up,
            jitter_max: Millis(60_000),
            subject: subject(),
            source: sealed(0x76, 44).into(),
            language: definitions::Language::Yaml,
            connection: bulk::Connection::EncryptedLocal,
            reason: reason(),
            after: None,
        }
        .into(),
        schedules::SchedulePaused { why: schedules::PauseWhy::Asked, reason: reason() }.into(),
        schedules::ScheduleResumed { reason: reason() }.into(),
        schedules::ScheduleDeleted { reason: reason() }.into(),
        schedules::MomentFired {
            moment_ms: 1_795_829_400_000,
            workflow: WorkflowId([0xe4; 16]),
            how: schedules::How::CaughtUp,
            zones_version: zones_version(),
        }
        .into(),
        schedules::MomentsLeftOut {
            first_ms: 1_795_829_400_000,
            last_ms: 1_796_002_200_000,
            count: 3,
            why: schedules::LeftOutWhy::Refused,
            refusal: "invalid_definition".to_owned(),
            zones_version: zones_version(),
        }
        .into(),
        schedules::BackfillRequested {
            from_ms: 1_793_487_600_000,
            before_ms: 1_796_079_600_000,
            expected: 30,
            zones_version: zones_version(),
            reason: reason(),
        }
        .into(),
        schedules::BackfillEnded {
            asked: schedules::EndBackfill { why: BackfillWhy::Finished, refusal: String::new() },
            fired: 30,
        }
        .into(),
        schedules::RunFollowed {
            moment_ms: 1_795_829_400_123,
            workflow: WorkflowId([0xe5; 16]),
            how: schedules::RunEnd::Failed,
            displaced_ms: Some(1_795_829_300_007),
        }
        .into(),
    ]
}

/// A schedule that follows runs, which the first version does not hold.
pub(super) fn follower_sample() -> Event {
    schedules::ScheduleSet {
        tenant: "default".to_owned(),
        name: "report".to_owned(),
        timing: String::new(),
        zone: String::new(),
        zones_version: String::new(),
        gap: schedules::Gap::Shift,
        fold: schedules::Fold::First,
        overlap: schedules::Overlap::Queue,
        catch_up: CatchUp { policy: CatchUpPolicy::Last, count_max: 0, age_max: Millis(0) },
        jitter_max: Millis(0),
        subject: subject(),
        source: sealed(0x77, 44).into(),
        language: definitions::Language::Yaml,
        connection: bulk::Connection::EncryptedLocal,
        reason: "ticket 12".to_owned(),
        after: Some(schedules::After {
            followed: schedules::Followed::Schedule,
            name: "nightly".to_owned(),
            on: schedules::FollowOn::Any,
            submits: "report".to_owned(),
        }),
    }
    .into()
}
