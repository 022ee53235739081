//! What the outside world has seen, and what it may therefore expect for ever; and how the engine's world is held against
//! the book.

use super::book::{AttemptLine, Book, Course};
use super::listed::Counts;
use super::probe::Probe;
use super::process::Process;
use super::refused;
use super::vault::Vault;
use super::violation::{Verdict, broken, hold};
use std::collections::{BTreeMap, BTreeSet};
use triad_decide::limits::{CUT_OFF_MAX, KEYS_MAX};
use triad_decide::{
    Accepted, Effect, Evaluation, KeyDestruction, Performance, Work, World, effects, intake, snapshot,
};
use triad_event::ids::{AttemptKey, StreamId, WorkflowId};
use triad_event::{Event, Recorded, Sealed, subjects};
use triad_log::LogRead;
use triad_log::twin::TwinReader;
use triad_perform::{Answer, AskError};
use triad_proof::Block;

/// What the outside world has seen.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    /// The last record of each commit that was acknowledged, with its chain value.
    pub(crate) acknowledged: Vec<(u64, [u8; 32])>,
    /// Effects that were performed, by the key that their target was given.
    performed: BTreeMap<AttemptKey, (u64, WorkflowId, u32, u32)>,
    /// Evaluations that began, by their requests.
    evaluated: BTreeMap<u64, (WorkflowId, u32)>,
    /// Lives that performed an attempt, by its request, and did not end in good order.
    cut_off: BTreeMap<u64, u32>,
    /// Submissions that wait for an answer, by ticket.
    submitted: BTreeMap<u64, (WorkflowId, Option<[u8; 32]>)>,
    /// Workflows that a client was told are accepted.
    pub(crate) accepted: BTreeMap<WorkflowId, [u8; 32]>,
    /// Workflows of which a client heard that nothing was recorded, or that nobody knows.
    failed: Vec<WorkflowId>,
    unknown: Vec<WorkflowId>,
    /// Records since every phase was compared.
    uncompared: usize,
}

impl Outside {
    /// A submission is on its way.
    pub(crate) fn submitted(&mut self, ticket: u64, workflow: WorkflowId, key: Option<[u8; 32]>) {
        self.submitted.insert(ticket, (workflow, key));
    }

    /// A commit was acknowledged.
    pub(crate) fn acknowledged(&mut self, records: &[Recorded<Event>], chain: [u8; 32]) {
        self.acknowledged.extend(records.last().map(|last| (last.sequence, chain)));
    }

    /// An answer reaches a client.
    pub(crate) fn judge_answer(
        &mut self,
        book: &Book,
        ticket: u64,
        said: &Result<Answer, AskError>,
        probes: &mut Counts<Probe>,
    ) -> Verdict {
        let submitted = self.submitted.remove(&ticket);
        match said {
            Ok(answer) => {
                invariant_no_answer_before_what_it_observed_is_durable(book, answer)?;
                if let Some(probe) = refused::of_answer(&answer.reply) {
                    probes.count(probe);
                }
                self.invariant_what_is_said_to_be_accepted_is_in_the_log(book, answer, submitted, probes)
            }
            Err(AskError::Failed(_)) => {
                probes.count(Probe::FailedForSure);
                self.failed.extend(submitted.map(|(workflow, _)| workflow));
                Ok(())
            }
            Err(AskError::Unknown(_)) => {
                self.unknown.extend(submitted.map(|(workflow, _)| workflow));
                Ok(())
            }
            // That the loop has stopped also promises that nothing was recorded.
            Err(_) => {
                self.failed.extend(submitted.map(|(workflow, _)| workflow));
                Ok(())
            }
        }
    }

