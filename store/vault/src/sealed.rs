//! The sealed blob (format document, section 2): a header, a wrapped data key, and chunks of ciphertext.
//!
//! Chunks follow the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar: Online Authenticated-Encryption and its
//! Nonce-Reuse Misuse-Resistance, CRYPTO 2015): a counter and a flag for the last chunk in the nonce, so that chunks can
//! be written and read one by one, and cannot be reordered, dropped or cut off. A small blob is the case of one chunk.

use crate::cipher::{Cipher, KEY_LENGTH, Key, NONCE_LENGTH, TAG_LENGTH};
use crate::entropy::Entropy;
use crate::error::{BindingField, Damage, Unopened};
use crate::reference::{Binding, Reference};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Plaintext bytes of each chunk but the last. A blob of one chunk travels in a commit, a larger one lies in a file.
pub const CHUNK_LENGTH: usize = 64 << 10;
/// Largest plaintext: 64 GiB. The counter of chunks would allow more; the limit is there so that there is one.
pub const BLOB_LENGTH_MAX: u64 = 64 << 30;
const _: () = assert!(BLOB_LENGTH_MAX / (CHUNK_LENGTH as u64) < u32::MAX as u64);

const MAGIC: &[u8; 8] = b"TRIADVLT";
const FORMAT_VERSION: u16 = 1;
const HEADER_LENGTH: usize = 88;
const SALT_LENGTH: usize = 16;
/// Data key and salt, which die together.
const SECRET_LENGTH: usize = KEY_LENGTH + SALT_LENGTH;
/// Bytes before the first chunk.
pub(crate) const PREFIX_LENGTH: usize = HEADER_LENGTH + NONCE_LENGTH + SECRET_LENGTH + TAG_LENGTH;
const COMMITMENT_CONTEXT: &[u8] = b"triad/vault/content/v1\n";
const KEY_COMMITMENT_CONTEXT: &str = "triad 2026-11 vault-v1 data key commitment";

/// The first part of a sealed blob: what it is bound to. Every chunk is authenticated together with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header([u8; HEADER_LENGTH]);

impl Header {
    fn new(log_id: &[u8; 16], slot: u64, binding: Binding, data_key: &Key) -> Self {
        let mut header = [0; HEADER_LENGTH];
        header[..8].copy_from_slice(MAGIC);
        header[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        header[10] = binding.class;
        header[16..32].copy_from_slice(log_id);
        header[32..48].copy_from_slice(&binding.stream);
        header[48..56].copy_from_slice(&slot.to_le_bytes());
        header[56..].copy_from_slice(key_commitment(data_key).as_slice());
        Self(header)
    }

    fn slot(&self) -> u64 {
        u64::from_le_bytes(*self.0[48..].first_chunk().expect("invariant: a header has its full length"))
    }

    /// Whether it is a header, and one for this place.
    fn check(&self, log_id: &[u8; 16], binding: Binding) -> Result<(), Unopened> {
        let fixed = self.0.starts_with(MAGIC) && self.0[8..10] == FORMAT_VERSION.to_le_bytes();
        if !fixed || self.0[11..16] != [0; 5] {
            return Err(Unopened::Damaged { what: Damage::Header });
        }
        let bound = [
            (BindingField::Log, self.0[16..32] == *log_id),
            (BindingField::Stream, self.0[32..48] == binding.stream),
            (BindingField::Class, self.0[10] == binding.class),
        ];
        match bound.iter().find(|(_, same)| !same) {
            Some((field, _)) => Err(Unopened::OtherBinding { field: *field }),
            None => Ok(()),
        }
    }
}

/// AES-GCM-SIV does not commit to its key: with two keys one ciphertext can be made to open to two plaintexts. So the
/// header commits to the data key.
fn key_commitment(data_key: &Key) -> Key {
    crate::cipher::derive(KEY_COMMITMENT_CONTEXT, data_key)
}

/// The hash by which a reference commits to the plaintext. The length comes last: of a stream it is known at its end.
struct Commitment {
    hash: Sha256,
    length: u64,
}

impl Commitment {
    fn new(salt: &[u8]) -> Self {
        Self { hash: Sha256::new().chain_update(COMMITMENT_CONTEXT).chain_update(salt), length: 0 }
    }

    fn update(&mut self, plaintext: &[u8]) {
        self.hash.update(plaintext);
        self.length += plaintext.len() as u64;
    }

