//! Kills `triad log append` with SIGKILL at random moments, again and again, and opens its log: everything that it said was
//! acknowledged is there with its bytes, and the log verifies.

mod writer;

use crate::program::{Failure, triad};
use fixtures::grown_log::GrownLog;
use fixtures::whole_log::check_whole_under;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use triad_event::{Event, codec, log};
use triad_log::directory::{LogDirectory, OpenError};
use triad_proof::record::Record;
use writer::{HEAVY, Writer};

const CYCLES: u64 = 2_000;
/// Logs that are written to at the same time, each by one process after another.
const LANES: u64 = 2;
/// After so many cycles the whole log is verified, and another one is begun.
const CYCLES_PER_LOG: u64 = 100;
/// One log in so many is heavy, and shorter.
const HEAVY_EVERY: u64 = 4;
const CYCLES_PER_HEAVY_LOG: u64 = 25;
/// A process lives at most so long.
const LIFE_MS_MAX: u64 = 120;
/// One in so many is killed while it opens the log, or just after.
const HASTY_EVERY: u64 = 5;
const HASTY_US_MAX: u64 = 12_000;
/// One in so many is left to close the log.
const CLOSED_EVERY: u64 = 16;
const PROGRESS_STEP: u64 = 100;

/// What all lanes count.
#[derive(Default)]
struct Counts {
    cycles: AtomicU64,
    lost: AtomicU64,
    unopened: AtomicU64,
    acknowledged: AtomicU64,
    hasty: AtomicU64,
}

/// A log, what is known of it, and what its writers said.
struct Lane<'a> {
    number: u64,
    kind: &'static str,
    triad: &'a Path,
    /// None before the log was made.
    checked: Option<GrownLog>,
    /// Sequences of notes, and the digests of their texts.
    acknowledged: BTreeMap<u64, blake3::Hash>,
    counts: &'a Counts,
}

/// Runs the proof.
pub(crate) fn run(cycles: Option<u64>) -> Result<(), Failure> {
    let cycles = cycles.unwrap_or(CYCLES);
    let (triad, counts) = (triad()?, Counts::default());
    let outcomes: Vec<Result<(), Failure>> = std::thread::scope(|scope| {
        let lane = |number: u64| {
            let (triad, counts) = (&triad, &counts);
            let share = cycles / LANES + u64::from(number < cycles % LANES);
            scope.spawn(move || run_lane(number, share, triad, counts))
        };
        let lanes: Vec<_> = (0..LANES).map(lane).collect();
        lanes.into_iter().map(|lane| lane.join().expect("invariant: a lane does not panic")).collect()
    });
    println!("figure kill9_cycles {} count", counts.cycles.into_inner());
    println!("figure kill9_lost {} count", counts.lost.into_inner());
    println!("figure kill9_unopened {} count", counts.unopened.into_inner());
    println!("figure kill9_acknowledged {} count", counts.acknowledged.into_inner());
    println!("figure kill9_during_opening {} count", counts.hasty.into_inner());
    outcomes.into_iter().collect()
}

fn run_lane(number: u64, cycles: u64, triad: &Path, counts: &Counts) -> Result<(), Failure> {
    let mut left = cycles;
    for log in 1.. {
        if left == 0 {
            break;
        }
        let heavy = u64::is_multiple_of(log, HEAVY_EVERY);
        let (kind, most) = if heavy { (HEAVY, CYCLES_PER_HEAVY_LOG) } else { ("light", CYCLES_PER_LOG) };
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (checked, acknowledged) = (None, BTreeMap::new());
        let mut lane = Lane { number, kind, triad, checked, acknowledged, counts };
        let here = left.min(most);
        let grown = lane.grow(&directory.path().join("log"), cycles - left, here);
        if let Err(failure) = grown {
            let kept = directory.keep();
            return Err(format!("{failure}; the log is in {}", kept.display()));
        }
        left -= here;
    }
    Ok(())
}

/// A number below `below`, chosen by what it is for.
fn draw(purpose: &str, lane: u64, cycle: u64, below: u64) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key("triad soak: when to kill");
    hasher.update(purpose.as_bytes()).update(&lane.to_le_bytes()).update(&cycle.to_le_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes) % below
}

