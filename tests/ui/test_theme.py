"""Sizes that follow the application's font, and what is left out of a curve that is drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.core.run.series import finite_reach
from studio.ui.charts.smoothing import smooth, straightened
from studio.ui.theme import scaled_font, text_width, theme, unit
from tests.ui.conftest import picture


def test_that_sizes_follow_the_applications_font_when_it_changes(
    qapp: QApplication, set_in: Callable[[str], None]
) -> None:
    before, font = (unit(), text_width("words", 1.2)), QFont(qapp.font())
    font.setPointSizeF(2 * font.pointSizeF())
    qapp.setFont(font)
    assert unit() == QFontMetricsF(font).height() > before[0]
    assert scaled_font(1.2).pointSizeF() == font.pointSizeF() * 1.2
    assert text_width("words", 1.2) > 1.5 * before[1]


def test_that_who_changes_a_scaled_font_changes_it_for_nobody_else(qapp: QApplication) -> None:
    mine = scaled_font(1.0)
    mine.setItalic(True)
    assert not scaled_font(1.0).italic()


def test_that_points_left_out_of_a_line_leave_it_where_it_was() -> None:
    steps = np.arange(1.0, 701.0)
    smooth = 3 * np.exp(-steps / 90) + 0.2
    at, height = straightened(steps, smooth, 0.002)
    assert len(at) < 120
    assert (at[0], at[-1]) == (1, 700)
    assert np.abs(np.interp(steps, at, height) - smooth).max() < 4 * 0.002
    noisy = smooth + np.random.default_rng(0).normal(0, 0.1, 700)
    kept, at_noise = straightened(steps, noisy, 0.002)
    assert len(kept) > 600
    assert np.abs(np.interp(steps, kept, at_noise) - noisy).max() < 4 * 0.002


def test_that_a_gap_in_a_line_stays() -> None:
    values = np.array([1.0, 1.0, 1.0, np.nan, 1.0, 1.0, 1.0])
    at, found = straightened(np.arange(7.0), values, 0.5)
    assert 3 in at
    assert np.isnan(found).sum() == 1


def test_that_a_curves_reach_leaves_out_what_is_no_number() -> None:
    odd = np.array([np.nan, 3.0, np.inf, 1.0, -np.inf])
    assert finite_reach(odd) == (1.0, 3.0)
    assert finite_reach(odd[:2]) == (3.0, 3.0)
    assert finite_reach(odd[:1]) is None
    assert finite_reach(odd[2:3]) is None
    assert finite_reach(odd[:0]) is None


def test_that_a_long_curve_is_smoothed_alike_with_and_without_a_gap() -> None:
    steps = np.arange(1.0, 10_001.0)
    values = np.cos(steps / 700)
    gap = np.where(steps == 5000, np.nan, values)
    (at, whole), (at_gap, with_gap) = smooth(steps, values, 0.5), smooth(steps, gap, 0.5)
    assert np.array_equal(at, at_gap)
    assert np.abs(whole - with_gap).max() < 1e-3


def test_that_a_window_takes_the_themes_colours_in_one_turn_and_is_painted_in_the_next(qtbot: QtBot) -> None:
    window = QLabel("words")
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    dark = picture(window)
    theme.choose("light")
    assert not window.updatesEnabled()
    qtbot.waitUntil(window.updatesEnabled)
    assert np.abs(picture(window).astype(int) - dark.astype(int)).max() > 100
    theme.choose("dark")
    theme.paint_now()  # for who takes a picture
    assert window.updatesEnabled()
