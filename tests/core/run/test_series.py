"""A curve that grows, and steps back when a run is resumed."""

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


def test_that_a_new_curve_is_empty() -> None:
    assert len(Series()) == len(Series().steps) == len(Series().values) == 0


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
