//! Which registers (PCRs) of a TPM a secret is sealed to.

use std::fmt;
use std::str::FromStr;

/// Registers of the SHA-256 bank, 0 to 23; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registers(u32);

/// 7 holds the secure-boot policy, 11 the unified kernel image, 12 its configuration: together they say which system
/// booted, and none can be reset before the next boot.
pub const REGISTERS_DEFAULT: Registers = Registers(1 << 7 | 1 << 11 | 1 << 12);

/// Why a list of registers was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a register from 0 to 23: give them as in 7,11,12")]
pub struct RegistersError(String);

impl Registers {
    /// From a mask with bit n for register n; none when it is empty or names a register above 23.
    pub fn from_mask(mask: u32) -> Option<Self> {
        (mask != 0 && mask < 1 << 24).then_some(Self(mask))
    }

    /// Bit n for register n.
    pub fn mask(self) -> u32 {
        self.0
    }

    /// Their numbers, ascending.
    pub fn indices(self) -> impl Iterator<Item = u8> {
        (0..24).filter(move |index| self.0 >> index & 1 == 1)
    }
}

impl FromStr for Registers {
    type Err = RegistersError;

    fn from_str(text: &str) -> Result<Self, RegistersError> {
        let mask = text.split(',').try_fold(0, |mask, part| {
            let index = part.trim().parse::<u8>().ok().filter(|index| *index < 24);
            index.map(|index| mask | 1 << index).ok_or_else(|| RegistersError(part.to_owned()))
        })?;
        Self::from_mask(mask).ok_or_else(|| RegistersError(text.to_owned()))
    }
}

impl fmt::Display for Registers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, index) in self.indices().enumerate() {
            write!(f, "{}{index}", if place == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_shown_in_order() {
        let listed = |text: &str| text.parse().map(|registers: Registers| registers.to_string());
        assert_eq!(listed("12, 7,11"), Ok("7,11,12".to_owned()));
        assert_eq!(REGISTERS_DEFAULT.to_string(), "7,11,12");
        for refused in ["", "24", "-1", "7;11", "7,"] {
            assert!(listed(refused).is_err(), "{refused}");
        }
    }
}
