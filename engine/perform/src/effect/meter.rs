//! What the processors of this machine use, as they count it themselves: the zones `package` of Linux powercap (RAPL; kernel
//! documentation, power/powercap/powercap). Reading them is mostly for root alone.
//!
//! Nobody counts the energy of one process. Its share is the part that it has of the time for which processors were busy, so an
//! idle machine is charged to whoever runs on it. Memory, disks and all else are not in it.

use crate::clock::monotonic;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Where Linux has them.
pub(crate) const POWERCAP: &str = "/sys/class/powercap";
/// In which /proc/stat counts (`USER_HZ`, fixed on Linux).
const TICKS_PER_SECOND: u64 = 100;
/// A counter begins again at nothing after some minutes at full power, which must not pass unseen twice.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(30);

/// The counters. Without any that can be read, nothing is ever said.
pub(crate) struct Meter {
    packages: Mutex<Packages>,
}

struct Packages {
    all: Vec<Package>,
    sampled: Instant,
}

struct Package {
    counter: PathBuf,
    /// Where it begins again.
    range_uj: u64,
    last_uj: u64,
    /// Since this was opened.
    total_uj: u64,
}

/// What was counted by a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    energy_uj: u64,
    /// How long all processors together were busy, in the ticks of /proc/stat.
    busy_ticks: u64,
}

/// What was counted while something ran, without the time in which it was suspended.
pub(super) struct Counting<'a> {
    meter: &'a Meter,
    /// What had been counted when it began to run; none while it is suspended, and where it cannot be read.
    since: Option<Counted>,
    /// Of the stretches that are over; none where that cannot be read.
    sum: Option<Counted>,
}

impl<'a> Counting<'a> {
    pub(super) fn begin(meter: &'a Meter) -> Self {
        let since = meter.read();
        Self { meter, since, sum: since.map(|_| Counted::NOTHING) }
    }

    pub(super) fn suspend(&mut self) {
        if let Some(since) = self.since.take() {
            let stretch = self.meter.read().and_then(|now| now.less(since));
            self.sum = self.sum.zip(stretch).map(|(sum, stretch)| sum.plus(stretch));
        }
    }

    pub(super) fn resume(&mut self) {
        if self.since.is_none() {
            self.since = self.meter.read();
            self.sum = self.sum.filter(|_| self.since.is_some());
        }
    }

    /// The share of it of something that kept processors busy for so long.
    pub(super) fn share_uj(mut self, busy: Duration) -> Option<u64> {
        self.suspend();
        share_uj(Counted::NOTHING, self.sum?, busy)
    }
}

impl Counted {
    const NOTHING: Self = Self { energy_uj: 0, busy_ticks: 0 };

    fn less(self, before: Self) -> Option<Self> {
        let energy_uj = self.energy_uj.checked_sub(before.energy_uj)?;
        Some(Self { energy_uj, busy_ticks: self.busy_ticks.checked_sub(before.busy_ticks)? })
    }

    fn plus(self, more: Self) -> Self {
        let energy_uj = self.energy_uj.saturating_add(more.energy_uj);
        Self { energy_uj, busy_ticks: self.busy_ticks.saturating_add(more.busy_ticks) }
    }
}

impl Meter {
    pub(crate) fn open(powercap: &Path) -> Self {
        let entries = fs::read_dir(powercap).into_iter().flatten().flatten();
        // The same packages are there once more by another way of reading them (`intel-rapl-mmio`).
        let is_own = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with("intel-rapl:"))
        };
        let zones = entries.map(|entry| entry.path()).filter(is_own);
        let mut all: Vec<Package> = zones.filter_map(|zone| package(&zone)).collect();
        all.sort_by(|one, other| one.counter.cmp(&other.counter));
        Self { packages: Mutex::new(Packages { all, sampled: monotonic() }) }
    }

    /// What was counted by now; none where it cannot be read.
    pub(crate) fn read(&self) -> Option<Counted> {
        let energy_uj = self.energy_uj()?;
        Some(Counted { energy_uj, busy_ticks: busy_ticks(&fs::read_to_string("/proc/stat").ok()?)? })
    }

    /// To be called again and again, so that no counter goes round unseen.
    pub(crate) fn sample_when_due(&self) {
        let is_due = {
            let packages = self.packages.lock().expect("invariant: no holder of this lock panics");
            !packages.all.is_empty() && monotonic() - packages.sampled >= SAMPLE_INTERVAL
        };
        if is_due {
            self.energy_uj();
        }
    }

    fn energy_uj(&self) -> Option<u64> {
        let mut packages = self.packages.lock().expect("invariant: no holder of this lock panics");
        if packages.all.is_empty() {
            return None;
        }
        packages.sampled = monotonic();
        packages.all.iter_mut().try_fold(0_u64, |sum, package| Some(sum.saturating_add(package.read()?)))
    }
}

