"""Sliders move the plan while they move, what a person sets is pinned, and what one step costs is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPushButton, QSlider, QSpinBox
from pytestqt.qtbot import QtBot

from studio.core.methods.registry import METHODS
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.planner.memory_groups import GROUPS
from studio.planner.plan import LABELS
from studio.ui.new_run.page import NewRunPage
from studio.ui.window import MainWindow
from tests.planner.machines import SMALL, config_folder, machine

Open = Callable[..., MainWindow]


@pytest.fixture
def page(qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NewRunPage:
    monkeypatch.setattr("studio.hardware.detect", lambda: machine(8))
    data = tmp_path / "data.jsonl"
    data.write_text('{"prompt": "1", "completion": "2"}\n' * 64, encoding="utf-8")
    values = {
        "tasks": [{"name": "units", "train": str(data)}],
        "model": {"source": str(config_folder(tmp_path, SMALL))},
    }
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(Recipe.model_validate(values)), encoding="utf-8")
    window = open_window(file)
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    assert window.pages.new_run is not None
    planned(qtbot, window.pages.new_run)
    return window.pages.new_run


def planned(qtbot: QtBot, page: NewRunPage) -> None:
    """Wait until what is shown now is planned with its offers."""
    qtbot.waitUntil(lambda: not page._reading.isActive() and page._planned is not None and page._planned.whole)


def slider(page: NewRunPage, path: str) -> QSlider:
    found = page.findChild(QSlider, f"slider_{path}")
    assert isinstance(found, QSlider)
    return found


def said(page: NewRunPage, name: str) -> str:
    return page.findChild(QLabel, name).text().replace("\N{NO-BREAK SPACE}", " ")


def test_that_a_slider_moves_its_box_the_plan_and_the_pin(qtbot: QtBot, page: NewRunPage) -> None:
    before = page._planned.plan.peak_bytes
    pin = page.findChild(QPushButton, "pin_method.rank")
    assert not pin.isChecked()
    moved = slider(page, "method.rank")
    moved.setFocus()
    for _ in range(3):
        qtbot.keyClick(moved, Qt.Key.Key_Right)
    box = page.findChild(QSpinBox, "field_method.rank")
    assert box.value() == 128
    assert pin.isChecked()
    planned(qtbot, page)
    assert page._planned.plan.peak_bytes > before
    assert {offer.plan.recipe.method.rank for offer in page._planned.alternatives} == {128}
    # Let go of, the offers may move it again.
    qtbot.mouseClick(pin, Qt.MouseButton.LeftButton)
    page._planned = None
    planned(qtbot, page)
    assert len({offer.plan.recipe.method.rank for offer in page._planned.alternatives}) > 1


def test_that_a_typed_value_between_the_stops_stays_as_it_is(qtbot: QtBot, page: NewRunPage) -> None:
    box = page.findChild(QSpinBox, "field_method.experts")
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "7")
    assert page.form.values()["method"]["experts"] == 7
    assert slider(page, "method.experts").value() in (3, 4)


def test_that_an_offer_fills_the_form_and_pins_nothing(qtbot: QtBot, page: NewRunPage) -> None:
    best = page._planned.alternatives[0].plan.recipe
    qtbot.mouseClick(page.findChild(QAbstractButton, "offer_0"), Qt.MouseButton.LeftButton)
    assert page.form.values()["method"]["rank"] == best.method.rank
    assert page.form.pins() == frozenset()
    page._planned = None
    planned(qtbot, page)
    assert page.findChild(QAbstractButton, "offer_0").isChecked()
    assert len({offer.plan.recipe.method.rank for offer in page._planned.alternatives}) > 1


def test_that_an_alpha_which_a_person_sets_is_kept_by_offers_until_its_pin_is_let_go(
    qtbot: QtBot, page: NewRunPage
) -> None:
    pin = page.findChild(QPushButton, "pin_method.alpha")
    assert not pin.isChecked()
    assert len({offer.plan.recipe.method.alpha for offer in page._planned.alternatives}) > 1
    box = page.form.rows["method.alpha"].editor.control
    page.form.advanced.fold.setChecked(True)
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "48")
    assert page.form.values()["method"]["alpha"] == 48
    assert pin.isChecked()
    assert page.form.pins() == {"method.alpha"}
    page._planned = None
    planned(qtbot, page)
    assert {offer.plan.recipe.method.alpha for offer in page._planned.alternatives} == {48}
    assert len({offer.plan.recipe.method.rank for offer in page._planned.alternatives}) > 1
    assert "Alpha stays as it was set" in page.form.quality.offers.cards[0].price.text()
    qtbot.mouseClick(page.findChild(QAbstractButton, "offer_0"), Qt.MouseButton.LeftButton)
    assert page.form.values()["method"]["alpha"] == 48
    assert pin.isChecked()
    pin.click()
    page._planned = None
    planned(qtbot, page)
    assert len({offer.plan.recipe.method.alpha for offer in page._planned.alternatives}) > 1


def test_that_an_alpha_of_a_recipes_own_file_is_kept_by_offers(qtbot: QtBot, page: NewRunPage, tmp_path: Path) -> None:
    values = page.form.values() | {"name": "own alpha"}
    values["method"] = {"alpha": 48.0}
    written = tmp_path / "own.toml"
    written.write_text(dump_recipe(Recipe.model_validate(values)), encoding="utf-8")
    page.open_recipe(str(written))
    qtbot.waitUntil(lambda: page.head.name.text() == "own alpha")
    planned(qtbot, page)
    assert "method.alpha" in page.form.pins()
    assert {offer.plan.recipe.method.alpha for offer in page._planned.alternatives} == {48}


def test_that_a_step_says_what_it_costs(qtbot: QtBot, page: NewRunPage) -> None:
    told = page.form.quality.sliders["training.max_length"].sentence()
    assert "At 768: " in told
    assert "longer for a row." in told
    assert "no more memory" in page.form.quality.sliders["training.batch_size"].sentence()


def test_that_the_plan_says_minutes_steps_and_memory_in_one_line(qtbot: QtBot, page: NewRunPage) -> None:
    text = said(page, "plan_verdict")
    assert text.startswith("Fits: less than 1 min, 8 steps, ")
    assert text.endswith(" GiB on RTX 4090")


def test_that_a_models_name_is_looked_for_once_and_whole(
    qtbot: QtBot, page: NewRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(identifier: str, revision: str, where: str) -> dict[str, object]:
        asked.append(identifier)
        raise ProblemError.at(where, "the hub has no such model.", "Choose another.")

    monkeypatch.setattr("studio.planner.model_source.hub_config", refuse)
    monkeypatch.setattr("studio.ui.new_run.background_planner.TYPING_MS", 1500)  # on however slow a machine
    line = page.findChild(QLineEdit, "field_model.source")
    line.setFocus()
    line.selectAll()
    page._planned = None
    qtbot.keyClicks(line, "owner/name")
    planned(qtbot, page)
    assert asked == ["owner/name"]


def test_that_every_item_of_a_plan_has_a_group() -> None:
    grouped = [item for items in GROUPS.values() for item in items]
    assert sorted(grouped) == sorted(LABELS)


@pytest.mark.parametrize("size", [(860, 540), (960, 640)])
def test_that_a_low_window_has_room_for_the_form(qtbot: QtBot, page: NewRunPage, size: tuple[int, int]) -> None:
    page.window().resize(*size)
    qtbot.waitUntil(lambda: page.foot.height() < page.height() / 3)
    assert page.findChild(QPushButton, "start").isVisible()
    assert page.foot.plan.bar.isVisible()
    assert not page.foot.plan.legend.isVisible()
    page.window().resize(1280, 860)
    qtbot.waitUntil(page.foot.plan.legend.isVisible)


def test_that_the_card_says_what_was_measured_of_the_method(qtbot: QtBot, page: NewRunPage) -> None:
    assert said(page, "method_measured") == METHODS["mixlora"].measured({}, 1) != ""
    assert page.findChild(QLabel, "method_measured").isVisibleTo(page)
    page.form.rows["method.name"].editor.set_value("lora")
    page._planned = None
    planned(qtbot, page)
    assert not page.findChild(QLabel, "method_measured").isVisibleTo(page)


def test_that_a_fields_help_says_what_was_measured_of_its_values(page: NewRunPage) -> None:
    for path in ("training.learning_rate", "method.experts", "method.top_k", "method.alpha", "method.balance"):
        row = page.form.rows[path]
        assert "In our laboratory" in row.spec.found
        assert row.spec.found in row.editor.control.toolTip()
        assert row.spec.found in row.editor.control.accessibleDescription()
        assert "laboratory" not in row.spec.description, "which stands in the form, and in a fault's remedy"
