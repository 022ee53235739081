//! The process that is killed: `triad log append`, which is handed notes and says which are durable.

use crate::program::Failure;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// What the seeds of a heavy log begin with.
pub(crate) const HEAVY: &str = "heavy";
/// Notes that wait for an answer at once.
const WAITING_MAX: u64 = 8;
/// One note in so many is large, so that kills also meet blocks of many pages.
const LARGE_EVERY: u64 = 50;
/// In a heavy log, so that kills also meet flushes, compactions and journals that are full.
const LARGE_EVERY_HEAVY: u64 = 2;
const LARGE_BYTES: u64 = 200_000;
const SMALL_BYTES: u64 = 1_500;

/// What it was handed, which decides how it fares, and what it said.
pub(crate) struct Writer {
    process: Child,
    listener: JoinHandle<Vec<(u64, blake3::Hash)>>,
    closing: Arc<AtomicBool>,
}

impl Writer {
    /// Starts one on a log. The seed decides what it is handed and how much of it at once.
    pub(crate) fn start(triad: &Path, directory: &Path, seed: &str) -> Result<Self, Failure> {
        let mut command = Command::new(triad);
        command.args(["log", "append", "--dir"]).arg(directory);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = spawned.map_err(|error| format!("a writer does not start: {error}"))?;
        let notes = process.stdin.take().ok_or("a writer has no input")?;
        let lines = process.stdout.take().ok_or("a writer has no output")?;
        let closing = Arc::new(AtomicBool::new(false));
        let (answered, answers) = channel();
        let feeder = (seed.to_owned(), Arc::clone(&closing));
        std::thread::spawn(move || feed(notes, &feeder.0, &answers, &feeder.1));
        let seed = seed.to_owned();
        let listener = std::thread::spawn(move || listen(lines, &seed, &answered));
        Ok(Self { process, listener, closing })
    }

    /// Kills it and returns what it said: sequences, and the digests of their notes.
    pub(crate) fn kill(mut self) -> Result<Vec<(u64, blake3::Hash)>, Failure> {
        let status = self.process.try_wait().map_err(|error| error.to_string())?;
        if let Some(status) = status {
            return Err(format!("a writer ended by itself: {status}"));
        }
        self.process.kill().map_err(|error| error.to_string())?;
        self.process.wait().map_err(|error| error.to_string())?;
        Ok(self.listener.join().expect("invariant: the listener does not panic"))
    }

    /// Hands it no more, and waits until it has closed the log.
    pub(crate) fn close(mut self) -> Result<Vec<(u64, blake3::Hash)>, Failure> {
        self.closing.store(true, Ordering::Relaxed);
        let status = self.process.wait().map_err(|error| error.to_string())?;
        let heard = self.listener.join().expect("invariant: the listener does not panic");
        if status.success() { Ok(heard) } else { Err(format!("a writer did not close its log: {status}")) }
    }
}

/// Hands in some notes, and another one for each answer. Ends when the writer does, or when it is to close.
fn feed(mut notes: ChildStdin, seed: &str, answers: &Receiver<()>, closing: &AtomicBool) {
    let waiting = 1 + draw(seed, 0, WAITING_MAX);
    for number in 1.. {
        let may_go_on = number <= waiting || answers.recv().is_ok();
        if !may_go_on || closing.load(Ordering::Relaxed) {
            return;
        }
        let line = note(seed, number) + "\n";
        if notes.write_all(line.as_bytes()).is_err() {
            return;
        }
    }
}

/// Hears the sequences of the notes, in the order in which they were handed in.
fn listen(lines: ChildStdout, seed: &str, answered: &Sender<()>) -> Vec<(u64, blake3::Hash)> {
    let (mut lines, mut line, mut heard) = (BufReader::new(lines), String::new(), Vec::new());
    for number in 1.. {
        line.clear();
        // A line that the kill cut short was never told.
        if lines.read_line(&mut line).is_err() || !line.ends_with('\n') {
            break;
        }
        let sequence = line.trim_end().parse().expect("invariant: a writer prints sequences");
        heard.push((sequence, blake3::hash(note(seed, number).as_bytes())));
        // The feeder may have ended.
        let _not_heard = answered.send(()).is_err();
    }
    heard
}

/// A text of seeded letters and of seeded length.
fn note(seed: &str, number: u64) -> String {
    let large_every = if seed.starts_with(HEAVY) { LARGE_EVERY_HEAVY } else { LARGE_EVERY };
    let most = if draw(seed, number, large_every) == 0 { LARGE_BYTES } else { SMALL_BYTES };
    let mut letters = vec![0; draw(seed, number + (1 << 32), most) as usize];
    seeded(seed, number).fill(&mut letters);
    letters.iter().map(|byte| char::from(b' ' + byte % 95)).collect()
}

fn draw(seed: &str, number: u64, below: u64) -> u64 {
    let mut bytes = [0; 8];
    seeded(seed, number).fill(&mut bytes);
    u64::from_le_bytes(bytes) % below
}

fn seeded(seed: &str, number: u64) -> blake3::OutputReader {
    let mut hasher = blake3::Hasher::new_derive_key("triad soak: what a killed process writes");
    hasher.update(seed.as_bytes()).update(&number.to_le_bytes()).finalize_xof()
}
