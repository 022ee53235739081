//! The process that is killed: several tasks append to one log, and each says on standard output what was acknowledged.

use fixtures::disk_log::{DiskLog, entry};
use std::error::Error;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use triad_log::directory::OpenError;

const TASKS_MAX: u64 = 8;
/// One payload in so many is large, so that kills also meet blocks of many pages.
const LARGE_EVERY: u64 = 50;
/// In a heavy log, so that kills also meet flushes, compactions and journals that are full.
const LARGE_EVERY_HEAVY: u64 = 2;
const LARGE_BYTES: u64 = 200_000;
const SMALL_BYTES: u64 = 1_500;

/// Appends to the log in `directory` until it is killed, or closes it when standard input ends. The seed decides how many
/// tasks there are and what they write.
pub(crate) fn serve(directory: &Path, seed: &str) -> Result<(), Box<dyn Error>> {
    let log = match DiskLog::open(directory) {
        Ok(log) => log,
        Err(OpenError::Absent(_)) => DiskLog::create(directory)?,
        Err(OpenError::Unfinished(_)) => {
            // Removed, as the message says, but in one step: this process may be killed here too. If anything had been
            // acknowledged, it would now be missed.
            std::fs::rename(directory, directory.with_extension(std::process::id().to_string()))?;
            DiskLog::create(directory)?
        }
        Err(error) => return Err(error.into()),
    };
    let closing = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&closing);
    std::thread::spawn(move || {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        ended.store(true, Ordering::Relaxed);
    });
    let tasks = 1 + draw(seed, 0, 0, TASKS_MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let mut set = tokio::task::JoinSet::new();
        for task in 1..=tasks {
            set.spawn(append(log.appender.clone(), seed.to_owned(), task, Arc::clone(&closing)));
        }
        while let Some(ended) = set.join_next().await {
            ended??;
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    log.close();
    Ok(())
}

async fn append(
    appender: triad_log::Appender,
    seed: String,
    task: u64,
    closing: Arc<AtomicBool>,
) -> Result<(), std::io::Error> {
    for number in 0.. {
        if closing.load(Ordering::Relaxed) {
            return Ok(());
        }
        let payload = payload(&seed, task, number);
        let digest = blake3::hash(&payload);
        let appended = appender.append(entry((task + number % 3) as u8, payload)).await;
        let sequence = appended.map_err(std::io::Error::other)?;
        // One write, so that a line that came through is whole.
        std::io::stdout().write_all(format!("{sequence} {digest}\n").as_bytes())?;
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn payload(seed: &str, task: u64, number: u64) -> Vec<u8> {
    let large_every = if seed.starts_with(super::HEAVY) { LARGE_EVERY_HEAVY } else { LARGE_EVERY };
    let most = if draw(seed, task, number, large_every) == 0 { LARGE_BYTES } else { SMALL_BYTES };
    let mut payload = vec![0; draw(seed, task, number + (1 << 32), most) as usize];
    seeded(seed, task, number).fill(&mut payload);
    payload
}

fn draw(seed: &str, task: u64, number: u64, below: u64) -> u64 {
    let mut bytes = [0; 8];
    seeded(seed, task, number).fill(&mut bytes);
    u64::from_le_bytes(bytes) % below
}

fn seeded(seed: &str, task: u64, number: u64) -> blake3::OutputReader {
    let mut hasher = blake3::Hasher::new_derive_key("triad soak: what a killed process writes");
    hasher.update(seed.as_bytes()).update(&task.to_le_bytes()).update(&number.to_le_bytes()).finalize_xof()
}
