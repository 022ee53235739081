//! The file of epoch keys that belongs to a slot file (format document, section 3.2): two places, of which the newer
//! generation's is in force and the other is overwritten with zeros.

use crate::cipher::{Cipher, DoesNotOpen, KEY_LENGTH, Key, NONCE_LENGTH, TAG_LENGTH};
use crate::entropy::Entropy;
use zeroize::Zeroizing;

/// A page of most disks and file systems, so that a torn write of one place does not reach the other.
pub(crate) const PLACE_LENGTH: usize = 4096;
pub(crate) const FILE_LENGTH: usize = 2 * PLACE_LENGTH;
/// Each place holds its key twice, so that one damaged sector does not cost a thousand data subjects.
const COPY_OFFSETS: [usize; 2] = [0, PLACE_LENGTH / 2];
const WRAPPED_LENGTH: usize = 8 + NONCE_LENGTH + KEY_LENGTH + TAG_LENGTH;
const CONTEXT: &[u8] = b"triad/vault/epoch-key/v1\n";

/// What an epoch key is bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epoch {
    pub(crate) log_id: [u8; 16],
    pub(crate) file: u64,
    pub(crate) generation: u64,
}

impl Epoch {
    /// Where in the file the key of this generation lies.
    pub(crate) fn offset(self) -> usize {
        (self.generation % 2) as usize * PLACE_LENGTH
    }

    /// The first epoch above this one and above `generation` whose key lies in the other place.
    pub(crate) fn above(self, generation: u64) -> Self {
        let next = self.generation.max(generation) + 1;
        let is_same_place = next % 2 == self.generation % 2;
        Self { generation: next + u64::from(is_same_place), ..self }
    }

    /// The place of a fresh key.
    pub(crate) fn wrap(self, key: &[u8; KEY_LENGTH], root: &Cipher, entropy: &Entropy) -> [u8; PLACE_LENGTH] {
        let nonce = entropy.take::<NONCE_LENGTH>();
        let mut wrapped = Zeroizing::new(*key);
        let tag = root.seal(&nonce, &self.associated(), wrapped.as_mut_slice());
        let generation = self.generation.to_le_bytes();
        let copy = [generation.as_slice(), nonce.as_slice(), wrapped.as_slice(), &tag].concat();
        let mut place = [0; PLACE_LENGTH];
        for offset in COPY_OFFSETS {
            place[offset..offset + WRAPPED_LENGTH].copy_from_slice(&copy);
        }
        place
    }

    /// The key of this generation, from whichever copy opens.
    pub(crate) fn unwrap(self, file: &[u8], root: &Cipher) -> Result<Key, DoesNotOpen> {
        let place = file.get(self.offset()..self.offset() + PLACE_LENGTH).ok_or(DoesNotOpen)?;
        let mut copies = COPY_OFFSETS.iter().filter_map(|offset| self.unwrap_copy(&place[*offset..], root));
        copies.next().ok_or(DoesNotOpen)
    }

    fn unwrap_copy(self, copy: &[u8], root: &Cipher) -> Option<Key> {
        let (generation, copy) = copy.split_first_chunk::<8>()?;
        let (nonce, copy) = copy.split_first_chunk::<NONCE_LENGTH>()?;
        let (wrapped, copy) = copy.split_first_chunk::<KEY_LENGTH>()?;
        let tag = copy.first_chunk::<TAG_LENGTH>()?;
        if *generation != self.generation.to_le_bytes() {
            return None;
        }
        let mut key = Zeroizing::new(*wrapped);
        root.open(nonce, &self.associated(), key.as_mut_slice(), tag).ok()?;
        Some(key)
    }

    fn associated(self) -> Vec<u8> {
        [CONTEXT, &self.log_id, &self.file.to_le_bytes(), &self.generation.to_le_bytes()].concat()
    }
}
