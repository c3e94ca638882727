"""The experts' card on a long run: `python -m tests.bench.bench_experts [--steps 100000] [--layers 32] [--experts 8]`.

Prints how long the card takes to show its first picture, one picture while it is scrubbed and while it is played (each
with the longest hold of the window's thread), and one look at a run that grows. Without a display it draws offscreen.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from studio.core.run.run_folder import RunFolder
from studio.core.run.run_rows import ALL_TASKS, packed
from tests.bench.measure import machine, print_table, write_json
from tests.fake_run import FakeRun

TASKS = ("units", "extract", "sort")
KINDS_OF_STEPS = 50  # different loads, in turn: to draw them all anew takes longer than to write them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--experts", type=int, default=8)
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        run = long_run(Path(folder), asked.steps, asked.layers, asked.experts)
        print(f"{run.db.stat().st_size / 2**20:,.0f} MiB of run.db", flush=True)
        rows = measured(run, asked.steps, asked.pictures)
    print_table(f"{asked.steps:,} steps x {asked.layers} layers x {asked.experts} experts, milliseconds", rows)
    write_json(asked.json, {"rows": rows, **machine("cpu")})


def long_run(runs: Path, steps: int, layers: int, experts: int) -> RunFolder:
    """A run of three tasks with loads, answers' loads and pairs of every step, and no curves."""
    with FakeRun(runs, tasks=TASKS, layers=layers, experts=experts, total_steps=steps) as run:
        run.start()
        kinds = [run._loads(1200) for _ in range(KINDS_OF_STEPS)]
        folder = run.folder
    half = packed(np.full((layers, experts * (experts + 1) // 2), 40))

    def loads(names: Iterable[str], as_bytes: Callable[[np.ndarray], bytes]) -> Iterator[tuple[Any, ...]]:
        written = [{name: as_bytes(kind[name]) for name in names} for kind in kinds]
        for step in range(1, steps + 1):
            for name, blob in written[step % KINDS_OF_STEPS].items():
                yield step, name, layers, experts, blob

    with closing(sqlite3.connect(folder.db)) as database, database:
        insert = "(step, task, layers, experts, counts) VALUES (?, ?, ?, ?, ?)"
        whole = loads((ALL_TASKS, *TASKS), lambda counts: counts.astype("<f4").tobytes())
        database.executemany(f"INSERT INTO loads {insert}", whole)
        database.executemany(f"INSERT INTO answer_loads {insert}", loads(TASKS, lambda counts: packed(counts // 4)))
        pairs = ((step, layers, experts, half) for step in range(1, steps + 1, 10))
        database.executemany("INSERT INTO together (step, layers, experts, counts) VALUES (?, ?, ?, ?)", pairs)
    return folder


def measured(folder: RunFolder, steps: int, pictures: int) -> list[dict[str, Any]]:
    from PySide6.QtWidgets import QApplication

    from studio.core.run.run_record import RunRecord
    from studio.ui.run.experts_panel import ExpertsPanel

    app = QApplication([])
    record = RunRecord()
    with folder.reader() as reader:
        for stored in reader.events():
            record.add_event(stored)
    panel = ExpertsPanel()
    panel.resize(520, 640)
    panel.show()
    app.processEvents()

    def timed(act: Callable[[], object]) -> tuple[float, float]:
        """Milliseconds by the clock, and of the processor in the window's thread, which nothing else lengthens."""
        began, busy = time.perf_counter(), time.thread_time()
        act()
        app.processEvents()
        while panel.loads.is_reading:
            app.processEvents()
        return 1e3 * (time.perf_counter() - began), 1e3 * (time.thread_time() - busy)

    def open_run() -> None:
        panel.open(folder)
        panel.show_record(record)

    chance = np.random.default_rng(0)
    places = chance.integers(1, steps, pictures).tolist()
    ahead = np.linspace(1, steps, pictures).astype(int).tolist()
    rows = [_row("opened", [timed(open_run)])]
    for part, title in enumerate(("bars", "an expert", "pairs", "layers")):
        panel.map.choose((0, 1))
        panel.details.show_part(part)
        _settle(app)
        rows.append(_row(f"scrubbed, {title}", [timed(lambda at=at: panel.scrubber.setValue(at)) for at in places]))  # type: ignore[misc]
    rows.append(_row("played", [timed(lambda at=at: panel.scrubber.setValue(at)) for at in ahead]))  # type: ignore[misc]
    panel.live.setChecked(True)
    panel.details.show_part(0)
    rows.append(_row("grown by a step", [timed(lambda: panel.show_record(record, True)) for _ in range(pictures)]))
    panel.hide()
    panel.loads.close()
    return rows


def _settle(app: Any) -> None:
    """Let what is read in turns be read."""
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        app.processEvents()


def _row(what: str, times: list[tuple[float, float]]) -> dict[str, Any]:
    clock, processor = zip(*times, strict=True)
    return {
        "what": what,
        "median": round(statistics.median(clock), 1),
        "longest": round(max(clock), 1),
        "processor, median": round(statistics.median(processor), 1),
        "processor, longest": round(max(processor), 1),
    }


if __name__ == "__main__":
    main()
