//! Conditions that the shell meets and people must know of.

use super::Shell;
use super::error::ShellError;
use super::message::{Asker, Lack};
use super::time::Reading;
use triad_decide::alerts::Ask;
use triad_decide::limits::REASON_BYTES_MAX;
use triad_decide::{Effect, World, effect};
use triad_event::Source;
use triad_event::alerts::{AlertKind, ConditionEnded, ConditionReported};
use triad_event::ids::StreamId;
use triad_log::storage::Storage;

impl<S: Storage, R> Shell<S, R> {
    /// Has a condition recorded, or its end, unless that is known.
    pub(crate) fn report(&mut self, met: Option<Ask>, now: Reading) -> Result<(), ShellError> {
        if let Some(met) = met {
            let _known = self.step(met.into(), Vec::new(), Asker::system(Source::Engine), now)?.is_err();
        }
        Ok(())
    }
}

/// What it means that an effect lacks something.
pub(super) fn of_lack(world: &World, request: u64, lack: Lack, why: &str) -> Option<Ask> {
    match effect(world, request)? {
        _ if lack == Lack::Machine => Some(report(AlertKind::MachineShort, StreamId::LOG, why)),
        Effect::DestroyKey(destruction) => {
            Some(report(AlertKind::ErasureFailed, StreamId(destruction.subject.0), why))
        }
        Effect::Perform(_) | Effect::Evaluate(_) => Some(vault_fails(why)),
        Effect::Notify(_) => None,
    }
}

/// The vault could not seal or read content.
pub(crate) fn vault_fails(why: &str) -> Ask {
    report(AlertKind::VaultDegraded, StreamId::LOG, why)
}

/// No effect lacks this any more.
pub(super) fn relieved(lack: Lack) -> Ask {
    let alert = match lack {
        Lack::Vault => AlertKind::VaultDegraded,
        Lack::Machine => AlertKind::MachineShort,
    };
    Ask::End(ConditionEnded { alert, about: StreamId::LOG })
}

/// The longest beginning of a reason that a record takes.
fn report(alert: AlertKind, about: StreamId, why: &str) -> Ask {
    let cut = why.floor_char_boundary(REASON_BYTES_MAX);
    Ask::Report(ConditionReported { alert, about, detail: why[..cut].to_owned() })
}
