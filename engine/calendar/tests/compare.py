"""Holds the moments of triad-calendar against other programs, around every change of every zone from 2020 to 2030.

    python compare.py target/release/examples/firings [EXPRESSION...]

needs croniter, cronsim and tzdata of the release that is built in (`pip install croniter cronsim tzdata`). Compared are:

- the definition: the rules of docs/schedules.md applied minute by minute to what the clock shows, for all four choices;
- cronsim, which says that it does what the cron of Debian does, and croniter; both with `shift` and `first`.

Every difference must have one of the reasons of `reason`; it ends with 1 when one has none.
"""

import collections
import datetime as dt
import importlib.metadata
import importlib.resources
import itertools
import subprocess
import sys
import zoneinfo

import croniter
import cronsim
import tzdata

EXPRESSIONS = [
    "*/10 * * * *",
    "0 * * * *",
    "30 */2 * * *",
    "*/15 2 * * *",
    "0 0 * * *",
    "30 0 * * *",
    "0 1 * * *",
    "30 1 * * *",
    "0 2 * * *",
    "30 2 * * *",
    "0 3 * * *",
    "5,35 0-4 * * *",
    "0 0-23/3 * * *",
    "45 23 * * SUN",
    "15 2 L * *",
    "30 1 8-14 3,11 *",
]
CHOICES = [("shift", "first"), ("shift", "last"), ("skip", "first"), ("skip", "last")]
UTC = dt.timezone.utc
FROM, UNTIL = dt.datetime(2020, 1, 1, tzinfo=UTC), dt.datetime(2030, 1, 1, tzinfo=UTC)
# More than a day on both sides, so that what is left out on one day and comes on another is seen.
BESIDE = dt.timedelta(hours=26)
MINUTE = dt.timedelta(minutes=1)


def zones():
    """One zone of each content, with how many names it has."""
    groups = collections.defaultdict(list)
    for name in zoneinfo.available_timezones():
        content = importlib.resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()
        groups[content].append(name)
    return {min(names): len(names) for names in groups.values()}


def changes(zone):
    """Minutes at which the offset changes."""
    found, step = [], dt.timedelta(hours=6)
    before, offset = FROM, FROM.astimezone(zone).utcoffset()
    while before < UNTIL:
        after = before + step
        if after.astimezone(zone).utcoffset() != offset:
            low, high = before, after
            while high - low > MINUTE:
                middle = low + (high - low) / 2 // MINUTE * MINUTE
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
            found.append(high)
            offset = after.astimezone(zone).utcoffset()
        before = after
    return found


class Window:
    """What the clock shows, minute by minute, around a change."""

    def __init__(self, zone, change):
        self.zone, self.change = zone, change
        self.after, self.until = change - BESIDE, change + BESIDE
        # By hour and minute: the seconds of UTC at which they are shown, and the dates.
        self.shown = collections.defaultdict(list)
        moment = self.after + MINUTE
        while moment <= self.until:
            shown = moment.astimezone(zone)
            self.shown[shown.hour, shown.minute].append((int(moment.timestamp()), shown.date()))
            moment += MINUTE
        show = lambda moment: moment.astimezone(zone).replace(tzinfo=None, fold=0)
        self.before, self.behind = show(change - MINUTE) + MINUTE, show(change)

    def gap(self):
        """Times that are left out."""
        return [self.before + MINUTE * number for number in range(max(0, int((self.behind - self.before) / MINUTE)))]

    def is_fold(self, moment):
        """Whether what the clock shows at a second of UTC comes twice; then the first or the second time."""
        ahead, away = int((self.before - self.behind).total_seconds()), moment - int(self.change.timestamp())
        if -ahead <= away < 0:
            return "first"
        return "last" if 0 <= away < ahead else None


class Fields:
    def __init__(self, expression):
        parts = expression.split()
        self.sim = cronsim.CronSim(expression, dt.datetime(2020, 1, 1))
        self.repeats = "*" in parts[0] + parts[1]

    def match_date(self, date):
        return date.month in self.sim.months and self.sim.match_day(date)

    def match(self, shown):
        return shown.minute in self.sim.minutes and shown.hour in self.sim.hours and self.match_date(shown.date())


def definition(fields, window, gap, fold):
    moments = set()
    for time in itertools.product(fields.sim.hours, fields.sim.minutes):
        moments |= {moment for moment, date in window.shown[time] if fields.match_date(date)}
    if not fields.repeats:
        moments = {moment for moment in moments if window.is_fold(moment) in (None, fold)}
        if gap == "shift" and any(fields.match(left_out) for left_out in window.gap()):
            moments.add(int(window.change.timestamp()))
    return sorted(moments)


