"""A person tries three learning rates with two seeds by clicks: six real runs in one pass, and what they found."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.recipe.recipe_file import dump_recipe, load_recipe
from studio.core.run.events import EvaluationEnded
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.run.run_group import read_group
from studio.core.state.run_state import read_state
from studio.ui.theme import theme
from tests.e2e.test_persons_paths import (  # noqa: F401 - fixtures
    LEFT,
    Open,
    form_of,
    open_window,
    press,
    runs,
    type_into,
)
from tests.patience import PATIENCE
from tests.ui.conftest import ink, picture

RATES = (5e-4, 1e-3, 2e-3)
STEPS, ROWS, AT_ONCE, HELD_OUT = {"tiny": 6, "demo": 24}, 4, 2, 20
DEMO_MINUTES = 180  # six runs of the demo model's 135M weights, however busy the machine is


def short_demo(folder: Path, steps: int) -> Path:
    """The demo's own recipe and model with fewer steps, rows at once and held-out rows."""
    recipe = load_recipe(places.demo_recipe())
    tasks = []
    for task in recipe.tasks:
        assert isinstance(task.evaluate, str)
        few = folder / f"{task.name}-test.jsonl"
        rows = Path(task.evaluate).read_text(encoding="utf-8").splitlines(True)[:HELD_OUT]
        few.write_text("".join(rows), encoding="utf-8")
        tasks.append(task.model_copy(update={"evaluate": str(few)}))
    fewer = {"max_steps": steps, "batch_size": ROWS, "micro_batch": AT_ONCE, "warmup": 0}
    training = recipe.training.model_copy(update=fewer)
    file = folder / "demo.toml"
    changes = {"tasks": tuple(tasks), "training": training}
    file.write_text(dump_recipe(recipe.model_copy(update=changes)), encoding="utf-8")
    return file


def choose(qtbot: QtBot, box: QComboBox, value: object) -> None:
    """Choose an entry of a closed box with the keys, as a person who came there by Tab does."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.findData(value)):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == value


@pytest.mark.timeout(60 * DEMO_MINUTES)
@pytest.mark.parametrize("model", ["tiny", pytest.param("demo", marks=pytest.mark.bench)])
def test_that_three_learning_rates_with_two_seeds_train_in_one_pass_and_are_compared(
    qtbot: QtBot,
    open_window: Open,  # noqa: F811
    recipe_file: Path,
    runs: Path,  # noqa: F811
    tmp_path: Path,
    model: str,
) -> None:
    if model == "demo" and places.demo_model() is None:
        pytest.skip("the demo model is not installed; packaging/launch.py installs it")
    window = open_window(short_demo(tmp_path, STEPS[model]) if model == "demo" else recipe_file)
    page = form_of(qtbot, window)
    if model == "tiny":
        type_into(qtbot, page.form.rows["training.max_steps"].editor.control, str(STEPS[model]))
    press(qtbot, window, "try_values")
    qtbot.waitUntil(lambda: window.dialogs.sweep is not None)
    dialog = window.dialogs.sweep
    assert dialog is not None
    assert dialog.fields[0].path == "training.learning_rate"
    type_into(qtbot, dialog.fields[0].values, ", ".join(f"{rate:g}" for rate in RATES))
    choose(qtbot, dialog.how, True)
    qtbot.waitUntil(lambda: "All in one pass" in dialog.said.text())
    assert dialog.said.text().startswith("3 combinations, 2 seeds: 6 runs")
    qtbot.waitUntil(dialog.go.isEnabled)
    qtbot.mouseClick(dialog.go, LEFT)

    qtbot.waitUntil(lambda: len(list_runs(runs)) == 6)
    made = list_runs(runs)
    minutes = DEMO_MINUTES if model == "demo" else PATIENCE / 60
    qtbot.waitUntil(lambda: all(read_state(run).state == "finished" for run in made), timeout=round(60_000 * minutes))
    comparison = window.pages.comparison
    assert comparison is not None
    assert window.pages.currentWidget() is comparison
    qtbot.waitUntil(lambda: "The best setting is learning rate" in comparison.sweep.said.text())
    qtbot.waitUntil(comparison.sweep.keep.isEnabled)
    assert [len(variant.runs) for variant in comparison.variants] == [2, 2, 2]
    seed = min(run.recipe().seed for run in made)
    assert _values(made) == {(rate, each) for rate in RATES for each in (seed, seed + 1)}
    assert len(_workers(made)) == 1, "one process trained them all"
    assert len(_who_scored_the_base(made)) == 1
    drawn = picture(comparison.curves)
    for variant in comparison.variants:
        assert ink(drawn, theme.roles.series[variant.colour], 40) > 50, f"no curve of {variant.label}"
    window.grab().save(str(tmp_path / "sweep.png"))  # what a person saw in the end, for whoever looks


def _values(made: list[RunFolder]) -> set[tuple[float, int]]:
    groups = [read_group(run.path) for run in made]
    return {(group.values["training.learning_rate"], group.values["seed"]) for group in groups if group is not None}


def _workers(made: list[RunFolder]) -> set[object]:
    found = set()
    for run in made:
        with run.reader() as reader:
            started = reader.last_event("RunStarted")
        assert started is not None
        found.add(started.event.pid)  # type: ignore[union-attr]
    return found


def _who_scored_the_base(made: list[RunFolder]) -> set[str]:
    found = set()
    for run in made:
        with run.reader() as reader:
            events = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
        before = next(each for each in events if isinstance(each, EvaluationEnded) and each.when == "before")
        found.add(before.scored_by or run.id)
    return found