impl Lane<'_> {
    fn grow(&mut self, directory: &Path, begin: u64, cycles: u64) -> Result<(), Failure> {
        self.make(directory, begin)?;
        for cycle in begin..begin + cycles {
            while self.draw("hasty", cycle, HASTY_EVERY) == 0 && self.hurry(directory, cycle)? {}
            self.live(directory, cycle)?;
            self.check(directory, cycle + 1 == begin + cycles)?;
            let done = self.counts.cycles.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(PROGRESS_STEP) {
                let acknowledged = self.counts.acknowledged.load(Ordering::Relaxed);
                eprintln!("soak: kill9: {done} cycles, {acknowledged} records acknowledged");
            }
        }
        Ok(())
    }

    fn draw(&self, purpose: &str, cycle: u64, below: u64) -> u64 {
        draw(purpose, self.number, cycle, below)
    }

    /// Makes the log, after a try that is killed.
    fn make(&mut self, directory: &Path, cycle: u64) -> Result<(), Failure> {
        let mut hasty = self.init(directory)?;
        std::thread::sleep(Duration::from_micros(self.draw("making", cycle, HASTY_US_MAX)));
        hasty.kill().and_then(|()| hasty.wait()).map_err(|error| error.to_string())?;
        match LogDirectory::open(directory) {
            Ok(_) => return Ok(()),
            Err(OpenError::Absent(_) | OpenError::Unfinished(_)) => {}
            Err(error) => return Err(format!("the log that was not finished: {error}: {error:?}")),
        }
        if directory.exists() {
            std::fs::remove_dir_all(directory).map_err(|error| error.to_string())?;
        }
        let status = self.init(directory)?.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the log is not made: {status}")) }
    }

    fn init(&self, directory: &Path) -> Result<Child, Failure> {
        let mut command = Command::new(self.triad);
        command.args(["log", "init", "--dir"]).arg(directory).stdout(Stdio::null());
        command.spawn().map_err(|error| error.to_string())
    }

    fn writer(&self, directory: &Path, of: &str) -> Result<Writer, Failure> {
        Writer::start(self.triad, directory, &format!("{} {} {of}", self.kind, self.number))
    }

    /// A process that is killed while it opens the log; whether another one follows at once.
    fn hurry(&mut self, directory: &Path, cycle: u64) -> Result<bool, Failure> {
        let hurried = self.counts.hasty.fetch_add(1, Ordering::Relaxed);
        let writer = self.writer(directory, &format!("{cycle} {hurried}"))?;
        std::thread::sleep(Duration::from_micros(self.draw("haste", hurried, HASTY_US_MAX)));
        self.hear(writer.kill()?);
        Ok(self.draw("again", hurried, 2) == 0)
    }

    fn live(&mut self, directory: &Path, cycle: u64) -> Result<(), Failure> {
        let writer = self.writer(directory, &cycle.to_string())?;
        std::thread::sleep(Duration::from_millis(self.draw("life", cycle, LIFE_MS_MAX)));
        let heard =
            if self.draw("close", cycle, CLOSED_EVERY) == 0 { writer.close()? } else { writer.kill()? };
        self.hear(heard);
        Ok(())
    }

    fn hear(&mut self, heard: Vec<(u64, blake3::Hash)>) {
        self.counts.acknowledged.fetch_add(heard.len() as u64, Ordering::Relaxed);
        self.acknowledged.extend(heard);
    }

    /// Opens the log as the next process would, and looks for everything that was acknowledged.
    fn check(&mut self, directory: &Path, wholly: bool) -> Result<(), Failure> {
        let opened = match LogDirectory::open(directory) {
            Ok(opened) => opened,
            Err(error) => {
                self.counts.unopened.fetch_add(1, Ordering::Relaxed);
                self.counts.lost.fetch_add(self.acknowledged.len() as u64, Ordering::Relaxed);
                return Err(format!("the log does not open: {error}: {error:?}"));
            }
        };
        let key = opened.head.as_ref().ok_or("the log is empty")?.statement.verifying_key;
        let acknowledged = &mut self.acknowledged;
        let compare = |record: &Record<'_>| {
            let sequence = record.header.sequence;
            if acknowledged.get(&sequence).is_some_and(|digest| note_of(record) == Some(*digest)) {
                acknowledged.remove(&sequence);
            }
        };
        let grown = self.checked.get_or_insert_with(|| GrownLog::under(key));
        let checked = grown.advance(opened.reader(), compare);
        self.counts.lost.fetch_add(self.acknowledged.len() as u64, Ordering::Relaxed);
        checked.map_err(|error| format!("the log does not verify: {error}"))?;
        if let Some((sequence, _)) = self.acknowledged.first_key_value() {
            let lost = self.acknowledged.len();
            return Err(format!(
                "{lost} acknowledged records are not there, the first at sequence {sequence}"
            ));
        }
        if wholly {
            check_whole_under(key, opened.reader())
                .map_err(|error| format!("the whole log does not verify: {error}"))?;
        }
        Ok(())
    }
}

/// The digest of a note's text; None for another record.
fn note_of(record: &Record<'_>) -> Option<blake3::Hash> {
    let event = codec::decode(record.header.kind, record.header.kind_version, record.payload).ok()?;
    let Event::Log(log::Event::NoteRecorded(note)) = event else { return None };
    Some(blake3::hash(note.text.as_bytes()))
}
