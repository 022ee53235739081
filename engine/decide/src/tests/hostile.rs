//! Records that no core wrote: folding them says so, or makes a world of them, but never ends the program.

use triad_event::dag::TaskFannedOut;
use triad_event::evaluation::{EvaluationEnded, Value, Verdict};
use triad_event::ids::{LogId, StreamId};
use triad_event::intake::TaskRules;
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;
use triad_event::{Event, Recorded, intake};

use super::door::{Door, evaluations, workflow_named};
use crate::{World, evolve, snapshot};

/// A log in which nearly everything happens once.
fn rich_log() -> Vec<Recorded<Event>> {
    let mut door = Door::open();
    door.run(
        "set attempts_running_max 3
         submit a: x, y process after x timeout=5s, z after x
         stage u: p, q after p
         submit b: x attempts=3 base=1ms, y after x, z [key=K]
         end a/x ok
         run a/y
         progress a/y
         end b/x exit
         wait 1ms
         timer
         pause b
         resume b
         quarantine b
         release b
         pause engine
         resume engine
         step clock by 1h
         agree clock
         step clock by 1h
         accept clock
         stop engine
         start
         run a/y
         snapshot
         note by hand
         wait 5s
         timer
         wait 30s
         timer
         cancel b
         wait 2h
         timer
         timer
         hold a case
         erase a
         lift a case
         submit c: x text
         end c/x ok out
         erase c
         erased c
         read c/0
         end a/z ok
         erase a
         erased a",
    );
    door.log
}

/// A log in which tasks are evaluated, lie in sub-workflows, are run for entries of a list, and are late.
fn ruled_log() -> Vec<Recorded<Event>> {
    let mut door = Door::open();
    door.run(
        "submit d: x reused, g group after x?, g.y in=g when, g.z in=g each=1 deadline=5s priority=high, o after g!
         eval d/g.y not
         eval d/g.z list=2
         end d/g.z.0 ok out
         wait 5s
         timer
         end d/g.z.1 exit
         submit e: a each=1, b when
         cancel e",
    );
    door.log
}

/// A record in another place.
fn moved(record: &Recorded<Event>, world: &World, stream: StreamId) -> Recorded<Event> {
    let sequence = world.next_sequence();
    let (at, ordinal) = (world.now().max(Micros(0)), world.ports.streams.next_ordinal(stream));
    Recorded { sequence, group: sequence, at, stream, ordinal, cause: sequence, ..record.clone() }
}

#[test]
fn any_record_in_any_place_is_folded_or_refused() {
    let (folded, refused) = fold_everywhere(&rich_log());
    assert!(folded > 1000 && refused > 1000, "{folded} folded, {refused} refused");
    let (folded, refused) = fold_everywhere(&ruled_log());
    assert!(folded > 200 && refused > 1000, "{folded} folded, {refused} refused");
}

/// Folds every record of a log at each place in it and into each stream, and counts how often that is possible and how often not.
fn fold_everywhere(log: &[Recorded<Event>]) -> (usize, usize) {
    let mut streams: Vec<StreamId> = log.iter().map(|record| record.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    let mut world = World::new();
    let (mut folded, mut refused) = (0, 0);
    for next in log {
        for (other, stream) in log.iter().flat_map(|other| streams.iter().map(move |stream| (other, stream)))
        {
            let mut copy = world.clone();
            match evolve(&mut copy, &moved(other, &world, *stream)) {
                Ok(()) => folded += 1,
                Err(_) => refused += 1,
            }
            let _ = snapshot::encode(&copy);
        }
        evolve(&mut world, next).expect("the log itself is legal");
    }
    (folded, refused)
}

#[test]
fn a_record_out_of_place_is_refused() {
    let log = rich_log();
    let changes: [fn(&mut Recorded<Event>); 6] = [
        |record| record.sequence += 1,
        |record| record.group = 0,
        |record| record.at = Micros(0),
        |record| record.elapsed = Micros(-1),
        |record| record.ordinal += 1,
        |record| record.stream = StreamId([0xee; 16]),
    ];
    let mut world = World::new();
    log[..30].iter().for_each(|record| evolve(&mut world, record).expect("legal"));
    for change in changes {
        let mut record = log[30].clone();
        change(&mut record);
        assert!(evolve(&mut world.clone(), &record).is_err(), "{record:?}");
    }
    assert_eq!(world.log_id(), LogId([0x10; 16]));
}

/// A definition of which a task is said to be a part of another.
fn submitted(part_of: u32) -> Event {
    let mut door = Door::open();
    door.run("submit w: g group, g.a in=g");
    let found = door.log.iter().find_map(|record| {
        let Event::Intake(intake::Event::WorkflowSubmitted(submitted)) = &record.event else { return None };
        Some(submitted.clone())
    });
    let mut submitted = found.expect("it was submitted");
    let rules = TaskRules { part_of: Some(part_of), ..TaskRules::nothing() };
    submitted.asked.tasks[1].rules = Some(rules.into());
    (*submitted).into()
}

#[test]
fn no_definition_is_folded_whose_tasks_lie_in_no_sub_workflow_before_them() {
    let mut door = Door::open();
    door.run("submit v: a");
    let fold = |event: Event| {
        let record = Recorded { event, ordinal: 0, ..moved(&door.log[2], &door.world, StreamId([9; 16])) };
        evolve(&mut door.world.clone(), &record)
    };
    fold(submitted(0)).expect("as it was");
    for part_of in [1, 2, u32::MAX] {
        fold(submitted(part_of)).expect_err("not behind its sub-workflow");
    }
}

#[test]
fn no_more_parts_are_folded_than_any_workflow_may_have() {
    let mut door = Door::open();
    door.run("submit w: a each=1");
    let stream = workflow_named("w").into();
    let pages = Vec::new();
    let subject = Subject { slot: 1, ..Subject::of(workflow_named("w"), 1, 0) };
    let value = Value { digest: [0; 32], entries: u32::MAX, subject, pages };
    let request = evaluations(&door.world)[0].request;
    let ended = EvaluationEnded {
        request,
        task: 0,
        verdict: Verdict::List,
        value: Some(value.into()),
        detail: String::new(),
    };
    for (event, is_legal) in
        [(Event::from(ended), true), (TaskFannedOut { task: 0, first: 1, parts: u32::MAX }.into(), false)]
    {
        let record = Recorded { event, elapsed: door.elapsed, ..moved(&door.log[2], &door.world, stream) };
        assert_eq!(evolve(&mut door.world, &record).is_ok(), is_legal);
    }
}

#[test]
fn a_damaged_snapshot_is_read_or_refused() {
    let mut world = World::new();
    rich_log()[..40].iter().for_each(|record| evolve(&mut world, record).expect("legal"));
    let mut bytes = snapshot::encode(&world);
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let _ = snapshot::decode(&bytes);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn the_world_moves_between_threads() {
    fn moves<T: Send + Sync + Clone>() {}
    moves::<World>();
}
