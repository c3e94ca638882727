"""What else could hold up the window: many runs, a wide comparison, a large recipe, a long log; not part of the suite.

`python -m tests.bench.bench_window [--runs 300]` writes fake runs, does in the window what a person does, off the
screen, and prints the longest times that its thread was held up. The aim is under 50 ms at any moment. A long run is
the business of bench_charts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import studio.core.recipe.recipe  # noqa: F401  pydantic comes before PySide6
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.events import SampleMade
from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.ui.app import make_application, make_window
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.bench.holds import Holds, wait, wait_until
from tests.fake_run import FakeRun, make_fake_run

METHODS = ("mixlora", "lora", "dora", "moelora")
TASKS = 40  # of the large recipe


@contextmanager
def told(holds: Holds, what: str) -> Iterator[None]:
    """Print the holds of what is done here, and how long it took in all."""
    holds.begin()
    begun = time.perf_counter()
    yield
    wait(0.3)
    print(f"{what}, {time.perf_counter() - begun - 0.3:.1f} s: {holds.worst()}", flush=True)


def many_runs(runs: Path, number: int) -> None:
    """A folder of `number` finished runs, of which few differ."""
    first = [make_fake_run(runs, steps=60, method=method, now=1.7e9 + at) for at, method in enumerate(METHODS)]
    for at in range(len(first), number):
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(1.7e9 + 60 * at))
        shutil.copytree(first[at % len(first)].path, runs / f"{stamp}-three-tasks")


def compared_runs(runs: Path, steps: int) -> None:
    """The runs of one comparison: four methods, three seeds."""
    for at, method in enumerate(METHODS):
        for seed in (1, 2, 3):
            name = f"compared {method} seed {seed}"
            with FakeRun(
                runs, name, method=method, seed=seed, recipe_seed=seed, total_steps=steps, now=1.8e9 + 10 * at + seed
            ) as run:
                run.start().evaluate("before").train(steps).evaluate("after").end()


def talkative_run(runs: Path) -> RunFolder:
    """A run with thousands of events, a worker.log of megabytes, and long samples."""
    with FakeRun(runs, "talkative", total_steps=400, layers=32, now=1.9e9) as run:
        run.start().probe()
        for number in range(400):
            run.train().checkpoint()
            for _ in range(5):
                run.warn(f"Row {number} of extract is longer than 512 tokens and was cut.")
            if number % 10 == 0:
                run.evaluate()
            run.write(
                SampleMade(step=run.step, task="units", prompt="word " * 300, answer="word " * 300, expected="word")
            )
        run.end()
        run.folder.log.write_text("a line of what the worker printed, as long as such lines are\n" * 60_000, "utf-8")
        return run.folder


def large_recipe(folder: Path) -> Path:
    """A recipe of many tasks, each with its files."""
    tasks = []
    for number in range(TASKS):
        file = folder / f"task-{number}.jsonl"
        file.write_text('{"prompt": "one", "completion": "two"}\n' * 2000, "utf-8")
        tasks.append(TaskTable(name=f"task-{number}", train=str(file), evaluate=str(file)))
    recipe = folder / "large.toml"
    recipe.write_text(dump_recipe(Recipe(name="large", tasks=tuple(tasks))), "utf-8")
    return recipe


def look_at(window: MainWindow, holds: Holds, folder: RunFolder, what: str) -> None:
    """Open a run's page and all its tabs, resize the window, and change the theme."""
    with told(holds, f"opening {what}"):
        window.pages.show_run(folder)
        page = window.pages.run
        assert page is not None
        wait_until(lambda: page.tail.caught_up)
    for tab in range(page.tabs.count()):
        with told(holds, f"  its tab '{page.tabs.tabText(tab)}'"):
            page.tabs.setCurrentIndex(tab)
    page.tabs.setCurrentIndex(0)
    move(window, holds)


def move(window: MainWindow, holds: Holds) -> None:
    """Resize the window as a person would, and change the theme."""
    with told(holds, "  resizing it"):
        for wide in range(1000, 1600, 25):
            window.resize(wide, wide * 5 // 8)
            wait(0.02)
    with told(holds, "  the other theme and back"):
        for choice in ("light", "dark"):
            theme.choose(choice)  # type: ignore[arg-type]
            wait(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--where", type=float, help="print where the thread is in holds longer than this (seconds)")
    chosen = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="bench-window-"))
    os.environ["MIXLORA_STUDIO_HOME"] = str(place / "home")
    runs = place / "runs"
    many_runs(runs, chosen.runs)
    compared_runs(runs, 1000)
    talkative = talkative_run(runs)
    recipe = large_recipe(place)
    app = make_application()
    theme.choose("dark")
    with Holds(chosen.where) as holds:
        window = make_window(Settings(), [], runs, None, remember=False)
        window.resize(1280, 800)
        window.show()
        with told(holds, "the first seconds of the window"):
            window.begin()
            wait_until(lambda: window.sidebar.model.rowCount() >= chosen.runs)
            new = window.pages.new_run
            assert new is not None
            wait_until(new.is_settled)
        make_fake_run(runs, steps=3, now=1.95e9)
        with told(holds, "one more run in the list"):
            wait_until(lambda: window.sidebar.model.rowCount() > chosen.runs + 13)
        with told(holds, "scrolling through the list"):
            bar = window.sidebar.list.verticalScrollBar()
            for at in range(0, bar.maximum(), max(1, bar.maximum() // 60)):
                bar.setValue(at)
                wait(0.01)
        with told(holds, f"opening a recipe of {TASKS} tasks"):
            new.open_recipe(str(recipe))
            wait_until(new.is_settled)
        with told(holds, "typing into its form"):
            for number in range(10):
                new.head.name.setText(f"large {number}")
                new.form.set_fields({"method.rank": 8 + number})
                wait(0.1)
        move(window, holds)
        look_at(window, holds, talkative, "a talkative run")
        with told(holds, "back to the new run, and to the run again"):
            window.pages.show_new_run()
            wait(0.3)
            window.pages.show_run(talkative)
        groups = [each.folder for each in window.pages.summaries if each.name.startswith("compared")]
        with told(holds, f"comparing {len(groups)} runs"):
            window.pages.show_comparison(tuple(reversed(groups)))
            compared = window.pages.comparison
            assert compared is not None
            wait_until(lambda: len(compared.variants) == len(METHODS))
        with told(holds, "  each of its curves"):
            for at in range(compared.curves.curve.count()):
                compared.curves.curve.setCurrentIndex(at)
                wait(0.05)
            compared.curves.curve.setCurrentIndex(0)
        with told(holds, "  smoothing them"):
            for per_cent in range(0, 99, 7):
                compared.curves.smoothing.setValue(per_cent)
                wait(0.02)
        move(window, holds)
        with told(holds, "closing"):
            window.close()
    app.quit()
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
