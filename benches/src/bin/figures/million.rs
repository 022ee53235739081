//! A log of a million events in the database: what it takes on disk, how fast it is scanned, proved and opened.

use crate::session::{Failure, Session, progress, remark};
use benches::durable_log::DurableLog;
use benches::producers;
use benches::stopwatch::timed;
use benches::workload::{Mix, entries};
use fixtures::directory::copy_directory;
use fixtures::sample_log::LOG_ID;
use fixtures::statistics::median;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;
use triad_log::FjallReader;
use triad_log::copy::copy;
use triad_log::records::blocks;
use triad_log::tree_reader::TreeReader;
use triad_proof::path::{NodeSource, consistency, inclusion};
use triad_proof::{Block, Hash};

pub(crate) const FIGURES: &[&str] = &[
    "scan",
    "proof_inclusion_us",
    "proof_consistency_us",
    "log_bytes_per_event",
    "file_bytes_per_event",
    "open_ms",
    "open_abandoned_ms",
];

const EVENTS: u64 = 1_000_000;
/// Tasks that append the log.
const PRODUCERS: usize = 1024;
const RUNS: usize = 3;
const PROOFS: u64 = 400;
/// A stride without a factor of two, so that proofs end up at every place of a tile.
const STRIDE: u64 = 97_931;

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let scratch = session.scratch()?;
    let (live, abandoned) = (scratch.path().join("live"), scratch.path().join("abandoned"));
    progress("a million events: appending");
    let log = DurableLog::create(&live)?;
    append(&log)?;
    let end = log.durable.borrow().next_sequence;
    // What a process that dies now leaves behind; nothing is in flight any more.
    copy_directory(&live, &abandoned)?;
    log.close();
    let opened = open_again(session, scratch.path(), &live, &abandoned)?;
    session.figure("log_bytes_per_event", opened.bytes as f64 / end as f64, "bytes", None);
    let file = scratch.path().join("copy.triadlog");
    let mut out = BufWriter::new(File::create(&file)?);
    copy(&opened.log.reader, &LOG_ID, end - 1, None, &mut out, |_| ())?;
    out.flush()?;
    let file_bytes = std::fs::metadata(&file)?.len();
    session.figure("file_bytes_per_event", file_bytes as f64 / end as f64, "bytes", None);
    if session.wants("scan") {
        measure_scan(session, &opened.log.reader, end, &file)?;
    }
    measure_proofs(session, &opened.log.reader, end)?;
    opened.log.close();
    Ok(())
}

/// Appends the mix by many tasks, so that commits have the size that load gives them.
fn append(log: &DurableLog) -> Result<(), Failure> {
    let runtime = producers::runtime()?;
    let mix = Arc::new(Mutex::new(Mix::default()));
    let mut tasks = JoinSet::new();
    for _ in 0..PRODUCERS {
        let (mix, appender) = (Arc::clone(&mix), log.appender.clone());
        let produce = async move {
            loop {
                let group = {
                    let mut mix = mix.lock().expect("no holder of this lock panics");
                    if mix.next_sequence() >= EVENTS {
                        return;
                    }
                    entries(&mix.next_group(), 0)
                };
                for entry in group {
                    appender.append(entry).await;
                }
            }
        };
        tasks.spawn_on(produce, runtime.handle());
    }
    runtime.block_on(tasks.join_all());
    Ok(())
}

struct Reopened {
    log: DurableLog,
    bytes: u64,
}

fn open_again(session: &Session, scratch: &Path, live: &Path, abandoned: &Path) -> Result<Reopened, Failure> {
    let (mut clean, mut unclean) = (Vec::new(), Vec::new());
    let bytes = allocated_bytes(live)?;
    for run in 1..=RUNS {
        progress(&format!("opening: run {run} of {RUNS}"));
        let (log, duration) = timed(|| DurableLog::open(live));
        log?.close();
        clean.push(duration.as_secs_f64() * 1e3);
        let directory = scratch.join(format!("abandoned-{run}"));
        copy_directory(abandoned, &directory)?;
        let (log, duration) = timed(|| DurableLog::open(&directory));
        log?.close();
        unclean.push(duration.as_secs_f64() * 1e3);
        std::fs::remove_dir_all(directory)?;
    }
    remark(
        "open_ms: a log of a million events, from the directory to a writer that takes appends; abandoned: its \
         process died after the last one",
    );
    session.figure("open_ms", median(&clean), "ms", None);
    session.figure("open_abandoned_ms", median(&unclean), "ms", None);
    Ok(Reopened { log: DurableLog::open(live)?, bytes })
}

