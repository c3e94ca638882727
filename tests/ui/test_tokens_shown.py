"""A row's tokens and the lengths of rows, as they are drawn."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from studio.core.token_view import SeenRow, SeenToken
from studio.ui.charts.length_histogram import LengthBins, LengthHistogram
from studio.ui.controls.token_look import LEGEND, token_look
from studio.ui.controls.token_pane import AT_ONCE, TokenPane
from studio.ui.theme import theme
from tests.ui.conftest import ink, picture
from tests.ui.test_task_data import ROW


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_each_kind_of_token_has_a_look_of_its_own(qtbot: QtBot, choice: str) -> None:
    theme.choose(choice)  # type: ignore[arg-type]
    looks = {
        (look.ground.name(), look.ink.name(), look.struck) for look in (token_look(each, 1) for _, each, _ in LEGEND)
    }
    assert len(looks) == len(LEGEND)
    pane = TokenPane("tokens")
    qtbot.addWidget(pane)
    pane.resize(400, 200)
    pane.show_row(ROW)
    shown = picture(pane)
    assert ink(shown, token_look(ROW.tokens[3], 3).ground) > 40
    assert ink(shown, token_look(ROW.tokens[2], 2).ground) > 20
    theme.choose("light" if choice == "dark" else "dark")
    assert ink(picture(pane), token_look(ROW.tokens[3], 3).ground) > 40


def test_that_a_very_long_row_is_shown_whole_without_holding_the_window(qtbot: QtBot) -> None:
    pane = TokenPane("tokens")
    qtbot.addWidget(pane)
    row = SeenRow.of_tokens(
        1, tuple(SeenToken(f"{number} ", "read") for number in range(3 * AT_ONCE)), seams=(AT_ONCE,)
    )
    pane.show_row(row)
    assert f"{AT_ONCE} " not in pane.toPlainText()
    qtbot.waitUntil(lambda: pane.toPlainText().endswith(f"{3 * AT_ONCE - 1} "))
    assert "the next row of the pack" in pane.toPlainText()


def test_that_bars_beyond_the_limit_have_the_colour_of_danger(qtbot: QtBot) -> None:
    chart = LengthHistogram()
    qtbot.addWidget(chart)
    chart.resize(500, chart.sizeHint().height())
    chart.show_bins(LengthBins((0, 100, 200), (5, 5), 190, 180, 100))
    shown = picture(chart)
    assert ink(shown, theme.roles.accent) > 200
    assert ink(shown, theme.roles.danger) < 200  # the line of the limit alone
    chart.show_bins(LengthBins((0, 100, 200, 300), (5, 5, 5), 290, 280, 150))
    assert ink(picture(chart), theme.roles.danger) > 200
    assert "max_length is 150" in chart.accessibleName()
