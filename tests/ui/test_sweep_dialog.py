"""Trying several values by mouse: typed in a dialog, planned there, queued as a sweep that opens as a group."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.queue.queue import read_queue
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.run_folder import list_runs
from studio.core.run.run_group import read_group
from studio.ui.dialogs.sweep import SweepDialog
from studio.ui.dialogs.sweep_field import proposed, read_values, sweepable
from studio.ui.window import MainWindow
from tests.ui.test_compare_methods import find, recipe, window  # noqa: F401 - fixtures

LEFT = Qt.MouseButton.LeftButton


def opened(qtbot: QtBot, window: MainWindow) -> SweepDialog:  # noqa: F811
    press = find(window, "try_values")
    qtbot.waitUntil(press.isEnabled)
    qtbot.mouseClick(press, LEFT)
    qtbot.waitUntil(lambda: window.dialogs.sweep is not None)
    dialog = window.dialogs.sweep
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.sweep is not None)
    return dialog


def wait_for_words(qtbot: QtBot, dialog: SweepDialog, words: str) -> None:
    qtbot.waitUntil(lambda: words in dialog.said.text())


def test_that_values_are_typed_planned_and_queued_as_a_group_that_opens(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
    runs: Path,
) -> None:
    dialog = opened(qtbot, window)
    assert dialog.fields[0].path == "training.learning_rate"
    dialog.fields[0].values.setText("1e-4, 3e-4; 1e-3")
    assert not dialog.go.isEnabled(), "what was read is not what is typed"
    qtbot.waitUntil(dialog.go.isEnabled)
    assert dialog.go.text() == "Queue 6 runs"
    qtbot.waitUntil(lambda: "together" in dialog.said.text() or "one pass" in dialog.said.text())
    assert dialog.said.text().startswith("3 combinations, 2 seeds: 6 runs")
    dialog.how.setCurrentIndex(dialog.how.findData(False))
    qtbot.waitUntil(dialog.go.isEnabled)
    qtbot.mouseClick(dialog.go, LEFT)

    page = window.pages
    qtbot.waitUntil(lambda: page.comparison is not None and page.currentWidget() is page.comparison)
    assert page.comparison is not None
    assert page.comparison.group.currentData() == "Sweep of my data"
    qtbot.waitUntil(lambda: len(page.comparison.variants) == 3)  # type: ignore[union-attr]
    groups = [read_group(folder.path) for folder in list_runs(runs)]
    assert {group.name for group in groups if group is not None} == {"my data"}
    waiting = [entry.folder.recipe() for entry in read_queue().entries]
    assert [(each.seed, each.training.learning_rate) for each in waiting] == [
        (seed, rate) for seed in (3, 4) for rate in (1e-4, 3e-4, 1e-3)
    ]
    qtbot.waitUntil(lambda: len(page.summaries) == 6)
    assert page.comparison.group.currentData() == "Sweep of my data"


def test_that_runs_train_together_where_that_is_chosen_and_in_turn_where_it_cannot_be(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
    runs: Path,
) -> None:
    dialog = opened(qtbot, window)
    dialog.how.setCurrentIndex(dialog.how.findData(True))
    assert not dialog.go.isEnabled()
    qtbot.waitUntil(dialog.go.isEnabled)
    assert "All in one pass" in dialog.said.text()
    qtbot.mouseClick(dialog.go, LEFT)
    qtbot.waitUntil(lambda: len(read_queue().entries) == 6)
    assert len({entry.beside for entry in read_queue().entries}) == 1
    assert all(entry.beside for entry in read_queue().entries)


def test_that_what_cannot_be_tried_is_named_at_its_field_and_queues_nothing(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
) -> None:
    dialog = opened(qtbot, window)
    for text, words in (("1e-4, fast", "'fast' is not a number"), ("3, 1e-4", "too large"), ("", "empty")):
        dialog.fields[0].values.setText(text)
        wait_for_words(qtbot, dialog, words)
        assert dialog.said.text().startswith("Learning rate")
        assert dialog.said.role == "danger"
        assert not dialog.go.isEnabled()
    dialog.fields[0].values.setText("1e-4")
    dialog.seeds.setValue(1)
    qtbot.waitUntil(lambda: "two values or more" in dialog.said.text())
    assert not dialog.go.isEnabled()
    dialog.close()


def test_that_fields_are_added_and_removed_and_none_is_listed_twice(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
) -> None:
    dialog = opened(qtbot, window)
    assert not dialog.fields[0].remove.isVisible()
    qtbot.mouseClick(dialog.add, LEFT)
    assert [field.path for field in dialog.fields] == ["training.learning_rate", "method.rank"]
    dialog.fields[1].values.setText("2, 4")
    qtbot.waitUntil(lambda: dialog.sweep is not None and len(dialog.sweep.members) == 12)
    dialog.fields[1].field.setCurrentIndex(dialog.fields[0].field.currentIndex())
    qtbot.waitUntil(lambda: "listed twice" in dialog.said.text())
    qtbot.mouseClick(dialog.fields[1].remove, LEFT)
    qtbot.waitUntil(lambda: dialog.sweep is not None and len(dialog.sweep.members) == 6)
    dialog.close()


def test_that_a_recipe_with_a_sweep_opens_with_its_lists(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
    recipe: Recipe,  # noqa: F811
    tmp_path: Path,
) -> None:
    file = tmp_path / "sweep.toml"
    swept = '\n[sweep]\ntogether = false\nseed = [5, 9]\nmethod.rank = [2, 4]\n"training.packing" = [true, false]\n'
    swept += 'training.keep_best = ["loss", "score"]\nat_once = 3\norder = "as-listed"\n'
    file.write_text(dump_recipe(recipe) + swept, encoding="utf-8")
    page = window.pages.new_run
    assert page is not None
    page.open_recipe(str(file))
    qtbot.waitUntil(lambda: window.dialogs.sweep is not None)
    dialog = window.dialogs.sweep
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.sweep is not None)
    assert dialog.sweep is not None
    assert [(field.path, field.values.text()) for field in dialog.fields] == [
        ("method.rank", "2, 4"),
        ("training.packing", "on, off"),
    ]
    assert [field.values for field in dialog.sweep.fields if field.path == "seed"] == [(5, 9)]
    assert "they also differ in: best checkpoint by." in dialog.said.text()
    assert len(dialog.sweep.members) == 16
    assert dialog.sweep.together is False
    assert dialog.sweep.at_once == 3
    assert dialog.sweep.order == "as-listed"
    assert dialog.sweep.name == "my data"
    dialog.close()


@pytest.mark.parametrize("path", ["training.learning_rate", "method.name", "training.packing", "training.batch_size"])
def test_that_what_is_proposed_can_be_tried(path: str, recipe: Recipe) -> None:  # noqa: F811
    spec = sweepable(recipe)[path]
    table, name = path.split(".")
    values = proposed(spec, getattr(getattr(recipe, table), name))
    assert len(values) > 1
    text = ", ".join(("on" if each else "off") if isinstance(each, bool) else str(each) for each in values)
    assert [str(each) for each in read_values(spec, text)] == [
        str({"on": True, "off": False}.get(str(each), each)) for each in values
    ]


def test_that_fields_without_effect_on_what_is_learned_are_not_offered(recipe: Recipe) -> None:  # noqa: F811
    offered = sweepable(recipe)
    assert not {"training.save_every", "training.micro_batch", "training.keep", "machine.device"} & set(offered)
    lora = recipe.model_copy(update={"method": recipe.method.model_copy(update={"name": "lora"})})
    assert "method.experts" in offered
    assert "method.experts" not in sweepable(lora)


def test_that_a_dialog_opened_before_the_hardware_check_is_over_waits_with_one_pass_and_plans_then(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
    recipe: Recipe,  # noqa: F811
) -> None:
    machine = window.dialogs.machine
    assert machine is not None
    window.dialogs.machine = None
    window.dialogs.show_sweeping(recipe, None)
    dialog = window.dialogs.sweep
    assert dialog is not None
    dialog.how.setCurrentIndex(dialog.how.findData(True))
    qtbot.waitUntil(lambda: dialog.sweep is not None)
    assert not dialog.go.isEnabled(), "they would train one after another without a word"
    window.dialogs.use_machine(machine)
    qtbot.waitUntil(dialog.go.isEnabled)
    assert "All in one pass" in dialog.said.text()
    dialog.close()
