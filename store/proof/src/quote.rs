//! TPM quotes: what a TPM says about a checkpoint, checked without a TPM and without its library (format document,
//! section 10).
//!
//! The structures are those of the TPM 2.0 Library specification, part 2 (version 1.59): `TPMT_PUBLIC` in 12.2.4,
//! `TPMS_ATTEST` in 10.12.12. All integers in them are big-endian.

use crate::LogId;
use crate::checkpoint::Checkpoint;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

const CONTEXT: &[u8] = b"triad/attestation/v1\n";
const GENERATED: u32 = 0xFF54_4347;
const ATTEST_QUOTE: u16 = 0x8018;
const ALG_ECC: u16 = 0x0023;
const ALG_SHA256: u16 = 0x000B;
const ALG_ECDSA: u16 = 0x0018;
const ALG_NULL: u16 = 0x0010;
const CURVE_P256: u16 = 0x0003;

/// Attributes of an attestation key (`TPMA_OBJECT`): made in the TPM, never leaves it, signs only what the TPM states.
const RESIDENT_AND_RESTRICTED: u32 = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 16 | 1 << 18;
const DECRYPTS: u32 = 1 << 17;
/// `TPM_RH_ENDORSEMENT`: the hierarchy that the attestation key is derived in, where quotes tell the true counts of resets.
const ENDORSEMENT: u32 = 0x4000_000B;

/// What a quote is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// The log.
    pub log_id: LogId,
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Key that signed the checkpoint.
    pub verifying_key: [u8; 32],
    /// Epoch of that key.
    pub key_epoch: u32,
}

impl Attested {
    /// What the TPM is asked to put into its quote.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(CONTEXT);
        hasher.update(self.log_id);
        hasher.update(self.checkpoint.size.to_le_bytes());
        hasher.update(self.checkpoint.root);
        hasher.update(self.verifying_key);
        hasher.update(self.key_epoch.to_le_bytes());
        hasher.finalize().into()
    }
}

/// A register of the TPM and its value in the SHA-256 bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// 0 to 23.
    pub index: u8,
    /// What it held.
    pub value: [u8; 32],
}

/// What a TPM signed, and what is needed to check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The attestation key: `TPMT_PUBLIC` of a restricted P-256 signing key.
    pub attestation_key: Vec<u8>,
    /// `TPMS_ATTEST` of a quote.
    pub attest: Vec<u8>,
    /// ECDSA over it, r and s.
    pub signature: [u8; 64],
    /// The registers that were quoted, in ascending order.
    pub registers: Vec<Register>,
}

/// What a valid quote says beside what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The attestation key in short: SHA-256 of its `TPMT_PUBLIC`, which is its TPM name without the algorithm.
    pub key_name: [u8; 32],
    /// How often the TPM was reset.
    pub reset_count: u32,
    /// How often it was suspended or restarted since then.
    pub restart_count: u32,
    /// Milliseconds that it has been powered.
    pub clock_ms: u64,
    /// What its maker calls its firmware.
    pub firmware: u64,
}

/// Why a quote does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuoteFault {
    /// The bytes are not the structure that they should be.
    #[error("{0} ends early or is followed by bytes")]
    Malformed(&'static str),
    /// A field says something else than it must.
    #[error("{0} is not what a quote by a restricted P-256 key has")]
    Field(&'static str),
    /// The key could be used outside a TPM, or made to sign anything.
    #[error("the attestation key is not one that lives in a TPM and signs only what the TPM states")]
    Key,
    /// Somebody else signed, or the quote was changed.
    #[error("the attestation key did not sign the quote")]
    Signature,
    /// The quote names another signer: the attestation key's attributes were changed, or it is of another hierarchy.
    #[error("the quote was not signed by the attestation key as it is told here")]
    Signer,
    /// It is about something else.
    #[error("the quote is about another checkpoint, key or log")]
    Subject,
    /// The registers that are told are not those that were quoted.
    #[error("the quoted registers are not those that are told")]
    Registers,
}

impl Quote {
    /// Checks that the attestation key signed a quote about exactly this, with the registers that are told. Whose TPM
    /// the key is in is not known here: a reader who sees the same key again has trusted it on first use.
    pub fn verify(&self, about: &Attested) -> Result<Said, QuoteFault> {
        let key = attestation_key(&self.attestation_key)?;
        let signature = Signature::from_slice(&self.signature).map_err(|_| QuoteFault::Signature)?;
        key.verify(&self.attest, &signature).map_err(|_| QuoteFault::Signature)?;
        let (said, quoted) = read_attest(&self.attest)?;
        let key_name = Sha256::digest(&self.attestation_key).into();
        if quoted.signer != qualified_name(&key_name) {
            return Err(QuoteFault::Signer);
        }
        if quoted.subject != about.digest() {
            return Err(QuoteFault::Subject);
        }
        let mask = self.registers.iter().try_fold(0_u32, |mask, register| {
            let bit = 1_u32.checked_shl(register.index.into()).filter(|bit| *bit > mask);
            bit.map(|bit| mask | bit).ok_or(QuoteFault::Registers)
        })?;
        if quoted.mask != mask || quoted.digest != composite(&self.registers) {
            return Err(QuoteFault::Registers);
        }
        Ok(Said { key_name, ..said })
    }
}

/// SHA-256 over the values of registers in ascending order, as quotes and policies have it.
pub fn composite(registers: &[Register]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    registers.iter().for_each(|register| hasher.update(register.value));
    hasher.finalize().into()
}

/// The qualified name of a primary key (TPM 2.0 Library, part 1, section 16): what the TPM itself calls the signer. It
/// covers every byte of the key's public part.
fn qualified_name(key_name: &[u8; 32]) -> Vec<u8> {
    let algorithm = ALG_SHA256.to_be_bytes();
    let mut hasher = Sha256::new();
    hasher.update(ENDORSEMENT.to_be_bytes());
    hasher.update(algorithm);
    hasher.update(key_name);
    [algorithm.as_slice(), &hasher.finalize()].concat()
}

/// What a quote says that can be compared with what was asked.
struct Quoted<'a> {
    signer: &'a [u8],
    subject: &'a [u8],
    mask: u32,
    digest: &'a [u8],
}

