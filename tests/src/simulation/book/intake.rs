//! What the book reads of definitions and keys.

use super::Book;
use super::course::Course;
use super::whose::has_content;
use crate::simulation::violation::{Verdict, broken, hold};
use triad_event::dag::WorkflowPhase;
use triad_event::governance::Setting;
use triad_event::ids::WorkflowId;
use triad_event::intake::{Earlier, Event, TaskDefinition, WorkflowAccepted};
use triad_event::quantity::Millis;
use triad_event::{Event as AnyEvent, Recorded};

impl Book {
    pub(super) fn take_in(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        match event {
            Event::ChunkStaged(chunk) => {
                self.use_subject(record, &chunk.subject, has_content(&chunk.tasks))?;
                self.define(record, chunk.first_task, &chunk.tasks)
            }
            Event::WorkflowSubmitted(submitted) => {
                self.use_subject(record, &submitted.asked.subject, has_content(&submitted.asked.tasks))?;
                let asked = &submitted.asked;
                self.define(record, asked.staged_tasks, &asked.tasks)?;
                if let Some(course) = self.courses.get_mut(&record.stream) {
                    course.submit(asked.idempotency_key, asked.terms.as_deref());
                }
                Ok(())
            }
            Event::WorkflowAccepted(accepted) => self.accept(record, accepted),
            Event::UploadExpired(_) => {
                self.course(record)?;
                self.courses.remove(&record.stream);
                self.subjects.close(record.stream);
                self.closed.insert(record.stream, false);
                Ok(())
            }
        }
    }

    fn define(&mut self, record: &Recorded<AnyEvent>, first_task: u32, tasks: &[TaskDefinition]) -> Verdict {
        if !self.courses.contains_key(&record.stream) {
            let begins = WorkflowPhase::after(None, &record.event);
            let is_new = !self.closed.contains_key(&record.stream);
            let Some(phase) = begins.filter(|_| is_new && record.ordinal == 0) else {
                let what = format!("record {} begins {} anew", record.sequence, record.stream);
                return Err(broken("invariant_a_closed_stream_stays_closed", what));
            };
            let mut course = Course::new(phase);
            course.define(tasks);
            self.courses.insert(record.stream, course);
            return Ok(());
        }
        let course = self.course(record)?;
        let holds = course.tasks.len() == first_task as usize;
        course.define(tasks);
        hold("invariant_chunks_continue_each_other", holds, || {
            format!("record {} continues after {first_task} tasks", record.sequence)
        })
    }

    fn accept(&mut self, record: &Recorded<AnyEvent>, accepted: &WorkflowAccepted) -> Verdict {
        let course = self.course(record)?;
        course.accept(record);
        let count = course.tasks.len();
        let (key, digest) = (course.key, accepted.digest);
        course.digest = digest;
        hold("invariant_what_is_accepted_was_submitted", accepted.tasks as usize == count, || {
            format!("record {} accepts {} tasks of {count}", record.sequence, accepted.tasks)
        })?;
        self.watch(record.stream);
        let Some(key) = key else { return Ok(()) };
        self.invariant_a_key_is_accepted_once_while_it_is_honoured(record, key)?;
        let workflow = WorkflowId::from(record.stream);
        let earlier = Earlier { workflow, digest, elapsed: record.elapsed };
        let before = self.keys.insert(key, (earlier, self.keys_accepted));
        self.keys_accepted += 1;
        self.keys_renewed += u64::from(before.is_some());
        Ok(())
    }

    /// How many definitions were accepted under other keys since the last one under this key.
    pub(crate) fn accepted_since(&self, key: &[u8; 32]) -> u64 {
        self.keys.get(key).map_or(0, |(_, before)| self.keys_accepted - before - 1)
    }

    fn invariant_a_key_is_accepted_once_while_it_is_honoured(
        &self,
        record: &Recorded<AnyEvent>,
        key: [u8; 32],
    ) -> Verdict {
        let span = Millis(self.setting(Setting::IdempotencyExpiry).unsigned_abs());
        let earlier = self.keys.get(&key).filter(|(earlier, _)| record.elapsed < earlier.elapsed.after(span));
        hold("invariant_a_key_is_accepted_once_while_it_is_honoured", earlier.is_none(), || {
            format!("record {} accepts again what {earlier:?} was accepted for", record.sequence)
        })
    }
}
