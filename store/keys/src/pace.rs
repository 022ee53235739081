//! When the hardware counter moves on: with the first block of a process, every ten minutes while blocks are written,
//! and with the last one.
//!
//! The block comes first. It states one more than the TPM counts; once it is durable the TPM counts it. A crash in
//! between leaves the log one ahead, which the next opening makes good. A TPM's memory wears out, so this never happens
//! per block: at this pace a chip that bears 100,000 writes lasts two years of uninterrupted writing at the least, and
//! most bear ten times that.

use std::time::Duration;

/// While a process runs, a copy of the log that is younger than this cannot be told from the newest.
const EVERY: Duration = Duration::from_secs(600);

/// What blocks state, and what the TPM is to count.
#[derive(Debug, Clone)]
pub struct Pace {
    counted: u64,
    raised: Option<Raised>,
    raised_at: Option<Duration>,
    is_wanted: bool,
}

/// A block states one more than the TPM counts.
#[derive(Debug, Clone, Copy)]
struct Raised {
    /// Its last record.
    sequence: u64,
    step: Step,
}

/// How far the TPM is with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The block is not durable yet.
    Stated,
    /// It was asked to count.
    Asked,
    /// It did not. The next opening makes it good.
    Failed,
}

impl Pace {
    /// Begins with what the TPM counts; the first block raises it.
    pub fn new(counted: u64) -> Self {
        Self { counted, raised: None, raised_at: None, is_wanted: true }
    }

    /// Raises with the next block, however short ago the last time was: it is the last one.
    pub fn want(&mut self) {
        self.is_wanted = true;
    }

    /// What the block that ends at this record states; it is about to be submitted. `now` is counted from any moment that
    /// stays the same.
    pub fn state(&mut self, last_sequence: u64, now: Duration) -> u64 {
        let is_time = self.raised_at.is_none_or(|at| now.saturating_sub(at) >= EVERY);
        if self.raised.is_none() && (self.is_wanted || is_time) {
            self.raised = Some(Raised { sequence: last_sequence, step: Step::Stated });
            (self.raised_at, self.is_wanted) = (Some(now), false);
        }
        self.counted + u64::from(self.raised.is_some())
    }

    /// What the TPM is to count now that every record before `durable_next` is durable. Said once.
    pub fn due(&mut self, durable_next: u64) -> Option<u64> {
        let raised = self.raised.as_mut();
        let raised = raised.filter(|raised| raised.step == Step::Stated && raised.sequence < durable_next)?;
        raised.step = Step::Asked;
        Some(self.counted + 1)
    }

    /// Whether a block waits to be counted, or the TPM counts.
    pub fn is_counting(&self) -> bool {
        self.raised.is_some_and(|raised| raised.step != Step::Failed)
    }

    /// The TPM did not count. Blocks go on to state what they state.
    pub fn failed(&mut self) {
        if let Some(raised) = &mut self.raised {
            raised.step = Step::Failed;
        }
    }

    /// The TPM has counted it.
    pub fn advanced(&mut self) {
        self.counted += u64::from(self.raised.take().is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Duration = Duration::from_secs(1);

    #[test]
    fn the_block_comes_before_the_counter_and_the_counter_once() {
        let (mut pace, now) = (Pace::new(7), BEGIN);
        assert_eq!(pace.state(3, now), 8);
        assert_eq!(pace.due(3), None, "the block that ends at 3 is not durable");
        assert_eq!(pace.due(4), Some(8));
        assert_eq!(pace.due(9), None, "asked for already");
        assert_eq!(pace.state(9, now + EVERY), 8, "never two ahead of the TPM");
        assert!(pace.is_counting());
        pace.advanced();
        assert!(!pace.is_counting());
        assert_eq!(pace.state(10, now + EVERY), 9);
    }

    #[test]
    fn a_tpm_that_does_not_count_is_not_asked_again_and_blocks_stay_one_ahead() {
        let mut pace = Pace::new(7);
        assert_eq!(pace.state(0, BEGIN), 8);
        assert_eq!(pace.due(1), Some(8));
        pace.failed();
        assert_eq!((pace.is_counting(), pace.due(2)), (false, None));
        assert_eq!(pace.state(2, BEGIN + EVERY), 8);
    }

    #[test]
    fn it_moves_every_ten_minutes_and_when_it_is_wanted() {
        let (mut pace, now) = (Pace::new(0), BEGIN);
        pace.state(0, now);
        assert_eq!(pace.due(1), Some(1));
        pace.advanced();
        assert_eq!(pace.state(1, now + EVERY / 2), 1);
        pace.want();
        assert_eq!(pace.state(2, now + EVERY / 2), 2);
        assert_eq!(pace.due(3), Some(2));
        pace.advanced();
        assert_eq!(pace.state(3, now + EVERY), 2);
        assert_eq!(pace.state(4, now + EVERY + EVERY / 2), 3);
    }
}
