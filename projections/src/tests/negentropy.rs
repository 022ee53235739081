//! Value and energy by day: what counts of a task when it ends, and that it is the same however it is fed.

use triad_event::Event;
use triad_event::dag::TaskFannedOut;
use triad_event::execution::{self, Captured, Ending, Findings, Verified};
use triad_event::intake::{TaskDefinition, TaskTerms};
use triad_event::quantity::{Micros, PartsPerMillion};

use super::door::{Feed, assert_same_however_fed, fed};
use super::history::{History, process};
use crate::fold::Follows;
use crate::negentropy::{Alive, Day, Figures, Negentropy};

/// A task of which a value is declared.
fn valued(id: &str, score_ppm: u32, multiplier_ppm: Option<u32>) -> TaskDefinition {
    let terms = TaskTerms {
        value_score: Some(PartsPerMillion(score_ppm)),
        market_multiplier: multiplier_ppm.map(PartsPerMillion),
        ..TaskTerms::nothing()
    };
    TaskDefinition { terms: Some(terms.into()), ..process(id, &[], 5) }
}

impl History {
    /// An attempt ran, was verified or not, and was charged.
    fn ran_verified(
        &mut self,
        (workflow, task): (u8, u32),
        held: Option<(u32, u32)>,
        ending: Ending,
        energy: u64,
    ) {
        let request = self.requested(workflow, task);
        let verified = held.map(|(held, checks)| Verified { checks, held, fuel_used: 0, failed: Vec::new() });
        let findings = verified.map(|verified| {
            Findings { verified: Some(verified), diagnosed: None, said: None, held: None }.into()
        });
        let ended = execution::AttemptEnded {
            request,
            task,
            ending,
            exit_code: Some(0),
            signal: None,
            duration: Micros(700),
            stdout: Captured::NOTHING,
            stderr: Captured::NOTHING,
            used: None,
            findings,
        };
        self.said(workflow, ended);
        self.charged(workflow, task, energy, None);
    }
}

/// The view alone, which asks for no grammar.
#[expect(clippy::wildcard_enum_match_arm, reason = "it hears no other domain")]
fn folded(past: &History) -> Negentropy {
    let mut kept = Negentropy::default();
    for record in &past.records {
        let followed = match &record.event {
            Event::Intake(event) => kept.follow(record, event),
            Event::Dag(event) => kept.follow(record, event),
            Event::Execution(event) => kept.follow(record, event),
            Event::Economics(event) => kept.follow(record, event),
            Event::Governance(event) => kept.follow(record, event),
            _ => Ok(()),
        };
        followed.expect("it follows whatever happens");
    }
    kept
}

fn figures_of(kept: &Negentropy) -> Vec<Figures> {
    kept.days.iter().map(|Day { figures, .. }| *figures).collect()
}

/// What is there in the end, however it was fed.
fn check(past: &History, expected: &[Figures], alive: usize) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let seen = fed(directory.path(), &past.records, Feed { at_once: usize::MAX, ..Feed::default() });
    assert_eq!(figures_of(&seen.negentropy), expected);
    let still = &seen.negentropy.alive;
    assert_eq!(still.iter().map(|Alive { tasks, .. }| tasks.len()).sum::<usize>(), alive);
    assert_eq!(seen.negentropy, folded(past));
    assert_same_however_fed(&past.records, &seen);
}

/// A charge of so much is 300 microseconds of 12 W each.
fn uj(energy: u64) -> u64 {
    energy * 300 * 12_000 / 1000
}

#[test]
fn value_is_realised_when_its_task_ends_by_the_share_of_its_last_attempt() {
    let mut past = History::begun();
    let tasks = vec![
        valued("verified", 700_000, Some(1_500_000)),
        valued("trusted", 333_333, None),
        valued("unmet", 100_000, None),
        valued("exited", 1_000_000, None),
        process("plain", &[], 5),
        valued("never", 900_000, None),
    ];
    past.accepted(1, "w", tasks);
    past.ran_verified((1, 0), Some((0, 2)), Ending::Unverified, 5);
    past.retried(1, 0, Ending::Unverified);
    past.ran_verified((1, 0), Some((2, 2)), Ending::Succeeded, 7);
    past.completed(1, 0);
    past.ran_verified((1, 1), None, Ending::Succeeded, 1);
    past.completed(1, 1);
    past.ran_verified((1, 2), Some((2, 3)), Ending::Unverified, 2);
    past.failed(1, 2, Ending::Unverified);
    past.ran_verified((1, 3), None, Ending::Exited, 3);
    past.failed(1, 3, Ending::Exited);
    past.ran_verified((1, 4), None, Ending::Succeeded, 11);
    past.completed(1, 4);
    let figures = Figures {
        tasks: 4,
        verified_tasks: 2,
        declared: 1_050_000 + 333_333 + 100_000 + 1_000_000,
        verified: 1_050_000 + 66_666,
        unverified: 333_333,
        energy_uj: uj(5 + 7 + 1 + 2 + 3),
        other_energy_uj: uj(11),
    };
    check(&past, &[figures], 5);
    let joules = uj(18);
    assert_eq!(figures.verified_per_kwh(), Some(1_116_666 * 3_600_000_000_000 / joules));
    assert_eq!(figures.declared_per_kwh(), Some(1_449_999 * 3_600_000_000_000 / joules));
    assert_eq!(Figures::default().verified_per_kwh(), None);
}

#[test]
fn parts_share_the_value_of_their_task_and_nothing_stays_of_a_workflow_that_ended() {
    let mut past = History::begun();
    past.accepted(1, "w", vec![valued("each", 500_000, None)]);
    past.said(1, TaskFannedOut { task: 0, first: 1, parts: 2 });
    for part in [1, 2] {
        past.ran_verified((1, part), Some((1, 1)), Ending::Succeeded, 4);
        past.completed(1, part);
    }
    past.completed(1, 0);
    past.closed(1, false);
    past.staged(2, vec![valued("staged", 1, None)]);
    past.expired(2);
    let figures = Figures {
        tasks: 2,
        verified_tasks: 2,
        declared: 500_000,
        verified: 500_000,
        energy_uj: uj(8),
        ..Figures::default()
    };
    let kept = folded(&past);
    assert_eq!((figures_of(&kept), kept.alive), (vec![figures], Vec::new()));
}
