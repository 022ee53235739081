//! Takes note of the end of processes that this one adopted: as the first of a system, or from attempts without a guard.

use super::site::Site;
use std::io;
use std::sync::Weak;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Signals are not counted, and a guard in front hides what is behind it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Between two looks however many end.
const PAUSE: Duration = Duration::from_millis(50);

/// Reaps for as long as the site is there.
pub(crate) async fn reap(site: Weak<Site>) -> io::Result<()> {
    let mut ended = signal(SignalKind::child())?;
    loop {
        tokio::select! {
            _ = ended.recv() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        let Some(site) = site.upgrade() else { return Ok(()) };
        site.reap_adopted();
        tokio::time::sleep(PAUSE).await;
    }
}
