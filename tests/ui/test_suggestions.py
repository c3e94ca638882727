"""The window's suggestions: they leave what a person chose, and say how long they would take."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from studio.planner import Alternative, plan_recipe
from studio.ui.new_run.background_planner import Planned, plan_with_advice
from studio.ui.new_run.plan_bar import PlanPanel
from tests.planner.machines import SMALL, config_folder, machine, recipe


def test_that_no_suggestion_moves_what_was_chosen_or_cuts_rows(tmp_path: Path) -> None:
    asked = recipe(config_folder(tmp_path / "model", SMALL), method={"rank": 5}, training={"max_steps": 10})
    planned = plan_with_advice(asked, machine())
    assert len(planned.alternatives) == 3
    assert {each.plan.recipe.method.rank for each in planned.alternatives} == {5}
    assert {each.plan.recipe.training.max_length for each in planned.alternatives} == {asked.training.max_length}
    # What was left at its default may move.
    assert {each.plan.recipe.method.experts for each in planned.alternatives} != {asked.method.experts}


def test_that_a_suggestion_says_how_long_it_takes_and_how_well_that_is_known(qtbot: QtBot, tmp_path: Path) -> None:
    plan = plan_recipe(recipe(config_folder(tmp_path / "model", SMALL)), machine())
    timed = Alternative("fastest", "The quickest: rank 8.", plan, 80.0, 5400.0, "As fast as the last run.")
    untimed = Alternative("balanced", "As asked: rank 16.", plan, 80.0, None, "A rough estimate.")
    panel = PlanPanel()
    qtbot.addWidget(panel)
    panel.show_planned(Planned(plan, alternatives=(timed, untimed)))
    actions = panel.findChild(QMenu, "suggestions_menu").actions()
    assert [action.text().replace("\N{NO-BREAK SPACE}", " ") for action in actions] == [
        "Fastest: rank 8. About 1 h 30 min.",
        "Balanced: rank 16.",
    ]
    assert (
        actions[0].toolTip().replace("\N{NO-BREAK SPACE}", " ")
        == "The quickest: rank 8. About 1 h 30 min. As fast as the last run."
    )
