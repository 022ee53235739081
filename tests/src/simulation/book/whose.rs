//! Whose the content is, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use triad_event::ids::{DataSubjectId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::TaskDefinition;
use triad_event::quantity::Micros;
use triad_event::subjects::{Event, Phase};
use triad_event::{Event as AnyEvent, Recorded, evaluation, execution, intake, schedules};

/// Everything that was read of data subjects.
#[derive(Debug, Default)]
pub(crate) struct Subjects {
    pub(crate) phases: BTreeMap<DataSubjectId, Phase>,
    pub(super) holds: BTreeMap<DataSubjectId, BTreeSet<String>>,
    pub(crate) holds_total: u64,
    /// Open streams that use each.
    pub(crate) used: BTreeMap<DataSubjectId, u64>,
    pub(super) last_content: BTreeMap<DataSubjectId, Micros>,
    /// Erasures that were requested and have not ended.
    pub(crate) erasing: BTreeMap<u64, DataSubjectId>,
    /// Whose the content of a workflow is that is not its own data subject.
    pub(super) owners: BTreeMap<StreamId, DataSubjectId>,
    pub(super) reads: (i64, BTreeSet<(PrincipalId, WorkflowId)>),
}

impl Subjects {
    /// Whose the content of a workflow is.
    pub(crate) fn of_stream(&self, stream: StreamId) -> DataSubjectId {
        self.owners.get(&stream).copied().unwrap_or_else(|| WorkflowId::from(stream).into())
    }

    /// When content was last recorded for a data subject.
    pub(crate) fn last_content(&self, subject: DataSubjectId) -> Option<Micros> {
        self.last_content.get(&subject).copied()
    }

    /// The data subject of whose row a record tells, if it tells of one.
    pub(crate) fn whose_row(&self, record: &Recorded<AnyEvent>) -> Option<DataSubjectId> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "records of other domains tell of no row")]
        match &record.event {
            AnyEvent::Intake(intake::Event::ChunkStaged(chunk)) if has_content(&chunk.tasks) => {
                Some(chunk.subject.id)
            }
            AnyEvent::Intake(intake::Event::WorkflowSubmitted(one)) if one.asked.brings_content() => {
                Some(one.asked.subject.id)
            }
            AnyEvent::Execution(execution::Event::AttemptEnded(ended)) if ended.has_content() => {
                Some(self.of_stream(record.stream))
            }
            AnyEvent::Evaluation(evaluation::Event::EvaluationEnded(ended)) => {
                let has_pages = ended.value.as_ref().is_some_and(|value| !value.pages.is_empty());
                has_pages.then(|| self.of_stream(record.stream))
            }
            AnyEvent::Schedules(schedules::Event::ScheduleSet(set)) => Some(set.subject.id),
            AnyEvent::Subjects(Event::Erased(erased)) => Some(erased.subject),
            _ => None,
        }
    }

    /// Content of a workflow was recorded.
    pub(super) fn accept_content(&mut self, stream: StreamId, at: Micros) {
        self.last_content.insert(self.of_stream(stream), at);
    }

    /// A stream that is closed uses nothing any more.
    pub(super) fn close(&mut self, stream: StreamId) {
        let subject = self.of_stream(stream);
        if let Some(count) = self.used.get_mut(&subject) {
            *count -= 1;
            if *count == 0 {
                self.used.remove(&subject);
            }
        }
    }
}

/// Whether something is sealed with these tasks.
pub(super) fn has_content(tasks: &[TaskDefinition]) -> bool {
    tasks.iter().any(TaskDefinition::brings_content)
}
