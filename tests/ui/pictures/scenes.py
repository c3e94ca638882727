"""The pages that have pictures, each set up from recorded runs on a machine that is the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.run_folder import RunFolder
from studio.core.state.comparison import name_of_run
from studio.core.token_view import SeenRow, SeenToken
from studio.hardware.nvidia import Reading
from studio.hardware.telemetry import Telemetry
from studio.ui.desk import Answer
from studio.ui.new_run.data_check import Question
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run
from tests.planner.machines import machine

GIB = 1 << 30
BUS = "00000000:01:00.0"
MACHINE = machine(24, 22.5, bus=BUS)
READING = Reading("RTX 4090", BUS, 87.0, int(9.5 * GIB), 24 * GIB, 64.0, 310.0)
TELEMETRY = Telemetry(0.0, (READING,), 21.0, 12 * GIB, 64 * GIB)
RECIPE_LINES = 80  # more than a page shows
LIVE, SCORES, MEMORY, LOG, RECIPE, TRY = range(6)  # the parts of a run's page

Scene = Callable[[QtBot, MainWindow, Path], QWidget]  # sets the window up; returns what is pictured


def recipe(folder: Path) -> Path:
    """A recipe of three tasks, of which one file is not there."""
    tasks = []
    for name in ("units", "extract", "sort"):
        for part in ("train", "test"):
            (folder / f"{name}-{part}.jsonl").write_text('{"prompt": "1", "completion": "2"}\n' * 90, encoding="utf-8")
        tasks.append({"name": name, "train": str(folder / f"{name}-train.jsonl")})
        tasks[-1]["evaluate"] = str(folder / f"{name}-test.jsonl")
    file = folder / "recipe.toml"
    values = {"name": "three tasks", "tasks": tasks, "training": {"max_steps": 400}}
    file.write_text(dump_recipe(Recipe.model_validate(values)), encoding="utf-8")
    return file


def recorded(runs: Path) -> RunFolder:
    """The runs of the list; returns the one whose page is shown."""
    for number, method in enumerate(("lora", "mixlora")):
        for seed in (0, 1):
            make_fake_run(
                runs, name=name_of_run("three tasks", method, seed), method=method, seed=10 * seed + number,
                speed=4.0 - number, recipe_seed=seed, total_steps=40, steps=40, now=1_700_000_000.0 + number,
            )  # fmt: skip
    with FakeRun(runs, "too large", seed=3, now=1_700_000_500.0) as run:
        run.start().train(9).end("failed")
    with FakeRun(runs, "units, extract, sort", seed=5, layers=8, now=1_700_001_000.0) as run:
        run.start().probe().evaluate("before")
        for number in range(1, 61):
            run.train()
            if number % 20 == 0:
                run.evaluate().checkpoint().sample()
        run.warn().evaluate("after").end()
    return run.folder


def begin(_bot: QtBot, window: MainWindow, _runs: Path) -> QWidget:
    return window


def new_run(bot: QtBot, window: MainWindow, _runs: Path) -> QWidget:
    page = window.pages.new_run
    assert page is not None
    bot.waitUntil(lambda: page._planned is not None and page._planned.whole)
    page.head.setFocus()
    question = Question("look", dict(page.data_check._keys))
    page.data_check._asked[77] = question
    rows = [
        SeenRow.of_tokens(1, (SeenToken("Convert 12 km to m.", "read"), SeenToken("12000 m", "learned"))).as_arrays()
    ]
    told: dict[str, Any] = {"format": "prompt-completion", "read_as": "prompt and completion", "found": 90, "used": 90}
    told |= {"lengths": {"edges": [0, 64, 128], "counts": [70, 20], "p50": 60, "p95": 120, "longest": 128}}
    told |= {"rows": rows, "columns": ["prompt", "completion"], "tokens": 9_000, "learned_tokens": 2_000, "whole": True}
    before = page._planned
    page.data_check._on_answer(Answer(77, done={"tasks": dict.fromkeys(question.keys, told)}))
    # What is known of the data is planned with.
    bot.waitUntil(lambda: page._planned not in (None, before) and page._planned.whole)
    return window


def _run(part: int) -> Scene:
    def show(bot: QtBot, window: MainWindow, runs: Path) -> QWidget:
        folder = next(each.folder for each in window.pages.summaries if each.name == "units, extract, sort")
        window.pages.show_run(folder)
        page = window.pages.run
        assert page is not None
        bot.waitUntil(lambda: page.is_built and page.tail.caught_up)
        page.tabs.setCurrentIndex(part)
        text = page.recipe.pane.toPlainText().replace(str(runs), "runs")
        # As many lines whatever fields a recipe has: the scroll bar's handle shows how many there are.
        lines = text.replace(runs.as_posix(), "runs").splitlines()
        page.recipe.pane.setPlainText("\n".join(lines[:RECIPE_LINES]))
        page.setFocus()
        return window

    return show


def comparison(bot: QtBot, window: MainWindow, _runs: Path) -> QWidget:
    window.pages.show_comparison(())
    page = window.pages.comparison
    assert page is not None
    bot.waitUntil(lambda: len(page.variants) == 2)
    return window


def maps(bot: QtBot, window: MainWindow, runs: Path) -> QWidget:
    comparison(bot, window, runs)
    assert window.pages.comparison is not None
    window.pages.comparison.parts.setCurrentIndex(1)
    return window


def settings(_bot: QtBot, window: MainWindow, _runs: Path) -> QWidget:
    from studio.ui.dialogs.settings import SettingsDialog

    window.dialogs.show_settings()
    dialog = window.findChildren(SettingsDialog)[0]
    for line in dialog.findChildren(QLineEdit):
        if Path(line.placeholderText()).is_absolute():
            line.setPlaceholderText("runs")
    return dialog


def compare_methods(bot: QtBot, window: MainWindow, _runs: Path) -> QWidget:
    page = window.pages.new_run
    assert page is not None
    bot.waitUntil(page.form.quality.compare.isEnabled)
    page.form.quality.compare.click()
    bot.waitUntil(lambda: window.dialogs.compare is not None)
    dialog = window.dialogs.compare
    assert dialog is not None
    bot.waitUntil(lambda: len(dialog._found) == len(dialog.boxes))
    return dialog


def sliders(bot: QtBot, window: MainWindow, runs: Path) -> QWidget:
    """The offers and the sliders alone: no scroll bar decides what of them is seen."""
    new_run(bot, window, runs)
    page = window.pages.new_run
    assert page is not None
    for above in (page.form.model, page.form.tasks):
        above.hide()
    return window


SCENES: dict[str, Scene] = {
    "begin": begin,
    "new-run": new_run,
    "sliders": sliders,
    "live": _run(LIVE),
    "scores": _run(SCORES),
    "memory": _run(MEMORY),
    "log": _run(LOG),
    "recipe": _run(RECIPE),
    "try": _run(TRY),
    "comparison": comparison,
    "maps": maps,
    "settings": settings,
    "compare-methods": compare_methods,
}
ON_A_RECIPE = ("new-run", "sliders", "compare-methods")


@contextmanager
def set_up(window: MainWindow) -> Iterator[None]:
    """Let the window look at no machine but the one that is the same everywhere."""
    window.machine_watch.start = lambda: None  # type: ignore[method-assign]
    window.begin()
    window.machine_watch.detected.emit(MACHINE)
    window.machine_watch.sampled.emit(TELEMETRY)
    yield
