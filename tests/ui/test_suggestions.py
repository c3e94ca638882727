"""The window's suggestions: they leave what a person chose, and say how long they would take."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.planner import Alternative, plan_recipe
from studio.planner.run_time import RunTimes
from studio.ui.new_run.background_planner import Asked, plan_with_advice, planned_for
from studio.ui.new_run.offer_cards import NOTHING_FITS, OfferCards
from tests.planner.machines import SMALL, config_folder, machine, recipe


def test_that_no_suggestion_moves_what_was_chosen_or_cuts_rows(tmp_path: Path) -> None:
    asked = recipe(config_folder(tmp_path / "model", SMALL), method={"experts": 5}, training={"max_steps": 10})
    planned = plan_with_advice(asked, machine())
    assert len(planned.alternatives) == 3
    assert {each.plan.recipe.method.experts for each in planned.alternatives} == {5}
    assert {each.plan.recipe.training.max_length for each in planned.alternatives} == {asked.training.max_length}
    # What was left at its default may move.
    assert len({each.plan.recipe.method.rank for each in planned.alternatives}) == 3


def test_that_a_suggestion_says_how_long_it_takes_and_how_well_that_is_known(qtbot: QtBot, tmp_path: Path) -> None:
    plan = plan_recipe(recipe(config_folder(tmp_path / "model", SMALL)), machine())
    halves = {"settings": "rank 8", "price": "It learns less."}
    timed = Alternative("fastest", "The quickest.", plan, 80.0, 5400.0, "As the last run.", **halves)
    untimed = Alternative("balanced", "As asked.", plan, 80.0, None, "A rough estimate.", **halves)
    cards = OfferCards()
    qtbot.addWidget(cards)
    cards.show_offers((timed, untimed), plan.recipe)
    first, second, third = cards.cards
    assert (first.label.text(), first.settings.text(), first.price.text()) == ("Fastest", "rank 8", "It learns less.")
    assert first.time.text().replace("\N{NO-BREAK SPACE}", " ") == "about 1 h 30 min"
    assert first.toolTip().endswith("As the last run.")
    assert "rough" not in second.toolTip()  # of a time that is not known
    assert "GiB" in second.time.text() or "MiB" in second.time.text()
    assert third.isHidden()
    # Both are the recipe as it is planned already.
    assert [card.isChecked() for card in cards.cards[:2]] == [True, True]
    cards.show_offers((), plan.recipe)
    assert cards.said.text() == NOTHING_FITS
    assert all(card.isHidden() for card in cards.cards)
    cards.show_offers((), None)
    assert cards.isHidden()


@pytest.mark.parametrize("broken", ["studio.planner.plan_recipe", "studio.planner.memory_groups.step_cost"])
def test_that_a_fault_of_the_planner_is_said_in_place_of_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(broken, fails)
    asked = Asked(recipe(config_folder(tmp_path, SMALL)), steps=(("method.rank", 32),))
    planned = planned_for(asked, machine(24), None, False, RunTimes())
    assert (planned.plan, planned.fault) == (None, "The plan failed: ZeroDivisionError: of ours")
