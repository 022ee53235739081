//! Values are found in payloads where the codec put them, and nowhere in bytes that are no payload.

use quickcheck::quickcheck;
use triad_event::dag::TaskQueued;
use triad_event::ids::WorkflowId;
use triad_event::intake::{ChunkStaged, TaskDefinition, TaskFlow, TaskKind};
use triad_event::quantity::Bytes;
use triad_event::shape::Shape;
use triad_event::subjects::Subject;
use triad_event::{Event, Sealed, codec};
use triad_replay::payload::Way;

fn task(input: Option<u8>) -> TaskDefinition {
    let sealed = |address| Sealed { address: [address; 32], commitment: [0; 32], length: Bytes(1) };
    let mut task = TaskDefinition::new("a task whose id lies out of line", TaskKind::Process);
    (task.dependencies, task.input) = (vec![1, 2, 3], input.map(sealed));
    task
}

/// `is_newer` has the record written in a version after the first.
fn addresses(inputs: &[Option<u8>], is_newer: bool) -> Option<Vec<u8>> {
    let subject = Subject::of(WorkflowId([1; 16]), 1, 0);
    let mut tasks: Vec<TaskDefinition> = inputs.iter().copied().map(task).collect();
    if is_newer && let Some(last) = tasks.last_mut() {
        last.flow = Some(TaskFlow { takes: vec![1], ..TaskFlow::nothing() }.into());
    }
    let event = Event::from(ChunkStaged { first_task: 0, subject, tasks });
    let mut payload = Vec::new();
    let (_, version) = codec::encode(&event, &mut payload);
    let written = ChunkStaged::KIND.description().versions().find(|known| known.version == version)?;
    let root = payload.len() - written.size_bytes;
    let way = Way::among(written.fields, &Sealed::TYPE)?;
    let positions = way.positions(&payload, root)?;
    Some(positions.into_iter().map(|at| payload[at]).collect())
}

quickcheck! {
    fn every_value_is_found_where_the_codec_put_it(inputs: Vec<Option<u8>>, is_newer: bool) -> bool {
        let expected: Vec<u8> = inputs.iter().copied().flatten().collect();
        addresses(&inputs, is_newer) == Some(expected)
    }

    fn any_bytes_are_survived(payload: Vec<u8>, at: usize) -> bool {
        let way = Way::among(ChunkStaged::KIND.description().fields, &Sealed::TYPE).unwrap();
        let _ = way.positions(&payload, at % 64);
        true
    }
}

#[test]
fn a_payload_that_can_hold_none_has_no_way() {
    assert_eq!(Way::among(TaskQueued::KIND.description().fields, &Sealed::TYPE), None);
}
