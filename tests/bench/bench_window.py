"""What else could hold up the window: many runs, a wide comparison, a large recipe, a long log; not part of the suite.

`python -m tests.bench.bench_window [--runs 300]` writes fake runs, does in the window what a person does, off the
screen, and prints the longest times that its thread was held up. The aim is under 50 ms at any moment. A long run is
the business of bench_charts. `--times 5` does it again and again with the form of a recipe of 30 tasks, the page of a
run and a comparison of 8 runs, and prints of each the median over the times, of the longest hold in each turn that it
takes: what another program took of the processor's caches in one of them does not count.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import studio.core.recipe.recipe  # noqa: F401  pydantic comes before PySide6
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.events import SampleMade
from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.ui.app import make_application, make_window
from studio.ui.pages import Pages
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.bench.holds import Holds, wait, wait_until
from tests.fake_run import FakeRun, make_fake_run

METHODS = ("mixlora", "lora", "dora", "moelora")
TASKS = 40  # of the large recipe
TASKS_AGAIN, SEEDS_AGAIN = 30, 2  # of what is done several times: a smaller recipe, and a comparison of 8 runs
WIDTHS, RESIZED = range(1000, 1600, 100), "resized"


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


def compared_runs(runs: Path, steps: int, seeds: int = 3) -> None:
    """The runs of one comparison: four methods, and some seeds of each."""
    for at, method in enumerate(METHODS):
        for seed in range(1, seeds + 1):
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


def large_recipe(folder: Path, many: int = TASKS) -> Path:
    """A recipe of many tasks, each with its files."""
    tasks = []
    for number in range(many):
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


def again(window: MainWindow, holds: Holds, recipe: Path, talkative: RunFolder, times: int) -> None:
    """Print the median over several times of the longest hold of each thing that is done."""
    found: dict[str, list[float]] = {}

    def done(what: str, act: Callable[[], object]) -> None:
        holds.begin()
        act()
        wait(0.2)
        found.setdefault(what, []).append(max(holds.held, default=0.0))

    def opened(act: Callable[[], object], there: Callable[[], bool]) -> None:
        act()
        wait_until(there, seconds=120)

    def moved(where: str) -> None:
        for wide in WIDTHS:
            done(f"{where} {RESIZED} to {wide}", partial(window.resize, wide, wide * 5 // 8))
        for choice in ("light", "dark"):
            done(f"{where} in the {choice} theme", partial(theme.choose, choice))
        window.resize(1280, 800)
        wait(0.2)

    pages = window.pages
    for _ in range(times):
        pages.show_new_run()
        new = pages.new_run
        assert new is not None
        done("the recipe opened", partial(opened, partial(new.open_recipe, str(recipe)), new.is_settled))
        moved("its form")
        new.open_recipe(str(talkative.recipe_file))
        wait_until(new.is_settled, seconds=120)
        done("a run opened", partial(opened, partial(pages.show_run, talkative), partial(_is_read, pages)))
        run = pages.run
        assert run is not None
        for tab in range(run.tabs.count()):
            title = run.tabs.tabText(tab)
            done(f"its part {title} shown", partial(run.tabs.setCurrentIndex, tab))
            moved(f"its part {title}")
        pages.show_new_run()
        pages.forget_run()
        wait(0.2)
        groups = [each.folder for each in pages.summaries if each.name.startswith("compared")]
        shown = partial(pages.show_comparison, tuple(reversed(groups)))
        done(f"{len(groups)} runs compared", partial(opened, shown, partial(_is_compared, pages)))
        moved("the comparison")
        pages.show_new_run()
        if pages.comparison is not None:
            pages.comparison.show_groups({})
    medians = {what: 1000 * statistics.median(each) for what, each in found.items()}
    resized: dict[str, float] = {}
    for what, median in medians.items():
        where, by, _ = what.partition(f" {RESIZED}")
        if by:
            resized[where] = max(median, resized.get(where, 0.0))
        else:
            print(f"{what}: {median:.0f} ms")
    for where, median in resized.items():
        print(f"{where} {RESIZED}, at its slowest size: {median:.0f} ms")


def _is_read(pages: Pages) -> bool:
    return pages.run is not None and pages.run.is_built and pages.run.tail.caught_up


def _is_compared(pages: Pages) -> bool:
    return pages.comparison is not None and len(pages.comparison.variants) == len(METHODS)


def once(window: MainWindow, holds: Holds, many: int, runs: Path, recipe: Path, talkative: RunFolder) -> None:
    """Do one thing after the other, and print the longest holds of each."""
    new = window.pages.new_run
    assert new is not None
    make_fake_run(runs, steps=3, now=1.95e9)
    with told(holds, "one more run in the list"):
        wait_until(lambda: window.sidebar.model.rowCount() > many + 13)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--where", type=float, help="print where the thread is in holds longer than this (seconds)")
    parser.add_argument("--times", type=int, default=0, help="do the same so many times, and print medians")
    chosen = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="bench-window-"))
    os.environ["MIXLORA_STUDIO_HOME"] = str(place / "home")
    runs = place / "runs"
    many_runs(runs, chosen.runs)
    compared_runs(runs, 300 if chosen.times else 1000, SEEDS_AGAIN if chosen.times else 3)
    talkative = talkative_run(runs)
    recipe = large_recipe(place, TASKS_AGAIN if chosen.times else TASKS)
    app = make_application()
    theme.choose("dark")
    with Holds(chosen.where) as holds:
        window = make_window(Settings(), [], runs, None, remember=False)
        window.resize(1280, 800)
        window.show()
        with told(holds, "the first seconds of the window"):
            window.begin()
            wait_until(lambda: window.sidebar.model.rowCount() >= chosen.runs and window.pages.new_run is not None)
            new = window.pages.new_run
            assert new is not None
            wait_until(new.is_settled)
        if chosen.times:
            wait(2.0)
            again(window, holds, recipe, talkative, chosen.times)
        else:
            once(window, holds, chosen.runs, runs, recipe, talkative)
        with told(holds, "closing"):
            window.close()
    app.quit()
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
