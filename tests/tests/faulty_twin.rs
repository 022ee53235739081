//! Both outcomes of every durable write, and a crash between any two, on storage that fails on request.

use fixtures::disk_log::entry;
use fixtures::twin_log::TwinLog;
use fixtures::whole_log::check_whole;
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::BTreeMap;
use triad_log::storage::{Completion, LogRead, Outcome};
use triad_log::twin::{Fault, TwinReader};
use triad_proof::Block;

/// The groups of one block; a group is a stream for each of its records.
type Groups = &'static [&'static [u8]];

/// Blocks of one record, of several groups, and a stream that comes back after it was away.
const SMALL: &[Groups] =
    &[&[&[0]], &[&[1, 2], &[0, 0, 3]], &[&[2]], &[&[4], &[4], &[1, 4]], &[&[0, 1, 2, 3]], &[&[5]]];

/// Faults at a commit boundary; None is a crash while the commit waits.
const FAULTS: [Option<Fault>; 4] =
    [Some(Fault::FailedNotPersisted), Some(Fault::UnknownNotPersisted), Some(Fault::UnknownPersisted), None];

fn payload(sequence: u64, stream: u8) -> Vec<u8> {
    format!("record {sequence} of stream {stream}").repeat(1 + sequence as usize % 3).into_bytes()
}

/// Blocks that fill tiles: of the leaves, and once of the level above (300 is not a multiple of 256).
fn wide() -> Vec<Vec<Vec<u8>>> {
    (0..5u8).map(|block| vec![(0..150).map(|n| n % 7).collect(), vec![block; 150]]).collect()
}

fn small() -> Vec<Vec<Vec<u8>>> {
    SMALL.iter().map(|groups| groups.iter().map(|group| group.to_vec()).collect()).collect()
}

fn append_group(log: &mut TwinLog, streams: &[u8]) {
    log.writer.begin_group();
    for stream in streams {
        let payload = payload(log.writer.next_sequence(), *stream);
        log.writer.append(&entry(*stream, payload)).expect("the twin can be read");
    }
}

fn submit(log: &mut TwinLog, block: &[Vec<u8>]) {
    block.iter().for_each(|group| append_group(log, group));
    log.writer.submit().expect("a block waits");
}

/// Writes the rest of a script, from the block that begins where the log ends, and makes it durable.
fn finish(log: &mut TwinLog, script: &[Vec<Vec<u8>>]) {
    let mut begins = 0;
    for block in script {
        if begins >= log.writer.next_sequence() {
            submit(log, block);
        }
        begins += block.iter().map(|group| group.len() as u64).sum::<u64>();
    }
    log.writer.storage_mut().drain();
}

fn uninterrupted(script: &[Vec<Vec<u8>>]) -> Vec<Vec<u8>> {
    let mut log = TwinLog::on(TwinReader::default()).expect("begins");
    finish(&mut log, script);
    let whole = check_whole(&log.disk).expect("whole");
    whole.blocks.iter().map(|block| block.to_vec()).collect()
}

/// Writes a script with at most `depth` commits waiting, and lets the commit of block `at` meet `fault`.
fn interrupted(script: &[Vec<Vec<u8>>], at: usize, fault: Option<Fault>, depth: usize) -> TwinLog {
    let mut log = TwinLog::on(TwinReader::default()).expect("begins");
    let mut decided = 0;
    let mut step = |log: &mut TwinLog| {
        let this = if decided == at { fault } else { Some(Fault::None) };
        decided += 1;
        this.is_some_and(|fault| log.writer.storage_mut().step(fault))
    };
    for block in script {
        submit(&mut log, block);
        if log.writer.storage_mut().waiting() >= depth && !step(&mut log) {
            return log;
        }
    }
    while step(&mut log) {}
    log
}