    fn invariant_what_is_said_to_be_accepted_is_in_the_log(
        &mut self,
        book: &Book,
        answer: &Answer,
        submitted: Option<(WorkflowId, Option<[u8; 32]>)>,
        probes: &mut Counts<Probe>,
    ) -> Verdict {
        let (named, digest) = match &answer.reply {
            Ok(Accepted::Submitted { workflow, digest, .. }) => {
                self.accepted.insert(*workflow, *digest);
                (*workflow, Some(*digest))
            }
            Ok(Accepted::Repeated { workflow }) => {
                probes.count(Probe::RepeatedFromWorld);
                (*workflow, None)
            }
            Err(triad_decide::Refusal::Intake(intake::Refusal::KeyConflict { workflow })) => {
                (*workflow, None)
            }
            Ok(Accepted::Recorded | Accepted::Staged { .. }) | Err(_) => return Ok(()),
        };
        if let Some(key) = submitted.and_then(|(_, key)| key)
            && book.accepted_since(&key) >= KEYS_MAX as u64
        {
            probes.count(Probe::RepeatedFromIndex);
        }
        hold("invariant_what_is_said_to_be_accepted_is_in_the_log", is_accepted(book, named, digest), || {
            format!("of workflow {named} the log knows nothing that fits {:?}", answer.reply)
        })
    }

    /// An effect starts.
    pub(crate) fn invariant_effects_start_as_they_are_recorded(
        &mut self,
        book: &Book,
        effect: &Performance,
        probes: &mut Counts<Probe>,
    ) -> Verdict {
        let request = effect.request;
        hold("invariant_no_effect_before_its_request_is_durable", request < book.next_sequence, || {
            format!("attempt {request} starts and {} records are durable", book.next_sequence)
        })?;
        let is_requested = book.attempts.get(&request).is_some_and(|line| {
            line.stream == effect.workflow.into()
                && (line.task, line.attempt, line.key) == (effect.task, effect.attempt, effect.key)
        });
        hold("invariant_effects_are_performed_as_requested", is_requested, || {
            format!("{effect:?} starts, and the log has {:?}", book.attempts.get(&request))
        })?;
        let is_owed = book.attempts.get(&request).is_some_and(AttemptLine::is_owed);
        hold("invariant_what_is_held_back_does_not_begin", is_owed, || {
            format!("attempt {request} begins, and the log has {:?}", book.attempts.get(&request))
        })?;
        let performed = (request, effect.workflow, effect.task, effect.attempt);
        let before = self.performed.insert(effect.key, performed);
        if before.is_some() {
            probes.count(Probe::PerformedAgain);
        }
        hold("invariant_a_key_names_one_attempt", before.is_none_or(|before| before == performed), || {
            format!("key {} named {before:?} and names {performed:?}", effect.key)
        })
    }

    /// Expressions begin to be evaluated.
    pub(crate) fn invariant_evaluations_start_as_they_are_recorded(
        &mut self,
        book: &Book,
        evaluation: &Evaluation,
        probes: &mut Counts<Probe>,
    ) -> Verdict {
        let Evaluation { request, workflow, task, condition, list, .. } = evaluation;
        hold("invariant_no_effect_before_its_request_is_durable", *request < book.next_sequence, || {
            format!("evaluation {request} starts and {} records are durable", book.next_sequence)
        })?;
        let asked = book.evaluations.get(request);
        let wants = book.courses.get(&(*workflow).into()).and_then(|course| course.wants_evaluated(*task));
        let holds = asked == Some(&((*workflow).into(), *task))
            && wants == Some((condition.is_some(), list.is_some()));
        hold("invariant_evaluations_start_as_they_are_recorded", holds, || {
            format!("{evaluation:?} begins, and the log has {asked:?}, {wants:?}")
        })?;
        if self.evaluated.insert(*request, (*workflow, *task)).is_some() {
            probes.count(Probe::EvaluatedAgain);
        }
        Ok(())
    }

    /// A life ended otherwise than in good order that had begun these attempts.
    pub(crate) fn cut_off(&mut self, began: &BTreeSet<u64>) {
        began.iter().for_each(|request| *self.cut_off.entry(*request).or_default() += 1);
    }

