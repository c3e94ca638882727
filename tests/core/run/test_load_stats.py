"""The arithmetic of router loads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.run import load_stats

EVEN = [[5, 5, 5, 5]]
ALONE = [[20, 0, 0, 0]]


def test_that_even_loads_are_fair_in_every_word() -> None:
    assert load_stats.shares(EVEN).tolist() == [[0.25] * 4]
    assert load_stats.utilisation(EVEN).tolist() == [[1.0] * 4]
    assert load_stats.coefficient_of_variation(EVEN) == pytest.approx(0)
    assert load_stats.effective_experts(EVEN) == pytest.approx(1)
    assert not load_stats.dead_experts(EVEN).any()


def test_that_one_expert_alone_is_the_worst_in_every_word() -> None:
    assert load_stats.utilisation(ALONE).tolist() == [[4.0, 0.0, 0.0, 0.0]]
    assert load_stats.coefficient_of_variation(ALONE) == pytest.approx(3**0.5)
    assert load_stats.effective_experts(ALONE) == pytest.approx(0.25)
    assert load_stats.dead_experts(ALONE).tolist() == [[False, True, True, True]]


def test_that_an_expert_is_dead_under_a_thousandth_of_its_layers_slots() -> None:
    assert load_stats.dead_experts([[9, 9991], [11, 9989]]).tolist() == [[True, False], [False, False]]


def test_that_a_layer_that_routed_nothing_has_no_numbers_and_no_dead() -> None:
    counts = [[0, 0], [1, 1]]
    assert np.isnan(load_stats.shares(counts)[0]).all()
    assert np.isnan(load_stats.coefficient_of_variation(counts)[0])
    assert not load_stats.dead_experts(counts).any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 10_000), min_size=8, max_size=8).filter(any), min_size=1, max_size=4))
def test_that_shares_sum_to_one_and_every_number_keeps_its_bounds(counts: list[list[int]]) -> None:
    assert load_stats.shares(counts).sum(axis=1) == pytest.approx(1)
    assert np.all(load_stats.coefficient_of_variation(counts) <= 7**0.5 + 1e-9)
    effective = load_stats.effective_experts(counts)
    assert np.all((effective > 1 / 8 - 1e-9) & (effective < 1 + 1e-9))
