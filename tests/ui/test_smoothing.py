from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.ui.charts.smoothing import MOST_POINTS, band, reach_of, smooth, smooth_at, thinned, within


@pytest.mark.parametrize("points", [19, 80, 600, 20_000])
def test_that_a_straight_line_stays_where_it_is_to_both_ends(points: int) -> None:
    steps = np.arange(1.0, points + 1)
    at, found = smooth(steps, 7.0 - 0.003 * steps, 0.9)
    np.testing.assert_allclose(found, 7.0 - 0.003 * at, rtol=1e-6)


@pytest.mark.parametrize("points", [80, 600, 5000])
def test_that_a_smoothed_fall_is_neither_late_nor_early(points: int) -> None:
    steps = np.arange(1.0, points + 1)
    fall = 1 + 10 / (1 + np.exp((steps - points / 3) / (points / 25)))
    noise = np.random.default_rng(1).normal(0, 0.3, points)
    at, found = smooth(steps, fall + noise, 0.8)
    halfway = at[np.argmax(found < 6)]
    assert abs(halfway - points / 3) <= 0.02 * points
    assert np.abs(found - np.interp(at, steps, fall)).mean() < 0.12, "it is smoother than what was measured"


def test_that_the_window_grows_with_the_curve_and_the_strength() -> None:
    reaches = [reach_of(points, 0.8) for points in (10, 100, 1000, 2000)]
    assert reaches == sorted(reaches)
    assert reaches[0] == 0
    assert reaches[-1] >= 50
    assert [reach_of(1000, strength) for strength in (0.0, 0.5, 0.9, 0.98)] == [0, 10, 90, 250]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(float("nan")), st.just(float("inf"))), max_size=400),
    st.sampled_from([0.0, 0.5, 0.8, 0.98]),
)
def test_that_a_smoothed_value_lies_between_the_measured_ones(values: list[float], strength: float) -> None:
    raw = np.array(values, dtype=float)
    at, found = smooth(np.arange(len(raw), dtype=float), raw, strength)
    assert len(at) == len(found) == len(raw)
    good = raw[np.isfinite(raw)]
    known = found[np.isfinite(found)]
    if len(good):
        assert known.min() >= good.min() - 1e-9
        assert known.max() <= good.max() + 1e-9
    else:
        assert not len(known)


def test_that_a_long_curve_is_smoothed_in_few_points_and_read_at_each_step() -> None:
    steps = np.arange(1.0, 100_001)
    values = np.sin(steps / 9000)
    at, found = smooth(steps, values, 0.5)
    assert len(at) <= MOST_POINTS
    np.testing.assert_allclose(found, np.sin(at / 9000), atol=0.02)
    np.testing.assert_allclose(smooth_at(steps, values, 0.5), values, atol=0.02)


@pytest.mark.parametrize("number", [0, 1, 5, 999, 1000, 1001, 10_001])
def test_that_thinning_keeps_the_newest_point_and_the_limit(number: int) -> None:
    steps = np.arange(number, dtype=float)
    kept, values = thinned(steps, steps * 2, most=1000)
    assert len(kept) <= 1000
    assert number == 0 or kept[-1] == number - 1
    np.testing.assert_array_equal(values, kept * 2)


def test_that_a_spike_of_one_step_stays_visible_in_twenty_thousand() -> None:
    steps = np.arange(20_000, dtype=float)
    values = np.sin(steps / 900)
    values[12_345], values[17_001] = 40.0, -30.0
    kept, low, high = band(steps, values, 800)
    assert len(kept) <= 800
    assert (high.max(), low.min()) == (40.0, -30.0)
    assert abs(kept[high.argmax()] - 12_345) < 20_000 / 800


def test_that_what_is_zoomed_into_runs_to_the_edge_and_gaps_stay_gaps() -> None:
    steps = np.arange(20_000, dtype=float)
    values = np.where((steps > 5000) & (steps < 15_000), np.nan, 1.0)
    kept = steps[within(steps, 100.5, 200.5)]
    assert (kept[0], kept[-1], len(kept)) == (100, 201, 102)
    _, _, high = band(steps, values, 500)
    assert 0.4 < np.isnan(high).mean() < 0.6