def others(step, window):
    moments, until = [], int(window.until.timestamp())
    while len(moments) < 10_000:
        moment = int(step().timestamp())
        if moment > until:
            return moments
        moments.append(moment)
    raise AssertionError("it goes on for ever")


def with_cronsim(expression, window):
    sim = cronsim.CronSim(expression, window.after.astimezone(window.zone))
    return others(lambda: next(sim), window)


def with_croniter(expression, window):
    iterator = croniter.croniter(expression, window.after.astimezone(window.zone))
    return others(lambda: iterator.get_next(dt.datetime), window)


def reason(window, fields, ours, theirs):
    """The rule by which two lists differ, `None` when there is none."""
    missing, more = set(ours) - set(theirs), set(theirs) - set(ours)
    change = int(window.change.timestamp())
    if len(set(theirs)) < len(theirs) or theirs != sorted(theirs):
        return None
    if not fields.repeats and not missing and {window.is_fold(moment) for moment in more} == {"last"}:
        return "fold: fixed times come once, theirs both times"
    if fields.repeats and window.gap() and not missing and more == {change}:
        return "gap: what repeats comes when the clock shows it, theirs is shifted"
    # Both programs go from hour to hour, and so past what lies beside a change that is not one of full hours.
    if fields.repeats and not more and (window.before.minute or window.behind.minute):
        return "repeats: comes when the clock shows it, theirs leaves some out at a change beside the full hour"
    if fields.repeats and not more and {window.is_fold(moment) for moment in missing} == {"last"}:
        return "fold: what repeats comes both times, theirs once in a fold of some hours"
    return None


def main():
    program = subprocess.Popen([sys.argv[1], "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    version = program.stdout.readline().strip()
    zoneinfo.reset_tzpath(to=[])
    assert version == tzdata.IANA_VERSION, f"built in is {version}, tzdata has {tzdata.IANA_VERSION}"
    groups = zones()
    loaded = {name: zoneinfo.ZoneInfo(name) for name in groups}
    windows = {name: [Window(zone, change) for change in changes(zone)] for name, zone in loaded.items()}
    names = sum(groups.values())
    versions = [f"{package} {importlib.metadata.version(package)}" for package in ["croniter", "cronsim"]]
    print(f"tzdata {version}: {names} names of {len(groups)} zones, {sum(map(bool, windows.values()))} of them with changes,"
          f" {sum(map(len, windows.values()))} changes; {', '.join(versions)}", flush=True)

    def ours(expression, name, window, gap, fold):
        line = [expression, name, gap, fold, str(int(window.after.timestamp())), str(int(window.until.timestamp()))]
        program.stdin.write("\t".join(line) + "\n")
        program.stdin.flush()
        return [int(moment) for moment in program.stdout.readline().split()]

    table, examples, moments = collections.Counter(), {}, 0
    for expression in sys.argv[2:] or EXPRESSIONS:
        fields = Fields(expression)
        for name, found in windows.items():
            # What never changes is looked at once, in a winter with a leap day.
            for window in found or [Window(loaded[name], dt.datetime(2024, 2, 29, tzinfo=UTC))]:
                for gap, fold in CHOICES:
                    mine = ours(expression, name, window, gap, fold)
                    rows = [(f"definition, {gap} {fold}", definition(fields, window, gap, fold))]
                    if (gap, fold) == CHOICES[0]:
                        moments += len(mine)
                        rows += [("cronsim", with_cronsim(expression, window)), ("croniter", with_croniter(expression, window))]
                    for other, theirs in rows:
                        verdict = "identical" if mine == theirs else reason(window, fields, mine, theirs) or "UNEXPLAINED"
                        if other.startswith("definition") and verdict != "identical":
                            verdict = "UNEXPLAINED"
                        table[other, verdict] += 1
                        examples.setdefault((other, verdict), (expression, name, window.change.isoformat(), mine, theirs))
        print(f"  {expression}: done", file=sys.stderr, flush=True)
    print(f"{moments} moments with shift and first")
    for (other, verdict), count in sorted(table.items()):
        print(f"{other:26} {count:7}  {verdict}")
        if verdict != "identical":
            expression, name, change, mine, theirs = examples[other, verdict]
            away = lambda a, b: [str(dt.datetime.fromtimestamp(moment, UTC)) for moment in sorted(set(a) - set(b))[:3]]
            print(f"{'':35} as `{expression}` in {name} at {change}:")
            print(f"{'':35} only ours {away(mine, theirs)}, only theirs {away(theirs, mine)}")
    return int(any(verdict == "UNEXPLAINED" for _, verdict in table))


if __name__ == "__main__":
    sys.exit(main())
