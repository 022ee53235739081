//! Verifiers that others wrote accept what this log signs, proves and lays out as tiles, and refuse it once changed:
//! `signed_note` and `tlog_tiles` of Cloudflare's azul, and `metamorphic-log`.

use ed25519_dalek::SigningKey;
use fixtures::disk_log::entry;
use fixtures::sample_log::{LOG_ID, SEED, SampleLog};
use fixtures::tree_rows::TreeRows;
use fixtures::twin_log::TwinLog;
use metamorphic_log::checkpoint::Checkpoint as OtherCheckpoint;
use metamorphic_log::note::VerifierKey;
use metamorphic_log::tile::{Tile as OtherTile, parent_hash, recompute_root, tiles_for_size};
use signed_note::{Note, StandardVerifier, VerifierList};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tlog_tiles::{
    Checkpoint as AzulCheckpoint, Error as AzulError, Hash as AzulHash, HashReader, Tile, TileHashReader,
    TileReader, check_record, check_tree, prove_record, prove_tree, record_hash, stored_hash_index,
};
use triad_log::publish::publish;
use triad_log::records::blocks;
use triad_log::twin::TwinReader;
use triad_log::{BLOCK_TARGET_BYTES, ReadError};
use triad_proof::checkpoint::verifier;
use triad_proof::header::HEADER_LENGTH;
use triad_proof::path::{consistency, inclusion};
use triad_proof::static_tiles::StaticFile;
use triad_proof::tree::Edge;
use triad_proof::{Block, Hash};

/// Sizes at which a block ends: around every width and span of a tile, up to the third level.
const SIZES: [u64; 18] =
    [1, 2, 3, 7, 8, 13, 255, 256, 257, 300, 1000, 4096, 65_279, 65_535, 65_536, 65_537, 66_000, 70_000];
/// Further sizes and indices, spread by an odd step.
const SPREAD: u64 = 4099;

struct Published {
    vkey: String,
    disk: TwinReader,
    rows: TreeRows,
    /// Root at each size, from 0.
    roots: Vec<Hash>,
    /// Signed checkpoint at each of [`SIZES`].
    notes: BTreeMap<u64, String>,
}

/// Path and content of each file of a static layout.
type Layout = BTreeMap<String, Vec<u8>>;

static PUBLISHED: LazyLock<Published> = LazyLock::new(write);

fn write() -> Published {
    let mut log = TwinLog::on(TwinReader::default()).expect("begins");
    for size in SIZES {
        while log.writer.next_sequence() < size {
            log.writer.begin_group();
            log.writer.append(&entry(1, "seen by others")).expect("the twin can be read");
            if log.writer.open_bytes() >= BLOCK_TARGET_BYTES {
                log.writer.submit();
            }
        }
        log.writer.submit();
    }
    log.writer.storage_mut().drain();
    let key = SigningKey::from_bytes(&SEED).verifying_key().to_bytes();
    let (mut headers, mut notes) = (Vec::new(), BTreeMap::new());
    for bytes in blocks(&log.disk, 0, SIZES[SIZES.len() - 1] - 1) {
        let bytes = bytes.expect("the twin can be read");
        let block = Block::decode(&bytes).expect("sound");
        headers.extend(block.records().map(|record| *record.expect("sound").header_bytes));
        if SIZES.contains(&block.tree_size()) {
            notes.insert(block.tree_size(), block.checkpoint().note(key, &block.head.signature));
        }
    }
    let rows = TreeRows::of_entries(&headers);
    let mut edge = Edge::default();
    let mut roots = vec![edge.root()];
    for leaf in rows.leaves() {
        edge.append(*leaf, |_, _| ());
        roots.push(edge.root());
    }
    Published { vkey: verifier(&LOG_ID, key).to_string(), disk: log.disk, rows, roots, notes }
}

impl Published {
    fn root(&self, size: u64) -> Hash {
        self.roots[size as usize]
    }

    fn leaf(&self, index: u64) -> Hash {
        self.rows.leaves()[index as usize]
    }

    fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        let Ok(path) = inclusion(index, size, &mut self.rows.clone());
        path
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        let Ok(path) = consistency(old, new, &mut self.rows.clone());
        path
    }

    /// What `triad log tiles` writes at this size.
    fn layout(&self, size: u64) -> Layout {
        let mut layout = Layout::new();
        let take = |file: StaticFile| {
            assert_eq!(layout.insert(file.path, file.bytes), None, "each file comes once");
            Ok::<_, ReadError>(())
        };
        publish(&self.disk, size, &self.notes[&size], take).expect("the twin can be read");
        layout
    }
}

