//! What the book reads of evaluations.

use super::Book;
use super::course::Course;
use super::fates::Fate;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict as Held, hold};
use triad_event::evaluation::{EvaluationEnded, Event, Value, Verdict};
use triad_event::governance::Setting;
use triad_event::ids::StreamId;
use triad_event::{Event as AnyEvent, Recorded};

impl Book {
    pub(super) fn take_evaluation(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Held {
        match event {
            Event::EvaluationRequested(requested) => self.request_evaluation(record, requested.task),
            Event::EvaluationEnded(ended) => self.end_evaluation(record, ended),
        }
    }

    fn request_evaluation(&mut self, record: &Recorded<AnyEvent>, task: u32) -> Held {
        let course = self.course(record)?;
        let fate = course.fate(task);
        hold("invariant_nothing_starts_before_what_it_depends_on", fate == Fate::Runs, || {
            format!("record {} evaluates for task {task}: {fate:?}", record.sequence)
        })?;
        course.invariant_nothing_begins_after_its_deadline(record, task)?;
        let line = course.invariant_tasks_obey_their_grammar(record, task)?;
        let is_first = line.is_evaluated() && line.verdict.is_none() && line.evaluation.is_none();
        line.evaluation = Some(record.sequence);
        self.evaluations.insert(record.sequence, (record.stream, task));
        hold("invariant_expressions_are_evaluated_once", is_first, || {
            format!("record {} evaluates for task {task}", record.sequence)
        })
    }

    fn end_evaluation(&mut self, record: &Recorded<AnyEvent>, ended: &EvaluationEnded) -> Held {
        let EvaluationEnded { request, task, verdict, value, .. } = ended;
        let asked = self.evaluations.remove(request);
        hold("invariant_one_outcome_per_evaluation", asked == Some((record.stream, *task)), || {
            format!("record {} ends evaluation {request} for {task}, which is {asked:?}", record.sequence)
        })?;
        let (subject, most) =
            (self.subjects.of_stream(record.stream), self.setting(Setting::TasksPerWorkflowMax));
        let course = self.course(record)?;
        let (count, value) = (course.tasks.len() as i64, value.as_deref());
        let line = course.invariant_tasks_obey_their_grammar(record, *task)?;
        let entries = value.map_or(0, |value| value.entries);
        line.evaluation = None;
        line.verdict = Some((*verdict, entries));
        let is_its = value.is_none_or(|value| value.subject.id == subject);
        let fits = is_its && fits(*verdict, value, line.has_list());
        hold("invariant_a_verdict_does_not_contradict_itself", fits, || {
            format!("record {}: {ended:?}", record.sequence)
        })?;
        hold(
            "invariant_no_list_makes_more_tasks_than_may_be",
            count + i64::from(entries) <= most.max(count),
            || format!("record {} brings {entries} entries beside {count} tasks of {most}", record.sequence),
        )?;
        if value.is_some_and(|value| !value.pages.is_empty()) {
            self.subjects.accept_content(record.stream, record.at);
        }
        self.probes.count(probe_of(*verdict));
        Ok(())
    }

    /// A task has ended; nobody waits for what is evaluated for it.
    pub(super) fn forget_evaluation(&mut self, stream: StreamId, task: u32) {
        let line = self.courses.get_mut(&stream).and_then(|course| course.tasks.get_mut(task as usize));
        if let Some(request) = line.and_then(|line| line.evaluation.take()) {
            self.evaluations.remove(&request);
            self.probes.count(Probe::EndedWhileEvaluating);
        }
    }
}

impl Course {
    /// Whether a condition and whether a list is evaluated for a task.
    pub(crate) fn wants_evaluated(&self, task: u32) -> Option<(bool, bool)> {
        self.line(task).map(|line| (line.has_condition(), line.has_list()))
    }
}

/// Whether there is what the verdict says, and in its order.
fn fits(verdict: Verdict, value: Option<&Value>, has_list: bool) -> bool {
    let Some(Value { entries, pages, .. }) = value else {
        return !matches!(verdict, Verdict::Holds | Verdict::DoesNotHold | Verdict::List);
    };
    let firsts: Vec<u32> = pages.iter().map(|page| page.first).collect();
    match verdict {
        Verdict::Holds => !has_list && *entries == 0 && pages.is_empty(),
        Verdict::DoesNotHold => *entries == 0 && pages.is_empty(),
        Verdict::List if *entries == 0 => has_list && pages.is_empty(),
        Verdict::List => {
            let is_ascending = firsts.windows(2).all(|pair| pair[0] < pair[1]);
            has_list && firsts.first() == Some(&0) && is_ascending && firsts.last() < Some(entries)
        }
        Verdict::Missing | Verdict::NoValue | Verdict::TooMuch | Verdict::Unavailable => false,
    }
}

/// That expressions came to it.
const fn probe_of(verdict: Verdict) -> Probe {
    match verdict {
        Verdict::Holds => Probe::EvaluatedToTrue,
        Verdict::DoesNotHold => Probe::EvaluatedToFalse,
        Verdict::List => Probe::EvaluatedToList,
        Verdict::Missing => Probe::EvaluatedToMissing,
        Verdict::NoValue => Probe::EvaluatedToNoValue,
        Verdict::TooMuch => Probe::EvaluatedToTooMuch,
        Verdict::Unavailable => Probe::EvaluatedToUnavailable,
    }
}
