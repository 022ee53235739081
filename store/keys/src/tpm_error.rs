//! What a TPM is, and why it did not do what was asked. In every build, so that one without TPM support can say so.

use crate::registers::Registers;
use std::error::Error;
use triad_proof::key::Protection;

/// What a TPM says of itself. It is no evidence: software can say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Software, virtual or hardware, told from the two names below.
    pub protection: Protection,
    /// Four letters that are registered with the TCG.
    pub manufacturer: String,
    /// What the maker calls the chip or the program.
    pub vendor: String,
}

impl Identity {
    /// Reads what a TPM says. Makers of TPMs for virtual machines use names of their own; what no table knows is taken
    /// for a chip, at its word.
    pub fn new(manufacturer: String, vendor: String) -> Self {
        let is_simulator = manufacturer == "XCG" || (manufacturer == "IBM" && vendor.starts_with("SW"));
        let protection = if is_simulator {
            Protection::SoftwareTpm
        } else if ["AMZN", "GOOG", "MSFT", "VMW"].contains(&manufacturer.as_str()) {
            Protection::VirtualTpm
        } else {
            Protection::Tpm
        };
        Self { protection, manufacturer, vendor }
    }
}

/// Why a TPM did not do what was asked. Nothing falls back to anything weaker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TpmError {
    /// The program has no TPM support.
    #[error(
        "this program was built without TPM support: install libtss2-dev and pkg-config, and build it with `make` or \
         `cargo build --features triad-api/tpm`"
    )]
    NotBuilt,
    /// There is no TPM.
    #[error("there is no TPM at {0}: name another with --tpm or TPM_DEVICE, or use a host that has one")]
    Absent(String),
    /// The connection is not written as it must be.
    #[error("{0:?} does not name a TPM: give it as in device:/dev/tpmrm0 or swtpm:host=127.0.0.1,port=2321")]
    Connection(String),
    /// It is there and does not answer.
    #[error("the TPM at {connection} cannot be used; on Linux its users are in the group tss")]
    Unusable {
        /// Where it should be.
        connection: String,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another TPM, or the same after a clear.
    #[error(
        "this is not the TPM that sealed it, or it was cleared since (storage root {found}, sealed under {expected})"
    )]
    Foreign {
        /// Name of the storage root key that sealed, in hex.
        expected: String,
        /// Name of the one that is there, in hex.
        found: String,
    },
    /// The machine booted something else, or its configuration changed.
    #[error(
        "the TPM's registers {0} do not hold what they held when it was sealed: boot what was running then, or bring the \
         log on with the recovery key"
    )]
    Registers(Registers),
    /// What came out of the TPM is not a secret of ours.
    #[error("what the TPM unsealed has {0} bytes and should have 32")]
    Length(usize),
    /// It has no bank of SHA-256 registers.
    #[error("the TPM has no SHA-256 values for the registers {0}: enable that bank in the firmware")]
    NoBank(Registers),
    /// No room for a counter.
    #[error(
        "the TPM has no free index for a counter near {0:#010x}: remove one that is no longer used (tpm2_nvundefine)"
    )]
    NoIndex(u32),
    /// A command failed.
    #[error("the TPM failed to {what}")]
    Command {
        /// What was asked; completes "failed to".
        what: &'static str,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Its thread has ended.
    #[error("the thread that owns the TPM has ended")]
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tpm_says_of_itself_tells_its_kind() {
        let kind = |maker: &str, vendor: &str| Identity::new(maker.into(), vendor.into()).protection;
        assert_eq!(kind("IBM", "SW   TPM"), Protection::SoftwareTpm, "swtpm");
        assert_eq!(kind("XCG", "fTPM"), Protection::SoftwareTpm, "the reference simulator");
        assert_eq!(kind("GOOG", "vTPM"), Protection::VirtualTpm);
        assert_eq!(kind("AMZN", "NitroTPM"), Protection::VirtualTpm);
        assert_eq!(kind("IFX", "SLB9670"), Protection::Tpm);
        assert_eq!(kind("IBM", "a chip"), Protection::Tpm);
    }
}
