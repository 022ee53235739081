//! The checksum at the end of a secret's text, which tells a mistyped one from a wrong one.
//!
//! CRC-32 (ISO-HDLC, that of zlib and PNG) and not a hash: it finds every change within four neighbouring characters for
//! certain, and those who scan for leaked secrets have it in every language. It is written in base 62, as GitHub does it.
//! It proves nothing, and it adds nothing to what the text before it says.

/// Characters of a checksum: the fewest that write 32 bits in base 62.
pub(crate) const LENGTH: usize = 6;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The polynomial 0x04C11DB7, its bits reversed.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// The checksum of a text, most significant digit first.
pub(crate) fn of(text: &[u8]) -> [u8; LENGTH] {
    let mut rest = crc32(text);
    let mut digits = [0; LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// Bit by bit: a text is a hundred bytes, so a table is not worth its lines.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (POLYNOMIAL & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_crc_of_zlib() {
        // The check value of the catalogue of parametrised CRC algorithms, and what `python3 -c` says of zlib.crc32.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn it_is_written_in_base_62() {
        let number = |digit: &u8| DIGITS.iter().position(|one| one == digit).expect("a digit");
        let value = |digits: [u8; LENGTH]| digits.iter().map(number).fold(0, |sum, digit| sum * 62 + digit);
        assert_eq!(value(of(b"123456789")), 0xCBF4_3926);
        assert_eq!(&of(b""), b"000000");
    }
}
