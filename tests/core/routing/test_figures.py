from __future__ import annotations

import numpy as np
import pytest

from studio.core.routing.figures import routing_figures


def drawn(odds: np.ndarray, steps: int = 20, slots: int = 600, seed: int = 0) -> np.ndarray:
    """Counts [steps, tasks, 1, experts] of independent slots whose experts have these odds [tasks, experts]."""
    random = np.random.default_rng(seed)
    odds = odds / odds.sum(axis=1, keepdims=True)
    return np.stack([np.stack([random.multinomial(slots, row)[None] for row in odds]) for _ in range(steps)])


def test_that_even_loads_are_all_in_effect_and_tell_nothing() -> None:
    found = routing_figures(np.full((20, 2, 3, 8), 10), top_k=2)
    assert found.in_effect == pytest.approx([8, 8, 8])
    assert found.spread == pytest.approx([1, 1, 1])
    assert found.told == pytest.approx([0, 0, 0])
    assert not found.sure.any()
    assert not found.dead.any()


@pytest.mark.parametrize("top_k", [1, 2, 4])
def test_that_as_few_experts_as_a_token_has_slots_is_no_spread_at_all(top_k: int) -> None:
    counts = np.zeros((20, 1, 1, 8))
    counts[..., :top_k] = 50
    found = routing_figures(counts, top_k)
    assert found.in_effect == pytest.approx([top_k])
    assert found.spread == pytest.approx([0])
    assert found.dead.sum() == 8 - top_k


def test_that_experts_that_belong_to_one_task_each_tell_all_of_it() -> None:
    counts = np.zeros((20, 2, 1, 4))
    counts[:, 0, :, :2] = counts[:, 1, :, 2:] = 100
    found = routing_figures(counts, top_k=2)
    assert found.told == pytest.approx([1.0], abs=0.01)
    assert found.sure.all()


@pytest.mark.parametrize("slots", [3, 10, 100])
def test_that_few_slots_do_not_make_information_out_of_chance(slots: int) -> None:
    """Over many draws of tasks that are alike, what is told must not lie far above 0, as the plain estimate does."""
    told, plain, sure = [], [], 0
    for seed in range(200):
        found = routing_figures(drawn(np.ones((3, 8)), steps=20, slots=slots, seed=seed), top_k=1)
        told.append(found.told[0])
        plain.append(found.told[0] + found.noise[0])
        sure += int(found.sure[0])
    assert np.mean(plain) > 2 * np.mean(told)
    assert np.mean(told) < np.mean(plain) / 2
    assert sure <= 4, "3 standard deviations are passed by chance now and then only"


def test_that_clumps_of_like_tokens_do_not_pass_for_information() -> None:
    """Each step's 600 slots are 6 rows of 100 that all go to the same expert: so many independent slots there are."""
    random = np.random.default_rng(1)
    rows = np.stack([random.multinomial(6, np.full(8, 1 / 8), size=3)[:, None] for _ in range(20)])
    alike = routing_figures(rows * 100, top_k=1)
    apart = routing_figures(rows, top_k=1)
    assert alike.noise == pytest.approx(apart.noise, rel=0.05), "a hundred times the slots, and as much chance"
    assert not alike.sure.any()


def test_that_a_single_task_tells_nothing_and_an_empty_layer_has_no_figures() -> None:
    counts = np.full((5, 1, 2, 4), 10.0)
    counts[:, :, 1] = 0
    found = routing_figures(counts, top_k=1)
    assert np.isnan(found.told).all()
    assert np.isnan(found.spread[1])
    assert found.spread[0] == pytest.approx(1)
    assert not found.dead.any()


def test_that_experts_which_a_layer_does_not_have_are_not_dead() -> None:
    counts = np.full((20, 1, 2, 8), 10.0)
    counts[:, :, 1, 4:] = 0
    found = routing_figures(counts, top_k=2, widths=(8, 4))
    assert not found.dead.any()
    assert found.spread == pytest.approx([1, 1])
    assert routing_figures(counts, top_k=2).dead[1].sum() == 4
