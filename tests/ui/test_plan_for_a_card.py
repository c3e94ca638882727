"""The plan for a card that is not here: looked at in the window, and never what Start trains for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe, load_recipe
from studio.core.run.run_folder import RunFolder
from studio.hardware.card_table import CARDS
from studio.ui.new_run.page import NewRunPage
from studio.ui.window import MainWindow
from tests.planner.machines import LLAMA_3_8B, SMALL, config_folder, processor_only

Open = Callable[..., MainWindow]
CARD = "RTX 4060 8GB"


def _opened(qtbot: QtBot, open_window: Open, folder: Path, model: Path) -> NewRunPage:
    data = folder / "data.jsonl"
    data.write_text('{"prompt": "1", "completion": "2"}\n', encoding="utf-8")
    task = {"name": "units", "train": str(data)}
    file = folder / "recipe.toml"
    file.write_text(dump_recipe(Recipe.model_validate({"tasks": [task], "model": {"source": str(model)}})), "utf-8")
    window = open_window(file)
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    assert window.pages.new_run is not None
    _wait_for(qtbot, window.pages.new_run, "Processor")
    return window.pages.new_run


@pytest.fixture(autouse=True)
def this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.hardware.detect", lambda: processor_only(16))


def _wait_for(qtbot: QtBot, page: NewRunPage, device: str) -> None:
    """Wait for a plan of this device to be shown."""

    def is_shown() -> bool:
        return page._planned is not None and page._planned.plan is not None and page._planned.plan.device.name == device

    qtbot.waitUntil(is_shown)


@pytest.fixture
def page(qtbot: QtBot, open_window: Open, tmp_path: Path) -> NewRunPage:
    return _opened(qtbot, open_window, tmp_path, config_folder(tmp_path / "model", SMALL))


def _choose(qtbot: QtBot, page: NewRunPage, name: str) -> None:
    box = page.findChild(QComboBox, "plan_card")
    box.setCurrentIndex(box.findText(name))
    _wait_for(qtbot, page, "Processor" if box.currentIndex() == 0 else f"GeForce {name}")


def _said(page: NewRunPage, name: str) -> str:
    return page.findChild(QLabel, name).text().replace("\N{NO-BREAK SPACE}", " ")


def test_that_this_machine_is_planned_for_until_a_card_is_chosen(qtbot: QtBot, page: NewRunPage) -> None:
    box = page.findChild(QComboBox, "plan_card")
    assert box.currentText() == "This machine"
    assert {box.itemText(row) for row in range(box.count())} >= {card.short_name for card in CARDS}
    assert _said(page, "plan_verdict").endswith("on Processor")
    assert not page.findChild(QLabel, "plan_elsewhere").isVisible()


def test_that_the_plan_says_what_the_run_can_become_elsewhere(page: NewRunPage) -> None:
    assert _said(page, "plan_exports").startswith("Exports to: PEFT adapter, reference adapter")


def test_that_a_chosen_card_is_planned_for_and_not_trained_on(qtbot: QtBot, page: NewRunPage) -> None:
    _choose(qtbot, page, CARD)
    assert _said(page, "plan_verdict").endswith("on GeForce RTX 4060 8GB")
    assert page.findChild(QLabel, "plan_elsewhere").isVisible()
    assert (
        "GeForce RTX 4060 8GB, which is not in this machine. Start trains here, on Processor, where it fits"
        in _said(page, "plan_elsewhere")
    )
    assert "not in this machine" not in _said(page, "plan_remedy")
    _choose(qtbot, page, "This machine")
    assert _said(page, "plan_verdict").endswith("on Processor")
    assert not page.findChild(QLabel, "plan_elsewhere").isVisible()


def test_that_start_trains_the_recipe_as_it_is_whatever_card_is_chosen(
    qtbot: QtBot, page: NewRunPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[RunFolder] = []
    monkeypatch.setattr("studio.ui.queue.control.start_worker", started.append)
    before = page.form.values()
    _choose(qtbot, page, CARD)
    assert page.form.values() == before
    qtbot.mouseClick(page.findChild(QPushButton, "start"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(started))
    (run,) = started
    assert run.recipe() == load_recipe(tmp_path / "recipe.toml")
    assert run.recipe().machine.device == "auto"


def test_that_start_follows_this_machines_plan_and_not_the_cards(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    page = _opened(qtbot, open_window, tmp_path, config_folder(tmp_path / "large", LLAMA_3_8B))
    start = page.findChild(QPushButton, "start")
    assert start.text() == "Start anyway"
    _choose(qtbot, page, "RTX 4090 24GB")
    assert _said(page, "plan_verdict").startswith("Fits")
    assert start.text() == "Start anyway"
    assert "Start trains here, on Processor, where it does not fit" in _said(page, "plan_elsewhere")


def test_that_what_would_fit_a_card_elsewhere_names_the_card_and_is_written_only_when_pressed(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    page = _opened(qtbot, open_window, tmp_path, config_folder(tmp_path / "large", LLAMA_3_8B))
    _choose(qtbot, page, CARD)
    qtbot.waitUntil(lambda: page._planned is not None and page._planned.whole)
    before = page.form.values()
    button = page.findChild(QPushButton, "apply_change")
    if page._planned.plan.fits:
        assert not button.isVisible()
        assert page.findChild(QLabel, "offers_note").text().startswith("These are offers for a GeForce RTX 4060")
    else:
        assert button.text() == f"Make it fit the {CARD}"
    assert page.form.values() == before
    _choose(qtbot, page, "This machine")
    assert page.form.values() == before


def test_that_a_plan_for_the_card_before_is_not_shown(qtbot: QtBot, page: NewRunPage) -> None:
    box = page.findChild(QComboBox, "plan_card")
    shown: list[str] = []
    page.planner.planned.connect(lambda planned: shown.append(planned.plan.device.name))
    with qtbot.waitSignal(page.planner.planned):
        box.setCurrentIndex(box.findText(CARD))
        page.planner._on_pause()  # planned at once, and overtaken by the next choice
        box.setCurrentIndex(box.findText("RTX 3090 24GB"))
    assert shown == ["GeForce RTX 3090 24GB"]


def test_that_a_problem_of_this_machine_keeps_start_closed_while_a_card_is_looked_at(
    qtbot: QtBot, page: NewRunPage
) -> None:
    page.form.set_fields({"machine.device": "cuda:1"})
    qtbot.waitUntil(lambda: not page.findChild(QPushButton, "start").isEnabled())
    _choose(qtbot, page, CARD)
    assert _said(page, "plan_verdict").startswith("Fits")
    assert not page.findChild(QPushButton, "start").isEnabled()
