"""Whatever the window cuts with an ellipsis can be read whole: it wraps, or its tooltip has the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QLabel, QTableView
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.core.run.events import SampleMade
from studio.core.run.run_record import RunRecord
from studio.core.run.series import Series
from studio.planner import plan_recipe
from studio.planner.ledger import Measured, add_measured
from studio.planner.memory_groups import groups_of
from studio.ui.charts.metric_tile import MetricTile
from studio.ui.controls.widgets import Card, ElidedText, WrappedText
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.plan_bar import PlanLegend
from studio.ui.new_run.plan_panel import PlanPanel
from studio.ui.new_run.task_facts import TaskFacts
from studio.ui.new_run.task_panel import TaskPanel
from studio.ui.run.scores_view import CHARACTERS_SHOWN, ScoresView
from studio.ui.runs.model import RunsModel
from studio.ui.runs.summary import RunGlance
from studio.ui.window import MainWindow
from tests.fake_run import make_fake_run
from tests.planner.machines import SMALL, config_folder, machine, recipe

TIP = Qt.ItemDataRole.ToolTipRole
LONG = " ".join(f"word{number}" for number in range(80))


def test_that_an_elided_label_has_its_text_as_a_tooltip_from_the_start(qtbot: QtBot) -> None:
    label, card = ElidedText("first"), Card("Title", "a hint")
    for widget in (label, card):
        qtbot.addWidget(widget)
    assert label.toolTip() == "first"
    label.setText(LONG)
    assert label.toolTip() == LONG
    assert [each.toolTip() for each in card.findChildren(ElidedText)] == ["a hint"]


def test_that_every_elided_label_of_the_window_shows_its_whole_text(
    qtbot: QtBot, open_window: Callable[..., MainWindow], runs: Path
) -> None:
    make_fake_run(runs, steps=3)
    window = open_window()
    qtbot.waitUntil(lambda: window.pages.new_run is not None and window.sidebar.model.rowCount() == 1)
    window.sidebar.list.setCurrentIndex(window.sidebar.model.index(0))
    qtbot.waitUntil(lambda: window.pages.run is not None and window.pages.run.header.name.text() != "")
    labels = window.findChildren(ElidedText)
    assert len(labels) > 5
    for label in labels:
        assert label.toolTip() == label.text()


@pytest.mark.parametrize("width", [1310, 700])
def test_that_the_plans_sentences_are_shown_whole(qtbot: QtBot, tmp_path: Path, width: int) -> None:
    plan = plan_recipe(recipe(config_folder(tmp_path / "model", SMALL)), machine())
    panel = PlanPanel()
    qtbot.addWidget(panel)
    panel.resize(width, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.show_planned(Planned(replace(plan, notes=(f"{LONG}.", "The end.")), remedy=""))
    panel.more.click()
    remedy = panel.findChild(QLabel, "plan_notes")
    assert isinstance(remedy, WrappedText)
    assert remedy.text().endswith("The end.")
    qtbot.waitUntil(
        lambda: remedy.height() >= remedy.heightForWidth(remedy.width()) > 2 * remedy.fontMetrics().height()
    )


def test_that_what_past_runs_taught_is_shown_once(qtbot: QtBot, tmp_path: Path) -> None:
    asked, on = recipe(config_folder(tmp_path / "model", SMALL)), machine()
    first = plan_recipe(asked, on)
    measured = {"run": "a", "device": first.device.name, "form": first.form, "precision": first.recipe.model.precision}
    size = first.measurable_computed_bytes
    add_measured(Measured(**measured, checkpointing=False, computed_bytes=size, measured_bytes=int(0.9 * size)))
    panel = PlanPanel()
    qtbot.addWidget(panel)
    plan = plan_recipe(asked, on)
    taught = plan.correction.sentence(plan.device.kind)
    assert taught
    for remedy in ("", "Lower the rank to 4."):
        panel.show_planned(Planned(plan, remedy=remedy))
        said = [panel.findChild(QLabel, name).text() for name in ("plan_notes", "plan_remedy")]
        assert " ".join(said).count(taught) == 1
        assert said[1] == remedy


def test_that_every_item_of_a_plan_is_in_one_group_and_its_parts(qtbot: QtBot, tmp_path: Path) -> None:
    plan = plan_recipe(recipe(config_folder(tmp_path / "model", SMALL)), machine())
    legend = PlanLegend()
    qtbot.addWidget(legend)
    legend.resize(200, 100)
    legend.show_plan(plan)
    lines = [line for chip in legend.chips for line in chip.toolTip().splitlines()]
    assert len(lines) == len(plan.items)
    assert lines[0].startswith(plan.labels["weights"])
    assert sum(group.size for group in groups_of(plan)) == plan.peak_bytes


def test_that_a_tile_shows_what_it_cut_and_nothing_else(qtbot: QtBot) -> None:
    series = Series()
    series.append(1, 12345)
    tile = MetricTile("A rather long title of a metric", lambda value: f"{value:,.0f} of something")
    qtbot.addWidget(tile)
    tile.show_series(series)
    tile.resize(60, 90)
    tile.grab()
    assert tile.toolTip() == "A rather long title of a metric\n12,345 of something"
    tile.resize(1200, 90)
    tile.grab()
    assert tile.toolTip() == ""


def test_that_a_run_in_the_list_shows_its_whole_name(runs: Path) -> None:
    run = RunGlance(make_fake_run(runs, steps=3, name=LONG[:70])).look()
    model = RunsModel()
    model.show_runs((run,))
    tip = model.data(model.index(0), TIP)
    assert LONG[:70] in tip
    assert run.id in tip


def test_that_a_task_shows_its_whole_file_and_what_was_found_in_it(qtbot: QtBot) -> None:
    panel = TaskPanel({"name": "units", "train": f"folder/{LONG[:60]}.jsonl", "format": "auto", "weight": 1.0}, 0)
    qtbot.addWidget(panel)
    assert panel.source.toolTip() == f"{LONG[:60]}.jsonl"
    assert "Without held-out rows" in panel.untested.text()
    assert not panel.untested.isHidden(), "it is said in a sentence of its own"
    found = Problem("train.jsonl, line 3", "the answer is empty.", "Fill in the answers.")
    panel.show_facts(TaskFacts(read_as="prompt → completion", warnings=(found,)))
    assert panel.said.text() == "Line 3: the answer is empty. Fill in the answers."
    assert panel.said.toolTip() == "train.jsonl, line 3: the answer is empty. Fill in the answers."


def test_that_a_score_is_shown_whole_in_every_column(
    qtbot: QtBot, open_window: Callable[..., MainWindow], runs: Path
) -> None:
    make_fake_run(runs, steps=3)
    window = open_window()
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 1)
    window.sidebar.list.setCurrentIndex(window.sidebar.model.index(0))
    qtbot.waitUntil(lambda: window.findChild(QTableView, "scores_table") is not None)
    table = window.findChild(QTableView, "scores_table")
    qtbot.waitUntil(lambda: table.model().rowCount() > 0)
    for column in range(table.model().columnCount(QModelIndex())):
        index = table.model().index(0, column)
        assert str(index.data()) in index.data(TIP)
        assert table.model().headerData(column, Qt.Orientation.Horizontal, TIP)


def test_that_a_sample_that_is_cut_is_whole_in_its_tooltip(qtbot: QtBot) -> None:
    said = LONG * 3
    assert len(said) > CHARACTERS_SHOWN
    record = RunRecord()
    record.samples.append(SampleMade(step=1, task="units", prompt=said, answer="short", expected="short"))
    view = ScoresView()
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    view.show_record(record)

    def labels() -> dict[str, str]:
        return {label.text(): label.toolTip() for label in view.findChildren(WrappedText)}

    qtbot.waitUntil(lambda: "→ short" in labels())
    assert labels()[f"{said[:CHARACTERS_SHOWN]}…"] == said
    assert labels()["→ short"] == ""
