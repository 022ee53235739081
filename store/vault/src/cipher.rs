//! AES-256-GCM-SIV (RFC 8452) with detached tags, and the keys that are derived by BLAKE3.

use aes::Aes256Enc;
use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{AesGcmSiv, KeyInit, Nonce, Tag};
use zeroize::Zeroizing;

pub(crate) const KEY_LENGTH: usize = 32;
pub(crate) const NONCE_LENGTH: usize = 12;
pub(crate) const TAG_LENGTH: usize = 16;

/// Bytes of a key, wiped when they are dropped.
pub(crate) type Key = Zeroizing<[u8; KEY_LENGTH]>;

/// A key with its schedule, wiped when it is dropped. The cipher never runs AES backwards, so half a schedule is enough.
pub(crate) struct Cipher(AesGcmSiv<Aes256Enc>);

/// The bytes do not open under this key with this nonce and associated bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DoesNotOpen;

impl Cipher {
    pub(crate) fn new(key: &[u8; KEY_LENGTH]) -> Self {
        Self(AesGcmSiv::new(key.into()))
    }

    /// Encrypts in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        associated: &[u8],
        bytes: &mut [u8],
    ) -> [u8; TAG_LENGTH] {
        let tag = self.0.encrypt_inout_detached(<&Nonce>::from(nonce), associated, bytes.into());
        tag.expect("invariant: what is sealed at once is far below 2^36 bytes").into()
    }

    /// Decrypts in place. When it does not open the bytes stay as they were.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        associated: &[u8],
        bytes: &mut [u8],
        tag: &[u8; TAG_LENGTH],
    ) -> Result<(), DoesNotOpen> {
        let opened =
            self.0.decrypt_inout_detached(<&Nonce>::from(nonce), associated, bytes.into(), <&Tag>::from(tag));
        opened.map_err(|_| DoesNotOpen)
    }
}

/// BLAKE3 in its `derive_key` mode.
pub(crate) fn derive(context: &str, key: &[u8; KEY_LENGTH]) -> Key {
    Zeroizing::new(blake3::derive_key(context, key))
}
