//! A build without TPM support: there is never a TPM, and whoever asks for one is told why.

use crate::registers::Registers;
use crate::sealed::Sealed;
use crate::tpm_error::{Identity, TpmError};
use crate::{Secret, counted::Counted};
use triad_proof::quote::Quote;

/// A TPM. In this build nobody can have one.
#[derive(Debug, Clone)]
pub struct Tpm(Never);

#[derive(Debug, Clone)]
enum Never {}

impl Tpm {
    /// Always refuses.
    pub fn open(_connection: &str) -> Result<Self, TpmError> {
        Err(TpmError::NotBuilt)
    }

    /// What it says of itself.
    pub fn identity(&self) -> &Identity {
        match self.0 {}
    }

    pub(crate) fn seal(&self, _secret: &Secret, _registers: Registers) -> Result<Sealed, TpmError> {
        match self.0 {}
    }

    pub(crate) fn unseal(&self, _sealed: &Sealed) -> Result<Secret, TpmError> {
        match self.0 {}
    }

    pub(crate) fn quote(&self, _subject: [u8; 32], _registers: Registers) -> Result<Quote, TpmError> {
        match self.0 {}
    }

    pub(crate) fn find_counter(&self, _owner: [u8; 32]) -> Result<Option<Counted>, TpmError> {
        match self.0 {}
    }

    pub(crate) fn define_counter(&self, _owner: [u8; 32]) -> Result<Counted, TpmError> {
        match self.0 {}
    }

    pub(crate) fn increment(&self, _index: u32) -> Result<u64, TpmError> {
        match self.0 {}
    }

    pub(crate) fn remove_counter(&self, _index: u32) -> Result<(), TpmError> {
        match self.0 {}
    }
}
