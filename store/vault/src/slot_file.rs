//! A slot file (format document, section 3.1): the keys of a thousand data subjects, wrapped under one epoch key.

use crate::cipher::{Cipher, KEY_LENGTH, Key, NONCE_LENGTH, TAG_LENGTH, derive};
use crate::entropy::Entropy;
use crate::epoch_file::Epoch;
use crate::error::{KeyDamage, NoKey};
use crate::slot_number::SLOTS_PER_FILE;
use std::collections::BTreeSet;
use std::ops::Range;
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"TRIADSLT";
const FORMAT_VERSION: u16 = 1;
const HEADER_LENGTH: usize = 64;
const ENTRY_LENGTH: usize = KEY_LENGTH + TAG_LENGTH;
const SEAL_LENGTH: usize = 32;
const SEAL_OFFSET: usize = HEADER_LENGTH + SLOTS_PER_FILE as usize * ENTRY_LENGTH;
const FILE_LENGTH: usize = SEAL_OFFSET + SEAL_LENGTH;
const CONTEXT: &[u8] = b"triad/vault/subject-key/v1\n";
const SEAL_CONTEXT: &str = "triad 2026-11 vault-v1 slot file seal";
const DESTROYED: [u8; ENTRY_LENGTH] = [0; ENTRY_LENGTH];

/// A slot file with its epoch key.
pub(crate) struct SlotFile {
    epoch: Epoch,
    bytes: Vec<u8>,
    wrapping: Cipher,
    /// Whether the seal over the whole file holds. Without it single keys still open, and nothing else is believed.
    sealed: bool,
}

impl SlotFile {
    pub(crate) fn fresh(epoch: Epoch, epoch_key: &Key, entropy: &Entropy) -> Self {
        Self::filled(epoch, epoch_key, |_| Some(entropy.take()))
    }

    fn filled(epoch: Epoch, epoch_key: &Key, key_of: impl Fn(u64) -> Option<Key>) -> Self {
        let wrapping = Cipher::new(epoch_key);
        let mut bytes = header(epoch).to_vec();
        let associated = associated(&bytes);
        for index in 0..SLOTS_PER_FILE {
            match key_of(index) {
                Some(mut key) => {
                    let tag = wrapping.seal(&nonce(index), &associated, key.as_mut_slice());
                    bytes.extend_from_slice(key.as_slice());
                    bytes.extend_from_slice(&tag);
                }
                None => bytes.extend_from_slice(&DESTROYED),
            }
        }
        let seal = seal(epoch_key, &bytes);
        bytes.extend_from_slice(&seal);
        Self { epoch, bytes, wrapping, sealed: true }
    }

    /// The generation that a file says it has.
    pub(crate) fn epoch_of(bytes: &[u8], log_id: [u8; 16], file: u64) -> Result<Epoch, NoKey> {
        let damaged = || NoKey::Damaged { what: KeyDamage::SlotFile(file) };
        let generation = bytes.get(40..48).and_then(|field| field.first_chunk()).ok_or_else(damaged)?;
        let epoch = Epoch { log_id, file, generation: u64::from_le_bytes(*generation) };
        let is_whole = bytes.len() == FILE_LENGTH && bytes.starts_with(&header(epoch));
        if is_whole { Ok(epoch) } else { Err(damaged()) }
    }

    /// A file that was read, whose epoch is [`SlotFile::epoch_of`] its bytes.
    pub(crate) fn decode(epoch: Epoch, bytes: Vec<u8>, epoch_key: &Key) -> Self {
        let sealed = seal(epoch_key, &bytes[..SEAL_OFFSET]) == bytes[SEAL_OFFSET..];
        Self { epoch, bytes, wrapping: Cipher::new(epoch_key), sealed }
    }

    /// The key in a slot of this file.
    pub(crate) fn key(&self, slot: u64) -> Result<Key, NoKey> {
        let entry = self.entry(slot % SLOTS_PER_FILE);
        if *entry == DESTROYED {
            let unproven = NoKey::Damaged { what: KeyDamage::SlotFileSeal(self.epoch.file) };
            return Err(if self.sealed { NoKey::Erased { slot } } else { unproven });
        }
        self.unwrap(slot % SLOTS_PER_FILE).ok_or(NoKey::Damaged { what: KeyDamage::Slot(slot) })
    }

    fn entry(&self, index: u64) -> &[u8; ENTRY_LENGTH] {
        let offset = HEADER_LENGTH + index as usize * ENTRY_LENGTH;
        self.bytes[offset..].first_chunk().expect("invariant: a slot file has all its slots")
    }

    fn unwrap(&self, index: u64) -> Option<Key> {
        let (wrapped, tag) = self.entry(index).split_first_chunk::<KEY_LENGTH>()?;
        let mut key = Zeroizing::new(*wrapped);
        let associated = associated(&self.bytes[..HEADER_LENGTH]);
        let opened = self.wrapping.open(&nonce(index), &associated, key.as_mut_slice(), tag.first_chunk()?);
        opened.ok().map(|()| key)
    }

    /// The file of `next`, without the keys in `doomed`. Refused when that would lose a key that does not open now but
    /// would once the damage is mended.
    pub(crate) fn without(
        &self,
        doomed: &BTreeSet<u64>,
        next: Epoch,
        epoch_key: &Key,
    ) -> Result<Self, NoKey> {
        // Of its full size at once: a vector that grows leaves copies of keys behind.
        let mut keys = Vec::with_capacity(SLOTS_PER_FILE as usize);
        for slot in slots_of(self.epoch.file) {
            let kept = (!doomed.contains(&slot)).then(|| self.key(slot));
            keys.push(match kept {
                None | Some(Err(NoKey::Erased { .. })) => None,
                Some(Ok(key)) => Some(key),
                Some(Err(other)) => return Err(other),
            });
        }
        Ok(Self::filled(next, epoch_key, |index| keys[index as usize].clone()))
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

pub(crate) fn slots_of(file: u64) -> Range<u64> {
    file * SLOTS_PER_FILE..(file + 1) * SLOTS_PER_FILE
}

fn header(epoch: Epoch) -> [u8; HEADER_LENGTH] {
    let mut header = [0; HEADER_LENGTH];
    header[..8].copy_from_slice(MAGIC);
    header[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    header[16..32].copy_from_slice(&epoch.log_id);
    header[32..40].copy_from_slice(&epoch.file.to_le_bytes());
    header[40..48].copy_from_slice(&epoch.generation.to_le_bytes());
    header
}

fn associated(header: &[u8]) -> Vec<u8> {
    [CONTEXT, header].concat()
}

/// An epoch key wraps each slot once, so the number of the slot is nonce enough.
fn nonce(index: u64) -> [u8; NONCE_LENGTH] {
    let mut nonce = [0; NONCE_LENGTH];
    nonce[..8].copy_from_slice(&index.to_le_bytes());
    nonce
}

fn seal(epoch_key: &Key, bytes: &[u8]) -> [u8; SEAL_LENGTH] {
    *blake3::keyed_hash(&derive(SEAL_CONTEXT, epoch_key), bytes).as_bytes()
}