/// Numbers below `limit`: its ends, the ends of tiles, and some between.
fn spread_below(limit: u64) -> Vec<u64> {
    let ends = [0, 1, 2, 254, 255, 256, 257, 511, 512, 65_279, 65_280, 65_535, 65_536, 65_537];
    let last = [limit.wrapping_sub(3), limit.wrapping_sub(2), limit.wrapping_sub(1)];
    let between = (0..limit).step_by(SPREAD as usize);
    let mut numbers: Vec<u64> = ends.into_iter().chain(last).chain(between).filter(|n| *n < limit).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn azul_opens(note: &[u8], vkey: &str) -> Option<(u64, Hash)> {
    let key = StandardVerifier::new(vkey).expect("our verifying key parses");
    let note = Note::from_bytes(note).ok()?;
    note.verify(&VerifierList::new(vec![Box::new(key)])).ok()?;
    let checkpoint = AzulCheckpoint::from_bytes(note.text()).ok()?;
    assert_eq!(checkpoint.extension(), "");
    Some((checkpoint.size(), checkpoint.hash().0))
}

fn other_opens(note: &[u8], vkey: &str) -> Option<(u64, Hash)> {
    let key = VerifierKey::parse(vkey).expect("our verifying key parses");
    let checkpoint = OtherCheckpoint::from_signed_note(std::str::from_utf8(note).ok()?, &[key]).ok()?;
    Some((checkpoint.size(), *checkpoint.root_hash()))
}

#[test]
fn checkpoints_are_opened_by_both_and_say_size_and_root() {
    let log = &*PUBLISHED;
    for (size, note) in &log.notes {
        let expected = Some((*size, log.root(*size)));
        assert_eq!(azul_opens(note.as_bytes(), &log.vkey), expected);
        assert_eq!(other_opens(note.as_bytes(), &log.vkey), expected);
    }
}

#[test]
fn a_checkpoint_with_any_bit_flipped_is_opened_by_neither() {
    let log = &*PUBLISHED;
    let note = log.notes[&300].as_bytes();
    for place in 0..note.len() * 8 {
        let mut flipped = note.to_vec();
        flipped[place / 8] ^= 1 << (place % 8);
        assert_eq!(azul_opens(&flipped, &log.vkey), None, "bit {place}");
        assert_eq!(other_opens(&flipped, &log.vkey), None, "bit {place}");
    }
}

#[test]
fn a_checkpoint_that_carries_key_statements_is_opened_with_the_key_that_signed_it() {
    let mut log = SampleLog::new(LOG_ID, SEED);
    for seed in [1, 2, 3] {
        log.append(4, b"one more");
        log.seal();
        log.rotate([seed; 32]);
    }
    log.append(4, b"the last");
    log.seal();
    let statements = log.epochs();
    for (block, statement) in statements.statements().iter().enumerate() {
        let (note, vkey) = (log.note(block), verifier(&LOG_ID, statement.verifying_key).to_string());
        let expected = Some((block as u64 + 1, log.blocks[block].view().head.root));
        assert_eq!(azul_opens(note.as_bytes(), &vkey), expected, "{note}");
        assert_eq!(other_opens(note.as_bytes(), &vkey), expected, "{note}");
    }
}

#[test]
fn a_checkpoint_is_not_opened_with_another_key() {
    let log = &*PUBLISHED;
    let stranger = verifier(&LOG_ID, SampleLog::new(LOG_ID, [8; 32]).verifying_key()).to_string();
    let elsewhere = verifier(b"some other log!!", SampleLog::new(LOG_ID, SEED).verifying_key()).to_string();
    for vkey in [stranger, elsewhere] {
        assert_eq!(azul_opens(log.notes[&300].as_bytes(), &vkey), None);
        assert_eq!(other_opens(log.notes[&300].as_bytes(), &vkey), None);
    }
}

fn azul_path(path: &[Hash]) -> Vec<AzulHash> {
    path.iter().copied().map(AzulHash).collect()
}

fn other_path(path: &[Hash]) -> Vec<Vec<u8>> {
    path.iter().map(|hash| hash.to_vec()).collect()
}

/// What both say of an inclusion proof, which must be the same.
#[track_caller]
fn included(index: u64, size: u64, leaf: Hash, path: &[Hash], root: Hash) -> bool {
    let azul = check_record(&azul_path(path), size, AzulHash(root), index, AzulHash(leaf)).is_ok();
    let other = metamorphic_log::verify_inclusion(index, size, &leaf, &other_path(path), &root).is_ok();
    assert_eq!(azul, other, "the others disagree on {index} of {size}");
    azul
}

/// What both say of a consistency proof, which must be the same.
#[track_caller]
fn extends(old: u64, new: u64, old_root: Hash, new_root: Hash, path: &[Hash]) -> bool {
    let azul = check_tree(&azul_path(path), new, AzulHash(new_root), old, AzulHash(old_root)).is_ok();
    let other =
        metamorphic_log::verify_consistency(old, new, &other_path(path), &old_root, &new_root).is_ok();
    assert_eq!(azul, other, "the others disagree on {old} to {new}");
    azul
}

/// Each way to spoil a path: one bit of each hash, each hash gone, one too many, two in the wrong order.
fn spoiled(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for place in 0..path.len() {
        let mut flipped = path.to_vec();
        flipped[place][place % 32] ^= 1 << (place % 8);
        let mut shortened = path.to_vec();
        shortened.remove(place);
        all.extend([flipped, shortened]);
    }
    all.push([path, &[[7; 32]]].concat());
    if let [first, second, rest @ ..] = path {
        all.push([&[*second, *first], rest].concat());
    }
    all
}

#[test]
fn inclusion_proofs_are_accepted_by_both_and_spoiled_ones_refused() {
    let log = &*PUBLISHED;
    let (mut accepted, mut refused) = (0, 0);
    for size in SIZES {
        for index in spread_below(size) {
            let (leaf, root, path) = (log.leaf(index), log.root(size), log.inclusion(index, size));
            assert!(included(index, size, leaf, &path, root), "{index} of {size}");
            let spoiled = spoiled(&path);
            let is_refused = |path: &Vec<Hash>| !included(index, size, leaf, path, root);
            assert!(spoiled.iter().all(is_refused), "spoiled {index} of {size}");
            for wrong in [index.wrapping_sub(1), index + 1, index ^ 256].into_iter().filter(|n| *n < size) {
                assert!(!included(wrong, size, leaf, &path, root), "{wrong} for {index} of {size}");
                assert!(!included(index, size, log.leaf(wrong), &path, root), "leaf {wrong} for {index}");
            }
            // A path alone does not always tell its size: the root of the other size is what refuses.
            for wrong in [size - 1, size + 1].into_iter().filter(|n| (index + 1..=70_000).contains(n)) {
                assert!(!included(index, wrong, leaf, &path, log.root(wrong)), "{index} of {wrong}");
            }
            assert!(!included(index, index, leaf, &path, root), "an index beyond the size");
            (accepted, refused) = (accepted + 1, refused + spoiled.len());
        }
    }
    println!("inclusion: {accepted} accepted, {refused} refused");
    assert!(accepted > 200 && refused > 5000, "{accepted} accepted, {refused} refused");
}

#[test]
fn consistency_proofs_are_accepted_by_both_and_spoiled_ones_refused() {
    let log = &*PUBLISHED;
    let (mut accepted, mut refused) = (0, 0);
    for new in SIZES {
        for old in spread_below(new).into_iter().filter(|old| *old > 0).chain([new]) {
            let (old_root, new_root, path) = (log.root(old), log.root(new), log.consistency(old, new));
            assert!(extends(old, new, old_root, new_root, &path), "{old} to {new}");
            let spoiled = spoiled(&path);
            let is_refused = |path: &Vec<Hash>| !extends(old, new, old_root, new_root, path);
            assert!(spoiled.iter().all(is_refused), "spoiled {old} to {new}");
            for wrong in [old - 1, old + 1].into_iter().filter(|n| (1..=new).contains(n)) {
                assert!(!extends(wrong, new, log.root(wrong), new_root, &path), "{wrong} for {old} to {new}");
                assert!(!extends(old, new, log.root(wrong), new_root, &path), "root of {wrong} for {old}");
            }
            let wrong = if new == 70_000 { 69_999 } else { new + 1 };
            assert!(!extends(old, new, old_root, log.root(wrong), &path), "{old} to the root of {wrong}");
            (accepted, refused) = (accepted + 1, refused + spoiled.len());
        }
    }
    println!("consistency: {accepted} accepted, {refused} refused");
    assert!(accepted > 200 && refused > 5000, "{accepted} accepted, {refused} refused");
}

/// Serves tiles as a static web server would. The crate writes paths in the older form with the tile height.
struct Served<'a>(&'a Layout);