/// What completions promise: tickets in order, and nothing durable after the first that is not.
fn durable_count(completions: &[Completion]) -> usize {
    let durable = completions.iter().take_while(|done| done.outcome == Outcome::Durable).count();
    let tickets: Vec<u64> = completions.iter().map(|done| done.ticket.0).collect();
    assert_eq!(tickets, (0..completions.len() as u64).collect::<Vec<_>>());
    for later in completions.iter().skip(durable + 1) {
        assert!(matches!(later.outcome, Outcome::Failed(_)), "after a fault: {later:?}");
    }
    durable
}

fn check_every_boundary(script: &[Vec<Vec<u8>>]) {
    let expected = uninterrupted(script);
    for at in 0..script.len() {
        for fault in FAULTS {
            for depth in [1, 2, script.len() + 1] {
                check_boundary(script, &expected, at, fault, depth);
            }
        }
    }
}

fn check_boundary(
    script: &[Vec<Vec<u8>>],
    expected: &[Vec<u8>],
    at: usize,
    fault: Option<Fault>,
    depth: usize,
) {
    let case = format!("{fault:?} at block {at}, {depth} in flight");
    let mut log = interrupted(script, at, fault, depth);
    let mark = *log.durable.borrow();
    let completions: Vec<_> = log.completions.try_iter().collect();
    assert_eq!(durable_count(&completions), at, "{case}");
    let acknowledged =
        at.checked_sub(1).map_or(0, |last| Block::decode(&expected[last]).expect("decodes").tree_size());
    assert_eq!((mark.next_sequence, mark.failed), (acknowledged, fault.is_some()), "{case}");
    if fault.is_some() {
        submit(&mut log, &[vec![9]]);
        assert!(log.writer.storage_mut().step(Fault::None));
        let later = log.completions.try_recv().expect("completed").outcome;
        assert!(matches!(later, Outcome::Failed(_)), "{case}: {later:?}");
        assert_eq!(*log.durable.borrow(), mark, "{case}");
    }
    let image = log.disk.image();
    drop(log);
    check_restart(script, expected, at + usize::from(fault == Some(Fault::UnknownPersisted)), image, &case);
}

/// The next process finds the first `kept` blocks, and goes on as if nothing had happened.
fn check_restart(script: &[Vec<Vec<u8>>], expected: &[Vec<u8>], kept: usize, image: TwinReader, case: &str) {
    let mut log = TwinLog::on(image).expect("opens");
    if kept == 0 {
        assert!(log.disk.last_block().expect("reads").is_none(), "{case}");
    } else {
        assert_eq!(check_whole(&log.disk).expect("whole").bytes(), expected[..kept].concat(), "{case}");
    }
    finish(&mut log, script);
    assert_eq!(check_whole(&log.disk).expect("whole").bytes(), expected.concat(), "{case}");
}

#[test]
fn every_fault_at_every_commit_of_small_blocks_loses_nothing_acknowledged() {
    check_every_boundary(&small());
}

#[test]
fn every_fault_at_every_commit_of_blocks_that_fill_tiles_loses_nothing_acknowledged() {
    check_every_boundary(&wide());
}

#[test]
fn a_crash_before_the_first_commit_leaves_an_empty_disk() {
    let mut log = TwinLog::on(TwinReader::default()).expect("begins");
    append_group(&mut log, &[1, 2, 3]);
    let image = log.disk.image();
    drop(log);
    assert!(image.last_block().expect("reads").is_none());
    assert_eq!(TwinLog::on(image).expect("begins").writer.next_sequence(), 0);
}

/// What happens to a log between two restarts.
#[derive(Debug, Clone)]
enum Action {
    Append { stream: u8, count: u8 },
    Submit,
    Step(Fault),
    Restart,
}

