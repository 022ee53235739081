//! Deals messages to lanes.

use super::compress::{Hash, One, START, State};
use super::message::{BLOCK_LENGTH, Message};

/// A processor that hashes one block of each of `N` messages at once.
pub(super) trait Lanes<const N: usize> {
    /// Moves each lane's state over its block.
    fn compress(&self, states: &mut States<N>, blocks: &[&[u8; BLOCK_LENGTH]; N]);
}

/// Word by word, the states of all lanes.
pub(super) type States<const N: usize> = [[u32; N]; 8];

/// A message and where its hash belongs.
pub(super) struct Job<'a, 'h> {
    message: Message<'a>,
    hash: &'h mut Hash,
    next_block: usize,
    block_count: usize,
}

impl<'a, 'h> Job<'a, 'h> {
    pub(super) fn new(message: Message<'a>, hash: &'h mut Hash) -> Self {
        Self { message, hash, next_block: 0, block_count: message.block_count() }
    }

    /// Hashes the rest of the message by itself.
    pub(super) fn finish(self, state: State, one: One) {
        *self.hash = one.finish(state, &self.message, self.next_block);
    }
}

/// Hashes the messages of all jobs; those that are left when fewer than `least` lanes have one are finished by `one`.
pub(super) fn run<'a, 'h, const N: usize>(
    lanes: &impl Lanes<N>,
    one: One,
    least: usize,
    jobs: &mut dyn Iterator<Item = Job<'a, 'h>>,
) {
    let mut states: States<N> = START.map(|word| [word; N]);
    let mut spare = [[0; BLOCK_LENGTH]; N];
    let mut places: [Option<Job<'a, 'h>>; N] = std::array::from_fn(|_| jobs.next());
    while places.iter().flatten().count() >= least {
        let mut spares = spare.iter_mut();
        let blocks = places.each_ref().map(|place| {
            let spare = spares.next().expect("invariant: each lane has a spare block");
            match place {
                Some(job) => job.message.block(job.next_block, spare),
                None => &*spare,
            }
        });
        lanes.compress(&mut states, &blocks);
        for (lane, place) in places.iter_mut().enumerate() {
            let Some(job) = place else { continue };
            job.next_block += 1;
            if job.next_block == job.block_count {
                end_lane(&mut states, lane, job.hash);
                *place = jobs.next();
            }
        }
    }
    for (lane, place) in places.into_iter().enumerate() {
        if let Some(job) = place {
            job.finish(states.map(|words| words[lane]), one);
        }
    }
}

/// Writes the hash that a lane's state is, and begins the lane anew.
fn end_lane<const N: usize>(states: &mut States<N>, lane: usize, hash: &mut Hash) {
    let (bytes, _) = hash.as_chunks_mut();
    for ((words, start), bytes) in states.iter_mut().zip(START).zip(bytes) {
        *bytes = words[lane].to_be_bytes();
        words[lane] = start;
    }
}
