//! What the end of one process and the beginning of the next mean for the attempts that are owed.

use triad_event::{Event as AnyEvent, Recorded};

use super::attempt::Attempt;
use crate::ascending::Ascending;
use crate::image::structs;
use crate::ports::Ports;

structs! { Lives { ended_well, is_paused } }

/// What execution remembers of the processes that write the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lives {
    /// Whether the last one said that it ends, and none has begun since.
    pub(super) ended_well: bool,
    /// Whether the engine is paused.
    pub(super) is_paused: bool,
}

impl Lives {
    /// What is owed is performed again from its beginning, so its moments count from now. What the last process performed was
    /// cut off with it, unless that ended in good order. Streams in quarantine wait for their release.
    pub(super) fn begin(
        &mut self,
        attempts: &mut Ascending<Attempt>,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
    ) {
        let cuts_off = !std::mem::take(&mut self.ended_well);
        let Ports { settings, streams, wakes, .. } = ports;
        for (request, attempt) in attempts.iter_mut() {
            if streams.is_aside(attempt.workflow.into()) {
                attempt.begin_life(self.is_paused);
                continue;
            }
            attempt.change(request, wakes, |attempt| {
                attempt.cut_off += u32::from(cuts_off && attempt.can_take_down());
                attempt.begin_life(self.is_paused);
                attempt.schedule(record, settings);
            });
        }
    }

    /// What was held back since this life began is performed. Its moments count from its start.
    pub(super) fn resume(&mut self, attempts: &mut Ascending<Attempt>, ports: &mut Ports) {
        self.is_paused = false;
        for (request, attempt) in attempts.iter_mut() {
            if std::mem::take(&mut attempt.is_held) {
                ports.effects.touch(request);
            }
        }
    }
}
