//! Sealing: a secret that this TPM gives back only while its registers hold what they held.

use super::device::{Device, failed, with_empty_password};
use crate::registers::Registers;
use crate::sealed::Sealed;
use crate::tpm_error::TpmError;
use crate::{SECRET_LENGTH, Secret};
use sha2::{Digest as _, Sha256};
use triad_proof::quote::{Register, composite};
use tss_esapi::attributes::ObjectAttributesBuilder;
use tss_esapi::constants::SessionType;
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, PublicAlgorithm};
use tss_esapi::interface_types::session_handles::PolicySession;
use tss_esapi::structures::{
    Digest, KeyedHashScheme, PcrSelectionList, PcrSelectionListBuilder, PcrSlot, Private, Public,
    PublicBuilder, PublicKeyedHashParameters, SensitiveData,
};
use tss_esapi::traits::{Marshall, UnMarshall};
use zeroize::Zeroizing;

/// `TPM_CC_PolicyPCR`.
const POLICY_PCR: u32 = 0x0000_017F;
/// `TPM2_PCR_Read` gives at most this many values at once.
const VALUES_AT_ONCE: usize = 8;

impl Device {
    pub(super) fn seal(&mut self, secret: &Secret, registers: Registers) -> Result<Sealed, TpmError> {
        let registers = self.registers(registers)?;
        let template = sealed_template(policy(&registers)).map_err(failed("describe what is sealed"))?;
        let sensitive = SensitiveData::try_from(secret.as_slice()).map_err(failed("take the secret"))?;
        let root = self.root;
        let created = self
            .in_session(|context| context.create(root, template, None, Some(sensitive), None, None))
            .map_err(failed("seal the secret"))?;
        Ok(Sealed {
            registers,
            root_name: self.root_name.clone(),
            public: created.out_public.marshall().map_err(failed("write what it sealed"))?,
            private: created.out_private.value().to_vec(),
        })
    }

    /// Looks first for what would make the TPM refuse, so that the refusal can say it.
    pub(super) fn unseal(&mut self, sealed: &Sealed) -> Result<Secret, TpmError> {
        if sealed.root_name != self.root_name {
            let (expected, found) = (hex(&sealed.root_name), hex(&self.root_name));
            return Err(TpmError::Foreign { expected, found });
        }
        let now = self.registers(sealed.selection())?;
        let changed = sealed.registers.iter().zip(&now).filter(|(then, now)| then.value != now.value);
        let changed = changed.fold(0, |mask, (register, _)| mask | 1_u32 << register.index);
        if let Some(changed) = Registers::from_mask(changed) {
            return Err(TpmError::Registers(changed));
        }
        let object = self.load(sealed)?;
        let unsealed = self.unseal_loaded(object, &sealed.registers);
        let unsealed = self.unload(object, unsealed, failed("forget what it unsealed"))?;
        <[u8; SECRET_LENGTH]>::try_from(unsealed.as_slice())
            .map(Secret::new)
            .map_err(|_| TpmError::Length(unsealed.len()))
    }

    fn load(&mut self, sealed: &Sealed) -> Result<KeyHandle, TpmError> {
        let public =
            Public::unmarshall(&sealed.public).map_err(failed("read the public part of the file"))?;
        let private = Private::try_from(sealed.private.as_slice());
        let private = private.map_err(failed("read the private part of the file"))?;
        let root = self.root;
        with_empty_password(&mut self.context, |context| context.load(root, private, public))
            .map_err(failed("load what was sealed: the file was changed, or another TPM sealed it"))
    }

    fn unseal_loaded(
        &mut self,
        object: KeyHandle,
        registers: &[Register],
    ) -> Result<Zeroizing<Vec<u8>>, TpmError> {
        let session = self.begin_session(SessionType::Policy).map_err(failed("begin a session"))?;
        let selection = selection(registers.iter().map(|register| register.index));
        let met = selection.and_then(|selection| {
            let session = PolicySession::try_from(session)?;
            let expected = Digest::try_from(composite(registers).as_slice())?;
            self.context.execute_without_session(|context| context.policy_pcr(session, expected, selection))
        });
        let unsealed = met.and_then(|()| {
            self.context.execute_with_session(Some(session), |context| context.unseal(object.into()))
        });
        let unsealed = self.end_session(session, unsealed).map_err(failed("unseal the secret"))?;
        Ok(Zeroizing::new(unsealed.value().to_vec()))
    }

    /// What registers hold now.
    pub(super) fn registers(&mut self, wanted: Registers) -> Result<Vec<Register>, TpmError> {
        let indices: Vec<u8> = wanted.indices().collect();
        let mut registers = Vec::with_capacity(indices.len());
        for some in indices.chunks(VALUES_AT_ONCE) {
            let asked = selection(some.iter().copied()).map_err(failed("take a selection of registers"))?;
            let read = self.context.execute_without_session(|context| context.pcr_read(asked.clone()));
            let (_, given, values) = read.map_err(failed("read its registers"))?;
            // A bank that is switched off gives an empty answer, not an error.
            if given != asked || values.value().len() != some.len() {
                return Err(TpmError::NoBank(wanted));
            }
            for (index, value) in some.iter().zip(values.value()) {
                let value = value.value().try_into().map_err(|_| TpmError::NoBank(wanted))?;
                registers.push(Register { index: *index, value });
            }
        }
        Ok(registers)
    }
}

pub(super) fn selection(indices: impl Iterator<Item = u8>) -> tss_esapi::Result<PcrSelectionList> {
    let slots = indices.map(|index| PcrSlot::try_from(1_u32 << index)).collect::<Result<Vec<_>, _>>()?;
    PcrSelectionListBuilder::new().with_selection(HashingAlgorithm::Sha256, &slots).build()
}

/// The digest that `TPM2_PolicyPCR` leaves in a fresh session (TPM 2.0 Library, part 3, section 23.7).
fn policy(registers: &[Register]) -> [u8; 32] {
    let mask = registers.iter().fold(0, |mask, register| mask | 1_u32 << register.index).to_le_bytes();
    let mut hasher = Sha256::new();
    hasher.update([0; 32]);
    hasher.update(POLICY_PCR.to_be_bytes());
    // One bank, SHA-256, and three bytes of selection.
    hasher.update([0, 0, 0, 1, 0x00, 0x0B, 3, mask[0], mask[1], mask[2]]);
    hasher.update(composite(registers));
    hasher.finalize().into()
}

/// Without `userWithAuth`, so that nothing but the policy opens it; `noDA`, so that refusals never lock the TPM.
fn sealed_template(policy: [u8; 32]) -> tss_esapi::Result<Public> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_no_da(true)
        .with_user_with_auth(false)
        .build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::KeyedHash)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_auth_policy(Digest::try_from(policy.as_slice())?)
        .with_keyed_hash_parameters(PublicKeyedHashParameters::new(KeyedHashScheme::Null))
        .with_keyed_hash_unique_identifier(Digest::default())
        .build()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
