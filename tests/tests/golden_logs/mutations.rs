//! Golden logs that someone changed, in ways that need no key and in ways that need the wrong one. Both readers refuse
//! each of them and name the same first bad sequence.

use super::agreement::{Changed, Tally, assert_readers_agree};
use super::draws::Draws;
use fixtures::golden::{GoldenLog, logs, mend_checksum};
use fixtures::sample_log::{SEED, SampleLog};
use std::collections::BTreeSet;
use triad_proof::file::{EndMark, file_header};

const MUTANTS_PER_LOG: usize = 120;

type Mutation = fn(&GoldenLog, &mut Draws) -> Vec<u8>;

const MUTATIONS: [(&str, Mutation); 13] = [
    ("one bit flipped", one_bit),
    ("bits flipped", some_bits),
    ("one bit of a block flipped and its checksum mended", one_bit_mended),
    ("bits of a block flipped and its checksum mended", some_bits_mended),
    ("cut anywhere", cut),
    ("cut at a block and ended anew", ended_early),
    ("two blocks changed places", swapped),
    ("a block removed", removed),
    ("a block repeated", repeated),
    ("a block of a fork under the same key", spliced_from_fork),
    ("bytes put in", inserted),
    ("bytes zeroed and the checksum mended", zeroed),
    ("history made anew under the wrong key", made_anew),
];

fn one_bit(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut file = golden.file();
    draws.flip(&mut file);
    file
}

fn some_bits(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut file = golden.file();
    for _ in 0..2 + draws.below(6) {
        draws.flip(&mut file);
    }
    file
}

fn one_bit_mended(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut blocks = golden.blocks.clone();
    let block = draws.below(blocks.len());
    let covered = blocks[block].len() - 32;
    draws.flip(&mut blocks[block][..covered]);
    mend_checksum(&mut blocks[block]);
    assembled(golden, &blocks)
}

fn some_bits_mended(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut blocks = golden.blocks.clone();
    let block = draws.below(blocks.len());
    let covered = blocks[block].len() - 32;
    for _ in 0..2 + draws.below(3) {
        draws.flip(&mut blocks[block][..covered]);
    }
    mend_checksum(&mut blocks[block]);
    assembled(golden, &blocks)
}

fn cut(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut file = golden.file();
    file.truncate(draws.below(file.len()));
    file
}

fn ended_early(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let kept = draws.below(golden.blocks.len());
    assembled(golden, &golden.blocks[..kept])
}

fn swapped(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut blocks = golden.blocks.clone();
    let first = draws.below(blocks.len());
    let second = (first + 1 + draws.below(blocks.len().max(2) - 1)) % blocks.len();
    if first == second {
        return one_bit(golden, draws);
    }
    blocks.swap(first, second);
    assembled(golden, &blocks)
}

fn removed(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut blocks = golden.blocks.clone();
    blocks.remove(draws.below(blocks.len()));
    assembled(golden, &blocks)
}

fn repeated(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut blocks = golden.blocks.clone();
    let block = draws.below(blocks.len());
    blocks.insert(draws.below(blocks.len() + 1), blocks[block].clone());
    assembled(golden, &blocks)
}

fn spliced_from_fork(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut fork = SampleLog::new(golden.log.log_id, SEED);
    rewrite(golden, &mut fork);
    let mut blocks = golden.blocks.clone();
    let block = draws.below(blocks.len());
    blocks[block].clone_from(&fork.blocks[block].bytes);
    assembled(golden, &blocks)
}

fn inserted(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut file = golden.file();
    let place = draws.below(file.len() + 1);
    let bytes: Vec<u8> = (0..1 + draws.below(64)).map(|_| draws.below(256) as u8).collect();
    file.splice(place..place, bytes);
    file
}

fn zeroed(golden: &GoldenLog, draws: &mut Draws) -> Vec<u8> {
    let mut blocks = golden.blocks.clone();
    let block = draws.below(blocks.len());
    let covered = blocks[block].len() - 32;
    let start = draws.below(covered);
    let end = covered.min(start + 8 + draws.below(200));
    blocks[block][start..end].fill(0);
    mend_checksum(&mut blocks[block]);
    assembled(golden, &blocks)
}

/// Right in everything but its signatures: the key statement is the true one, its key is not at hand.
fn made_anew(golden: &GoldenLog, _draws: &mut Draws) -> Vec<u8> {
    let truth = SampleLog::new(golden.log.log_id, SEED);
    let mut forged = SampleLog::new(golden.log.log_id, [99; 32]);
    forged.statement = truth.statement;
    rewrite(golden, &mut forged);
    forged.file()
}

fn rewrite(golden: &GoldenLog, log: &mut SampleLog) {
    for block in &golden.log.blocks {
        for sequence in block.first_sequence..=block.last_sequence {
            log.append(4, format!("rewritten {sequence}").as_bytes());
        }
        log.seal();
    }
}

/// A file of these blocks with an end mark that fits their number, whatever they hold.
fn assembled(golden: &GoldenLog, blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = file_header(&golden.log.log_id).to_vec();
    let place = |block: &Vec<u8>| golden.blocks.iter().position(|known| known == block);
    let lengths = golden.log.blocks.iter().map(|block| block.last_sequence + 1 - block.first_sequence);
    let lengths: Vec<u64> = lengths.collect();
    let record_count = blocks.iter().map(|block| place(block).map_or(0, |place| lengths[place])).sum();
    let last = blocks.last().and_then(place);
    let chain = last.map_or([0; 32], |place| golden.log.blocks[place].chain);
    for block in blocks {
        file.extend_from_slice(block);
    }
    file.extend_from_slice(&EndMark { block_count: blocks.len() as u64, record_count, chain }.encode());
    file
}

fn mutants(golden: &GoldenLog) -> Vec<Changed> {
    let mut seen = BTreeSet::from([golden.file()]);
    let drawn = (0..MUTANTS_PER_LOG).map(|number| {
        let (what, mutate) = MUTATIONS[number % MUTATIONS.len()];
        let mut draws = Draws::new(&format!("{} {number}", golden.file_name));
        Changed { what: format!("{} {number}: {what}", golden.file_name), file: mutate(golden, &mut draws) }
    });
    drawn.filter(|changed| seen.insert(changed.file.clone())).collect()
}

#[test]
fn both_readers_refuse_every_mutation_and_name_the_same_first_bad_sequence() {
    let judge = |golden: &GoldenLog| assert_readers_agree(golden, &mutants(golden), true);
    let tallies: Vec<Tally> = logs().iter().map(judge).collect();
    assert_eq!(tallies.iter().map(|tally| tally.verified).sum::<usize>(), 0);
    let refused: usize = tallies.iter().map(|tally| tally.refused).sum();
    println!("{refused} mutations refused by both");
    assert!(refused >= 500, "only {refused} mutations were tried");
}
