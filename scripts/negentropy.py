#!/usr/bin/env python3
"""The Negentropy Audit (docs/negentropy.md), recomputed from the records of a log and from nothing else.

    triad log show DIR -o json | python3 scripts/negentropy.py

Reads records as JSON, one a line. Writes the rows of `triad ledger negentropy -o json`: by tenant, owner and day; with
`--tasks` a row for each task with a declared value that was charged and that ended.
"""

import collections
import json
import sys

MILLION = 1_000_000
KWH_UJ = 3_600_000_000_000
FIGURES = [
    "tasks", "verified_tasks", "declared_micro", "verified_micro", "unverified_micro", "energy_uj", "other_energy_uj",
]


def declared(task):
    """What a task is declared to be worth, in millionths; None when nobody said."""
    terms = task["terms"] or {}
    if terms.get("value_score") is None:
        return None
    multiplier = terms.get("market_multiplier")
    return terms["value_score"] * (MILLION if multiplier is None else multiplier) // MILLION


def used_uj(charge):
    """What a run used: what processors counted, else microseconds times milliwatts are nanojoules."""
    counted = charge.get("package_energy")
    return charge["processor_time"] * charge["core_power"] // 1000 if counted is None else counted


def with_ratios(figures):
    """With value for each kilowatt hour; None where no energy was measured."""
    verified, energy = figures["verified_micro"], figures["energy_uj"]
    ratios = {"verified_micro_per_kwh": verified, "declared_micro_per_kwh": verified + figures["unverified_micro"]}
    return figures | {name: value * KWH_UJ // energy if energy else None for name, value in ratios.items()}


class Audit:
    def __init__(self):
        self.rows = collections.defaultdict(lambda: dict.fromkeys(FIGURES, 0))
        self.values = {}  # by workflow and task
        self.held = {}  # of the last attempt, where that was verified
        self.charged = {}  # tenant and owner
        self.used = collections.Counter()  # of all attempts
        self.tasks = []

    def record(self, record):
        kind, payload = record["kind"], record["payload"]
        stream, day = record["stream"], record["time"][:10]
        of = (stream, payload.get("task"))
        if kind == "intake.chunk_staged":
            self.define(stream, payload["first_task"], payload["tasks"])
        elif kind == "intake.workflow_submitted":
            self.define(stream, payload["asked"]["staged_tasks"], payload["asked"]["tasks"])
        elif kind == "dag.task_fanned_out" and of in self.values:
            for part in range(payload["first"], payload["first"] + payload["parts"]):
                self.values[stream, part] = self.values[of] // payload["parts"]
        elif kind == "execution.attempt_ended":
            verified = (payload.get("findings") or {}).get("verified")
            self.held[of] = verified and (verified["held"], verified["checks"])
        elif kind == "economics.run_charged":
            self.charged[of] = account = (payload["tenant"], payload["owner"])
            figure = "energy_uj" if of in self.values else "other_energy_uj"
            self.rows[(*account, day)][figure] += used_uj(payload)
            self.used[of] += used_uj(payload)
        elif kind in ("dag.task_completed", "dag.task_failed"):
            self.end(of, day, kind == "dag.task_completed")

    def define(self, stream, first, tasks):
        for number, task in enumerate(tasks, first):
            value = declared(task)
            if value is not None:
                self.values[stream, number] = value

    def end(self, of, day, is_completed):
        if of not in self.values or of not in self.charged:
            return
        task, value = dict.fromkeys(FIGURES, 0), self.values[of]
        task.update(tasks=1, declared_micro=value)
        if self.held.get(of):
            held, checks = self.held[of]
            task.update(verified_tasks=1, verified_micro=value * held // checks)
        elif is_completed:
            task["unverified_micro"] = value
        row = self.rows[(*self.charged[of], day)]
        for figure in FIGURES:
            row[figure] += task[figure]
        task["energy_uj"] = self.used[of]
        self.tasks.append({"workflow_id": of[0], "task": of[1], "day": day, **with_ratios(task)})

    def report(self):
        for (tenant, owner, day), row in sorted(self.rows.items()):
            yield {"tenant": tenant, "owner": owner or None, "day": day, **with_ratios(row)}


def main():
    audit = Audit()
    for line in sys.stdin:
        audit.record(json.loads(line))
    for row in audit.tasks if "--tasks" in sys.argv[1:] else audit.report():
        print(json.dumps(row))


if __name__ == "__main__":
    main()
