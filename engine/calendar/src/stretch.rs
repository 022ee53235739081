//! Daylight saving: a zone as stretches of time in each of which the clock on the wall runs evenly.

use crate::cron::Cron;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What becomes of fixed times of day when the clock on the wall is put forward or back.
///
/// A schedule with `*` among its seconds, minutes or hours, alone or with a step, *repeats*, and these rules do not
/// touch it: it fires whenever the clock shows a time that matches, so not in a gap, and again in a fold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// For times that are left out.
    pub gap: Gap,
    /// For times that come twice.
    pub fold: Fold,
}

/// For a time that the clock leaves out when it is put forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// It fires at the first moment after the gap: once, however many times lie in the gap, and once too when that
    /// moment is one of the schedule's own.
    #[default]
    Shift,
    /// It does not fire.
    Skip,
}

/// For a time that comes twice when the clock is put back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// It fires the first time.
    #[default]
    First,
    /// It fires the second time.
    Last,
}

/// From one change of a zone's offset until before the next.
///
/// INVARIANT: changes lie further apart than the clock is put back, so only neighbours overlap on the wall. A test
/// holds it against every zone from 1970 on.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    /// UTC.
    pub(crate) begins_s: i64,
    /// UTC.
    pub(crate) ends_s: i64,
    /// What the wall is ahead of UTC.
    offset_s: i64,
    /// On the wall: the times that this stretch is responsible for, which leaves out what a neighbour fires.
    shown_from_s: i64,
    shown_until_s: i64,
    /// Whether it fires at its beginning for a time in the gap before it.
    shifts: bool,
}

/// Outside everything that is asked for, with room to add offsets.
const NEVER_S: i64 = 1 << 50;

impl Stretch {
    /// The stretch that holds a second of UTC.
    pub(crate) fn at(second: i64, zone: &TimeZone, cron: &Cron, rules: Rules) -> Stretch {
        let offset_at = |second| i64::from(zone.to_offset(moment(second)).seconds());
        let begins_s = zone
            .preceding(moment(second + 1))
            .next()
            .map_or(-NEVER_S, |change| change.timestamp().as_second());
        let following = zone.following(moment(second)).next();
        let ends_s = following.as_ref().map_or(NEVER_S, |change| change.timestamp().as_second());
        let offset_s = offset_at(second);
        let before_s = if begins_s > FIRST_S { offset_at(begins_s - 1) } else { offset_s };
        let after_s = following.map_or(offset_s, |change| i64::from(change.offset().seconds()));

        let (mut shown_from_s, mut shown_until_s) = (begins_s + offset_s, ends_s + offset_s);
        let gap_from_s = begins_s + before_s;
        let mut shifts = false;
        if !cron.repeats {
            shifts = rules.gap == Gap::Shift
                && gap_from_s < shown_from_s
                && cron.first_within(gap_from_s, shown_from_s).is_some();
            match rules.fold {
                Fold::First => shown_from_s = shown_from_s.max(gap_from_s),
                Fold::Last => shown_until_s = shown_until_s.min(ends_s + after_s),
            }
        }
        Stretch { begins_s, ends_s, offset_s, shown_from_s, shown_until_s, shifts }
    }

    /// The first firing from a second of UTC on.
    pub(crate) fn first(&self, cron: &Cron, from_s: i64) -> Option<i64> {
        if self.shifts && from_s <= self.begins_s {
            return Some(self.begins_s);
        }
        let from_s = self.shown_from_s.max(from_s + self.offset_s);
        Some(cron.first_within(from_s, self.shown_until_s)? - self.offset_s)
    }

    /// The last firing up to a second of UTC and with it.
    pub(crate) fn last(&self, cron: &Cron, until_s: i64) -> Option<i64> {
        let end_s = self.shown_until_s.min(until_s + 1 + self.offset_s);
        let shown = cron.last_within(self.shown_from_s, end_s).map(|shown| shown - self.offset_s);
        shown.or_else(|| (self.shifts && self.begins_s <= until_s).then_some(self.begins_s))
    }

    /// How many firings there are from a second of UTC up to another and with it.
    pub(crate) fn count(&self, cron: &Cron, from_s: i64, until_s: i64) -> u64 {
        let shown_from_s = self.shown_from_s.max(from_s + self.offset_s);
        let shown_until_s = self.shown_until_s.min(until_s + 1 + self.offset_s);
        let is_shifted = self.shifts && (from_s..=until_s).contains(&self.begins_s);
        // What is shifted to a moment that fires anyway is not a firing more.
        let is_own = is_shifted && cron.count_within(self.shown_from_s, self.shown_from_s + 1) == 1;
        cron.count_within(shown_from_s, shown_until_s) + u64::from(is_shifted && !is_own)
    }
}

/// Before it, no zone has a change that is looked at.
const FIRST_S: i64 = -377_000_000_000;

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("seconds are between 1970 and 9999, or a second beside a change")
}
