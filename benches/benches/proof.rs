//! Proofs in a tree of a million leaves: made from hashes in memory, and verified.

use criterion::{Criterion, criterion_group, criterion_main};
use std::convert::Infallible;
use std::hint::black_box;
use triad_proof::Hash;
use triad_proof::path::{NodeSource, consistency, inclusion, verify_consistency, verify_inclusion};
use triad_proof::tile::TILE_WIDTH;
use triad_proof::tree::{Edge, complete_root, leaf_hash};

const LEAVES: u64 = 1_000_000;

/// Every tile level of a tree, in memory.
struct Tree {
    levels: Vec<Vec<Hash>>,
    root: Hash,
}

impl Tree {
    fn new(size: u64) -> Self {
        let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let root = root_of(&leaves);
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() as u64 >= TILE_WIDTH {
            let tiles = levels[levels.len() - 1].chunks_exact(TILE_WIDTH as usize);
            levels.push(tiles.map(complete_root).collect());
        }
        Self { levels, root }
    }
}

fn root_of(leaves: &[Hash]) -> Hash {
    let mut edge = Edge::default();
    leaves.iter().for_each(|leaf| edge.append(*leaf, |_, _| ()));
    edge.root()
}

impl NodeSource for Tree {
    type Error = Infallible;

    fn row(&mut self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, Infallible> {
        let first = first as usize;
        Ok(self.levels[usize::from(level)][first..first + count as usize].to_vec())
    }
}

fn proofs(c: &mut Criterion) {
    let mut tree = Tree::new(LEAVES);
    let (index, old) = (LEAVES / 3, LEAVES / 3);
    let (leaf, root, old_root) =
        (tree.levels[0][index as usize], tree.root, root_of(&tree.levels[0][..old as usize]));
    let Ok(path) = inclusion(index, LEAVES, &mut tree);
    let Ok(extension) = consistency(old, LEAVES, &mut tree);
    let mut group = c.benchmark_group("proof, a million leaves");
    group.bench_function("make inclusion", |b| b.iter(|| inclusion(black_box(index), LEAVES, &mut tree)));
    group.bench_function("make consistency", |b| b.iter(|| consistency(black_box(old), LEAVES, &mut tree)));
    group.bench_function("verify inclusion", |b| {
        b.iter(|| verify_inclusion(black_box(index), LEAVES, &leaf, &path, &root));
    });
    group.bench_function("verify consistency", |b| {
        b.iter(|| verify_consistency(black_box(old), LEAVES, &old_root, &root, &extension));
    });
    group.finish();
}

criterion_group!(benches, proofs);
criterion_main!(benches);
