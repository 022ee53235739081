//! Inclusion and consistency proofs: made from any source of subtree roots, verified as RFC 9162 says.

use crate::tile::TILE_HEIGHT;
use crate::tree::{Hash, complete_root, node_hash};

/// Where proofs get their hashes from: the root of the complete subtree of `2^height` leaves at position `index`.
pub trait NodeSource {
    /// Why a hash could not be had.
    type Error;
    /// Returns hashes `first..first + count` of tile level `level`; they lie within one tile.
    fn row(&mut self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, Self::Error>;

    /// The root of the complete subtree at `index` among those of `2^height` leaves.
    fn node(&mut self, height: u32, index: u64) -> Result<Hash, Self::Error> {
        let within_tile = height % TILE_HEIGHT;
        let count = 1 << within_tile;
        let hashes = self.row((height / TILE_HEIGHT) as u8, index << within_tile, count)?;
        Ok(complete_root(&hashes))
    }
}

/// The inclusion path of leaf `index` in the tree of `size` leaves: the leaf's sibling first, the root's child last
/// (RFC 9162 section 2.1.3.1).
///
/// # Panics
/// When `index` is not below `size`.
pub fn inclusion<S: NodeSource>(index: u64, size: u64, source: &mut S) -> Result<Vec<Hash>, S::Error> {
    assert!(index < size, "a leaf is proved in a tree that holds it: {index} of {size}");
    let (mut low, mut high) = (0, size);
    let mut path = Vec::new();
    while high - low > 1 {
        let split = low + split_of(high - low);
        if index < split {
            path.push(range_root(split, high, source)?);
            high = split;
        } else {
            path.push(range_root(low, split, source)?);
            low = split;
        }
    }
    path.reverse();
    Ok(path)
}

/// The consistency proof from the tree of `old` leaves to the tree of `new` leaves (RFC 9162 section 2.1.4.1). Empty
/// when the sizes are equal or `old` is zero.
///
/// # Panics
/// When `old` is above `new`.
pub fn consistency<S: NodeSource>(old: u64, new: u64, source: &mut S) -> Result<Vec<Hash>, S::Error> {
    assert!(old <= new, "a tree is consistent with a larger one: {old} to {new}");
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut low, mut high, mut is_old_root) = (0, new, true);
    let mut path = Vec::new();
    while high != old {
        let split = low + split_of(high - low);
        if old <= split {
            path.push(range_root(split, high, source)?);
            high = split;
        } else {
            path.push(range_root(low, split, source)?);
            low = split;
            is_old_root = false;
        }
    }
    if !is_old_root {
        path.push(range_root(low, high, source)?);
    }
    path.reverse();
    Ok(path)
}

