//! What would be chance elsewhere: ids and jitter derived from where in the log they are needed.

use triad_event::ids::AttemptKey;
use triad_event::quantity::{Micros, Millis};

use crate::place::Place;

/// The key of the derivation, so that its values coincide with no other use of the hash.
const CONTEXT: &[u8; 32] = b"triad 2026-11 decide derivation.";

/// What a value is derived for. One more purpose reshuffles no other.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    AttemptKey = 1,
    RetryJitter = 2,
}

pub(crate) fn attempt_key(place: &Place) -> AttemptKey {
    let mut key = [0; 16];
    key.copy_from_slice(&draw(place, Purpose::AttemptKey)[..16]);
    AttemptKey(key)
}

/// Full jitter: any delay from nothing to the doubled base of the failures so far, at most the longest.
pub(crate) fn retry_delay(place: &Place, base: Millis, failures: u32, longest: Millis) -> Micros {
    let doubled = 1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
    let ceiling = Millis(base.0.saturating_mul(doubled).min(longest.0)).to_micros();
    let mut drawn = [0; 8];
    drawn.copy_from_slice(&draw(place, Purpose::RetryJitter)[..8]);
    // The high half of the product is uniform in 0..=ceiling, up to 2^-40 for delays of a day.
    let scaled = (u128::from(u64::from_le_bytes(drawn)) * (ceiling.0.unsigned_abs() as u128 + 1)) >> 64;
    Micros(i64::try_from(scaled).unwrap_or(i64::MAX))
}

fn draw(place: &Place, purpose: Purpose) -> [u8; 32] {
    let mut material = [0; 33];
    material[..16].copy_from_slice(&place.log.0);
    material[16..24].copy_from_slice(&place.group.to_le_bytes());
    material[24..32].copy_from_slice(&place.ordinal.to_le_bytes());
    material[32] = purpose as u8;
    *blake3::keyed_hash(CONTEXT, &material).as_bytes()
}

#[cfg(test)]
mod tests {
    use triad_event::ids::{LogId, PrincipalId};

    use super::*;

    fn place(ordinal: u64) -> Place {
        let (at, elapsed) = (Micros(0), Micros(0));
        Place { log: LogId([1; 16]), group: 7, ordinal, at, elapsed, principal: PrincipalId::ZERO }
    }

    #[test]
    fn a_delay_stays_below_its_ceiling_and_uses_the_whole_range() {
        let delays: Vec<i64> =
            (0..1000).map(|ordinal| retry_delay(&place(ordinal), Millis(100), 3, Millis(1_000)).0).collect();
        assert!(delays.iter().all(|delay| (0..=400_000).contains(delay)));
        assert!(delays.iter().any(|delay| *delay < 40_000) && delays.iter().any(|delay| *delay > 360_000));
    }

    #[test]
    fn many_failures_wait_no_longer_than_the_longest() {
        for failures in [10, 63, 64, 65, u32::MAX] {
            assert!(retry_delay(&place(0), Millis(100), failures, Millis(1_000)).0 <= 1_000_000);
        }
    }

    #[test]
    fn keys_differ_by_place() {
        assert_ne!(attempt_key(&place(0)), attempt_key(&place(1)));
        assert_eq!(attempt_key(&place(1)), attempt_key(&place(1)));
    }
}
