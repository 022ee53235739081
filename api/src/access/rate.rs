//! How often a credential asks, held against how often it may: a token bucket each, as large as a minute's worth.

use std::collections::BTreeMap;
use tokio::time::Instant;
use triad_event::ids::PrincipalId;

/// Credentials that are counted at once. When there are more the fullest are forgotten, which lets them ask no more than if they
/// had not asked at all.
const COUNTED_MAX: usize = 20_000;

/// What a credential has left.
struct Bucket {
    left: f64,
    at: Instant,
}

/// What each credential has left that has a bound.
#[derive(Default)]
pub(crate) struct Rates(BTreeMap<PrincipalId, Bucket>);

impl Rates {
    /// Takes one request; says after how many seconds one is free when none is.
    pub(crate) fn take(&mut self, principal: PrincipalId, per_minute: u32, now: Instant) -> Result<(), u64> {
        if self.0.len() >= COUNTED_MAX && !self.0.contains_key(&principal) {
            self.0.clear();
        }
        let room = f64::from(per_minute);
        let bucket = self.0.entry(principal).or_insert(Bucket { left: room, at: now });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + passed * room / 60.0).min(room);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let seconds = (1.0 - bucket.left) * 60.0 / room;
        // Rounded up: who waits that long is let in.
        Err(seconds.ceil().max(1.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::time::Duration;

    #[test]
    fn a_minute_has_room_for_as_many_as_may_be_and_a_second_for_its_share() {
        let (mut rates, began, who) = (Rates::default(), clock::monotonic(), PrincipalId([1; 16]));
        let mut take = |seconds| rates.take(who, 60, began + Duration::from_secs(seconds));
        assert!((0..60).all(|_| take(0).is_ok()));
        assert_eq!(take(0), Err(1));
        assert_eq!((take(1), take(1)), (Ok(()), Err(1)));
        assert_eq!((0..100).filter(|_| take(1000).is_ok()).count(), 60);
    }

    #[test]
    fn whoever_may_ask_once_a_minute_waits_for_it() {
        let (mut rates, now, who) = (Rates::default(), clock::monotonic(), PrincipalId([1; 16]));
        assert_eq!((rates.take(who, 1, now), rates.take(who, 1, now)), (Ok(()), Err(60)));
        assert_eq!(rates.take(PrincipalId([2; 16]), 1, now), Ok(()));
    }
}