fn measure_scan(session: &Session, reader: &FjallReader, end: u64, file: &Path) -> Result<(), Failure> {
    let (mut scans, mut reads, mut block_count) = (Vec::new(), Vec::new(), 0);
    for run in 1..=RUNS {
        progress(&format!("scan: run {run} of {RUNS}"));
        let (seen, duration) = timed(|| scan(reader, end));
        block_count = seen?;
        scans.push(end as f64 / duration.as_secs_f64());
        let (read, duration) = timed(|| read_through(file));
        read?;
        reads.push(end as f64 / duration.as_secs_f64());
    }
    remark(&format!(
        "scan: {block_count} blocks from the database, each with its checksum checked, one thread; limit: reading \
         the same blocks from a plain file and looking at each byte: {:.0} events/s",
        median(&reads)
    ));
    let ratios = scans.iter().zip(&reads).map(|(scan, read)| scan / read);
    session.figure("scan", median(&scans), "events/s", Some(median(&ratios.collect::<Vec<_>>())));
    Ok(())
}

fn scan(reader: &FjallReader, end: u64) -> Result<u64, Failure> {
    let (mut seen, mut block_count) = (0, 0);
    for bytes in blocks(reader, 0, end - 1) {
        seen += Block::decode(&bytes?)?.record_count() as u64;
        block_count += 1;
    }
    if seen == end { Ok(block_count) } else { Err("the scan did not see every event".into()) }
}

fn read_through(file: &Path) -> std::io::Result<u8> {
    let mut file = File::open(file)?;
    let (mut buffer, mut seen) = (vec![0; 256 << 10], 0u8);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(std::hint::black_box(seen));
        }
        seen = buffer[..read].iter().fold(seen, |seen, byte| seen ^ byte);
    }
}

/// Serves rows of the tree from memory: the limit of making proofs is hashing alone.
struct Remembered {
    source: TreeReader<FjallReader>,
    rows: BTreeMap<(u8, u64, u64), Vec<Hash>>,
}

impl NodeSource for Remembered {
    type Error = triad_log::ReadError;

    fn row(&mut self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, Self::Error> {
        if let Some(row) = self.rows.get(&(level, first, count)) {
            return Ok(row.clone());
        }
        let row = self.source.row(level, first, count)?;
        self.rows.insert((level, first, count), row.clone());
        Ok(row)
    }
}

type Prove<S> = fn(u64, u64, &mut S) -> Result<Vec<Hash>, triad_log::ReadError>;

fn measure_proofs(session: &Session, reader: &FjallReader, end: u64) -> Result<(), Failure> {
    let mut tree = TreeReader::new(reader.clone(), end);
    let mut remembered = Remembered { source: tree.clone(), rows: BTreeMap::new() };
    remark(&format!(
        "proofs: {PROOFS} at places all over the log of {end}; limit: the same with every hash in memory"
    ));
    let kinds: [(&str, Prove<TreeReader<FjallReader>>, Prove<Remembered>); 2] =
        [("proof_inclusion_us", inclusion, inclusion), ("proof_consistency_us", consistency, consistency)];
    for (name, prove, prove_from_memory) in kinds {
        if !session.wants(name) {
            continue;
        }
        progress(name);
        let (mut times, mut limits) = (Vec::new(), Vec::new());
        for number in 1..=PROOFS {
            let place = number * STRIDE % (end - 1) + 1;
            prove_from_memory(place, end, &mut remembered)?;
            let (proof, duration) = timed(|| prove(place, end, &mut tree));
            let (limit, limit_duration) = timed(|| prove_from_memory(place, end, &mut remembered));
            if proof? != limit? {
                return Err("two proofs of one thing differ".into());
            }
            times.push(duration.as_secs_f64() * 1e6);
            limits.push(limit_duration.as_secs_f64() * 1e6);
        }
        let (time, limit) = (median(&times), median(&limits));
        session.figure(name, time, "us", Some(time / limit));
    }
    Ok(())
}

/// Bytes that the files below a directory take on disk, which is less than their lengths when they have holes.
fn allocated_bytes(directory: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let metadata = entry.as_ref().map_or_else(|_| directory.metadata(), std::fs::DirEntry::metadata)?;
        bytes += if metadata.is_dir() { allocated_bytes(&entry?.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}
