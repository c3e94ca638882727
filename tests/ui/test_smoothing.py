from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.series import Series
from studio.ui.charts.smoothing import smoothed, thinned


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
