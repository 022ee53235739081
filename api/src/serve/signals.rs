//! Which signals a server heeds, and what becomes of those that it was started with ignored.

use crate::failure::Failure;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Numbers below which signals have names; those above are for programs among themselves.
const NAMED: std::ops::Range<i32> = 1..32;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    ToEnd,
    /// To read the certificates again.
    ToRenew,
}

/// The signals that ask for something.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    /// None when whoever started the server wants it to outlive a terminal, as nohup does.
    hang_up: Option<Signal>,
    on_hang_up: Asked,
}

impl Signals {
    /// Hears them from now on. Signals that were ignored do nothing as before; but they are heard, because what is ignored
    /// is ignored by every process that is started from here, and what is heard is not.
    pub(super) fn heed(on_hang_up: Asked) -> Result<Self, Failure> {
        Self::hear(on_hang_up).map_err(Failure::machine)
    }

    fn hear(on_hang_up: Asked) -> io::Result<Self> {
        let ignored = ignored();
        let is_ignored = |kind: SignalKind| ignored.contains(&kind.as_raw_value());
        let hang_up = signal(SignalKind::hangup())?;
        let signals = Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: (!is_ignored(SignalKind::hangup())).then_some(hang_up),
            on_hang_up,
        };
        for number in ignored.iter().copied().filter(|number| *number != SignalKind::pipe().as_raw_value()) {
            // Some cannot be heard, and matter to nobody: the processor sends them, and then nothing is ignored.
            let _unheard = signal(SignalKind::from_raw(number)).is_err();
        }
        Ok(signals)
    }

    /// Comes back when one of them has come, and says what for.
    pub(super) async fn next(&mut self) -> Asked {
        let hung_up = async {
            match &mut self.hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => Asked::ToEnd,
            _ = self.interrupt.recv() => Asked::ToEnd,
            _ = self.quit.recv() => Asked::ToEnd,
            _ = hung_up => self.on_hang_up,
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
