//! Jitter: schedules of one moment are spread, each by an amount that is always the same.

/// What is hashed is separated by this from everything else that is.
const CONTEXT: &str = "triad 2026-11 jitter of schedules v1";

/// How much later than its moment a firing starts, in milliseconds, from 0 and below `below_ms`; 0 when that is 0.
///
/// `x` is the first 8 bytes, least first, of BLAKE3 in its mode for deriving keys, with the context
/// `triad 2026-11 jitter of schedules v1`, over the moment (8 bytes, least first, two's complement) and the bytes of the
/// schedule's id. The answer is `floor(x * below_ms / 2^64)`. It is uneven by less than `below_ms / 2^64`.
///
/// Sources: the BLAKE3 paper (2021), section 2.3, on deriving keys; Lemire, "Fast Random Integer Generation in an
/// Interval" (2019), on the product.
pub fn jitter_ms(schedule: &[u8], moment_ms: i64, below_ms: u64) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&moment_ms.to_le_bytes()).update(schedule);
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    let product = u128::from(u64::from_le_bytes(first)) * u128::from(below_ms);
    (product >> 64) as u64
}