impl Arbitrary for Action {
    fn arbitrary(g: &mut Gen) -> Self {
        let fault = *g
            .choose(&[Fault::FailedNotPersisted, Fault::UnknownNotPersisted, Fault::UnknownPersisted])
            .expect("not empty");
        match u8::arbitrary(g) {
            0..=109 => Self::Append { stream: u8::arbitrary(g) % 6, count: 1 + u8::arbitrary(g) % 120 },
            110..=169 => Self::Submit,
            170..=234 => Self::Step(Fault::None),
            235..=244 => Self::Step(fault),
            245..=255 => Self::Restart,
        }
    }
}

/// A log, what it acknowledged, and what is on its way.
struct Story {
    log: TwinLog,
    acknowledged: BTreeMap<u64, Vec<u8>>,
    on_the_way: BTreeMap<u64, Vec<u8>>,
    maybe_end: u64,
    faulted: bool,
}

impl Story {
    fn begin() -> Self {
        let log = TwinLog::on(TwinReader::default()).expect("begins");
        let (acknowledged, on_the_way) = (BTreeMap::new(), BTreeMap::new());
        Self { log, acknowledged, on_the_way, maybe_end: 0, faulted: false }
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Append { stream, count } => self.append(*stream, *count),
            Action::Submit => drop(self.log.writer.submit()),
            Action::Step(fault) => self.step(*fault),
            Action::Restart => self.restart(),
        }
    }

    fn append(&mut self, stream: u8, count: u8) {
        let streams: Vec<u8> = (0..count).map(|n| stream + n % 2).collect();
        for (sequence, stream) in (self.log.writer.next_sequence()..).zip(&streams) {
            self.on_the_way.insert(sequence, payload(sequence, *stream));
        }
        append_group(&mut self.log, &streams);
    }

    fn step(&mut self, fault: Fault) {
        self.log.writer.storage_mut().step(fault);
        for done in self.log.completions.try_iter() {
            let later = self.on_the_way.split_off(&(done.last_sequence + 1));
            let decided = std::mem::replace(&mut self.on_the_way, later);
            if done.outcome == Outcome::Durable {
                assert!(!self.faulted, "durable after a fault");
                self.acknowledged.extend(decided);
                self.maybe_end = done.last_sequence + 1;
            } else if !self.faulted && fault == Fault::UnknownPersisted {
                self.maybe_end = done.last_sequence + 1;
            }
            self.faulted |= done.outcome != Outcome::Durable;
        }
        let mark = *self.log.durable.borrow();
        assert_eq!((mark.next_sequence, mark.failed), (self.end(), self.faulted));
    }

    fn end(&self) -> u64 {
        self.acknowledged.keys().next_back().map_or(0, |last| last + 1)
    }

    /// Crashes, and takes stock of what the next process finds.
    fn restart(&mut self) {
        let image = self.log.disk.image();
        self.log = TwinLog::on(image).expect("opens");
        let found = self.log.writer.next_sequence();
        assert_eq!(found, self.maybe_end, "acknowledged up to {}", self.end());
        self.on_the_way.clear();
        self.faulted = false;
        if found == 0 {
            assert!(self.acknowledged.is_empty());
            return;
        }
        let whole = check_whole(&self.log.disk).expect("whole");
        assert_eq!(whole.report.counts.verified, found);
        let found = payloads(&whole.blocks);
        for (sequence, payload) in &self.acknowledged {
            assert_eq!(found.get(sequence), Some(payload), "acknowledged record {sequence}");
        }
        self.acknowledged = found;
    }
}

fn payloads(blocks: &[triad_log::BlockBytes]) -> BTreeMap<u64, Vec<u8>> {
    let mut payloads = BTreeMap::new();
    for bytes in blocks {
        for record in Block::decode(bytes).expect("decodes").records() {
            let record = record.expect("decodes");
            payloads.insert(record.header.sequence, record.payload.to_vec());
        }
    }
    payloads
}

quickcheck! {
    fn no_story_of_faults_and_restarts_loses_what_was_acknowledged(actions: Vec<Action>) -> bool {
        let mut story = Story::begin();
        actions.iter().for_each(|action| story.act(action));
        story.restart();
        true
    }
}
