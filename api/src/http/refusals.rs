//! Says that clients were refused before they could ask for anything: seldom, since anybody can have that happen.

use crate::clock;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often it is said at most.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// The refusals of a listener.
#[derive(Default)]
pub(super) struct Refusals(Mutex<Told>);

#[derive(Default)]
struct Told {
    at: Option<Instant>,
    untold: u64,
}

impl Refusals {
    /// Says why one was refused, and how many more were since it was last said; or counts it.
    pub(super) fn tell(&self, peer: SocketAddr, why: &str) {
        if let Some(more) = self.more(clock::monotonic()) {
            tracing::warn!("the TLS handshake of {peer} failed: {why}{more}");
        }
    }

    fn more(&self, now: Instant) -> Option<String> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.at.is_some_and(|at| now < at + TELL_EVERY) {
            told.untold += 1;
            return None;
        }
        let untold = std::mem::take(&mut told.untold);
        told.at = Some(now);
        Some(if untold == 0 { String::new() } else { format!(" (and {untold} more since the last message)") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_is_said_once_a_minute_with_how_often_it_was() {
        let (refusals, start) = (Refusals::default(), clock::monotonic());
        let said = |after_seconds| refusals.more(start + Duration::from_secs(after_seconds));
        let more = " (and 2 more since the last message)".to_owned();
        assert_eq!([said(0), said(1), said(59)], [Some(String::new()), None, None]);
        assert_eq!(
            [said(60), said(61), said(180)],
            [Some(more), None, Some(" (and 1 more since the last message)".to_owned())]
        );
    }
}
