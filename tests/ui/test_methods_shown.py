"""What a run's page shows of each method: routers where there are any, the contrastive loss beside its floor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from studio.core.run.series import Series
from studio.core.units import number_text
from studio.ui.charts.expert_map import ExpertMap
from studio.ui.charts.metric_tile import MetricTile
from studio.ui.controls.pill import Pill
from studio.ui.run.page import method_of
from studio.ui.theme import theme, unit
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun
from tests.ui.conftest import covered, ink, picture

Open = Callable[..., MainWindow]


def shown(qtbot: QtBot, window: MainWindow, run: FakeRun) -> MainWindow:
    window.pages.show_run(run.folder)
    qtbot.waitUntil(lambda: window.findChild(Pill, "run_state").accessibleName() != "")
    qtbot.waitUntil(lambda: window.pages.run.tail.record.step == run.step)
    return window


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_that_nothing_is_shown_about_routers_where_there_are_none(
    qtbot: QtBot, runs: Path, open_window: Open, method: str
) -> None:
    with FakeRun(runs, method=method) as run:
        window = open_window()
        window.pages.show_run(run.folder)
        page = window.pages.run
        assert page is not None
        qtbot.waitUntil(lambda: page.is_built)
        assert page.live.experts.isHidden(), "the recipe says already that there will be none"
        shown(qtbot, window, run.start().train(5))
        assert page.live.experts.isHidden()
        assert page.live.loss.width() > 0.9 * page.live.width()
        said = " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())
        for word in ("expert", "router", "contrastive", "()"):
            assert word not in said.lower()


def test_that_moeloras_routers_are_shown_one_projection_at_a_time(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs, method="moelora", layers=6) as run:
        run.start().train(5)
        window = shown(qtbot, open_window(), run)
        group, heatmap = window.findChild(QComboBox, "expert_group"), window.findChild(ExpertMap)
        qtbot.waitUntil(group.isVisible)
        assert [group.itemText(row) for row in range(group.count())] == ["q_proj", "v_proj"]
        qtbot.waitUntil(lambda: "3 layers with 8 experts" in heatmap.accessibleName())
        facts = window.pages.run.live.experts._facts
        qtbot.waitUntil(lambda: facts.text().endswith("none dead · 1 dead in other projections"))
        group.setCurrentIndex(1)
        qtbot.waitUntil(lambda: facts.text().endswith(" · 1 dead"))
        assert ink(picture(heatmap), theme.roles.danger, 3) > 5, "the dead expert of v_proj is not marked"


def test_that_mixloras_one_router_a_layer_offers_no_choice(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        window = shown(qtbot, open_window(), run)
        assert not window.findChild(QComboBox, "expert_group").isVisible()
        assert not window.findChild(MetricTile, "tile_contrastive_loss").isVisible()


def test_that_the_contrastive_loss_is_shown_beside_its_floor(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs, method="moelora", total_steps=40) as run:
        run.start().train(30)
        window = shown(qtbot, open_window(), run)
        tile = window.findChild(MetricTile, "tile_contrastive_loss")
        qtbot.waitUntil(tile.isVisible)
        qtbot.waitUntil(lambda: "at step 30, floor 4.942" in tile.accessibleName())
        value = number_text(window.pages.run.tail.record.value("contrastive_loss"))
        assert tile.accessibleName().startswith(f"Contrastive loss: {value}")


@pytest.mark.parametrize("height", [140, 141, 142, 143])
def test_that_the_floor_is_drawn_under_the_curve(qtbot: QtBot, height: int) -> None:
    loss, floor = Series(), Series()
    for step in range(1, 50):
        loss.append(step, 4.0 + 1 / step)
        floor.append(step, 2.0)
    tile = MetricTile("Contrastive loss", number_text, 3)
    qtbot.addWidget(tile)
    tile.resize(360, height)
    tile.show_series(loss, floor)
    roles, shown = theme.roles, picture(tile)[round(3 * unit()) :]  # below the words
    floor = np.flatnonzero(covered(shown, roles.ink, roles.surface).sum(axis=1) > 50)
    assert len(floor), "no dashed line is drawn"
    curve = np.flatnonzero(covered(shown, roles.series[3], roles.surface).sum(axis=1) > 25)
    assert len(curve), "no curve is drawn"
    assert floor.max() > curve.max(), "the floor is not below the curve"


def test_that_the_map_names_layers_as_the_model_does(qtbot: QtBot) -> None:
    heatmap = ExpertMap()
    qtbot.addWidget(heatmap)
    heatmap.show_counts(np.array([[3.0, 1.0], [1.0, 1.0]]), (3, 11))
    assert heatmap.cell_sentence(0, 0) == "Layer 3, expert 0: 75.0 % of the layer's slots, 1.50 × fair"
    assert "expert 0 of layer 3" in heatmap.accessibleName()
    qtbot.keyClick(heatmap, Qt.Key.Key_Down)
    assert heatmap.accessibleDescription().startswith("Layer 11, expert 0")
    heatmap.show_counts(np.array([[1.0, 1.0]]), (5,))
    qtbot.keyClick(heatmap, Qt.Key.Key_Right)
    assert heatmap.accessibleDescription().startswith("Layer 5, expert 1"), "the cell of a layer that is gone was kept"


def test_that_the_method_is_read_from_any_recipes_text() -> None:
    assert method_of('[method]\nname = "dora"\n') == "dora"
    assert method_of("seed = 1\n") == "mixlora"
    assert method_of("no = = toml") == "mixlora"
