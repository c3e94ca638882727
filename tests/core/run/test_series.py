"""A curve that grows, steps back when a run is resumed, and is smoothed and thinned for drawing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.run.series import Series


def curve(points: list[tuple[float, float]]) -> Series:
    series = Series()
    for step, value in points:
        series.append(step, value)
    return series


def test_that_a_new_curve_is_empty_and_can_be_smoothed() -> None:
    steps, values = Series().smoothed(0.5)
    assert len(steps) == len(values) == 0


def test_that_a_curve_grows_past_its_first_array() -> None:
    series = curve([(step, -step) for step in range(1000)])
    assert len(series) == 1000
    assert np.array_equal(series.values, -series.steps)


def test_that_a_resumed_run_replaces_the_curve_from_its_step_on() -> None:
    series = curve([(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (2, 9.0)])
    assert series.steps.tolist() == [1, 2]
    assert series.values.tolist() == [1.0, 9.0]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.floats(-10, 10)), max_size=150))
def test_that_steps_always_rise_and_each_has_its_newest_value(points: list[tuple[int, float]]) -> None:
    series = curve([(float(step), value) for step, value in points])
    assert np.all(np.diff(series.steps) > 0)
    if points:
        assert (series.steps[-1], series.values[-1]) == points[-1]


def test_that_no_smoothing_is_the_curve_itself() -> None:
    series = curve([(1, 4.0), (2, 0.0), (3, 8.0)])
    assert series.smoothed(0.0)[1].tolist() == [4.0, 0.0, 8.0]


def test_that_smoothing_is_not_pulled_towards_zero_at_the_start() -> None:
    series = curve([(step, 5.0) for step in range(10)])
    assert np.allclose(series.smoothed(0.9)[1], 5.0)


def test_that_a_loss_that_is_not_finite_does_not_spoil_the_rest() -> None:
    series = curve([(1, np.nan), (2, 1.0), (3, np.inf), (4, 1.0)])
    values = series.smoothed(0.5)[1]
    assert np.isnan(values[0])
    assert np.allclose(values[1:], 1.0)


def test_that_a_long_curve_is_thinned_and_keeps_its_newest_point() -> None:
    series = curve([(step, float(step)) for step in range(4999)])
    steps, values = series.smoothed(0.0, most=1000)
    assert len(steps) <= 1000
    assert (steps[-1], values[-1]) == (4998, 4998.0)