impl TileReader for Served<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, AzulError> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.0.get(&path).cloned().ok_or(AzulError::InvalidInput(path))
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _tiles: &[Tile], _bytes: &[Vec<u8>]) {}
}

#[test]
fn proofs_read_through_our_tiles_are_the_proofs_that_we_make() {
    let log = &*PUBLISHED;
    for size in SIZES {
        let layout = log.layout(size);
        let served = Served(&layout);
        let reader = TileHashReader::new(size, AzulHash(log.root(size)), &served);
        for number in spread_below(size) {
            let read = prove_record(size, number, &reader).expect("our tiles prove a record");
            assert_eq!(read, azul_path(&log.inclusion(number, size)), "{number} of {size}");
            let read = prove_tree(size, number + 1, &reader).expect("our tiles prove a prefix");
            assert_eq!(read, azul_path(&log.consistency(number + 1, size)), "{} to {size}", number + 1);
        }
    }
}

#[test]
fn the_layout_has_exactly_the_files_that_the_other_implementation_lists() {
    let log = &*PUBLISHED;
    for size in SIZES {
        let tiles = tiles_for_size(size);
        let bundles = tiles.iter().filter(|tile| tile.level() == 0).map(|tile| tile.entries_path());
        let mut expected: Vec<String> = tiles.iter().map(|tile| tile.path()).chain(bundles).collect();
        expected.push("checkpoint".into());
        expected.sort();
        let layout = log.layout(size);
        assert_eq!(layout.keys().cloned().collect::<Vec<_>>(), expected, "size {size}");
        assert_eq!(layout["checkpoint"], log.notes[&size].as_bytes());
    }
}

