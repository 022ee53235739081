//! Versions of payloads before steps were held for review. Their fields are those of today.

use super::{Closing, GateClosed, GateOpened, Wants};
use crate::event::Lowers;
use crate::quantity::Micros;
use crate::sealed::SealedApart;

structure! {
    /// A task that waits, before reviews.
    UnreviewedGateOpened {
        /// The task.
        task: u32,
        /// What it waits for.
        wants: Wants,
        /// The name of the signal, when it waits for one.
        signal: Option<String>,
        /// When it ends by itself, in the time that has passed for this log.
        due: Option<Micros>,
    }
}

structure! {
    /// A task that waits no more, before reviews.
    UnreviewedGateClosed {
        /// The task.
        task: u32,
        /// What ended it.
        how: Closing,
        /// What came with the signal, as the output of the task.
        output: Option<SealedApart>,
    }
}

impl From<UnreviewedGateOpened> for GateOpened {
    fn from(earlier: UnreviewedGateOpened) -> Self {
        let UnreviewedGateOpened { task, wants, signal, due } = earlier;
        Self { task, wants, signal, due }
    }
}

impl From<UnreviewedGateClosed> for GateClosed {
    fn from(earlier: UnreviewedGateClosed) -> Self {
        let UnreviewedGateClosed { task, how, output } = earlier;
        Self { task, how, output }
    }
}

impl Lowers<UnreviewedGateOpened> for GateOpened {
    fn fits(&self) -> bool {
        self.wants != Wants::Review
    }

    fn lower(&self) -> UnreviewedGateOpened {
        let Self { task, wants, signal, due } = self.clone();
        UnreviewedGateOpened { task, wants, signal, due }
    }

    fn saved_bytes(&self) -> usize {
        0
    }
}

impl Lowers<UnreviewedGateClosed> for GateClosed {
    fn fits(&self) -> bool {
        self.how != Closing::Released
    }

    fn lower(&self) -> UnreviewedGateClosed {
        let Self { task, how, output } = self.clone();
        UnreviewedGateClosed { task, how, output }
    }

    fn saved_bytes(&self) -> usize {
        0
    }
}
