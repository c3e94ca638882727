from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.run.series import Series
from studio.ui.charts.smoothing import Smoother, envelope, smoothed, thinned


@given(
    st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(float("nan"))), max_size=700),
    st.sampled_from([0.0, 0.02, 0.5, 0.8, 0.98, 0.999]),
)
def test_that_block_smoothing_equals_the_plain_recurrence(values: list[float], weight: float) -> None:
    series = Series()
    for step, value in enumerate(values):
        series.append(step, value)
    _, plain = series.smoothed(weight, most=10_000)
    np.testing.assert_allclose(smoothed(series.values, weight), plain, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("number", [0, 1, 5, 999, 1000, 1001, 10_001])
def test_that_thinning_keeps_the_newest_point_and_the_limit(number: int) -> None:
    steps = np.arange(number, dtype=float)
    kept, values = thinned(steps, steps * 2, most=1000)
    assert len(kept) <= 1000
    assert number == 0 or kept[-1] == number - 1
    np.testing.assert_array_equal(values, kept * 2)


@given(
    st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(float("nan"))), min_size=1, max_size=300),
    st.lists(st.integers(1, 90), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.5, 0.98]),
)
def test_that_a_curve_smoothed_piece_by_piece_is_the_curve_smoothed_at_once(
    values: list[float], pieces: list[int], weight: float
) -> None:
    whole, smoother, seen = np.array(values), Smoother(), 0
    for piece in [*pieces, len(values)]:
        seen = min(len(values), seen + piece)
        found = smoother.follow(whole[:seen], weight)
        np.testing.assert_allclose(found, smoothed(whole[:seen], weight), rtol=1e-9, atol=1e-9)


def test_that_a_curve_that_stepped_back_is_smoothed_again() -> None:
    smoother = Smoother()
    smoother.follow(np.arange(100.0), 0.9)
    again = np.concatenate([np.arange(50.0), np.full(80, 7.0)])
    np.testing.assert_allclose(smoother.follow(again, 0.9), smoothed(again, 0.9))


def test_that_a_spike_of_one_step_stays_visible_in_twenty_thousand() -> None:
    steps = np.arange(20_000, dtype=float)
    values = np.sin(steps / 900)
    values[12_345], values[17_001] = 40.0, -30.0
    kept, shown = envelope(steps, values, -np.inf, np.inf, 800)
    assert len(kept) <= 1600
    assert (shown.max(), shown.min()) == (40.0, -30.0)
    assert abs(kept[shown.argmax()] - 12_345) < 20_000 / 800


def test_that_what_is_zoomed_into_is_drawn_point_for_point_to_the_edge_and_gaps_stay_gaps() -> None:
    steps = np.arange(20_000, dtype=float)
    values = np.where((steps > 5000) & (steps < 15_000), np.nan, 1.0)
    kept, _ = envelope(steps, values, 100.5, 200.5, 800)
    assert (kept[0], kept[-1], len(kept)) == (100, 201, 102)
    _, shown = envelope(steps, values, -np.inf, np.inf, 500)
    assert 0.4 < np.isnan(shown).mean() < 0.6
