"""Train what a table needs, as far as the minutes go, or write the tables into the page.

    python -m tests.bench.learning --table methods --minutes 30      goes on where it was left
    python -m tests.bench.learning --summary                         tables into tests/bench/learning/README.md
    python -m tests.bench.learning --again 3                         three of the trials from nothing: the same figures?
    python -m tests.bench.learning --list                            tables, and how many trials of each are there

Every finished trial is a line of build/learning/results.jsonl. Give it a processor of its own, and a thread
(OMP_NUM_THREADS=1): figures do not depend on time, but a processor adds up in another order with more threads.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tests.bench.learning.rows import WORK
from tests.bench.learning.store import Store
from tests.bench.learning.summary import write_page
from tests.bench.learning.tables import TABLES, next_trial, trials_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="append", choices=list(TABLES), default=[], help="may be given several times")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--results", type=Path, default=WORK / "results.jsonl")
    parser.add_argument("--summary", action="store_true")
    parser.add_argument("--again", type=int, default=0, metavar="N")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    store, until = Store(asked.results), time.monotonic() + 60 * asked.minutes
    for name in asked.table:
        train(name, store, until)
    if asked.summary:
        write_page(store)
    if asked.again and not again(store, asked.again):
        raise SystemExit(1)
    if asked.list:
        for name, table in TABLES.items():
            trials = trials_of(table, store)
            print(f"{name}: {sum(store.get(each) is not None for each in trials)} trials there. {table.question}")


def again(store: Store, count: int) -> bool:
    """Do some trials again, spread evenly over those there are; returns whether all gave the figures they gave."""
    from tests.bench.learning.trial import run_trial

    there = store.trials()
    alike = True
    for trial in (there[number * len(there) // count] for number in range(count)):
        before, now = store.get(trial) or {}, run_trial(trial)
        differ = [name for name in now if name != "seconds" and now[name] != before.get(name)]
        print(f"{trial}: {'the same' if not differ else 'different: ' + ', '.join(differ)}", flush=True)
        alike = alike and not differ
    return alike


def train(name: str, store: Store, until: float) -> None:
    """Compute a table's trials one after another until they are all there, or the time is up."""
    from tests.bench.learning.trial import run_trial

    while time.monotonic() < until and (trial := next_trial(TABLES[name], store)) is not None:
        result = run_trial(trial)
        store.add(trial, result)
        method = " ".join(f"{key} {value}" for key, value in trial.method.items() if key != "name")
        print(
            f"{time.strftime('%H:%M:%S')} {name}: {trial.method['name']} {method},"
            f" rate {trial.training['learning_rate']}, {trial.count} {trial.family}, seed {trial.seed}:"
            f" {result['validation']:.1%} validation, {result['test']:.1%} test, {result['seconds']} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