    fn finish(self) -> [u8; 32] {
        self.hash.chain_update(self.length.to_le_bytes()).finalize().into()
    }
}

/// The cipher of one blob, and which chunk is next.
struct Chunks {
    cipher: Cipher,
    header: Header,
    next: u64,
}

impl Chunks {
    /// The data key seals one blob only, so counter and flag make the nonce unique.
    fn nonce(&mut self, last: bool) -> [u8; NONCE_LENGTH] {
        let counter = u32::try_from(self.next).expect("invariant: a blob has fewer than 2^32 chunks");
        self.next += 1;
        let mut nonce = [0; NONCE_LENGTH];
        nonce[7..11].copy_from_slice(&counter.to_be_bytes());
        nonce[11] = last.into();
        nonce
    }
}

/// A blob that is being sealed.
pub(crate) struct Sealing {
    chunks: Chunks,
    address: Sha256,
    commitment: Commitment,
}

impl Sealing {
    /// Begins a blob, whose first bytes go to `out`.
    pub(crate) fn begin(
        log_id: &[u8; 16],
        slot: u64,
        subject_key: &Cipher,
        binding: Binding,
        entropy: &Entropy,
        out: &mut Vec<u8>,
    ) -> Self {
        let mut secret = entropy.take::<SECRET_LENGTH>();
        let nonce = entropy.take::<NONCE_LENGTH>();
        let data_key =
            Zeroizing::new(*secret.first_chunk().expect("invariant: a secret begins with a data key"));
        let header = Header::new(log_id, slot, binding, &data_key);
        let commitment = Commitment::new(&secret[KEY_LENGTH..]);
        let tag = subject_key.seal(&nonce, &header.0, secret.as_mut_slice());
        let start = out.len();
        for part in [header.0.as_slice(), nonce.as_slice(), secret.as_slice(), &tag] {
            out.extend_from_slice(part);
        }
        let address = Sha256::new().chain_update(&out[start..]);
        Self { chunks: Chunks { cipher: Cipher::new(&data_key), header, next: 0 }, address, commitment }
    }

    /// Seals the next chunk to `out`. Every chunk but the last has the full length, and only an empty blob has an empty one.
    pub(crate) fn chunk(&mut self, plaintext: &[u8], last: bool, out: &mut Vec<u8>) {
        self.commitment.update(plaintext);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let nonce = self.chunks.nonce(last);
        let tag = self.chunks.cipher.seal(&nonce, &self.chunks.header.0, &mut out[start..]);
        out.extend_from_slice(&tag);
        self.address.update(&out[start..]);
    }

    pub(crate) fn finish(self) -> Reference {
        let length = self.commitment.length;
        Reference { address: self.address.finalize().into(), commitment: self.commitment.finish(), length }
    }
}

/// Bytes of a sealed blob with a plaintext of this length.
pub(crate) fn sealed_length(length: u64) -> u64 {
    let chunk_count = length.div_ceil(CHUNK_LENGTH as u64).max(1);
    PREFIX_LENGTH as u64 + length + chunk_count * TAG_LENGTH as u64
}

/// What the first bytes of a sealed blob say, before any key is known.
pub(crate) struct Prefix {
    bytes: [u8; PREFIX_LENGTH],
    header: Header,
}

impl Prefix {
    pub(crate) fn decode(
        bytes: &[u8; PREFIX_LENGTH],
        log_id: &[u8; 16],
        binding: Binding,
    ) -> Result<Self, Unopened> {
        let header = Header(*bytes.first_chunk().expect("invariant: a prefix begins with a header"));
        header.check(log_id, binding)?;
        Ok(Self { bytes: *bytes, header })
    }

    /// Whose key opens it.
    pub(crate) fn slot(&self) -> u64 {
        self.header.slot()
    }
}

/// A blob that is being opened.
pub(crate) struct Opening {
    chunks: Chunks,
    commitment: Commitment,
}

impl Opening {
    pub(crate) fn begin(prefix: &Prefix, subject_key: &Cipher) -> Result<Self, Unopened> {
        let damaged = |what| Unopened::Damaged { what };
        let header = prefix.header;
        let (nonce, rest) =
            prefix.bytes[HEADER_LENGTH..].split_first_chunk().expect("invariant: a nonce is there");
        let (wrapped, tag) = rest.split_first_chunk::<SECRET_LENGTH>().expect("invariant: a secret is there");
        let tag = tag.first_chunk().expect("invariant: a tag is there");
        let mut secret = Zeroizing::new(*wrapped);
        let opened = subject_key.open(nonce, &header.0, secret.as_mut_slice(), tag);
        opened.map_err(|_| damaged(Damage::DataKey))?;
        let data_key =
            Zeroizing::new(*secret.first_chunk().expect("invariant: a secret begins with a data key"));
        if key_commitment(&data_key).as_slice() != &header.0[56..] {
            return Err(damaged(Damage::KeyCommitment));
        }
        let commitment = Commitment::new(&secret[KEY_LENGTH..]);
        Ok(Self { chunks: Chunks { cipher: Cipher::new(&data_key), header, next: 0 }, commitment })
    }

    /// Opens the next chunk where it lies, and leaves its plaintext.
    pub(crate) fn chunk(&mut self, chunk: &mut Vec<u8>, last: bool) -> Result<(), Unopened> {
        let damaged = Unopened::Damaged { what: Damage::Chunk(self.chunks.next) };
        let Some((length, tag)) =
            chunk.split_last_chunk::<TAG_LENGTH>().map(|(body, tag)| (body.len(), *tag))
        else {
            return Err(damaged);
        };
        let nonce = self.chunks.nonce(last);
        let opened = self.chunks.cipher.open(&nonce, &self.chunks.header.0, &mut chunk[..length], &tag);
        opened.map_err(|_| damaged)?;
        chunk.truncate(length);
        self.commitment.update(chunk);
        Ok(())
    }

    /// After the last chunk: whether this is the plaintext that the reference commits to.
    pub(crate) fn finish(self, reference: &Reference) -> Result<(), Unopened> {
        if self.commitment.length != reference.length {
            return Err(Unopened::Damaged { what: Damage::Length });
        }
        let same = self.commitment.finish() == reference.commitment;
        if same { Ok(()) } else { Err(Unopened::Damaged { what: Damage::Commitment }) }
    }
}
