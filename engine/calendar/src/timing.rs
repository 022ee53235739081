//! A schedule's expression with its zone and rules, and the moments that they name.

use crate::fault::Fault;
use crate::stretch::{Rules, Stretch};
use crate::written::{self, Meaning};
use crate::zone::Zone;
use crate::{EARLIEST_MS, LATEST_MS, SEARCH_YEARS};

/// When something is to happen, again and again.
#[derive(Clone, Debug)]
pub struct Timing {
    meaning: Meaning,
    zone: Zone,
    rules: Rules,
}

impl Timing {
    /// Reads an expression. Without a zone its times are those of UTC; the zone is a name of the IANA database, in any
    /// case of letters. `@every` heeds neither the zone nor the rules.
    ///
    /// # Errors
    ///
    /// The first fault of the expression, else that of the zone.
    pub fn parse(text: &str, zone: Option<&str>, rules: Rules) -> Result<Timing, Fault> {
        let meaning = written::parse(text)?;
        Ok(Timing { meaning, zone: Zone::named(zone)?, rules })
    }

    /// The zone's name as the database spells it.
    pub fn zone(&self) -> &'static str {
        self.zone.name
    }

    /// Whether it fires whenever the clock matches, so that [`Rules`] do not touch it.
    pub fn repeats(&self) -> bool {
        match &self.meaning {
            Meaning::Cron(cron) => cron.repeats,
            Meaning::Every(_) => true,
        }
    }

    /// The moments after one and up to another and with it, in ascending order, at most `count_max` of them. It ends
    /// early after [`SEARCH_YEARS`] without a moment.
    pub fn firings(&self, after_ms: i64, until_ms: i64, count_max: usize) -> Firings<'_> {
        let (next_s, until_s) = seconds(after_ms, until_ms);
        Firings { timing: self, next_s, until_s, left: count_max, stretch: None }
    }

    /// The first moment after this one, `None` when none comes within [`SEARCH_YEARS`] or before [`LATEST_MS`].
    pub fn next_after(&self, moment_ms: i64) -> Option<i64> {
        self.firings(moment_ms, LATEST_MS, 1).next()
    }

    /// The last moment before this one, `None` when there is none within [`SEARCH_YEARS`] or after [`EARLIEST_MS`].
    pub fn previous_before(&self, moment_ms: i64) -> Option<i64> {
        let (_, mut until_s) = seconds(EARLIEST_MS, moment_ms.saturating_sub(1));
        let from_s = earliest_s().max(until_s - SEARCH_S);
        let found = match &self.meaning {
            Meaning::Every(every) => Some(every.at_or_before(until_s)),
            Meaning::Cron(cron) => loop {
                if until_s < from_s {
                    return None;
                }
                let stretch = self.stretch(until_s)?;
                if let Some(found) = stretch.last(cron, until_s) {
                    break Some(found);
                }
                until_s = stretch.begins_s - 1;
            },
        };
        found.filter(|found| *found >= from_s).map(|found| found * 1_000)
    }

    /// How many moments come after one and up to another and with it. The work grows with the changes of the zone and
    /// with months, not with moments.
    pub fn count(&self, after_ms: i64, until_ms: i64) -> u64 {
        let (mut from_s, until_s) = seconds(after_ms, until_ms);
        let mut total = 0;
        while from_s <= until_s {
            match &self.meaning {
                Meaning::Every(every) => {
                    let periods =
                        until_s.div_euclid(every.period_s) - (from_s - 1).div_euclid(every.period_s);
                    return u64::try_from(periods).expect("the interval has a moment at least");
                }
                Meaning::Cron(cron) => {
                    let Some(stretch) = self.stretch(from_s) else { break };
                    total += stretch.count(cron, from_s, until_s.min(stretch.ends_s - 1));
                    from_s = stretch.ends_s;
                }
            }
        }
        total
    }

    /// A moment as the clock on the wall shows it, with its offset: `2026-03-29T03:00:00+02:00`.
    pub fn local(&self, moment_ms: i64) -> String {
        let moment = jiff::Timestamp::from_millisecond(moment_ms.clamp(EARLIEST_MS, LATEST_MS));
        let moment = moment.expect("the limits lie within what can be computed");
        moment.to_zoned(self.zone.times.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// `None` for what has no stretches.
    fn stretch(&self, second: i64) -> Option<Stretch> {
        match &self.meaning {
            Meaning::Cron(cron) => Some(Stretch::at(second, &self.zone.times, cron, self.rules)),
            Meaning::Every(_) => None,
        }
    }
}

/// Moments in ascending order; see [`Timing::firings`].
#[derive(Clone, Debug)]
pub struct Firings<'a> {
    timing: &'a Timing,
    next_s: i64,
    until_s: i64,
    left: usize,
    /// The stretch of the last search, which is mostly that of the next.
    stretch: Option<Stretch>,
}

impl Iterator for Firings<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        let found = self.search().filter(|found| *found <= self.until_s);
        let Some(found) = found else {
            self.left = 0;
            return None;
        };
        self.left -= 1;
        self.next_s = found + 1;
        Some(found * 1_000)
    }
}

impl Firings<'_> {
    fn search(&mut self) -> Option<i64> {
        let until_s = self.until_s.min(self.next_s + SEARCH_S);
        while self.next_s <= until_s {
            let cron = match &self.timing.meaning {
                Meaning::Every(every) => return Some(every.at_or_after(self.next_s)),
                Meaning::Cron(cron) => cron,
            };
            let next_s = self.next_s;
            let stretch = match self.stretch.take().filter(|stretch| next_s < stretch.ends_s) {
                Some(stretch) => stretch,
                None => self.timing.stretch(next_s)?,
            };
            let (found, ends_s) = (stretch.first(cron, next_s), stretch.ends_s);
            self.stretch = Some(stretch);
            if found.is_some() {
                return found;
            }
            self.next_s = ends_s;
        }
        None
    }
}

/// A year of the Gregorian calendar on average, in seconds, [`SEARCH_YEARS`] times.
const SEARCH_S: i64 = SEARCH_YEARS * 31_556_952;

fn earliest_s() -> i64 {
    EARLIEST_MS / 1_000
}

/// The first and the last second of what comes after one moment and up to another, within the limits.
fn seconds(after_ms: i64, until_ms: i64) -> (i64, i64) {
    let after_ms = after_ms.clamp(EARLIEST_MS - 1, LATEST_MS);
    let until_ms = until_ms.clamp(EARLIEST_MS - 1, LATEST_MS);
    (after_ms.div_euclid(1_000) + 1, until_ms.div_euclid(1_000))
}
