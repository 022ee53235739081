//! The RFC 6962 Merkle tree over headers: hashes and the growing right edge.

use crate::sha256::{self, Message};

pub use crate::sha256::Hash;

/// `SHA-256(0x00 || entry)`, RFC 6962 section 2.1.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256::hash(&Message::new(LEAF, entry))
}

/// [`leaf_hash`] of each of some entries.
pub fn leaf_hashes<'a>(entries: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<Hash> {
    sha256::hash_each(entries.map(|entry| Message::new(LEAF, entry)))
}

/// `SHA-256(0x01 || left || right)`, RFC 6962 section 2.1.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256::hash(&Message::new(NODE, [*left, *right].as_flattened()))
}

/// [`node_hash`] of each pair.
fn node_hashes(pairs: &[[Hash; 2]]) -> Vec<Hash> {
    sha256::hash_each(pairs.iter().map(|pair| Message::new(NODE, pair.as_flattened())))
}

const LEAF: &[u8] = &[0];
const NODE: &[u8] = &[1];

/// The root of the empty tree.
pub fn empty_root() -> Hash {
    sha256::hash(&Message::new(&[], &[]))
}

/// The roots of the complete subtrees that make up a tree of some size, largest first: one for each set bit of
/// the size. It is all that appending needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    roots: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of `size` leaves, or None when the number of roots does not fit the size.
    pub fn new(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (roots.len() == size.count_ones() as usize).then_some(Self { size, roots })
    }

    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The subtree roots, largest first.
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Appends a leaf. `completed(height, root)` is told of each complete subtree that comes into being, the leaf
    /// itself (height 0) first.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(u32, &Hash)) {
        let mut node = leaf;
        completed(0, &node);
        for height in 1..=self.size.trailing_ones() {
            let left = self.roots.pop().expect("invariant: one root for each set bit of the size");
            node = node_hash(&left, &node);
            completed(height, &node);
        }
        self.roots.push(node);
        self.size += 1;
    }

    /// Appends leaves, row by row of the tree. `completed` is told of the subtrees of each height in their order, lower
    /// ones first.
    pub fn append_all(&mut self, leaves: Vec<Hash>, mut completed: impl FnMut(u32, &Hash)) {
        let size = self.size + leaves.len() as u64;
        let (mut row, mut height, mut left_over) = (leaves, 0, Vec::new());
        while !row.is_empty() {
            row.iter().for_each(|root| completed(height, root));
            if self.size >> height & 1 == 1 {
                row.insert(0, self.roots.pop().expect("invariant: one root for each set bit of the size"));
            }
            let (pairs, alone) = row.as_chunks::<2>();
            left_over.extend_from_slice(alone);
            row = node_hashes(pairs);
            height += 1;
        }
        self.roots.extend(left_over.into_iter().rev());
        self.size = size;
    }

    /// The tree's root: the subtree roots folded from the right.
    pub fn root(&self) -> Hash {
        let mut from_right = self.roots.iter().rev();
        let Some(&smallest) = from_right.next() else { return empty_root() };
        from_right.fold(smallest, |right, left| node_hash(left, &right))
    }
}

/// The root of the complete subtree over `hashes`, whose number is a power of two.
pub fn complete_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two(), "invariant: a complete subtree has a power of two leaves");
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = node_hashes(row.as_chunks::<2>().0);
    }
    row[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::break_point::hex;
    use quickcheck::quickcheck;

    /// The definition in RFC 6962, section 2.1, word for word: the oracle for the edge.
    fn merkle_tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                node_hash(&merkle_tree_hash(&leaves[..split]), &merkle_tree_hash(&leaves[split..]))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(format!("event-{n}").as_bytes())).collect()
    }

    #[test]
    fn the_edge_folds_to_the_root_that_the_rfc_defines_at_every_size() {
        let leaves = leaves(300);
        let mut edge = Edge::default();
        assert_eq!(edge.root(), merkle_tree_hash(&[]));
        for (count, leaf) in leaves.iter().enumerate() {
            edge.append(*leaf, |_, _| ());
            assert_eq!(edge.root(), merkle_tree_hash(&leaves[..=count]), "size {}", count + 1);
        }
    }

    #[test]
    fn leaves_that_come_together_make_the_tree_that_they_make_one_by_one() {
        fn property(before: u16, count: u16) -> bool {
            let (before, count) = (u64::from(before % 600), u64::from(count % 600));
            let leaves = leaves(before + count);
            let (mut together, mut one_by_one) = (Edge::default(), Edge::default());
            let (mut told_together, mut told_one_by_one) = (Vec::new(), Vec::new());
            for leaf in &leaves {
                one_by_one.append(*leaf, |height, root| told_one_by_one.push((height, *root)));
            }
            for part in [&leaves[..before as usize], &leaves[before as usize..]] {
                together.append_all(part.to_vec(), |height, root| told_together.push((height, *root)));
            }
            told_together.sort_by_key(|(height, _)| *height);
            told_one_by_one.sort_by_key(|(height, _)| *height);
            together == one_by_one && told_together == told_one_by_one
        }
        quickcheck(property as fn(u16, u16) -> bool);
    }

    #[test]
    fn published_vectors_are_reproduced() {
        let check = |count: u64, expected: &str| {
            let mut edge = Edge::default();
            for leaf in leaves(count) {
                edge.append(leaf, |_, _| ());
            }
            assert_eq!(hex(&edge.root()), expected);
        };
        check(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        check(7, "813bda3a42000f8294b6a954ea83792c2defae65246ef760af9fdd53af7d4638");
        check(13, "30debd92858e55561e7b184c5c23bb8386fd87835be59bcff66c7dde863713da");
        assert_eq!(hex(&leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn an_edge_that_does_not_fit_its_size_is_refused() {
        assert_eq!(Edge::new(3, vec![[0; 32]]), None);
    }
}
