//! Rows of the vault that become durable with the records that they tell of: which slot a data subject has, when content
//! was last accepted for it, that its key is gone. Erasure and retention depend on them.
//!
//! Their times are those of the records. Recorded time never runs back, so that a later row never tells of less.

use super::effects::performance;
use triad_decide::{Performance, World};
use triad_event::definitions::Event as DefinitionsEvent;
use triad_event::evaluation::Event as EvaluationEvent;
use triad_event::execution::AttemptEnded;
use triad_event::gates::Event as GatesEvent;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{Event as IntakeEvent, TaskDefinition};
use triad_event::schedules::Event as SchedulesEvent;
use triad_event::subjects::{Event as SubjectsEvent, Subject};
use triad_event::{Event, Recorded};
use triad_log::storage::Attachment;
use triad_vault::{accepted_row, erased_rows, known_rows};

/// The rows that a record tells by itself, as of a moment. That an attempt brought content is told by [`of_output`].
pub(crate) fn of(record: &Recorded<Event>, at_us: i64) -> Vec<Attachment> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "records of other domains tell of no row")]
    match &record.event {
        Event::Intake(IntakeEvent::ChunkStaged(chunk))
            if chunk.tasks.iter().any(TaskDefinition::brings_content) =>
        {
            accepted(&chunk.subject, at_us)
        }
        // Whoever is named keeps the slot even when nothing is sealed yet, so that others who name it find the same.
        Event::Intake(IntakeEvent::WorkflowSubmitted(submitted))
            if submitted.asked.brings_content()
                || submitted.asked.subject.id != DataSubjectId::from(WorkflowId::from(record.stream)) =>
        {
            accepted(&submitted.asked.subject, at_us)
        }
        Event::Access(event) => {
            event.person().map_or_else(Vec::new, |person| accepted(&person.subject, at_us))
        }
        Event::Definitions(DefinitionsEvent::DefinitionPublished(published)) => {
            accepted(&published.asked.subject, at_us)
        }
        Event::Schedules(SchedulesEvent::ScheduleSet(set)) => accepted(&set.subject, at_us),
        Event::Gates(GatesEvent::SignalReceived(received)) => {
            let content = received.content.as_ref();
            content.map_or_else(Vec::new, |content| accepted(&content.subject, at_us))
        }
        Event::Evaluation(EvaluationEvent::EvaluationEnded(ended)) => {
            let brought = ended.value.as_ref().filter(|value| !value.pages.is_empty());
            brought.map_or_else(Vec::new, |value| accepted(&value.subject, at_us))
        }
        Event::Subjects(SubjectsEvent::Erased(erased)) => erased_rows(erased.subject.0, erased.slot, at_us),
        _ => Vec::new(),
    }
}

/// The row that tells that an attempt brought content. Whose that is only the world knows, and only as long as it waits for
/// the end of the attempt.
pub(crate) fn of_output(world: &World, ended: &AttemptEnded, at_us: i64) -> Option<Attachment> {
    if !ended.has_content() {
        return None;
    }
    let Performance { subject, subject_slot, .. } = performance(world, ended.request)?;
    Some(accepted_row(subject.0, subject_slot, at_us))
}

fn accepted(subject: &Subject, at_us: i64) -> Vec<Attachment> {
    known_rows(subject.id.0, subject.slot, at_us)
}
