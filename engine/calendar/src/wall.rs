//! What a clock on a wall shows at a moment.

use crate::fault::Fault;
use crate::zone::Zone;
use crate::{EARLIEST_MS, LATEST_MS};

/// Clocks on the walls of a time zone.
#[derive(Clone, Debug)]
pub struct Walls(Zone);

/// What they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// From 1 for Monday to 7 for Sunday (ISO 8601).
    pub weekday: u8,
    /// Minutes since midnight by the clock, from 0 to 1439. Where it is put back, some come twice; where it is put forward, some
    /// never.
    pub minute: u16,
}

impl Walls {
    /// Those of a zone by its name; an unknown one is a [`Fault`] that names the nearest.
    pub fn of(zone: &str) -> Result<Self, Fault> {
        Ok(Self(Zone::named(Some(zone))?))
    }

    /// The name of the zone as the database spells it.
    pub fn zone(&self) -> &'static str {
        self.0.name
    }

    /// What they show at a moment. Moments beyond the limits are taken as those.
    pub fn at(&self, moment_ms: i64) -> Wall {
        let moment = jiff::Timestamp::from_millisecond(moment_ms.clamp(EARLIEST_MS, LATEST_MS));
        let moment = moment.expect("the limits lie within what can be computed");
        let local = moment.to_zoned(self.0.times.clone());
        let weekday = local.weekday().to_monday_one_offset().unsigned_abs();
        let minute = local.hour().unsigned_abs() as u16 * 60 + local.minute().unsigned_abs() as u16;
        Wall { weekday, minute }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_follow_daylight_saving() {
        let berlin = Walls::of("europe/berlin").expect("a zone");
        assert_eq!(berlin.zone(), "Europe/Berlin");
        let at =
            |written: &str| berlin.at(written.parse::<jiff::Timestamp>().expect("a moment").as_millisecond());
        // The last Sundays of March and October of 2026.
        let table = [
            ("2026-03-29T00:59:00Z", 7, 119),
            ("2026-03-29T01:00:00Z", 7, 180),
            ("2026-10-25T00:30:00Z", 7, 150),
            ("2026-10-25T01:30:00Z", 7, 150),
            ("2026-10-25T23:00:00Z", 1, 0),
        ];
        for (written, weekday, minute) in table {
            assert_eq!(at(written), Wall { weekday, minute }, "{written}");
        }
        assert!(Walls::of("Europe/Berln").is_err_and(|fault| fault.to_string().contains("`Europe/Berlin`")));
    }
}
