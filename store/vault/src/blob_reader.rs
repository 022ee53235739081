//! Opening a blob chunk by chunk.

use crate::cipher::{Cipher, TAG_LENGTH};
use crate::error::{Damage, NoKey, ReadAttachment, Unopened, VaultError, at};
use crate::plaintext::Plaintext;
use crate::reference::{Binding, Reference};
use crate::rows::blob_key;
use crate::sealed::{CHUNK_LENGTH, Opening, PREFIX_LENGTH, Prefix, sealed_length};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// Opens a payload chunk by chunk. Each chunk is as it was sealed and in its place; that the whole is what the reference
/// names is known when the last has been followed by None.
pub struct BlobReader {
    source: Source,
    /// None behind the end, and after a failure.
    opening: Option<Opening>,
}

/// Sealed bytes, on their way to be opened.
pub(crate) struct Source {
    reference: Reference,
    bytes: Bytes,
    remaining: u64,
}

enum Bytes {
    /// In memory; the address was verified.
    Held(Vec<u8>),
    /// In a file; the address is known at its end.
    File { file: File, path: PathBuf, address: Sha256 },
}

impl BlobReader {
    /// The sealed bytes of a small blob. Their address is verified at once.
    pub(crate) fn attached(
        reference: &Reference,
        read: &ReadAttachment,
    ) -> Result<Result<Source, Unopened>, VaultError> {
        let sealed = read(&blob_key(&reference.address)).map_err(VaultError::Attachments)?;
        let Some(sealed) = sealed else { return Ok(Err(Unopened::Missing)) };
        if <[u8; 32]>::from(Sha256::digest(&sealed)) != reference.address {
            return Ok(Err(Unopened::Damaged { what: Damage::Address }));
        }
        let length = sealed.len() as u64;
        Ok(Source::new(reference, Bytes::Held(sealed), length))
    }

    /// The file of a large blob.
    pub(crate) fn of_file(
        reference: &Reference,
        path: PathBuf,
    ) -> Result<Result<Source, Unopened>, VaultError> {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Err(Unopened::Missing)),
            Err(error) => return Err(at(&path)(error)),
        };
        let length = file.metadata().map_err(at(&path))?.len();
        Ok(Source::new(reference, Bytes::File { file, path, address: Sha256::new() }, length))
    }

    /// The next chunk; None when all were given and the whole was verified.
    pub fn next_chunk(&mut self) -> Result<Result<Option<Plaintext>, Unopened>, VaultError> {
        let Some(mut opening) = self.opening.take() else { return Ok(Ok(None)) };
        if self.source.remaining == 0 {
            let whole = self.source.check_address().and_then(|()| opening.finish(&self.source.reference));
            return Ok(whole.map(|()| None));
        }
        let mut chunk = Plaintext::of(self.source.take(CHUNK_LENGTH + TAG_LENGTH)?);
        let opened = opening.chunk(chunk.bytes_mut(), self.source.remaining == 0);
        Ok(opened.map(|()| {
            self.opening = Some(opening);
            Some(chunk)
        }))
    }
}

impl Source {
    fn new(reference: &Reference, bytes: Bytes, length: u64) -> Result<Self, Unopened> {
        if length != sealed_length(reference.length) {
            return Err(Unopened::Damaged { what: Damage::Length });
        }
        Ok(Self { reference: *reference, bytes, remaining: length })
    }

    /// Reads the prefix, and finds the key that opens it.
    pub(crate) fn begin(
        mut self,
        log_id: &[u8; 16],
        binding: Binding,
        key: impl FnOnce(u64) -> Result<Result<Arc<Cipher>, NoKey>, VaultError>,
    ) -> Result<Result<BlobReader, Unopened>, VaultError> {
        let prefix = self.take(PREFIX_LENGTH)?;
        let prefix = prefix.first_chunk().expect("invariant: a sealed blob is longer than its prefix");
        let prefix = match Prefix::decode(prefix, log_id, binding) {
            Ok(prefix) => prefix,
            Err(unopened) => return Ok(Err(unopened)),
        };
        let opening = match key(prefix.slot())? {
            Ok(key) => Opening::begin(&prefix, &key),
            Err(no_key) => Err(no_key.into()),
        };
        Ok(opening.map(|opening| BlobReader { source: self, opening: Some(opening) }))
    }

    /// The next bytes, fewer at the end.
    fn take(&mut self, length: usize) -> Result<Vec<u8>, VaultError> {
        let length = self.remaining.min(length as u64) as usize;
        let taken = match &mut self.bytes {
            Bytes::Held(sealed) => sealed[sealed.len() - self.remaining as usize..][..length].to_vec(),
            Bytes::File { file, path, address } => {
                let mut taken = vec![0; length];
                file.read_exact(&mut taken).map_err(at(path))?;
                address.update(&taken);
                taken
            }
        };
        self.remaining -= length as u64;
        Ok(taken)
    }

    fn check_address(&mut self) -> Result<(), Unopened> {
        let Bytes::File { address, .. } = &mut self.bytes else { return Ok(()) };
        let same = <[u8; 32]>::from(address.finalize_reset()) == self.reference.address;
        if same { Ok(()) } else { Err(Unopened::Damaged { what: Damage::Address }) }
    }
}