#[test]
fn tiles_hash_up_to_the_root_and_bundles_to_their_tiles() {
    let log = &*PUBLISHED;
    for size in SIZES {
        let layout = log.layout(size);
        assert!(hashes_up(&layout, size, log.root(size)), "size {size}");
        for tile in tiles_for_size(size).iter().filter(|tile| tile.level() == 0) {
            let bundle = &layout[&tile.entries_path()];
            let entries = bundle.chunks(2 + HEADER_LENGTH).map(|entry| {
                assert_eq!(entry[..2], (HEADER_LENGTH as u16).to_be_bytes());
                record_hash(&entry[2..]).0
            });
            let hashes = tile.hashes(&layout[&tile.path()]).expect("as long as its width says");
            assert_eq!(entries.collect::<Vec<_>>(), hashes, "{} of {size}", tile.path());
        }
    }
}

/// The layout with one byte changed in one tile, and the stored index of the hash that it belongs to.
fn spoiled_layout(layout: &Layout, tile: &OtherTile, number: usize) -> (Layout, u64) {
    let place = number * 37 % tile.byte_len();
    let mut layout = layout.clone();
    layout.get_mut(&tile.path()).expect("in the layout")[place] ^= 1 << (number % 8);
    (layout, stored_hash_index(8 * tile.level(), tile.index() * 256 + place as u64 / 32))
}

/// `tlog_tiles` 0.2 skips as many tiles as the tree has complete subtrees when it checks full tiles against those above
/// them, which is too many when two subtrees lie in one tile. So this asks it only at sizes where none do.
#[test]
fn a_changed_byte_in_any_tile_is_noticed_by_the_one_who_reads_it() {
    let log = &*PUBLISHED;
    for size in [256, 257, 65_536, 65_537] {
        let (layout, root) = (log.layout(size), AzulHash(log.root(size)));
        for (number, tile) in tiles_for_size(size).iter().enumerate() {
            let (spoiled, index) = spoiled_layout(&layout, tile, number);
            let read = TileHashReader::new(size, root, &Served(&spoiled)).read_hashes(&[index]);
            assert!(matches!(read, Err(AzulError::InconsistentTile)), "{} of {size}: {read:?}", tile.path());
        }
        let wrong = AzulHash(log.root(size - 1));
        assert!(TileHashReader::new(size, wrong, &Served(&layout)).read_hashes(&[0]).is_err());
    }
}

#[test]
fn a_changed_byte_in_any_tile_is_noticed_by_the_one_who_hashes_the_tree_anew() {
    let log = &*PUBLISHED;
    for size in [255, 300, 1000] {
        let layout = log.layout(size);
        assert!(hashes_up(&layout, size, log.root(size)), "size {size}");
        for (number, tile) in tiles_for_size(size).iter().enumerate() {
            let (spoiled, _) = spoiled_layout(&layout, tile, number);
            assert!(!hashes_up(&spoiled, size, log.root(size)), "{} of {size}", tile.path());
        }
    }
}

/// Whether every full tile has its hash in the tile above, and the leaves hash to the root.
fn hashes_up(layout: &Layout, size: u64, root: Hash) -> bool {
    let tiles = tiles_for_size(size);
    let read = |tile: &OtherTile| tile.hashes(&layout[&tile.path()]).expect("as long as its width says");
    let above = |tile: &OtherTile| {
        let parent =
            tiles.iter().find(|at| (at.level(), at.index()) == (tile.level() + 1, tile.index() / 256));
        read(parent.expect("a full tile has one above"))[tile.index() as usize % 256]
    };
    let mut full = tiles.iter().filter(|tile| !tile.is_partial());
    let leaves: Vec<Hash> = tiles.iter().filter(|tile| tile.level() == 0).flat_map(read).collect();
    full.all(|tile| parent_hash(&read(tile)).is_ok_and(|hash| hash == above(tile)))
        && recompute_root(&leaves) == root
}
