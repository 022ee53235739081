//! The cryptography below TLS, and the clock by which it judges certificates.

use crate::clock;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use std::sync::Arc;
use std::time::Duration;

/// The one implementation, for servers and for clients: with another one beside it rustls would have to be told which.
pub(crate) fn cryptography() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The clock of this machine. That of the library panics before 1970.
#[derive(Debug)]
pub(super) struct WallClock;

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        now()
    }
}

/// Now, as certificates count; none before 1970.
pub(super) fn now() -> Option<UnixTime> {
    let micros = u64::try_from(clock::now_us()).ok()?;
    Some(UnixTime::since_unix_epoch(Duration::from_micros(micros)))
}

/// A time of a certificate, for people.
pub(crate) fn show_time(time: UnixTime) -> String {
    let micros = i64::try_from(time.as_secs()).ok().and_then(|seconds| seconds.checked_mul(1_000_000));
    micros.map_or_else(|| format!("{} s", time.as_secs()), clock::show)
}
