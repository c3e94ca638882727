"""Words and numbers that charts paint themselves: whole in whatever letters they are set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from studio.ui.charts.expert_map import ExpertMap
from studio.ui.charts.expert_totals import ExpertTotals
from studio.ui.charts.loss_chart import LossChart
from studio.ui.charts.metric_tile import fitting
from studio.ui.charts.step_plot import TICK_GAP, TICKS
from studio.ui.theme import text_width, theme, unit
from tests.ui.conftest import LETTERS, covered, picture

SetIn = Callable[[str], None]
COUNTS = np.full((128, 8), 5.0)


@pytest.mark.parametrize("letters", LETTERS)
def test_that_the_words_beside_the_experts_have_room(qtbot: QtBot, set_in: SetIn, letters: str) -> None:
    set_in(letters)
    heatmap, totals = ExpertMap(), ExpertTotals()
    for chart in (heatmap, totals):
        qtbot.addWidget(chart)
        chart.resize(round(unit() * 22), round(unit() * 14))
        chart.show_counts(COUNTS)
        shown = covered(picture(chart), theme.roles.quiet, theme.roles.window, 0.6)
        assert shown.sum() > 20, "nothing is written"
        edge = round(2 * chart.devicePixelRatio())
        assert shown[:, :edge].sum() + shown[:, -edge:].sum() == 0, "a word runs into the edge"
    assert heatmap.plot_box().left() == totals.plot_box().left()
    assert heatmap.plot_box().right() == totals.plot_box().right()
    assert totals.width() - totals.plot_box().right() > text_width("fair share", 0.82) + 0.4 * unit()


@pytest.mark.parametrize("letters", LETTERS)
def test_that_the_empty_maps_sentence_is_whole_in_the_smallest_window(
    qtbot: QtBot, set_in: SetIn, letters: str
) -> None:
    set_in(letters)
    heatmap = ExpertMap()
    qtbot.addWidget(heatmap)
    heatmap.resize(heatmap.minimumSizeHint())
    shown = covered(picture(heatmap), theme.roles.faint, theme.roles.window)
    assert shown.sum() > 100
    assert shown[:, :2].sum() + shown[:, -2:].sum() == 0, "the sentence runs over the edges"


@pytest.mark.parametrize("letters", LETTERS)
def test_that_an_axis_has_room_for_its_numbers(qtbot: QtBot, set_in: SetIn, letters: str) -> None:
    set_in(letters)
    chart = LossChart(0.5)
    qtbot.addWidget(chart)
    assert chart.item.getAxis("left").minimumWidth() >= text_width("0.125", TICKS) + TICK_GAP


def test_that_a_tiles_number_gets_smaller_before_it_is_cut(qtbot: QtBot) -> None:
    whole = fitting("1.47e-4", 1000)
    small = fitting("1.47e-4", QFontMetricsF(whole).horizontalAdvance("1.47e-4") * 0.8)
    assert small.pointSizeF() < whole.pointSizeF()
    assert QFontMetricsF(small).horizontalAdvance("1.47e-4") <= 0.8 * QFontMetricsF(whole).horizontalAdvance("1.47e-4")
