//! Quotes: the TPM signs what its registers hold, and what it was asked about.

use super::device::{Device, failed, restricted, with_empty_password};
use super::sealing::selection;
use crate::registers::Registers;
use crate::tpm_error::TpmError;
use sha2::{Digest as _, Sha256};
use triad_proof::quote::Quote;
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, PublicAlgorithm};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::structures::{
    Data, EccParameter, EccPoint, EccScheme, HashScheme, KeyDerivationFunctionScheme, Public, PublicBuilder,
    PublicEccParametersBuilder, Signature, SignatureScheme, SymmetricDefinitionObject,
};
use tss_esapi::traits::Marshall;

impl Device {
    /// The attestation key is made anew from the TPM's endorsement seed each time: the same key for the life of the
    /// TPM, a clear included, and nothing to store. In that hierarchy the counts of resets in a quote are true ones.
    pub(super) fn quote_about(
        &mut self,
        subject: &[u8; 32],
        registers: Registers,
    ) -> Result<Quote, TpmError> {
        let made = with_empty_password(&mut self.context, |context| {
            context.create_primary(Hierarchy::Endorsement, attestation_template()?, None, None, None, None)
        });
        let made = made.map_err(failed("make its attestation key"))?;
        let public = made.out_public.marshall().map_err(failed("write its attestation key"));
        let quoted = public.and_then(|public| self.quote_with(made.key_handle, public, subject, registers));
        self.unload(made.key_handle, quoted, failed("forget its attestation key"))
    }

    fn quote_with(
        &mut self,
        key: KeyHandle,
        attestation_key: Vec<u8>,
        subject: &[u8; 32],
        registers: Registers,
    ) -> Result<Quote, TpmError> {
        let quoted = with_empty_password(&mut self.context, |context| {
            let subject = Data::try_from(subject.as_slice())?;
            context.quote(key, subject, SignatureScheme::Null, selection(registers.indices())?)
        });
        let (attest, signature) = quoted.map_err(failed("quote"))?;
        let attest = attest.marshall().map_err(failed("write its quote"))?;
        let signature = r_and_s(&signature)?;
        Ok(Quote { attestation_key, attest, signature, registers: self.registers(registers)? })
    }
}

/// Some TPMs leave leading zeros away.
fn r_and_s(signature: &Signature) -> Result<[u8; 64], TpmError> {
    let other =
        || TpmError::Command { what: "sign with ECDSA over P-256", source: "another signature came".into() };
    let Signature::EcDsa(signature) = signature else { return Err(other()) };
    let mut joined = [0; 64];
    let (r, s) = joined.split_at_mut(32);
    for (place, part) in [(r, signature.signature_r().value()), (s, signature.signature_s().value())] {
        let zeros = place.len().checked_sub(part.len()).ok_or_else(other)?;
        place[zeros..].copy_from_slice(part);
    }
    Ok(joined)
}

/// Restricted: it signs what the TPM states, and never bytes that somebody made up.
fn attestation_template() -> tss_esapi::Result<Public> {
    let attributes = restricted().with_sign_encrypt(true).build()?;
    let parameters = PublicEccParametersBuilder::new()
        .with_symmetric(SymmetricDefinitionObject::Null)
        .with_ecc_scheme(EccScheme::EcDsa(HashScheme::new(HashingAlgorithm::Sha256)))
        .with_curve(EccCurve::NistP256)
        .with_key_derivation_function_scheme(KeyDerivationFunctionScheme::Null)
        .with_is_signing_key(true)
        .with_is_decryption_key(false)
        .with_restricted(true)
        .build()?;
    // Tells our key from others that are derived from the same seed.
    let personal = EccParameter::try_from(Sha256::digest(b"triad attestation key, version 1").as_slice())?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(parameters)
        .with_ecc_unique_identifier(EccPoint::new(personal, EccParameter::default()))
        .build()
}
