//! Which signals a server heeds, and what becomes of those that it was started with ignored.

use crate::failure::Failure;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Numbers below which signals have names; those above are for programs among themselves.
const NAMED: std::ops::Range<i32> = 1..32;

/// The signals that ask for an end.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    /// None when whoever started the server wants it to outlive a terminal, as nohup does.
    hang_up: Option<Signal>,
}

impl Signals {
    /// Hears them from now on. Signals that were ignored do nothing as before; but they are heard, because what is ignored
    /// is ignored by every process that is started from here, and what is heard is not.
    pub(super) fn heed() -> Result<Self, Failure> {
        Self::hear().map_err(Failure::machine)
    }

    fn hear() -> io::Result<Self> {
        let ignored = ignored();
        let is_ignored = |kind: SignalKind| ignored.contains(&kind.as_raw_value());
        let hang_up = signal(SignalKind::hangup())?;
        let signals = Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: (!is_ignored(SignalKind::hangup())).then_some(hang_up),
        };
        for number in ignored.iter().copied().filter(|number| *number != SignalKind::pipe().as_raw_value()) {
            // Some cannot be heard, and matter to nobody: the processor sends them, and then nothing is ignored.
            let _unheard = signal(SignalKind::from_raw(number)).is_err();
        }
        Ok(signals)
    }

    /// Comes back when one of them has come.
    pub(super) async fn ask_to_end(&mut self) {
        let hung_up = async {
            match &mut self.hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.quit.recv() => {}
            _ = hung_up => {}
        }
    }
}

/// The signals that this process ignores (proc(5), `SigIgn`).
fn ignored() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    NAMED.filter(|number| mask & (1 << (number - 1)) != 0).collect()
}
