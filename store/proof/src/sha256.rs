//! SHA-256 (FIPS 180-4) of many messages at once.
//!
//! The blocks of one message can only be hashed one after another. But commitments, leaves and the nodes of one row of
//! the tree are many messages that do not depend on each other, and a vector register holds the same word of eight or
//! sixteen of them. [`hash_each`] deals messages to lanes, and a lane whose message ends takes the next one.
//!
//! Which code hashes is chosen once for the process by what the processor has (ADR 0011). [`Way::named`] names the
//! others, so that tests and measurements reach each of them on one machine; nothing else chooses.

mod compress;
mod message;
mod run;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

pub use compress::Hash;
pub use message::{Message, PREFIX_LENGTH_MAX};

use compress::{One, START};
use run::{Job, run};
use std::sync::OnceLock;

/// The hash of each message, by the way that was chosen for this process.
pub fn hash_each<'a>(messages: impl ExactSizeIterator<Item = Message<'a>>) -> Vec<Hash> {
    chosen().hash_each(messages)
}

/// The hash of one message, by the way that was chosen for this process.
pub fn hash(message: &Message<'_>) -> Hash {
    chosen().hash(message)
}

static CHOSEN: OnceLock<Way> = OnceLock::new();

fn chosen() -> Way {
    *CHOSEN.get_or_init(Way::fastest)
}

/// Chooses for this process, which must not have hashed yet: for measurements. False when it was chosen before.
pub fn choose(way: Way) -> bool {
    CHOSEN.set(way).is_ok()
}

/// What hashes: messages side by side, and those that are alone.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    wide: Wide,
    one: One,
}

/// Hashes messages side by side.
#[derive(Debug, Clone, Copy)]
enum Wide {
    Nothing,
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
}

impl Way {
    /// Names that [`Self::named`] may know. Each is of a processor that has this and nothing better.
    pub const NAMES: [&str; 4] = ["sha-ni", "avx512", "avx2", "portable"];

    /// The fastest on this processor.
    pub fn fastest() -> Self {
        let one = if One::has_instructions() { One::Instructions } else { One::Portable };
        let wide = match one {
            One::Portable => Wide::avx512().or_else(Wide::avx2),
            // Eight lanes are no faster than the instructions are for one message after another.
            One::Instructions => Wide::avx512(),
        };
        Self { wide: wide.unwrap_or(Wide::Nothing), one }
    }

    /// The way with this name; None when there is none, or the processor has not what it needs.
    pub fn named(name: &str) -> Option<Self> {
        let portable = |wide| Self { wide, one: One::Portable };
        match name {
            "sha-ni" => {
                One::has_instructions().then_some(Self { wide: Wide::Nothing, one: One::Instructions })
            }
            "avx512" => Wide::avx512().map(portable),
            "avx2" => Wide::avx2().map(portable),
            "portable" => Some(portable(Wide::Nothing)),
            _ => None,
        }
    }

    /// The hash of one message.
    pub fn hash(self, message: &Message<'_>) -> Hash {
        self.one.finish(START, message, 0)
    }

    /// The hash of each message, in their order.
    pub fn hash_each<'a>(self, messages: impl ExactSizeIterator<Item = Message<'a>>) -> Vec<Hash> {
        let mut hashes = vec![[0; 32]; messages.len()];
        let least = self.lanes_least();
        let mut jobs = hashes.iter_mut().zip(messages).map(|(hash, message)| Job::new(message, hash));
        match self.wide {
            #[cfg(target_arch = "x86_64")]
            Wide::Avx2(lanes) if jobs.len() >= least => run(&lanes, self.one, least, &mut jobs),
            #[cfg(target_arch = "x86_64")]
            Wide::Avx512(lanes) if jobs.len() >= least => run(&lanes, self.one, least, &mut jobs),
            _ => jobs.for_each(|job| job.finish(START, self.one)),
        }
        hashes
    }

    /// Messages below which lanes are slower than one message after another, by `cargo bench -p benches --bench hash`.
    fn lanes_least(self) -> usize {
        match self.one {
            One::Instructions => 12,
            One::Portable => 2,
        }
    }
}

impl Wide {
    fn avx2() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return pulp::x86::V3::try_new().map(Self::Avx2);
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    fn avx512() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return pulp::x86::V4::try_new().map(Self::Avx512);
        #[cfg(not(target_arch = "x86_64"))]
        None
    }
}

#[cfg(test)]
mod tests;