    /// Something begins that runs a process.
    pub(crate) fn invariant_nothing_is_performed_in_more_lives_than_may_be(&self, request: u64) -> Verdict {
        let lives = self.cut_off.get(&request).copied().unwrap_or_default();
        hold("invariant_nothing_is_performed_in_more_lives_than_may_be", lives < CUT_OFF_MAX, || {
            format!("attempt {request} begins after {lives} lives that it was cut off with")
        })
    }

    /// The newest record that was acknowledged is on disk, and so, by the chain, is every one before it.
    pub(crate) fn invariant_what_was_acknowledged_is_on_disk(&self, disk: &TwinReader) -> Verdict {
        let Some((last, chain)) = self.acknowledged.last() else { return Ok(()) };
        let lost = |why: String| broken("invariant_what_was_acknowledged_is_on_disk", why);
        let bytes = disk.block_holding(*last).map_err(|error| lost(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| lost(format!("record {last} is gone")))?;
        let block = Block::decode(&bytes).map_err(|error| lost(error.to_string()))?;
        let is_same = block.last_sequence() == *last && block.head.chain == *chain;
        hold("invariant_what_was_acknowledged_is_on_disk", is_same, || {
            format!("record {last} is another one")
        })
    }

    /// At the beginning of a life: what was said of failures is true.
    pub(crate) fn invariant_what_failed_is_not_in_the_log(
        &mut self,
        book: &Book,
        probes: &mut Counts<Probe>,
    ) -> Verdict {
        let is_known = |workflow: &WorkflowId| {
            let stream = StreamId::from(*workflow);
            let is_running = book.courses.get(&stream).is_some_and(Course::is_accepted);
            is_running || book.closed.get(&stream) == Some(&true)
        };
        for workflow in self.unknown.drain(..) {
            let found = is_known(&workflow);
            probes.count(if found { Probe::UnknownYetRecorded } else { Probe::UnknownAndLost });
        }
        let wrong = self.failed.drain(..).find(is_known);
        hold("invariant_what_failed_is_not_in_the_log", wrong.is_none(), || {
            format!("workflow {wrong:?} is in the log, and somebody was told that it is not")
        })
    }

    /// At the end: whatever a client was told is accepted has ended, once.
    pub(crate) fn invariant_what_was_accepted_has_ended(&self, book: &Book) -> Verdict {
        let ended = |workflow: &WorkflowId| book.closed.get(&StreamId::from(*workflow)) == Some(&true);
        let open = self.accepted.keys().find(|workflow| !ended(workflow));
        hold("invariant_what_was_accepted_has_ended", open.is_none(), || format!("workflow {open:?} has not"))
    }
}

fn is_accepted(book: &Book, workflow: WorkflowId, digest: Option<[u8; 32]>) -> bool {
    let stream = StreamId::from(workflow);
    match (book.courses.get(&stream), book.closed.get(&stream)) {
        (Some(course), _) => course.is_accepted() && digest.is_none_or(|digest| digest == course.digest),
        (None, was_accepted) => was_accepted == Some(&true),
    }
}

fn invariant_no_answer_before_what_it_observed_is_durable(book: &Book, answer: &Answer) -> Verdict {
    let holds = answer.observed_sequence < book.next_sequence;
    hold("invariant_no_answer_before_what_it_observed_is_durable", holds, || {
        format!("an answer observed record {}, {} are durable", answer.observed_sequence, book.next_sequence)
    })
}

/// An attempt is given what was sealed for its workflow, by who is not erased.
pub(crate) fn invariant_the_input_of_an_effect_can_be_opened(vault: &Vault, effect: &Performance) -> Verdict {
    let (input, entry) = match &effect.work {
        Work::Noop { input, entry } => (input.as_ref(), entry.as_ref()),
        Work::Process { input, entry, .. } => (Some(input), entry.as_ref()),
    };
    let opens = |sealed: &Sealed| vault.opens(sealed, effect.subject);
    let opens = input.is_none_or(opens) && entry.is_none_or(|entry| opens(&entry.page));
    hold("invariant_the_input_of_an_effect_can_be_opened", opens, || format!("{effect:?} starts"))
}

/// Expressions were sealed for their workflow, by who is not erased.
pub(crate) fn invariant_expressions_can_be_opened(vault: &Vault, evaluation: &Evaluation) -> Verdict {
    let sealed = evaluation.condition.iter().chain(&evaluation.list);
    let opens = sealed.into_iter().all(|sealed| vault.opens(sealed, evaluation.subject));
    hold("invariant_expressions_can_be_opened", opens, || format!("{evaluation:?} starts"))
}

pub(crate) fn invariant_no_key_is_destroyed_before_its_request_is_durable(
    book: &Book,
    erasure: &KeyDestruction,
) -> Verdict {
    let asked = book.subjects.erasing.get(&erasure.request);
    let name = "invariant_no_key_is_destroyed_before_its_request_is_durable";
    hold(name, asked == Some(&erasure.subject), || format!("{erasure:?} begins, and the log has {asked:?}"))
}

pub(crate) fn invariant_what_is_said_to_be_erased_is(vault: &Vault, record: &Recorded<Event>) -> Verdict {
    let Event::Subjects(subjects::Event::Erased(erased)) = &record.event else { return Ok(()) };
    hold("invariant_what_is_said_to_be_erased_is", vault.is_destroyed(erased.subject), || {
        format!("record {} says that {} is erased, and its key is there", record.sequence, erased.subject)
    })
}

/// When a record accepts content, or says that a key is destroyed, the row of the data subject says so too once the record is
/// durable: what erasure and retention depend on.
pub(crate) fn invariant_rows_say_what_was_accepted(
    vault: &Vault,
    book: &Book,
    record: &Recorded<Event>,
) -> Verdict {
    let Some(subject) = book.subjects.whose_row(record) else { return Ok(()) };
    let (row, last) = (vault.row(subject), book.subjects.last_content(subject));
    let holds = match row {
        triad_vault::Subject::Known { last_accepted_us, .. } => {
            !vault.is_said_to_be_erased(subject) && last.is_none_or(|last| last_accepted_us >= last.0)
        }
        triad_vault::Subject::Erased { .. } => vault.is_said_to_be_erased(subject),
        triad_vault::Subject::Unknown => false,
    };
    hold("invariant_rows_say_what_was_accepted", holds, || {
        let sequence = record.sequence;
        format!(
            "after record {sequence} the row of {subject} is {row:?}, and content was accepted at {last:?}"
        )
    })
}

/// The world that a life begins with is the one that was persisted last.
pub(crate) fn invariant_the_recovered_world_is_the_world_that_was(found: &World, before: &World) -> Verdict {
    hold(
        "invariant_the_recovered_world_is_the_world_that_was",
        snapshot::encode(found) == snapshot::encode(before),
        || format!("after {} records; the one before had {}", found.next_sequence(), before.next_sequence()),
    )
}

/// After a commit: the world counts what the book counts, and from time to time everything is compared.
pub(crate) fn check_commit(world: &World, book: &Book, outside: &mut Outside, process: &Process) -> Verdict {
    if world.next_sequence() != book.next_sequence {
        return Ok(());
    }
    invariant_the_world_counts_like_the_log(world, book)?;
    outside.uncompared += 1;
    let cost = book.courses.values().map(|course| course.tasks.len()).sum::<usize>();
    if outside.uncompared * COMPARED_PER_COMMIT < cost {
        return Ok(());
    }
    outside.uncompared = 0;
    invariant_every_phase_is_the_same(world, book)?;
    invariant_what_is_owed_is_what_runs(world, book)?;
    if !world.owes_work() {
        book.invariants_at_rest()?;
    }
    invariant_what_is_owed_is_under_way(process)
}

/// Tasks whose phases are compared for each commit, on average: the share of time that comparing may take.
const COMPARED_PER_COMMIT: usize = 64;

fn invariant_the_world_counts_like_the_log(world: &World, book: &Book) -> Verdict {
    let found = (world.alive(), world.attempts_running(), world.clock_state());
    let expected = (book.courses.len(), book.attempts.len(), book.clock());
    let found = (found, world.subjects_in_use(), world.holds(), world.erasures_under_way());
    let subjects = &book.subjects;
    let expected = (expected, subjects.used.len(), subjects.holds_total, subjects.erasing.len());
    hold("invariant_the_world_counts_like_the_log", found == expected, || {
        format!("after {} records: {found:?}, and the log says {expected:?}", book.next_sequence)
    })
}

fn invariant_every_phase_is_the_same(world: &World, book: &Book) -> Verdict {
    for (stream, course) in book.running() {
        let is_same = world.workflow((*stream).into()).is_some_and(|alive| same_phases(alive, course));
        hold("invariant_every_phase_is_the_same", is_same, || {
            format!("workflow {stream} stands otherwise than after its {} records", course.next_ordinal)
        })?;
    }
    Ok(())
}

fn same_phases(alive: &triad_decide::dag::Workflow, course: &Course) -> bool {
    let same = |(place, line): (u32, &super::book::TaskLine)| {
        alive
            .task(place)
            .is_some_and(|task| (task.state.phase(), task.attempts) == (line.phase, line.attempts))
    };
    alive.phase() == course.phase
        && alive.task(course.tasks.len() as u32).is_none()
        && (0..).zip(&course.tasks).all(same)
}

/// The requests that are owed.
#[derive(Debug, Default)]
struct Owed {
    attempts: Vec<u64>,
    destructions: BTreeSet<u64>,
    evaluations: Vec<u64>,
}

fn owed(world: &World) -> Owed {
    let mut owed = Owed::default();
    for effect in effects(world) {
        match effect {
            Effect::Perform(performance) => owed.attempts.push(performance.request),
            Effect::DestroyKey(destruction) => drop(owed.destructions.insert(destruction.request)),
            Effect::Evaluate(evaluation) => owed.evaluations.push(evaluation.request),
            Effect::Notify(_) => {}
        }
    }
    owed
}

fn invariant_what_is_owed_is_what_runs(world: &World, book: &Book) -> Verdict {
    let Owed { attempts: owed, destructions, evaluations } = owed(world);
    let asked: BTreeSet<u64> = book.subjects.erasing.keys().copied().collect();
    hold("invariant_every_erasure_is_owed_until_it_ends", destructions == asked, || {
        format!("after {} records: {destructions:?} are owed, {asked:?} asked for", book.next_sequence)
    })?;
    let asked = book.evaluations.iter().filter(|(_, (stream, _))| !book.quarantined.contains(stream));
    let asked: Vec<u64> = asked.map(|(request, _)| *request).collect();
    hold("invariant_every_evaluation_is_owed_until_it_ends", evaluations == asked, || {
        format!("after {} records: {evaluations:?} are owed, {asked:?} asked for", book.next_sequence)
    })?;
    let running = book.attempts.iter();
    let running = running.filter(|(_, line)| !book.quarantined.contains(&line.stream) && line.is_owed());
    let running: Vec<u64> = running.map(|(request, _)| *request).collect();
    hold("invariant_what_is_owed_is_what_runs", owed == running, || {
        format!("after {} records: {owed:?} are owed, {running:?} run", book.next_sequence)
    })
}

/// Whatever is owed runs in this life, waits for its request to become durable, or failed and waits for its turn.
fn invariant_what_is_owed_is_under_way(process: &Process) -> Verdict {
    let under_way: BTreeSet<u64> = process.shell.under_way().collect();
    let mut owed = effects(process.shell.world()).map(|effect| effect.request());
    let forgotten = owed.find(|request| !under_way.contains(request));
    hold("invariant_what_is_owed_is_under_way", forgotten.is_none(), || {
        format!("nobody performs {forgotten:?}")
    })
}
