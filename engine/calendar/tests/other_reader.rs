//! Another reader of cron, croner, and ours give the same moments in UTC, where no clock is put forward or back.

use crate::{ms, rules};
use croner::Cron;
use jiff::{Timestamp, tz::TimeZone};
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::str::FromStr;
use triad_calendar::Timing;

/// Five or six fields from parts that both readers take.
#[derive(Clone, Debug)]
struct Expression(String);

impl Arbitrary for Expression {
    fn arbitrary(g: &mut Gen) -> Expression {
        let number = |g: &mut Gen, min: u32, max: u32| min + u32::arbitrary(g) % (max - min + 1);
        let item = |g: &mut Gen, min: u32, max: u32| {
            let (a, b) = (number(g, min, max), number(g, min, max));
            let (a, b) = (a.min(b), a.max(b));
            match u32::arbitrary(g) % 6 {
                0 if b > a => format!("{a}-{b}/{}", number(g, 1, b - a)),
                1 => format!("{a}-{b}"),
                2 => format!("*/{}", number(g, 1, (max - min) / 2)),
                _ => a.to_string(),
            }
        };
        let field = |g: &mut Gen, min: u32, max: u32| match u32::arbitrary(g) % 4 {
            0 => "*".to_owned(),
            1 => format!("{},{}", item(g, min, max), item(g, min, max)),
            _ => item(g, min, max),
        };
        let mut fields = vec![field(g, 0, 59), field(g, 0, 23)];
        if bool::arbitrary(g) {
            fields.insert(0, field(g, 0, 59));
        }
        let day = number(g, 1, 31);
        let of_month = g.choose(&["*", "?", "L", "LW", "W", "n", "n"]).copied();
        fields.push(match of_month {
            Some("W") => format!("{day}W"),
            Some("n") => field(g, 1, 31),
            other => other.unwrap_or("*").to_owned(),
        });
        fields.push(if bool::arbitrary(g) { "*".to_owned() } else { field(g, 1, 12) });
        let weekday = number(g, 0, 7);
        let of_week = g.choose(&["*", "?", "#", "l", "FRI", "+", "n", "MON-FRI"]).copied();
        fields.push(match of_week {
            Some("#") => format!("{weekday}#{}", number(g, 1, 5)),
            Some("l") => format!("{weekday}L"),
            Some("+") => format!("+{weekday}"),
            Some("n") => field(g, 0, 6),
            other => other.unwrap_or("*").to_owned(),
        });
        Expression(fields.join(" "))
    }
}

quickcheck! {
    fn both_readers_name_the_same_moments(expression: Expression, hours: u32) -> bool {
        // What ours refuses has its reasons; the tables have them.
        let Ok(timing) = Timing::parse(&expression.0, None, rules("")) else { return true };
        let theirs = Cron::from_str(&expression.0).expect("what ours takes, theirs does");
        let mut moment_ms = ms("2020-01-01T00") + i64::from(hours % 100_000) * 3_600_000;
        for _ in 0..20 {
            let moment = Timestamp::from_millisecond(moment_ms).expect("a moment of this century").to_zoned(TimeZone::UTC);
            let next = theirs.find_next_occurrence(&moment, false).map(|next| next.timestamp().as_millisecond());
            let previous = theirs.find_previous_occurrence(&moment, false).map(|previous| previous.timestamp().as_millisecond());
            if timing.next_after(moment_ms) != next.ok() || timing.previous_before(moment_ms) != previous.ok() {
                return false;
            }
            moment_ms = timing.next_after(moment_ms).unwrap_or(moment_ms);
        }
        true
    }
}
