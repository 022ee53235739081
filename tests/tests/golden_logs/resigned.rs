//! Logs that their owner changed and signed again: chain, tree and signatures are right, so only the invariants of
//! section 2.1 are left to break. Both readers must judge them alike, whether they hold or not.

use super::agreement::{Changed, Tally, assert_readers_agree};
use super::draws::Draws;
use ed25519_dalek::{Signer, SigningKey};
use fixtures::golden::{GoldenLog, logs, mend_checksum};
use fixtures::sample_log::SEED;
use triad_proof::Block;
use triad_proof::block::BLOCK_PREFIX_LENGTH;
use triad_proof::chain::{self, Chain};
use triad_proof::checkpoint::Checkpoint;
use triad_proof::file::{EndMark, file_header};
use triad_proof::header::HEADER_LENGTH;
use triad_proof::tree::{Edge, leaf_hash};

const CHANGES_PER_LOG: usize = 150;
/// Everything in a header but the chain value, which is made anew.
const CHANGEABLE: [std::ops::Range<usize>; 2] = [0..128, 160..192];

/// Grows chain and tree over headers that were changed.
struct Resigner {
    key: SigningKey,
    hasher: Chain,
    chain: [u8; 32],
    edge: Edge,
}

impl Resigner {
    /// The block with its headers as `change` leaves them, everything that follows from headers made anew.
    fn resign(&mut self, bytes: &[u8], change: &mut impl FnMut(u64, &mut [u8])) -> Vec<u8> {
        let block = Block::decode(bytes).expect("a golden block decodes");
        let mut out = bytes.to_vec();
        let mut place = BLOCK_PREFIX_LENGTH;
        for index in 0..block.record_count() {
            let header = out[place..].first_chunk_mut::<HEADER_LENGTH>().expect("a record has a header");
            change(block.first_sequence + index as u64, header);
            header[128..160].copy_from_slice(&self.chain);
            self.chain = self.hasher.after(header);
            self.edge.append(leaf_hash(header), |_, _| ());
            place += block.record_bytes(index).len();
        }
        place += 4 * block.record_count();
        let root = self.edge.root();
        let text = Checkpoint::new(&block.log_id, block.tree_size(), root).text();
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let mut put = |offset: usize, bytes: &[u8]| {
            out[place + offset..place + offset + bytes.len()].copy_from_slice(bytes);
        };
        put(0, &self.chain);
        put(32, &root);
        put(64, &signature);
        put(144, self.edge.roots().as_flattened());
        mend_checksum(&mut out);
        out
    }
}

fn resigned(golden: &GoldenLog, mut change: impl FnMut(u64, &mut [u8])) -> Vec<u8> {
    let key = SigningKey::from_bytes(&SEED);
    let mut resigner = Resigner { key, hasher: Chain::default(), chain: chain::START, edge: Edge::default() };
    let mut file = file_header(&golden.log.log_id).to_vec();
    for bytes in &golden.blocks {
        file.extend_from_slice(&resigner.resign(bytes, &mut change));
    }
    let (block_count, record_count) = (golden.blocks.len() as u64, resigner.edge.size());
    file.extend_from_slice(&EndMark { block_count, record_count, chain: resigner.chain }.encode());
    file
}

/// Flips a bit in each of one or two headers, or copies a field of eight bytes from one header into the next.
fn changed(golden: &GoldenLog, number: usize) -> Changed {
    let mut draws = Draws::new(&format!("resigned {} {number}", golden.file_name));
    let record_count = golden.log.blocks.last().expect("a golden log has blocks").last_sequence + 1;
    let targets: Vec<u64> =
        (0..1 + draws.below(2)).map(|_| draws.below(record_count as usize) as u64).collect();
    let copies = draws.below(4) == 0;
    let mut before = [0; HEADER_LENGTH];
    let file = resigned(golden, |sequence, header| {
        let original: [u8; HEADER_LENGTH] = *header.first_chunk().expect("a header");
        if targets.contains(&sequence) {
            let range = CHANGEABLE[usize::from(draws.below(5) == 0)].clone();
            let place = range.start + draws.below(range.len() / 8) * 8;
            if copies {
                header[place..place + 8].copy_from_slice(&before[place..place + 8]);
            } else {
                draws.flip(&mut header[place..place + 8]);
            }
        }
        before = original;
    });
    Changed { what: format!("{} {number}: resigned at {targets:?}", golden.file_name), file }
}

#[test]
fn a_log_that_is_only_signed_again_is_the_same_log() {
    for golden in logs().iter().filter(|golden| golden.log.statement.epoch == 0) {
        assert!(resigned(golden, |_, _| ()) == golden.file(), "{}", golden.file_name);
    }
}

#[test]
fn both_readers_judge_logs_alike_that_their_owner_changed_and_signed_again() {
    let mut total = Tally::default();
    for golden in logs().iter().filter(|golden| golden.log.statement.epoch == 0) {
        let changed: Vec<Changed> = (0..CHANGES_PER_LOG).map(|number| changed(golden, number)).collect();
        let tally = assert_readers_agree(golden, &changed, false);
        total.verified += tally.verified;
        total.refused += tally.refused;
    }
    println!("{total:?}");
    assert!(total.refused >= 200 && total.verified >= 50, "{total:?}");
}
