"""A sweep in the window: its runs told apart in the list, its group in the comparison, and the best of it kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.run.run_folder import RunFolder, create_run, list_runs
from studio.core.run.run_group import RunGroup
from studio.core.run.trash import list_trash
from studio.ui.runs.entry import short_name
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun

Open = Callable[..., MainWindow]


def swept(runs: Path, rate: float, seed: int, steps: int, outcome: str = "finished") -> RunFolder:
    """A run of a sweep over rates and seeds; its score grows with its steps."""
    pattern = FakeRun(runs / "pattern", method="lora", recipe_seed=seed)
    pattern.close()
    values = {"training.learning_rate": rate, "seed": seed}
    training = pattern.recipe.training.model_copy(update={"learning_rate": rate})
    name = f"three tasks, learning rate {rate:g}, seed {seed}"
    recipe = pattern.recipe.model_copy(update={"name": name, "training": training})
    folder = create_run(recipe, runs, 1.7e9 + 60 * steps, RunGroup("g1", "three tasks", values))
    with FakeRun(runs, method="lora", folder=folder) as run:
        run.start().train(steps).evaluate("after")
        if outcome != "running":
            run.end(outcome)  # type: ignore[arg-type]
    return folder


@pytest.fixture
def folders(runs: Path) -> list[RunFolder]:
    return [swept(runs, rate, seed, 10 + round(1e5 * rate) + seed) for rate in (1e-4, 3e-4) for seed in (1, 2)]


def shown(qtbot: QtBot, open_window: Open, count: int = 4) -> MainWindow:
    window = open_window()
    qtbot.waitUntil(lambda: len(window.pages.summaries) == count)
    window.pages.show_comparison(())
    page = window.pages.comparison
    assert page is not None
    qtbot.waitUntil(lambda: len(page.variants) == 2)
    return window


def test_that_the_list_tells_the_runs_of_a_sweep_apart_by_what_was_tried(
    qtbot: QtBot, open_window: Open, folders: list[RunFolder]
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: len(window.pages.summaries) == 4)
    names = {short_name(each) for each in window.pages.summaries}
    assert ("0.0003, seed 2", "Sweep of three tasks") in names
    assert len(names) == 4


def test_that_a_sweep_is_a_group_whose_settings_are_curves_and_lines_with_errors_over_seeds(
    qtbot: QtBot, open_window: Open, folders: list[RunFolder]
) -> None:
    window = shown(qtbot, open_window)
    page = window.pages.comparison
    assert page is not None
    assert page.group.currentData() == "Sweep of three tasks"
    assert [variant.label for variant in page.variants] == ["lora, learning rate 0.0001", "lora, learning rate 0.0003"]
    assert [len(variant.runs) for variant in page.variants] == [2, 2]
    assert "The best setting is learning rate 0.0003." in page.sweep.said.text()
    assert "three tasks, learning rate 0.0003, seed 2" in page.sweep.said.text()
    assert not page.table.cautions.isVisible(), "what a sweep tries is no reason not to compare"


def test_that_the_best_is_kept_the_others_go_to_the_trash_and_come_back(
    qtbot: QtBot, open_window: Open, runs: Path, folders: list[RunFolder]
) -> None:
    window = shown(qtbot, open_window)
    page = window.pages.comparison
    assert page is not None
    assert page.sweep.keep.isEnabled()
    qtbot.mouseClick(page.sweep.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(list_trash(runs)) == 3)
    assert list_runs(runs) == [folders[-1]]
    assert window.pages.run is not None
    assert window.pages.run.folder == folders[-1]
    qtbot.waitUntil(lambda: window.list_actions.shelf.can_undo)
    window.list_actions.shelf.undo()
    qtbot.waitUntil(lambda: len(list_runs(runs)) == 4)


def test_that_nothing_is_kept_before_all_runs_have_ended(
    qtbot: QtBot, open_window: Open, runs: Path, folders: list[RunFolder]
) -> None:
    with FakeRun(runs, method="lora", folder=folders[0]) as live:
        live.start().train(1)
        window = shown(qtbot, open_window)
        page = window.pages.comparison
        assert page is not None
        assert not page.sweep.keep.isEnabled()
        assert "ended" in page.sweep.keep.toolTip()


def test_that_other_comparisons_have_no_best(qtbot: QtBot, open_window: Open, runs: Path) -> None:
    for seed in (1, 2):
        with FakeRun(runs, name=f"my data lora seed {seed}", method="lora", recipe_seed=seed, seed=seed) as run:
            run.start().train(2).end()
    window = open_window()
    qtbot.waitUntil(lambda: len(window.pages.summaries) == 2)
    window.pages.show_comparison(())
    page = window.pages.comparison
    assert page is not None
    qtbot.waitUntil(lambda: len(page.variants) == 1)
    assert not page.sweep.isVisible()


def test_that_a_group_whose_runs_are_still_being_made_is_shown_while_the_list_has_only_some_of_them(
    qtbot: QtBot, open_window: Open, folders: list[RunFolder]
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: len(window.pages.summaries) == 4)
    pages = window.pages
    everything, pages.summaries = pages.summaries, pages.summaries[:1]
    pages.show_group("Sweep of three tasks", tuple(folders))
    assert pages.comparison is not None
    assert pages.comparison.group.currentData() == "Sweep of three tasks"
    pages.comparison.show_groups(pages._groups())
    assert len(pages.comparison._groups["Sweep of three tasks"]) == 4
    pages.summaries = everything
    pages.comparison.show_groups(pages._groups())
    assert pages._new_group == {}
    assert pages.comparison.group.currentData() == "Sweep of three tasks"