/// The largest power of two below `count`, which is at least 2.
fn split_of(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// The root over leaves `low..high`, where `low` is a multiple of the largest subtree in the range.
fn range_root<S: NodeSource>(low: u64, high: u64, source: &mut S) -> Result<Hash, S::Error> {
    let (mut position, mut roots) = (low, Vec::new());
    while position < high {
        let height = (high - position).ilog2();
        roots.push(source.node(height, position >> height)?);
        position += 1 << height;
    }
    let mut from_right = roots.into_iter().rev();
    let smallest = from_right.next().expect("invariant: a range is not empty");
    Ok(from_right.fold(smallest, |right, left| node_hash(&left, &right)))
}

/// Whether `path` proves that leaf `index` with this hash is in the tree (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut hash = *leaf;
    let reaches_root = climb(index, size - 1, path, |sibling, is_left| {
        hash = if is_left { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
    });
    reaches_root && hash == *root
}

/// Climbs from a node beside the siblings of a path, as far as they lead; says of each whether it is the left one. Whether that
/// is to the root.
fn climb<'a>(
    mut node: u64,
    mut last: u64,
    siblings: impl IntoIterator<Item = &'a Hash>,
    mut join: impl FnMut(&Hash, bool),
) -> bool {
    for sibling in siblings {
        if last == 0 {
            return false;
        }
        let is_left = node & 1 == 1 || node == last;
        join(sibling, is_left);
        while is_left && node & 1 == 0 && node != 0 {
            node >>= 1;
            last >>= 1;
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0
}

/// Whether `path` proves that the tree with `old_root` is a prefix of the one with `new_root` (RFC 9162 section
/// 2.1.4.2). The empty tree is a prefix of every tree.
pub fn verify_consistency(old: u64, new: u64, old_root: &Hash, new_root: &Hash, path: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && *old_root == crate::tree::empty_root();
    }
    let own_root = old.is_power_of_two().then_some(*old_root);
    let mut hashes = own_root.iter().chain(path);
    let Some(&first) = hashes.next() else { return false };
    let shift = (old - 1).trailing_ones();
    let (mut from_old, mut from_new) = (first, first);
    let reaches_root = climb((old - 1) >> shift, (new - 1) >> shift, hashes, |sibling, is_left| {
        if is_left {
            from_old = node_hash(sibling, &from_old);
            from_new = node_hash(sibling, &from_new);
        } else {
            from_new = node_hash(&from_new, sibling);
        }
    });
    reaches_root && from_old == *old_root && from_new == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Edge, leaf_hash};

    /// All leaves in memory; rows of higher levels are computed from them.
    struct Leaves(Vec<Hash>);

    impl NodeSource for Leaves {
        type Error = std::convert::Infallible;
        fn row(&mut self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, Self::Error> {
            let span = 1usize << (TILE_HEIGHT * u32::from(level));
            let hash_of = |n: u64| complete_root(&self.0[n as usize * span..(n as usize + 1) * span]);
            Ok((first..first + count).map(hash_of).collect())
        }
    }

    fn tree(size: u64) -> (Leaves, Vec<Hash>) {
        let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_le_bytes())).collect();
        let mut edge = Edge::default();
        let mut roots = vec![edge.root()];
        for leaf in &leaves {
            edge.append(*leaf, |_, _| ());
            roots.push(edge.root());
        }
        (Leaves(leaves), roots)
    }

    #[test]
    fn every_inclusion_proof_up_to_size_40_verifies_and_no_altered_one_does() {
        let (mut source, roots) = tree(40);
        for size in 1..=40 {
            for index in 0..size {
                let path = inclusion(index, size, &mut source).expect("in memory");
                let leaf = source.0[index as usize];
                let root = &roots[size as usize];
                assert!(verify_inclusion(index, size, &leaf, &path, root), "{index} of {size}");
                assert!(!verify_inclusion(index, size, &leaf, &[path.clone(), vec![leaf]].concat(), root));
                assert!(!verify_inclusion((index + 1) % size.max(2), size, &leaf, &path, root));
                for place in 0..path.len() {
                    let mut altered = path.clone();
                    altered[place][0] ^= 1;
                    assert!(!verify_inclusion(index, size, &leaf, &altered, root));
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_up_to_size_40_verifies_and_no_altered_one_does() {
        let (mut source, roots) = tree(40);
        for new in 1..=40u64 {
            for old in 0..=new {
                let path = consistency(old, new, &mut source).expect("in memory");
                let (old_root, new_root) = (roots[old as usize], roots[new as usize]);
                assert!(verify_consistency(old, new, &old_root, &new_root, &path), "{old} to {new}");
                assert!(!verify_consistency(old, new, &[9; 32], &new_root, &path));
                for place in 0..path.len() {
                    let mut altered = path.clone();
                    altered[place][31] ^= 128;
                    assert!(!verify_consistency(old, new, &old_root, &new_root, &altered));
                }
            }
        }
    }

    #[test]
    fn large_trees_prove_through_tiles_of_every_level() {
        let (mut source, roots) = tree(70_000);
        for index in [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999] {
            let path = inclusion(index, 70_000, &mut source).expect("in memory");
            assert!(verify_inclusion(index, 70_000, &source.0[index as usize], &path, &roots[70_000]));
        }
        for old in [1, 256, 65_536, 65_537, 69_999] {
            let path = consistency(old, 70_000, &mut source).expect("in memory");
            assert!(verify_consistency(old, 70_000, &roots[old as usize], &roots[70_000], &path));
        }
    }
}
