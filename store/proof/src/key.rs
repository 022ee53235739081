//! Key statements: who signs from which record on, and who said so (format document, section 5).

use crate::LogId;
use crate::break_point::Fault;
use crate::bytes::{array_at, u16_at, u32_at, u64_at};
use ed25519_dalek::{Signature, VerifyingKey};

/// Bytes of a key statement.
pub const STATEMENT_LENGTH: usize = 216;
const SIGNED_LENGTH: usize = 88;
const CONTEXT: &[u8] = b"triad/key-statement/v1\n";

/// How the signing key is kept. It says what a signature is worth, so it is stated wherever a checkpoint is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Protection {
    /// A file that only its owner can read.
    SoftwareFile = 1,
    /// A file encrypted under a passphrase.
    SoftwarePassphrase = 2,
    /// A TPM implemented in software.
    SoftwareTpm = 3,
    /// A TPM that a hypervisor provides.
    VirtualTpm = 4,
    /// A TPM; its endorsement key was trusted on first use.
    Tpm = 5,
    /// A TPM whose endorsement key was verified against its maker's certificate.
    TpmVerified = 6,
}

impl Protection {
    /// The protection with that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::SoftwareFile,
            2 => Self::SoftwarePassphrase,
            3 => Self::SoftwareTpm,
            4 => Self::VirtualTpm,
            5 => Self::Tpm,
            6 => Self::TpmVerified,
            _ => return None,
        })
    }

    /// Whether a TPM of some kind keeps the key, so that blocks state its counter.
    pub fn is_hardware(self) -> bool {
        match self {
            Self::SoftwareFile | Self::SoftwarePassphrase => false,
            Self::SoftwareTpm | Self::VirtualTpm | Self::Tpm | Self::TpmVerified => true,
        }
    }

    /// A phrase for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::SoftwareFile => "software key in a file",
            Self::SoftwarePassphrase => "software key in a file, encrypted under a passphrase",
            Self::SoftwareTpm => "key sealed by a software TPM",
            Self::VirtualTpm => "key sealed by a virtual TPM",
            Self::Tpm => "key sealed by a TPM",
            Self::TpmVerified => "key sealed by a TPM with verified endorsement key",
        }
    }
}

/// Who vouches for an epoch's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Authority {
    /// The reader was given the key by other means.
    Genesis = 0,
    /// The key of the epoch before.
    Rotation = 1,
    /// The offline recovery key named at genesis.
    Recovery = 2,
}

/// States the key of one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatement {
    /// Counts up from 0.
    pub epoch: u32,
    /// How the key is kept.
    pub protection: Protection,
    /// Who vouches for it.
    pub authority: Authority,
    /// First record of the epoch.
    pub first_sequence: u64,
    /// Hardware counter when the epoch began; 0 without one.
    pub nv_counter: u64,
    /// Ed25519 public key of the epoch.
    pub verifying_key: [u8; 32],
    /// Ed25519 public key that may authorise an epoch when the signing key is lost.
    pub recovery_key: Option<[u8; 32]>,
    /// Signature by the verifying key.
    pub possession: [u8; 64],
    /// Signature by whoever vouches for it; zero at genesis.
    pub authorisation: [u8; 64],
}

impl KeyStatement {
    /// The bytes that both signatures cover.
    pub fn signed_bytes(&self, log_id: &LogId) -> Vec<u8> {
        let mut bytes = [CONTEXT, log_id].concat();
        bytes.extend_from_slice(&self.encode()[..SIGNED_LENGTH]);
        bytes
    }

    /// The bytes that a block stores.
    pub fn encode(&self) -> [u8; STATEMENT_LENGTH] {
        let mut out = [0; STATEMENT_LENGTH];
        let mut put = |offset: usize, bytes: &[u8]| out[offset..offset + bytes.len()].copy_from_slice(bytes);
        put(0, &self.epoch.to_le_bytes());
        put(4, &[self.protection as u8, self.authority as u8]);
        put(8, &self.first_sequence.to_le_bytes());
        put(16, &self.nv_counter.to_le_bytes());
        put(24, &self.verifying_key);
        put(56, &self.recovery_key.unwrap_or_default());
        put(SIGNED_LENGTH, &self.possession);
        put(152, &self.authorisation);
        out
    }

    /// Reads a statement; its signatures are not checked here.
    pub fn decode(bytes: &[u8; STATEMENT_LENGTH]) -> Result<Self, Fault> {
        let authority = match bytes[5] {
            0 => Authority::Genesis,
            1 => Authority::Rotation,
            2 => Authority::Recovery,
            other => return Err(Fault::Field { field: "authority", value: other.into() }),
        };
        let protection = Protection::from_number(bytes[4]);
        let protection = protection.ok_or(Fault::Field { field: "protection", value: bytes[4].into() })?;
        if u16_at(bytes, 6) != 0 {
            return Err(Fault::Field { field: "reserved", value: u16_at(bytes, 6).into() });
        }
        Ok(Self {
            epoch: u32_at(bytes, 0),
            protection,
            authority,
            first_sequence: u64_at(bytes, 8),
            nv_counter: u64_at(bytes, 16),
            verifying_key: array_at(bytes, 24),
            recovery_key: Some(array_at(bytes, 56)).filter(|key| *key != [0; 32]),
            possession: array_at(bytes, SIGNED_LENGTH),
            authorisation: array_at(bytes, 152),
        })
    }

    /// Checks the statement against the one of the epoch before, or as a genesis when there is none.
    pub fn check(&self, log_id: &LogId, before: Option<&KeyStatement>) -> Result<(), Fault> {
        let refuse = |why| Err(Fault::KeyStatement { epoch: self.epoch, why });
        let message = self.signed_bytes(log_id);
        if !verify_strict(&self.verifying_key, &message, &self.possession) {
            return refuse("the key did not sign its own statement");
        }
        let Some(before) = before else {
            let is_genesis = self.epoch == 0
                && self.authority == Authority::Genesis
                && self.first_sequence == 0
                && self.authorisation == [0; 64];
            return if is_genesis { Ok(()) } else { refuse("the first statement is not a genesis") };
        };
        if Some(self.epoch) != before.epoch.checked_add(1) {
            return refuse("epochs do not count up by one");
        }
        if self.first_sequence <= before.first_sequence {
            return refuse("an epoch begins after the one before");
        }
        if self.recovery_key != before.recovery_key {
            return refuse("the recovery key changed");
        }
        let authority = match self.authority {
            Authority::Genesis => return refuse("a second genesis"),
            Authority::Rotation => before.verifying_key,
            Authority::Recovery => match self.recovery_key {
                Some(key) => key,
                None => return refuse("recovered, but genesis named no recovery key"),
            },
        };
        if !verify_strict(&authority, &message, &self.authorisation) {
            return refuse("it is not authorised by the key of the epoch before or the recovery key");
        }
        Ok(())
    }
}

/// Strict Ed25519 verification: canonical encodings only, small-order keys refused.
pub fn verify_strict(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}