impl Package {
    fn read(&mut self) -> Option<u64> {
        let now_uj = number(&self.counter)?;
        let since_uj = match now_uj.checked_sub(self.last_uj) {
            Some(since_uj) => since_uj,
            None => now_uj.saturating_add(self.range_uj.saturating_sub(self.last_uj)),
        };
        self.last_uj = now_uj;
        self.total_uj = self.total_uj.saturating_add(since_uj);
        Some(self.total_uj)
    }
}

/// The zone of a whole package, if it is one and can be read. What lies below it is in it.
fn package(zone: &Path) -> Option<Package> {
    let name = fs::read_to_string(zone.join("name")).ok()?;
    if !name.trim().starts_with("package") {
        return None;
    }
    let counter = zone.join("energy_uj");
    let (last_uj, range_uj) = (number(&counter)?, number(&zone.join("max_energy_range_uj"))?);
    Some(Package { counter, range_uj, last_uj, total_uj: 0 })
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// All that processors did, also for the system: user, nice, system, irq, softirq, steal (proc(5), `/proc/stat`).
fn busy_ticks(stat: &str) -> Option<u64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|ticks| ticks.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else { return None };
    Some(user + nice + system + irq + softirq + steal)
}

/// The share of what was used in between, of something that kept processors busy for so long. Nothing has more than all of
/// it: ticks are coarse, and a short run may have been busy for longer than they show.
pub(super) fn share_uj(before: Counted, after: Counted, busy: Duration) -> Option<u64> {
    let energy_uj = u128::from(after.energy_uj.checked_sub(before.energy_uj)?);
    let all_us = u128::from(after.busy_ticks.checked_sub(before.busy_ticks)?) * 1_000_000
        / u128::from(TICKS_PER_SECOND);
    let busy_us = busy.as_micros();
    u64::try_from(energy_uj * busy_us / all_us.max(busy_us).max(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two packages, a part of one, and something else.
    fn zones(place: &Path, counters: [u64; 2]) {
        let parts = [("intel-rapl:0:0", "core"), ("psys", "psys"), ("intel-rapl-mmio:0", "package-0")];
        let parts = parts.map(|(zone, name)| (zone.to_owned(), name, 7));
        let packages = [0, 1].map(|of| (format!("intel-rapl:{of}"), "package-0", counters[of]));
        for (zone, name, counter) in packages.into_iter().chain(parts) {
            let zone = place.join(zone);
            fs::create_dir_all(&zone).expect("a directory");
            let write = |file: &str, text: String| fs::write(zone.join(file), text).expect("writes");
            write("name", format!("{name}\n"));
            write("energy_uj", format!("{counter}\n"));
            write("max_energy_range_uj", "1000\n".to_owned());
        }
    }

    #[test]
    fn packages_are_added_up_and_a_counter_that_begins_again_goes_on() {
        let place = tempfile::tempdir().expect("a directory");
        zones(place.path(), [900, 50]);
        let meter = Meter::open(place.path());
        assert_eq!(meter.energy_uj(), Some(0));
        zones(place.path(), [950, 60]);
        assert_eq!(meter.energy_uj(), Some(60));
        zones(place.path(), [20, 60]);
        assert_eq!(meter.energy_uj(), Some(130));
        assert!(meter.read().is_some_and(|counted| counted.energy_uj == 130 && counted.busy_ticks > 0));
    }

    #[test]
    fn without_counters_nothing_is_said() {
        let place = tempfile::tempdir().expect("a directory");
        assert_eq!(Meter::open(&place.path().join("absent")).read(), None);
        assert_eq!(Meter::open(place.path()).read(), None);
        zones(place.path(), [900, 50]);
        let meter = Meter::open(place.path());
        fs::write(place.path().join("intel-rapl:1/energy_uj"), "nothing").expect("writes");
        assert_eq!(meter.read(), None);
    }

    #[test]
    fn a_share_is_by_processor_time_and_never_more_than_all() {
        let counted = |energy_uj, busy_ticks| Counted { energy_uj, busy_ticks };
        let before = counted(1_000, 100);
        let table = [
            // Ten seconds were busy, of which two.
            (counted(101_000, 1_100), Duration::from_secs(2), Some(20_000)),
            (counted(101_000, 1_100), Duration::from_secs(10), Some(100_000)),
            (counted(101_000, 1_100), Duration::from_secs(11), Some(100_000)),
            (counted(101_000, 100), Duration::from_millis(3), Some(100_000)),
            (counted(101_000, 1_100), Duration::ZERO, Some(0)),
            (counted(1_000, 1_100), Duration::from_secs(2), Some(0)),
            (counted(0, 1_100), Duration::from_secs(2), None),
        ];
        for (after, busy, share) in table {
            assert_eq!(share_uj(before, after, busy), share, "{after:?} {busy:?}");
        }
    }

    #[test]
    fn what_processors_did_is_read_from_the_system() {
        let stat = "cpu  10 2 30 1000 50 4 5 6 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(busy_ticks(stat), Some(57));
        assert_eq!(busy_ticks("intr 5"), None);
    }
}
