//! Flips single bits of a log file, chosen by a seed, and verifies the whole file after each: every flip is noticed,
//! and the break lies in the block that holds the bit.

use crate::program::Failure;
use fixtures::sample_log::SampleLog;
use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use triad_proof::Break;
use triad_proof::file::FILE_HEADER_LENGTH;
use triad_proof::parallel::verify_file;
use triad_proof::verify::Trust;

/// How many flips, when no count is given.
const FLIPS: u64 = 100_000;
const PROGRESS_STEP: u64 = 10_000;
/// Flips are spread over this many threads; each file is verified on one.
const WORKERS: u64 = 2;
const ONE: NonZero<usize> = NonZero::<usize>::MIN;

/// About half a MiB: large enough for many blocks, small enough to verify a hundred thousand times in a minute or two.
const BLOCK_COUNT: usize = 24;
const RECORD_COUNT: usize = 28;
const PAYLOAD_LENGTH: usize = 560;

/// A log file, and the sequences that each of its blocks holds.
struct Subject {
    file: Vec<u8>,
    trust: Trust,
    /// Where each block ends in the file, and its sequences.
    blocks: Vec<(usize, Range<u64>)>,
}

/// What came of the flips of one worker.
#[derive(Default)]
struct Tally {
    undetected: u64,
    misplaced: u64,
}

/// Runs the proof with `count` flips.
pub(crate) fn run(count: Option<u64>) -> Result<(), Failure> {
    let count = count.unwrap_or(FLIPS);
    let subject = Subject::new();
    verify_file(subject.file.as_slice(), subject.trust.clone(), ONE)
        .map_err(|damage| format!("the unchanged file does not verify: {damage}"))?;
    eprintln!("soak: flips: {} bytes in {} blocks", subject.file.len(), subject.blocks.len());
    let done = AtomicU64::new(0);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let start = |worker| {
            let (subject, done) = (&subject, &done);
            scope.spawn(move || flip_every(subject, (worker..count).step_by(WORKERS as usize), done))
        };
        let workers: Vec<_> = (0..WORKERS).map(start).collect();
        workers.into_iter().map(|worker| worker.join().expect("invariant: a worker does not panic")).collect()
    });
    let undetected: u64 = tallies.iter().map(|tally| tally.undetected).sum();
    let misplaced: u64 = tallies.iter().map(|tally| tally.misplaced).sum();
    println!("figure flips_sampled {} count", done.into_inner());
    println!("figure flips_undetected {undetected} count");
    println!("figure flips_misplaced {misplaced} count");
    if undetected + misplaced == 0 { Ok(()) } else { Err("a flipped bit was not noticed where it is".into()) }
}

impl Subject {
    fn new() -> Self {
        let log = SampleLog::of_texts(BLOCK_COUNT, RECORD_COUNT, payload);
        let mut end = FILE_HEADER_LENGTH;
        let blocks = log.blocks.iter().map(|block| {
            end += block.bytes.len();
            (end, block.first_sequence..block.last_sequence + 1)
        });
        let blocks = blocks.collect();
        let trust = Trust { genesis_key: Some(log.verifying_key()), checkpoints: Vec::new() };
        Self { file: log.file(), trust, blocks }
    }

    /// Whether `damage` says where the byte at `offset` lies: its block, or before or after all blocks.
    fn is_placed(&self, damage: &Break, offset: usize) -> bool {
        let last = self.blocks.last().map_or(0, |(_, sequences)| sequences.end - 1);
        match (damage.sequence, self.blocks.iter().find(|(end, _)| offset < *end)) {
            (sequence, Some(_)) if offset < FILE_HEADER_LENGTH => {
                sequence.is_none_or(|sequence| sequence == 0)
            }
            (Some(sequence), Some((_, sequences))) => sequences.contains(&sequence),
            (Some(sequence), None) => sequence >= last,
            (None, _) => false,
        }
    }
}

fn payload(sequence: u64) -> Vec<u8> {
    let mut bytes = vec![0; PAYLOAD_LENGTH];
    blake3::Hasher::new_derive_key("triad soak: payloads")
        .update(&sequence.to_le_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

/// The bit that flip `number` changes, counted from the first of the file.
fn place_of(number: u64, bits: u64) -> u64 {
    let mut bytes = [0; 8];
    let mut hasher = blake3::Hasher::new_derive_key("triad soak: places of flips");
    hasher.update(&number.to_le_bytes()).finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes) % bits
}

fn flip_every(subject: &Subject, numbers: impl Iterator<Item = u64>, done: &AtomicU64) -> Tally {
    let (mut file, mut tally) = (subject.file.clone(), Tally::default());
    for number in numbers {
        let place = place_of(number, file.len() as u64 * 8);
        let (offset, mask) = ((place / 8) as usize, 1 << (place % 8));
        file[offset] ^= mask;
        match verify_file(file.as_slice(), subject.trust.clone(), ONE) {
            Ok(_) => {
                eprintln!("soak: flips: bit {place} was flipped and not noticed");
                tally.undetected += 1;
            }
            Err(damage) if !subject.is_placed(&damage, offset) => {
                eprintln!(
                    "soak: flips: bit {place} was flipped, and the break is said to be elsewhere: {damage}"
                );
                tally.misplaced += 1;
            }
            Err(_) => {}
        }
        file[offset] ^= mask;
        let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
        if so_far.is_multiple_of(PROGRESS_STEP) {
            eprintln!("soak: flips: {so_far} done");
        }
    }
    tally
}
