"""An epoch's rows are divided by size and weight, and a temperature evens the division out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.recipe.mixing import epoch_shares

mixes = st.lists(st.tuples(st.integers(1, 100_000), st.floats(0.01, 100)), min_size=1, max_size=6)


@given(mixes)
@settings(max_examples=50, deadline=None)
def test_that_at_temperature_1_a_task_has_its_rows_times_its_weight(mix: list[tuple[int, float]]) -> None:
    rows, weights = [count for count, _ in mix], [weight for _, weight in mix]
    assert epoch_shares(rows, weights) == tuple(max(1, round(weight * count)) for count, weight in mix)


@given(mixes, st.floats(1.0, 1000))
@settings(max_examples=100, deadline=None)
def test_that_no_temperature_changes_how_many_rows_an_epoch_has_or_leaves_a_task_out(
    mix: list[tuple[int, float]], temperature: float
) -> None:
    rows, weights = [count for count, _ in mix], [weight for _, weight in mix]
    shares = epoch_shares(rows, weights, temperature)
    assert sum(shares) == sum(epoch_shares(rows, weights))
    assert min(shares) >= 1


@pytest.mark.parametrize(
    ("temperature", "shares"),
    [(1.0, (9_000, 1_000)), (2.0, (7_500, 2_500)), (1000.0, (5_005, 4_995))],
)
def test_that_shares_are_in_proportion_to_a_root_of_the_rows(temperature: float, shares: tuple[int, int]) -> None:
    assert epoch_shares([9_000, 1_000], [1.0, 1.0], temperature) == shares


def test_that_weights_still_count_at_any_temperature() -> None:
    assert epoch_shares([400, 100], [1.0, 4.0], 2.0) == (267, 533)  # 20 : 40 of 800 rows
