//! Records that no core wrote: folding them says so, or makes a world of them, but never ends the program.

use triad_event::ids::{LogId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use super::door::Door;
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

/// A record in another place.
fn moved(record: &Recorded<Event>, world: &World, stream: StreamId) -> Recorded<Event> {
    let sequence = world.next_sequence();
    let (at, ordinal) = (world.now().max(Micros(0)), world.ports.streams.next_ordinal(stream));
    Recorded { sequence, group: sequence, at, stream, ordinal, cause: sequence, ..record.clone() }
}

#[test]
fn any_record_in_any_place_is_folded_or_refused() {
    let log = rich_log();
    let mut streams: Vec<StreamId> = log.iter().map(|record| record.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    let mut world = World::new();
    let (mut folded, mut refused) = (0, 0);
    for next in &log {
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
    assert!(folded > 1000 && refused > 1000, "{folded} folded, {refused} refused");
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
