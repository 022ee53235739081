//! What holds for every expression, zone and interval.

use crate::rules;
use quickcheck::{Arbitrary, Gen, TestResult, quickcheck};
use triad_calendar::{CatchUp, EARLIEST_MS, LATEST_MS, Timing};

/// An expression that is taken, in a zone whose clock is put forward and back, with a rule.
#[derive(Clone, Debug)]
struct Given {
    text: String,
    zone: &'static str,
    rules: &'static str,
}

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Beirut",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Tehran",
];
const SECONDS: &[&str] = &["", "", "", "0 ", "*/20 ", "30 ", "10-20 "];
const MINUTES: &[&str] = &["0", "30", "*/15", "*", "0,45", "5-50/20", "59"];
const HOURS: &[&str] = &["*", "*/3", "0", "1", "2", "3", "0-5", "2,14", "23", "0-23"];
const DAYS: &[&str] = &[
    "* * *",
    "* * *",
    "* * *",
    "* * MON-FRI",
    "1 * *",
    "L * *",
    "25-31 3,10 SUN",
    "* * SUNL",
    "29 2 *",
    "15W * +FRI",
];

impl Arbitrary for Given {
    fn arbitrary(g: &mut Gen) -> Given {
        let mut one = |choices: &[&'static str]| *g.choose(choices).expect("there are choices");
        let every = ["@every 1h", "@every 25h", "@every 7m", "@every 3d"];
        let text = match one(&["cron", "cron", "cron", "cron", "cron", "cron", "cron", "every"]) {
            "every" => one(&every).to_owned(),
            _ => format!("{}{} {} {}", one(SECONDS), one(MINUTES), one(HOURS), one(DAYS)),
        };
        Given { text, zone: one(ZONES), rules: one(&["", "skip", "last", "skip last"]) }
    }
}

impl Given {
    fn timing(&self) -> Timing {
        Timing::parse(&self.text, Some(self.zone), rules(self.rules)).expect("every choice is taken")
    }
}

/// A moment near the change of a zone, mostly of this decade.
#[derive(Clone, Copy, Debug)]
struct Moment(i64);

/// 2026-03-29T01:00:00Z and other changes of the zones above, in seconds.
const CHANGES_S: &[i64] = &[
    1_774_746_000,
    1_792_890_000,
    1_772_953_200,
    1_793_512_800,
    1_791_043_200,
    1_325_239_200,
    1_774_735_200,
];
const HOUR_MS: i64 = 3_600_000;

impl Arbitrary for Moment {
    fn arbitrary(g: &mut Gen) -> Moment {
        let change_ms = *g.choose(CHANGES_S).expect("there are changes") * 1_000;
        let hours = *g.choose(&[2, 48, 24 * 400]).expect("there are spans") * HOUR_MS;
        Moment(change_ms + i64::arbitrary(g) % hours)
    }
}

fn list(timing: &Timing, after_ms: i64, until_ms: i64) -> Vec<i64> {
    timing.firings(after_ms, until_ms, 20_000).collect()
}

quickcheck! {
    fn no_text_and_no_zone_makes_it_panic(text: String, zone: Option<String>) -> bool {
        let _ = Timing::parse(&text, zone.as_deref(), rules(""));
        true
    }

    fn no_text_of_its_own_characters_makes_it_panic(choices: Vec<u8>) -> TestResult {
        const PARTS: &[&str] = &[
            "*", "/", "-", ",", " ", "0", "1", "5", "7", "31", "59", "60", "L", "W", "#", "+", "?", "@", "every", "m", "JAN",
            "FRI", "ü", "\t", "@every ", "* * * ", "0 0 ", "99999999999999999999",
        ];
        let text: String = choices.iter().map(|choice| PARTS[usize::from(*choice) % PARTS.len()]).collect();
        let Err(fault) = Timing::parse(&text, Some("Europe/Berlin"), rules("")) else { return TestResult::passed() };
        // A fault points into the text, or right behind it.
        TestResult::from_bool((1..=text.len() + 1).contains(&fault.column) && fault.to_string().contains(": "))
    }

    fn moments_ascend_within_their_interval(given: Given, one: Moment, other: Moment) -> bool {
        let (after_ms, until_ms) = (one.0.min(other.0), one.0.max(other.0));
        let moments = list(&given.timing(), after_ms, until_ms);
        moments.is_sorted_by(|a, b| a < b) && moments.iter().all(|moment| (after_ms + 1..=until_ms).contains(moment))
    }

    fn intervals_side_by_side_have_the_moments_of_the_whole(given: Given, moments: (Moment, Moment, Moment)) -> TestResult {
        let timing = given.timing();
        let mut ends = [moments.0.0, moments.1.0, moments.2.0];
        ends.sort_unstable();
        let whole = list(&timing, ends[0], ends[2]);
        if whole.len() == 20_000 {
            return TestResult::discard();
        }
        let mut parts = list(&timing, ends[0], ends[1]);
        parts.extend(list(&timing, ends[1], ends[2]));
        TestResult::from_bool(whole == parts)
    }

    fn as_many_are_counted_as_are_listed(given: Given, one: Moment, other: Moment) -> TestResult {
        let (timing, after_ms, until_ms) = (given.timing(), one.0.min(other.0), one.0.max(other.0));
        let moments = list(&timing, after_ms, until_ms);
        if moments.len() == 20_000 {
            return TestResult::discard();
        }
        TestResult::from_bool(timing.count(after_ms, until_ms) == moments.len() as u64)
    }

    fn next_and_previous_undo_each_other(given: Given, moment: Moment) -> bool {
        let timing = given.timing();
        let next = timing.next_after(moment.0).expect("every choice goes on");
        let previous = timing.previous_before(moment.0).expect("every choice went on before");
        // What lies between them is the moment itself, if it is one.
        let own = list(&timing, moment.0 - 1, moment.0);
        let between = list(&timing, previous, next - 1);
        previous < moment.0 && moment.0 < next && between == own
            && timing.next_after(previous) == Some(own.first().copied().unwrap_or(next))
            && timing.previous_before(next) == Some(own.first().copied().unwrap_or(previous))
    }

    fn walking_back_gives_the_list_of_walking_on(given: Given, moment: Moment) -> bool {
        let (timing, until_ms) = (given.timing(), moment.0 + 24 * HOUR_MS);
        let mut back = Vec::new();
        let mut before_ms = until_ms + 1;
        while let Some(found) = timing.previous_before(before_ms).filter(|found| *found > moment.0 && back.len() < 500) {
            back.push(found);
            before_ms = found;
        }
        back.reverse();
        list(&timing, moment.0, until_ms).ends_with(&back)
    }

    fn a_fixed_time_comes_once_a_day_whatever_the_clock_does(zone: usize, minute: u16, moment: Moment, last: bool) -> bool {
        let (hour, minute) = (minute / 60 % 24, minute % 60);
        let zone = ZONES[zone % ZONES.len()];
        let timing = Timing::parse(&format!("{minute} {hour} * * *"), Some(zone), rules(if last { "last" } else { "" }));
        let timing = timing.expect("it is a time of day");
        let day = |moment_ms: &i64| timing.local(*moment_ms)[..10].to_owned();
        let days: Vec<String> = list(&timing, moment.0, moment.0 + 240 * HOUR_MS).iter().map(day).collect();
        // Samoa's missing day fires on the next, which has one of its own.
        (9..=11).contains(&days.len()) && (zone == "Pacific/Apia" || days.is_sorted_by(|a, b| a < b))
    }

    fn caught_up_and_left_out_are_all_of_them(given: Given, one: Moment, other: Moment, limits: (u8, u16, u8)) -> TestResult {
        let (timing, handled_ms, now_ms) = (given.timing(), one.0.min(other.0), one.0.max(other.0));
        let all = list(&timing, handled_ms, now_ms);
        if all.len() == 20_000 {
            return TestResult::discard();
        }
        let age_ms_max = i64::from(limits.1) * HOUR_MS;
        let policy = match limits.2 % 3 {
            0 => CatchUp::None,
            1 => CatchUp::Last,
            _ => CatchUp::All { count_max: usize::from(limits.0), age_ms_max },
        };
        let chosen = timing.catch_up(handled_ms, now_ms, policy);
        let (left, fire) = all.split_at(all.len() - chosen.fire_ms.len());
        let said = chosen.left_out.map(|left| (left.count, left.first_ms, left.last_ms));
        let is_right = fire == chosen.fire_ms
            && said == left.first().zip(left.last()).map(|(first, last)| (left.len() as u64, *first, *last));
        let is_young = policy == CatchUp::Last || fire.iter().all(|moment| now_ms - moment <= age_ms_max);
        TestResult::from_bool(is_right && is_young)
    }

    fn nothing_lies_outside_the_limits(given: Given, from_ms: i64, until_ms: i64) -> bool {
        let timing = given.timing();
        let beside = [timing.next_after(from_ms), timing.previous_before(until_ms)];
        let mut moments = timing.firings(from_ms, until_ms, 5).chain(beside.into_iter().flatten());
        moments.all(|moment| (EARLIEST_MS..=LATEST_MS).contains(&moment))
    }
}