fn attestation_key(public: &[u8]) -> Result<VerifyingKey, QuoteFault> {
    let mut bytes = Bytes { rest: public, what: "the attestation key" };
    bytes.expect(ALG_ECC, "its type")?;
    bytes.expect(ALG_SHA256, "its name algorithm")?;
    let attributes = bytes.u32()?;
    if attributes & RESIDENT_AND_RESTRICTED != RESIDENT_AND_RESTRICTED || attributes & DECRYPTS != 0 {
        return Err(QuoteFault::Key);
    }
    let _policy = bytes.sized()?;
    bytes.expect(ALG_NULL, "its symmetric algorithm")?;
    bytes.expect(ALG_ECDSA, "its scheme")?;
    bytes.expect(ALG_SHA256, "the hash of its scheme")?;
    bytes.expect(CURVE_P256, "its curve")?;
    bytes.expect(ALG_NULL, "its key derivation")?;
    let (x, y) = (bytes.coordinate()?, bytes.coordinate()?);
    bytes.end()?;
    let point = [[4].as_slice(), &x, &y].concat();
    VerifyingKey::from_sec1_bytes(&point).map_err(|_| QuoteFault::Key)
}

fn read_attest(attest: &[u8]) -> Result<(Said, Quoted<'_>), QuoteFault> {
    let mut bytes = Bytes { rest: attest, what: "the quote" };
    if bytes.u32()? != GENERATED {
        return Err(QuoteFault::Field("its magic"));
    }
    bytes.expect(ATTEST_QUOTE, "its type")?;
    let signer = bytes.sized()?;
    let subject = bytes.sized()?;
    let (clock_ms, reset_count, restart_count) = (bytes.u64()?, bytes.u32()?, bytes.u32()?);
    let _safe = bytes.array::<1>()?;
    let firmware = bytes.u64()?;
    if bytes.u32()? != 1 {
        return Err(QuoteFault::Field("its number of register banks"));
    }
    bytes.expect(ALG_SHA256, "its register bank")?;
    let [length] = bytes.array::<1>()?;
    let selected = bytes.take(length.into())?;
    let mut mask = [0; 4];
    let Some(place) = mask.get_mut(..selected.len()) else {
        return Err(QuoteFault::Field("its selection of registers"));
    };
    place.copy_from_slice(selected);
    let digest = bytes.sized()?;
    bytes.end()?;
    let said = Said { key_name: [0; 32], reset_count, restart_count, clock_ms, firmware };
    Ok((said, Quoted { signer, subject, mask: u32::from_le_bytes(mask), digest }))
}

/// Reads big-endian fields one after another.
struct Bytes<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], QuoteFault> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(QuoteFault::Malformed(self.what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], QuoteFault> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("invariant: as many bytes as were asked for"))
    }

    fn u16(&mut self) -> Result<u16, QuoteFault> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, QuoteFault> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, QuoteFault> {
        self.array().map(u64::from_be_bytes)
    }

    /// A `TPM2B`: bytes after their length.
    fn sized(&mut self) -> Result<&'a [u8], QuoteFault> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// A coordinate of a point; some TPMs leave leading zeros away.
    fn coordinate(&mut self) -> Result<[u8; 32], QuoteFault> {
        let found = self.sized()?;
        let mut padded = [0; 32];
        let place = padded.len().checked_sub(found.len()).ok_or(QuoteFault::Key)?;
        padded[place..].copy_from_slice(found);
        Ok(padded)
    }

    fn expect(&mut self, expected: u16, field: &'static str) -> Result<(), QuoteFault> {
        if self.u16()? == expected { Ok(()) } else { Err(QuoteFault::Field(field)) }
    }

    fn end(&self) -> Result<(), QuoteFault> {
        if self.rest.is_empty() { Ok(()) } else { Err(QuoteFault::Malformed(self.what)) }
    }
}
