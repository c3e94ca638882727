"""Sizes that follow the application's font, and what is left out of a curve that is drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication

from studio.ui.charts.smoothing import straightened
from studio.ui.theme import scaled_font, text_width, unit


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
