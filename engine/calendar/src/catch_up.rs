//! Moments that have passed: which of them still fire, and which are left out.

use crate::{CHOSEN_MAX, Timing};

/// What becomes of moments that nobody was there to handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// None of them fires.
    None,
    /// The last one fires.
    Last,
    /// All of them fire, within limits; when there are more, the newest.
    All {
        /// At most so many, and never more than [`CHOSEN_MAX`].
        count_max: usize,
        /// None that lies further back, in milliseconds.
        age_ms_max: i64,
    },
}

/// An answer to which moments fire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// These fire, in ascending order.
    pub fire_ms: Vec<i64>,
    /// These do not; `None` when there are none.
    pub left_out: Option<LeftOut>,
}

/// Moments in a row that do not fire. In [`Timing::catch_up`] all of them lie before those that do, in
/// [`Timing::backfill`] behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first_ms: i64,
    /// The last of them.
    pub last_ms: i64,
}

impl Timing {
    /// Of the moments after the last that was handled, up to now and with it: which fire. Nothing when now is earlier.
    ///
    /// Whoever grants lateness, say ten seconds in which a moment is not missed but due, asks here with `now_ms` so much
    /// earlier, and [`Timing::firings`] for the rest.
    pub fn catch_up(&self, handled_ms: i64, now_ms: i64, policy: CatchUp) -> Chosen {
        let (count_max, age_ms_max) = match policy {
            CatchUp::None => (0, 0),
            CatchUp::Last => (1, i64::MAX),
            CatchUp::All { count_max, age_ms_max } => (count_max.min(CHOSEN_MAX), age_ms_max),
        };
        let oldest_ms = now_ms.saturating_sub(age_ms_max).max(handled_ms.saturating_add(1));
        let mut fire_ms = Vec::new();
        let mut before_ms = now_ms.saturating_add(1);
        while fire_ms.len() < count_max
            && let Some(moment_ms) =
                self.previous_before(before_ms).filter(|moment_ms| *moment_ms >= oldest_ms)
        {
            fire_ms.push(moment_ms);
            before_ms = moment_ms;
        }
        fire_ms.reverse();
        Chosen { fire_ms, left_out: self.left_out(handled_ms, before_ms.saturating_sub(1)) }
    }

    /// Of the moments from one on and before another, as people name ranges: the oldest `count_max`, and never more than
    /// [`CHOSEN_MAX`]. What is left out begins where the next part of the same backfill does.
    pub fn backfill(&self, from_ms: i64, before_ms: i64, count_max: usize) -> Chosen {
        let (after_ms, until_ms) = (from_ms.saturating_sub(1), before_ms.saturating_sub(1));
        let fire_ms: Vec<i64> = self.firings(after_ms, until_ms, count_max.min(CHOSEN_MAX)).collect();
        let done_ms = fire_ms.last().copied().unwrap_or(after_ms);
        Chosen { fire_ms, left_out: self.left_out(done_ms, until_ms) }
    }

    fn left_out(&self, after_ms: i64, until_ms: i64) -> Option<LeftOut> {
        let first_ms = self.next_after(after_ms).filter(|first_ms| *first_ms <= until_ms)?;
        let last_ms = self.previous_before(until_ms.saturating_add(1))?;
        Some(LeftOut { count: self.count(after_ms, until_ms), first_ms, last_ms })
    }
}
