//! Prints the moments that an expression names.
//!
//!     firings '30 2 * * *' Europe/Berlin 2026-03-27T00:00:00Z 2026-04-01T00:00:00Z [skip|shift] [first|last]
//!
//! With `-` it answers lines of expression, zone, gap, fold, after and until in seconds, with tabs between, each by one
//! line of the moments in seconds.

use std::io::{BufRead, Write};
use triad_calendar::{Fold, Gap, Rules, Timing, ZONES_VERSION};

/// More than any line of a comparison has.
const COUNT_MAX: usize = 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["-"] => answer_lines(),
        [text, zone, after, until, ref rest @ ..] => {
            let named = |index: usize| rest.get(index).copied().unwrap_or_default();
            let timing = Timing::parse(text, Some(zone), rules(named(0), named(1)))?;
            let ms = |text: &str| text.parse::<jiff::Timestamp>().map(|moment| moment.as_millisecond());
            let mut out = std::io::stdout().lock();
            writeln!(out, "time zones of {ZONES_VERSION}, repeats: {}", timing.repeats())?;
            for moment_ms in timing.firings(ms(after)?, ms(until)?, COUNT_MAX) {
                let utc = jiff::Timestamp::from_millisecond(moment_ms)?;
                writeln!(out, "{utc}  {}", timing.local(moment_ms))?;
            }
            Ok(())
        }
        _ => Err("firings EXPRESSION ZONE AFTER UNTIL [skip|shift] [first|last], or firings -".into()),
    }
}

fn answer_lines() -> Result<(), Box<dyn std::error::Error>> {
    // It writes each line as it ends: whoever asks waits for it.
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ZONES_VERSION}")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let [text, zone, gap, fold, after, until] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("six parts with tabs between are wanted, not {line:?}").into());
        };
        let timing = Timing::parse(text, Some(zone), rules(gap, fold))?;
        let ms = |text: &str| text.parse::<i64>().map(|seconds| seconds * 1_000);
        let moments = timing.firings(ms(after)?, ms(until)?, COUNT_MAX);
        let seconds: Vec<String> = moments.map(|moment_ms| (moment_ms / 1_000).to_string()).collect();
        writeln!(out, "{}", seconds.join(" "))?;
    }
    Ok(())
}

fn rules(gap: &str, fold: &str) -> Rules {
    Rules {
        gap: if gap == "skip" { Gap::Skip } else { Gap::Shift },
        fold: if fold == "last" { Fold::Last } else { Fold::First },
    }
}
