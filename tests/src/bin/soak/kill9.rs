//! Kills a writing process with SIGKILL at random moments, again and again, and opens its log: everything that it said was
//! acknowledged is there with its bytes, and the log verifies.

pub(crate) mod writer;

use crate::{Failure, THIS_PROGRAM};
use fixtures::grown_log::GrownLog;
use fixtures::whole_log::check_whole;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use triad_log::directory::{LogDirectory, OpenError};

const CYCLES: u64 = 2_000;
/// Logs that are written to at the same time, each by one process after another.
const LANES: u64 = 2;
/// After so many cycles the whole log is verified, and another one is begun.
const CYCLES_PER_LOG: u64 = 100;
/// One log in so many is heavy, and shorter.
const HEAVY_EVERY: u64 = 4;
const CYCLES_PER_HEAVY_LOG: u64 = 25;
/// What the seeds of a heavy log begin with.
const HEAVY: &str = "heavy";
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
    checked: GrownLog,
    acknowledged: BTreeMap<u64, String>,
    counts: &'a Counts,
}

/// Runs the proof.
pub(crate) fn run(cycles: Option<u64>) -> Result<(), Failure> {
    let cycles = cycles.unwrap_or(CYCLES);
    let counts = Counts::default();
    let outcomes: Vec<Result<(), Failure>> = std::thread::scope(|scope| {
        let lane = |number: u64| {
            let counts = &counts;
            let share = cycles / LANES + u64::from(number < cycles % LANES);
            scope.spawn(move || run_lane(number, share, counts))
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

fn run_lane(number: u64, cycles: u64, counts: &Counts) -> Result<(), Failure> {
    let mut left = cycles;
    for log in 1.. {
        if left == 0 {
            break;
        }
        let heavy = u64::is_multiple_of(log, HEAVY_EVERY);
        let (kind, most) = if heavy { (HEAVY, CYCLES_PER_HEAVY_LOG) } else { ("light", CYCLES_PER_LOG) };
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (checked, acknowledged) = (GrownLog::default(), BTreeMap::new());
        let mut lane = Lane { number, kind, checked, acknowledged, counts };
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

    /// A process that is killed while it opens the log; whether another one follows at once.
    fn hurry(&mut self, directory: &Path, cycle: u64) -> Result<bool, Failure> {
        let hurried = self.counts.hasty.fetch_add(1, Ordering::Relaxed);
        let writer = Writer::start(directory, &format!("{} {} {cycle} {hurried}", self.kind, self.number))?;
        std::thread::sleep(Duration::from_micros(self.draw("haste", hurried, HASTY_US_MAX)));
        self.hear(writer.kill()?);
        Ok(self.draw("again", hurried, 2) == 0)
    }

    fn live(&mut self, directory: &Path, cycle: u64) -> Result<(), Failure> {
        let writer = Writer::start(directory, &format!("{} {} {cycle}", self.kind, self.number))?;
        std::thread::sleep(Duration::from_millis(self.draw("life", cycle, LIFE_MS_MAX)));
        let heard =
            if self.draw("close", cycle, CLOSED_EVERY) == 0 { writer.close()? } else { writer.kill()? };
        self.hear(heard);
        Ok(())
    }

    fn hear(&mut self, lines: Vec<String>) {
        self.counts.acknowledged.fetch_add(lines.len() as u64, Ordering::Relaxed);
        for line in lines {
            if let Some((sequence, digest)) = line.split_once(' ') {
                let sequence = sequence.parse().expect("invariant: a writer prints sequences");
                self.acknowledged.insert(sequence, digest.to_owned());
            }
        }
    }

    /// Opens the log as the next process would, and looks for everything that was acknowledged.
    fn check(&mut self, directory: &Path, wholly: bool) -> Result<(), Failure> {
        let opened = match LogDirectory::open(directory) {
            Ok(opened) => opened,
            Err(OpenError::Absent(_) | OpenError::Unfinished(_)) if self.is_new() => return Ok(()),
            Err(error) => {
                self.counts.unopened.fetch_add(1, Ordering::Relaxed);
                self.counts.lost.fetch_add(self.acknowledged.len() as u64, Ordering::Relaxed);
                return Err(format!("the log does not open: {error}: {error:?}"));
            }
        };
        let acknowledged = &mut self.acknowledged;
        let compare = |sequence: u64, payload: &[u8]| {
            if acknowledged.get(&sequence).is_some_and(|digest| blake3::hash(payload).to_string() == *digest)
            {
                acknowledged.remove(&sequence);
            }
        };
        let checked = self.checked.advance(opened.reader(), compare);
        self.counts.lost.fetch_add(self.acknowledged.len() as u64, Ordering::Relaxed);
        checked.map_err(|error| format!("the log does not verify: {error}"))?;
        if let Some((sequence, _)) = self.acknowledged.first_key_value() {
            let lost = self.acknowledged.len();
            return Err(format!(
                "{lost} acknowledged records are not there, the first at sequence {sequence}"
            ));
        }
        if wholly {
            check_whole(opened.reader())
                .map_err(|error| format!("the whole log does not verify: {error}"))?;
        }
        Ok(())
    }

    fn is_new(&self) -> bool {
        self.checked.next_sequence() == 0 && self.acknowledged.is_empty()
    }
}

/// A process that writes, and the thread that listens to it.
struct Writer {
    process: Child,
    listener: JoinHandle<Vec<String>>,
}

impl Writer {
    fn start(directory: &Path, seed: &str) -> Result<Self, Failure> {
        let mut command = Command::new(THIS_PROGRAM);
        command.arg("kill9-writer").arg(directory).arg(seed);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = spawned.map_err(|error| format!("a writer does not start: {error}"))?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("a writer has no output")?);
        let listener = std::thread::spawn(move || {
            let mut heard = Vec::new();
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
                // A line that the kill cut short was never told.
                if line.ends_with('\n') {
                    heard.push(line.trim_end().to_owned());
                }
                line.clear();
            }
            heard
        });
        Ok(Self { process, listener })
    }

    fn kill(mut self) -> Result<Vec<String>, Failure> {
        let status = self.process.try_wait().map_err(|error| error.to_string())?;
        if let Some(status) = status {
            return Err(format!("a writer ended by itself: {status}"));
        }
        self.process.kill().map_err(|error| error.to_string())?;
        self.process.wait().map_err(|error| error.to_string())?;
        Ok(self.listener.join().expect("invariant: the listener does not panic"))
    }

    fn close(mut self) -> Result<Vec<String>, Failure> {
        drop(self.process.stdin.take());
        let status = self.process.wait().map_err(|error| error.to_string())?;
        let heard = self.listener.join().expect("invariant: the listener does not panic");
        if status.success() { Ok(heard) } else { Err(format!("a writer did not close its log: {status}")) }
    }
}
