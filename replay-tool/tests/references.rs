//! References to sealed content are counted for whom they belong to.

use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_replay::references::{References, Said, Tally};

const STREAM: StreamId = StreamId([1; 16]);
const OTHER: StreamId = StreamId([2; 16]);
const SHARED: DataSubjectId = DataSubjectId([3; 16]);

fn inputs(stream: StreamId, subject: DataSubjectId, count: u64) -> Said {
    Said::References { stream, subject: Some(subject), count }
}

fn outputs(stream: StreamId, count: u64) -> Said {
    Said::References { stream, subject: None, count }
}

fn own(stream: StreamId) -> DataSubjectId {
    WorkflowId::from(stream).into()
}

#[test]
fn references_of_who_is_erased_are_counted_apart_whenever_they_were_made() {
    let mut references = References::default();
    references.take(vec![inputs(STREAM, own(STREAM), 3), outputs(STREAM, 2)]);
    references.take(vec![inputs(OTHER, SHARED, 0), outputs(OTHER, 4)]);
    assert_eq!(references.tally(), Tally { sealed: 9, erased: 0, erased_subjects: 0 });
    references.take(vec![Said::Erased(SHARED)]);
    assert_eq!(references.tally(), Tally { sealed: 5, erased: 4, erased_subjects: 1 });
    references.take(vec![Said::Erased(own(STREAM)), Said::Erased(own(OTHER))]);
    assert_eq!(references.tally(), Tally { sealed: 0, erased: 9, erased_subjects: 3 });
}

#[test]
fn a_workflow_whose_definition_was_withheld_counts_as_its_own() {
    let mut references = References::default();
    references.take(vec![outputs(STREAM, 2), Said::Erased(own(STREAM))]);
    assert_eq!(references.tally(), Tally { sealed: 0, erased: 2, erased_subjects: 1 });
}
