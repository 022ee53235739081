//! A counter in the TPM that only rises. Which log it belongs to is written into the TPM, so that nothing on the disk
//! has to be believed about it.

use super::device::{Device, failed, with_empty_password};
use crate::counted::Counted;
use crate::tpm_error::TpmError;
use tss_esapi::attributes::NvIndexAttributesBuilder;
use tss_esapi::constants::CapabilityType;
use tss_esapi::constants::nv_index_type::NvIndexType;
use tss_esapi::handles::{NvIndexHandle, NvIndexTpmHandle, TpmHandle};
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::interface_types::resource_handles::{NvAuth, Provision};
use tss_esapi::structures::{CapabilityData, Digest, NvPublic, NvPublicBuilder};

/// Indices that the owner may define (TCG registry of reserved handles, section 2.2).
const FIRST_INDEX: u32 = 0x0180_0000;
/// Where a log's counter may lie depends on the log, so that a look-up needs no list of all of them.
const SPREAD: u32 = 1 << 21;
/// Places that are tried for one log.
const PLACES: u32 = 16;

impl Device {
    pub(super) fn find_counter(&mut self, owner: &[u8; 32]) -> Result<Option<Counted>, TpmError> {
        for index in self.defined_near(first_place(owner))? {
            let handle = self.counter(index)?;
            let public = self.context.execute_without_session(|context| context.nv_read_public(handle));
            let (public, _) = public.map_err(failed("describe its counter"))?;
            if public.authorization_policy().value() == owner {
                return Ok(Some(Counted { index, value: self.read_counter(handle)? }));
            }
        }
        Ok(None)
    }

    pub(super) fn define_counter(&mut self, owner: &[u8; 32]) -> Result<Counted, TpmError> {
        let first = first_place(owner);
        let taken = self.defined_near(first)?;
        let free = (first..first + PLACES).find(|index| !taken.contains(index));
        let index = free.ok_or(TpmError::NoIndex(first))?;
        let public = counter_template(index, owner).map_err(failed("describe a counter"))?;
        let handle = with_empty_password(&mut self.context, |context| {
            context.nv_define_space(Provision::Owner, None, public)
        });
        let handle = handle.map_err(failed("define a counter"))?;
        // A counter cannot be read before it was incremented once.
        Ok(Counted { index, value: self.increment_handle(handle)? })
    }

    pub(super) fn increment(&mut self, index: u32) -> Result<u64, TpmError> {
        let handle = self.counter(index)?;
        self.increment_handle(handle)
    }

    pub(super) fn remove_counter(&mut self, index: u32) -> Result<(), TpmError> {
        let handle = self.counter(index)?;
        with_empty_password(&mut self.context, |context| context.nv_undefine_space(Provision::Owner, handle))
            .map_err(failed("remove a counter"))
    }

    fn increment_handle(&mut self, handle: NvIndexHandle) -> Result<u64, TpmError> {
        self.in_session(|context| context.nv_increment(NvAuth::NvIndex(handle), handle))
            .map_err(failed("increment its counter"))?;
        self.read_counter(handle)
    }

    fn read_counter(&mut self, handle: NvIndexHandle) -> Result<u64, TpmError> {
        let read = self.in_session(|context| context.nv_read(NvAuth::NvIndex(handle), handle, 8, 0));
        let read = read.map_err(failed("read its counter"))?;
        let bytes = <[u8; 8]>::try_from(read.value());
        bytes.map(u64::from_be_bytes).map_err(failed("give eight bytes for its counter"))
    }

    fn counter(&mut self, index: u32) -> Result<NvIndexHandle, TpmError> {
        let handle = NvIndexTpmHandle::new(index).map_err(failed("name its counter"))?;
        let found = self
            .context
            .execute_without_session(|context| context.tr_from_tpm_public(TpmHandle::NvIndex(handle)));
        found.map(NvIndexHandle::from).map_err(failed("find its counter"))
    }

    /// Indices that are defined among the places of one log.
    fn defined_near(&mut self, first: u32) -> Result<Vec<u32>, TpmError> {
        let listed = self.context.execute_without_session(|context| {
            context.get_capability(CapabilityType::Handles, first, PLACES)
        });
        let (listed, _) = listed.map_err(failed("list its indices"))?;
        let CapabilityData::Handles(handles) = listed else { return Ok(Vec::new()) };
        let indices = handles.iter().map(|handle| u32::from(*handle));
        Ok(indices.filter(|index| (first..first + PLACES).contains(index)).collect())
    }
}

fn first_place(owner: &[u8; 32]) -> u32 {
    let number = u32::from_le_bytes([owner[0], owner[1], owner[2], owner[3]]);
    FIRST_INDEX + number % SPREAD
}

/// Its policy authorises nothing, because no attribute refers to it: it is there to say whose counter this is.
fn counter_template(index: u32, owner: &[u8; 32]) -> tss_esapi::Result<NvPublic> {
    let attributes = NvIndexAttributesBuilder::new()
        .with_auth_write(true)
        .with_auth_read(true)
        .with_owner_read(true)
        .with_no_da(true)
        .with_nv_index_type(NvIndexType::Counter)
        .build()?;
    NvPublicBuilder::new()
        .with_nv_index(NvIndexTpmHandle::new(index)?)
        .with_index_name_algorithm(HashingAlgorithm::Sha256)
        .with_index_attributes(attributes)
        .with_index_auth_policy(Digest::try_from(owner.as_slice())?)
        .with_data_area_size(8)
        .build()
}
