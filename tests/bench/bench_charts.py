"""What a long run costs the window: reading it, drawing it, and each further step; not part of the suite.

`python -m tests.bench.bench_charts [--steps 20000]` writes a fake run of that many steps, opens it off the screen, and
prints the longest time that the window's thread was held up. The aim is under 50 ms at any moment.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import studio.core.recipe.recipe  # noqa: F401  pydantic comes before PySide6
from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.ui.app import make_application, make_window
from studio.ui.theme import theme
from tests.bench.holds import Holds, wait, wait_until
from tests.fake_run import FakeRun

GROWN = 30


def grow_run(folder: Path, done: int, layers: int) -> None:
    """Write further steps into a run that has `done` of them, ten a second."""
    with FakeRun(folder.parent, total_steps=done + 100, layers=layers, folder=RunFolder(folder)) as run:
        run.step = done
        for _ in range(GROWN):
            run.train()
            time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--grow", type=Path, help="only write further steps into this run, as a worker does")
    parser.add_argument("--where", type=float, help="print where the thread is in holds longer than this (seconds)")
    chosen = parser.parse_args()
    if chosen.grow:
        grow_run(chosen.grow, chosen.steps, chosen.layers)
        return
    app = make_application()
    theme.choose("dark")
    runs = Path(tempfile.mkdtemp(prefix="bench-charts-"))
    with FakeRun(runs, total_steps=chosen.steps + 100, layers=chosen.layers) as run, Holds(chosen.where) as holds:
        run.start().train(chosen.steps)
        window = make_window(Settings(), [], runs, None, remember=False)
        window.resize(1280, 800)
        window.show()
        window.begin()
        wait(2.0)  # what the window does in its first moments is measured by bench_first_paint
        holds.begin()
        begun = time.perf_counter()
        window.pages.show_run(run.folder)
        print(f"opening the page: {(time.perf_counter() - begun) * 1000:.0f} ms")
        page = window.pages.run
        assert page is not None
        wait_until(lambda: page.tail.record.step == chosen.steps and page.tail.caught_up, seconds=120)
        print(f"{chosen.steps} steps read and drawn in {time.perf_counter() - begun:.2f} s: {holds.worst()}")
        # From a process of its own, as a worker does: its own work must not count as the window's.
        grow = subprocess.Popen([sys.executable, __file__, "--grow", run.folder.path, f"--steps={chosen.steps}"])
        holds.begin()  # starting a process is the bench's work
        wait_until(lambda: grow.poll() is not None)
        wait(0.5)
        print(f"{GROWN} further steps (now {page.tail.record.step}): {holds.worst()}")
        assert page.tail.record.step == chosen.steps + GROWN
        begun = time.perf_counter()
        window.grab()
        print(f"painting the whole window: {(time.perf_counter() - begun) * 1000:.0f} ms")
        window.close()
    app.quit()


if __name__ == "__main__":
    main()
