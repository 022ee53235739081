//! What a TPM made of a secret: nothing in it is secret. Read without a TPM, so that every build can say what a file is.

use crate::registers::Registers;
use triad_proof::quote::Register;

/// Longest part that a TPM makes; a bound for what is read.
const PART_LENGTH_MAX: usize = 1024;

/// A sealed secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// The registers that it is sealed to, with their values, so that a refusal can name the one that changed.
    pub(crate) registers: Vec<Register>,
    /// Name of the storage root key of the TPM that sealed it.
    pub(crate) root_name: Vec<u8>,
    /// `TPMT_PUBLIC`.
    pub(crate) public: Vec<u8>,
    /// `TPM2B_PRIVATE` without its length: encrypted to the storage root key.
    pub(crate) private: Vec<u8>,
}

impl Sealed {
    pub(crate) fn selection(&self) -> Registers {
        let mask = self.registers.iter().fold(0, |mask, register| mask | 1_u32 << register.index);
        Registers::from_mask(mask).expect("invariant: it was sealed to registers, or read with some")
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.selection().mask().to_le_bytes().to_vec();
        for register in &self.registers {
            bytes.extend_from_slice(&register.value);
        }
        for part in [&self.root_name, &self.public, &self.private] {
            bytes.extend_from_slice(&(part.len() as u16).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (mask, mut rest) = bytes.split_first_chunk()?;
        let selection = Registers::from_mask(u32::from_le_bytes(*mask))?;
        let mut registers = Vec::new();
        for index in selection.indices() {
            let (value, after) = rest.split_first_chunk()?;
            registers.push(Register { index, value: *value });
            rest = after;
        }
        let (root_name, public, private) = (part(&mut rest)?, part(&mut rest)?, part(&mut rest)?);
        rest.is_empty().then_some(Self { registers, root_name, public, private })
    }
}

fn part(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (part, after) = after.split_at_checked(length).filter(|_| length <= PART_LENGTH_MAX)?;
    *rest = after;
    Some(part.to_vec())
}
