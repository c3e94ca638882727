"""Which rows a step sees is a function of seed and step alone, and an epoch goes through every row fairly."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.recipe.mixing import steps_of
from studio.core.recipe.recipe import TrainingTable
from studio.data.order import RowOrder

counts = st.lists(st.integers(1, 40), min_size=1, max_size=4)
batches = st.integers(1, 17)
seeds = st.integers(0, 2**32 - 1)


def rows_of(order: RowOrder, first: int, last: int) -> list[tuple[int, int]]:
    return [(int(task), int(row)) for step in range(first, last) for task, row in order.at(step)]


@given(counts, batches, seeds, st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_that_each_epoch_of_weight_1_has_every_row_once(rows: list[int], batch: int, seed: int, epoch: int) -> None:
    order = RowOrder(rows, [1.0] * len(rows), batch, seed)
    steps = -(-(epoch + 1) * order.epoch_rows // batch)
    stream = rows_of(order, 0, steps)[epoch * order.epoch_rows : (epoch + 1) * order.epoch_rows]
    assert sorted(stream) == [(task, row) for task, count in enumerate(rows) for row in range(count)]


@given(st.integers(1, 40), st.floats(0.01, 5), seeds)
@settings(max_examples=50, deadline=None)
def test_that_a_weight_gives_its_share_and_treats_rows_alike(count: int, weight: float, seed: int) -> None:
    order = RowOrder([count, 3], [weight, 1.0], 1, seed)
    share = max(1, round(weight * count))
    stream = rows_of(order, 0, 3 * order.epoch_rows)
    for epoch in range(3):
        own = stream[epoch * order.epoch_rows : (epoch + 1) * order.epoch_rows]
        assert sum(task == 0 for task, _ in own) == share
    # Over epochs too, no row is seen more than once more often than another.
    seen = Counter(row for task, row in stream if task == 0)
    assert max(seen.values()) - min(seen.get(row, 0) for row in range(count)) <= 1


@given(counts, batches, seeds, st.lists(st.integers(0, 60), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_that_any_step_is_the_same_whatever_was_asked_before(
    rows: list[int], batch: int, seed: int, steps: list[int]
) -> None:
    weights = [1.5] * len(rows)
    straight = RowOrder(rows, weights, batch, seed)
    expected = {step: straight.at(step) for step in range(61)}
    jumping = RowOrder(rows, weights, batch, seed)
    for step in steps:
        np.testing.assert_array_equal(jumping.at(step), expected[step])


def test_that_the_order_is_the_same_on_every_machine_forever() -> None:
    order = RowOrder([5, 3], [1.0, 1.0], 4, seed=42)
    assert rows_of(order, 0, 2) == [(0, 3), (0, 2), (0, 1), (1, 1), (0, 4), (1, 0), (0, 0), (1, 2)]


def test_that_seeds_and_epochs_are_shuffled_differently() -> None:
    def first(seed: int, start: int) -> list[tuple[int, int]]:
        return rows_of(RowOrder([50], [1.0], 10, seed), start, start + 5)

    assert first(1, 0) != first(2, 0)
    assert first(1, 0) != first(1, 5)


def test_that_steps_follow_from_epochs_unless_given() -> None:
    order = RowOrder([100, 60], [1.0, 0.5], 16, 0)
    assert order.epoch_rows == 130
    asked = [TrainingTable(epochs=1), TrainingTable(epochs=2), TrainingTable(epochs=2, max_steps=7)]
    assert [steps_of(each, order.epoch_rows) for each in asked] == [9, 17, 7]
    assert order.epoch_at(65) == 8.0


def test_that_a_temperature_repeats_the_rows_of_small_tasks_and_keeps_the_epoch_as_long() -> None:
    order = RowOrder([900, 100], [1.0, 1.0], 10, seed=1, temperature=2.0)
    assert order.epoch_rows == 1000
    seen = Counter(rows_of(order, 0, 100))
    assert sum(times for (task, _), times in seen.items() if task == 1) == 250
    assert {times for (task, _), times in seen.items() if task == 1} == {2, 3}
    assert {times for (task, _), times in seen.items() if task == 0} == {1}


@pytest.mark.parametrize(("rows", "batch"), [([], 1), ([0], 1), ([3], 0)])
def test_that_an_order_of_nothing_is_refused(rows: list[int], batch: int) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        RowOrder(rows, [1.0] * len(rows), batch, 0)
