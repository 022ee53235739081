//! Schedules, as tables: what is refused and where, which moments come, and what always holds.

mod faults;
mod moments;
mod daylight;
mod missed;
mod always;
mod zones;
mod other_reader;

use jiff::Timestamp;
use triad_calendar::{CatchUp, Chosen, Fold, Gap, Rules, Timing};

/// The one door of the tables.
///
/// Given `EXPRESSION`, `EXPRESSION | ZONE` or `EXPRESSION | ZONE | skip last`. Times in `when` are UTC, those in `then`
/// are on the wall. When:
///
/// - `parse`: then `taken`, `repeats`, or the fault;
/// - `after T until T`, `next after T`, `previous before T`: then the moments, or nothing;
/// - `count after T until T`: then a number;
/// - `handled T now T none`, `... last`, `... all COUNT AGE`: then what fires, and what is left out, behind `-`;
/// - `from T before T at most COUNT`: likewise.
fn check(given: &str, when: &str, then: &str) {
    assert_eq!(answer(given, when), then, "given {given:?}, when {when:?}");
}

fn answer(given: &str, when: &str) -> String {
    let mut parts = given.split('|').map(str::trim);
    let (text, zone) = (parts.next().unwrap_or_default(), parts.next());
    // Blanks around an expression are part of what is tested.
    let text = if zone.is_none() { given } else { text };
    let timing = match Timing::parse(text, zone, rules(parts.next().unwrap_or_default())) {
        Ok(timing) => timing,
        Err(fault) => return fault.to_string(),
    };
    match when.split(' ').collect::<Vec<_>>()[..] {
        ["parse"] if timing.repeats() => "repeats".to_owned(),
        ["parse"] => "taken".to_owned(),
        ["after", after, "until", until] => walls(&timing, timing.firings(ms(after), ms(until), usize::MAX)),
        ["next", "after", moment] => walls(&timing, timing.next_after(ms(moment))),
        ["previous", "before", moment] => walls(&timing, timing.previous_before(ms(moment))),
        ["count", "after", after, "until", until] => timing.count(ms(after), ms(until)).to_string(),
        ["handled", handled, "now", now, ref policy @ ..] => {
            chosen(&timing, timing.catch_up(ms(handled), ms(now), catch_up(policy)))
        }
        ["from", from, "before", before, "at", "most", count] => {
            let count = count.parse().expect("a number of moments");
            chosen(&timing, timing.backfill(ms(from), ms(before), count))
        }
        _ => panic!("a row says `when {when}`"),
    }
}

fn rules(words: &str) -> Rules {
    let gap = if words.contains("skip") { Gap::Skip } else { Gap::Shift };
    Rules { gap, fold: if words.contains("last") { Fold::Last } else { Fold::First } }
}

fn catch_up(policy: &[&str]) -> CatchUp {
    match policy {
        ["none"] => CatchUp::None,
        ["last"] => CatchUp::Last,
        ["all", count, age] => CatchUp::All {
            count_max: count.parse().expect("a number of moments"),
            age_ms_max: age.parse::<i64>().expect("a number of hours") * 3_600_000,
        },
        _ => panic!("a row says {policy:?}"),
    }
}

/// `2026-03-29T03` is an hour.
fn ms(text: &str) -> i64 {
    let whole = format!("{text}{}Z", &"0000-00-00T00:00:00"[text.len().min(19)..]);
    whole.parse::<Timestamp>().unwrap_or_else(|error| panic!("{text}: {error}")).as_millisecond()
}

fn walls(timing: &Timing, moments: impl IntoIterator<Item = i64>) -> String {
    let walls: Vec<String> = moments.into_iter().map(|moment_ms| timing.local(moment_ms)).collect();
    walls.join(" ")
}

fn chosen(timing: &Timing, chosen: Chosen) -> String {
    let fire = walls(timing, chosen.fire_ms);
    let Some(left_out) = chosen.left_out else { return fire };
    format!("{fire} - {}: {}", left_out.count, walls(timing, [left_out.first_ms, left_out.last_ms]))
}
