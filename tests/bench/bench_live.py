"""What a very long run costs its page: opened, redrawn, replayed for hours; not part of the suite.

`python -m tests.bench.bench_live [--steps 100000] [--hours 8]` writes a run of so many steps, 32 layers and 8 experts,
off the screen, and prints: the seconds until its whole shape is drawn (aim 0.5), what a further step takes (aim 16 ms),
the longest holds while it is resized and its theme changes (aim 50 ms), and the memory after each of some hours of
steps, replayed as fast as the window follows (aim: under 300 MB after the first, and no more after the others).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil

import studio.core.recipe.recipe  # noqa: F401  pydantic comes before PySide6
from studio.core.run.events import StepEnded
from studio.core.run.run_folder import RunFolder
from studio.ui.app import make_application
from studio.ui.run.page import RunPage
from studio.ui.runs.summary import RunGlance
from studio.ui.theme import theme
from tests.bench.holds import Holds, wait, wait_until
from tests.fake_run import TASKS, FakeRun

STEPS_AN_HOUR = 3600
REDRAWS = 40  # steps that come one by one
A_TURN = 0.0005  # seconds, below which a turn of the event loop did nothing for them
LOADS_EVERY = 10  # of the long run's steps, which keeps its file within some hundred megabytes


def scalars(first: int, last: int, total: int) -> Iterator[tuple[int, str, float]]:
    """The curves of the steps from `first` to `last`."""
    random = np.random.default_rng(first)
    for step in range(first, last + 1):
        fallen = 0.3 + 2.5 * float(np.exp(-6 * step / total))
        for number, task in enumerate(TASKS):
            yield step, f"task/{task}/loss", fallen + 0.1 * number + 0.2 * float(random.random())
        yield step, "loss", fallen + 0.2 * float(random.random())
        yield step, "learning_rate", 2e-4 * (1 - step / total)
        yield step, "grad_norm", 0.5 + 0.2 * float(random.random())
        yield step, "tokens_per_second", 240.0 + 9 * float(random.random())
        yield step, "memory_bytes", 1.9e9


def grow(
    folder: RunFolder, first: int, last: int, total: int, layers: int, experts: int, every: int = LOADS_EVERY
) -> None:
    """Write steps as a worker does, but many in one transaction."""
    random = np.random.default_rng(first)
    with sqlite3.connect(folder.db) as database:
        database.executemany(
            "INSERT OR REPLACE INTO scalars (step, name, value) VALUES (?, ?, ?)", scalars(first, last, total)
        )
        rows = []
        for step in range(first, last + 1, every):
            counts = random.integers(50, 150, (layers, experts)).astype("<f4").tobytes()
            rows += [(step, task, layers, experts, counts) for task in ("", *TASKS)]
        database.executemany(
            "INSERT OR REPLACE INTO loads (step, task, layers, experts, counts) VALUES (?, ?, ?, ?, ?)", rows
        )
        ended = [
            StepEnded(step=step, total_steps=total, epoch=step / total, loss=1.0, seconds=1.0, tokens=1200)
            for step in range(max(first, last - 40), last + 1)
        ]
        database.executemany(
            "INSERT OR REPLACE INTO events (time, kind, step, body) VALUES (?, ?, ?, ?)",
            [(time.time(), event.kind, event.step, event.model_dump_json()) for event in ended],
        )
    database.close()


def megabytes() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def opened(run: FakeRun, holds: Holds) -> RunPage:
    page = RunPage(run.folder, 0.8)
    page.resize(1310, 820)
    summary = RunGlance(run.folder).look()  # which the window does in a thread
    holds.begin()
    begun, busy = time.perf_counter(), time.process_time()
    page.show()
    page.show_summary(summary)
    wait_until(lambda: page.is_built and bool(page.live.loss.curves), seconds=60)
    page.grab()
    taken, worked = time.perf_counter() - begun, time.process_time() - busy
    print(f"its whole shape drawn after {taken:.2f} s, {worked:.2f} s of the processor")
    wait_until(lambda: page.tail.caught_up, seconds=600)
    print(f"read point for point after {time.perf_counter() - begun:.1f} s")
    return page


def reached(page: RunPage, step: int) -> bool:
    return page.tail.record.step >= step


def redraws(page: RunPage, holds: Holds, run: FakeRun, step: int, total: int, layers: int) -> int:
    """Steps that come one by one: how long each held the window's thread, in a turn; returns the newest step."""
    longest, whole = [], []
    for _ in range(REDRAWS):
        step += 1
        page.tail.stop()
        grow(run.folder, step, step, total, layers, run.experts, every=1)
        wait(0.02)  # what the bench's own writing has delayed
        holds.begin()
        page.tail.start()
        wait_until(partial(_is_drawn, page, step), seconds=60)
        wait(0.02)  # in which it is painted
        longest.append(max(holds.held) * 1000)
        whole.append(sum(each for each in holds.held if each > A_TURN) * 1000)
    assert page.live.loss.curves["loss"].series.steps[-1] == step
    print(
        f"a step more, read, drawn and painted: {np.median(longest):.1f} ms in its longest turn, "
        f"{np.median(whole):.1f} in all (medians of {REDRAWS}; at least {min(longest):.1f} and {min(whole):.1f})"
    )
    return step


def _is_drawn(page: RunPage, step: int) -> bool:
    is_read = page.tail.record.step == step and page.tail.caught_up and not page.tail.is_looking
    return is_read and not page.live.experts.loads.is_reading


def moves(page: RunPage, holds: Holds) -> None:
    holds.begin()
    for wide in range(900, 1500, 25):
        page.resize(wide, wide * 5 // 8)
        wait(0.02)
    print(f"resizing: {holds.worst()}")
    for choice in ("light", "dark"):
        theme.choose(choice)  # type: ignore[arg-type]
        wait(0.3)
    print(f"the other theme and back: {holds.worst()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--hours", type=int, default=8)
    parser.add_argument("--where", type=float, help="print where the thread is in holds longer than this (seconds)")
    chosen = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="bench-live-"))
    os.environ["MIXLORA_STUDIO_HOME"] = str(place / "home")
    app = make_application()
    theme.choose("dark")
    total = chosen.steps + chosen.hours * STEPS_AN_HOUR
    with FakeRun(place, total_steps=total, layers=chosen.layers) as run, Holds(chosen.where) as holds:
        run.start().evaluate("before")
        for first in range(1, chosen.steps + 1, 5000):
            last = min(chosen.steps, first + 4999)
            grow(run.folder, first, last, total, chosen.layers, run.experts)
        before = megabytes()
        page = opened(run, holds)
        print(f"while it opened: {holds.worst()}; memory {before:.0f} MB before, {megabytes():.0f} MB after")
        step = redraws(page, holds, run, chosen.steps, total, chosen.layers)
        moves(page, holds)
        for hour in range(1, chosen.hours + 1):
            for _ in range(STEPS_AN_HOUR // 400):
                grow(run.folder, step + 1, step + 400, total, chosen.layers, run.experts)
                step += 400
                holds.begin()  # writing is the bench's own work
                wait(0.05)
            wait_until(partial(reached, page, step), seconds=60)
            print(f"hour {hour}: memory {megabytes():.0f} MB, {holds.worst()}", flush=True)
        page.leave()
        page.close()
    app.quit()
    shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
